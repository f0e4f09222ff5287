"""Stages of long work: how far they are, how long they took."""

import time
from collections.abc import Callable
from typing import TypeVar

from logwidth.compute.memory import give_back
from logwidth.types import Progress, silent

Result = TypeVar("Result")


class Clock:
    """Reports stages to `progress` and adds up their `seconds`."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress: Progress = progress or silent
        self.seconds: dict[str, float] = {}
        self.said: list[str] = []
        self.started = time.perf_counter()

    def timed(self, stage: str, work: Callable[[], Result]) -> Result:
        """Return what `work` returns, its time added to the stage's; what it freed goes back to the system."""
        started = time.perf_counter()
        self.progress(stage, 0.0)
        result = work()
        give_back()
        self.progress(stage, 1.0)
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started
        return result

    def stage(self, name: str) -> Callable[[float], None]:
        """Return a callback that reports how far a stage is."""
        return lambda fraction: self.progress(name, fraction)

    def say(self, what: str) -> None:
        """Report what was left out, and keep it for the summary; nothing is said twice."""
        if what not in self.said:
            self.said.append(what)
            self.progress(what, 1.0)

    def all_seconds(self) -> dict[str, float]:
        """Return the seconds of the stages and the total since the start."""
        return {**self.seconds, "total": time.perf_counter() - self.started}
