"""What the steps of one job share: a clock, what was found before, what a killed job left. No result depends on it."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self, TypeVar

from logwidth.compute.memory import give_back
from logwidth.compute.step_cache import StepCache, build_digest, digest_of
from logwidth.construct import NoListError, Prototypes, Pruning
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import NoMapError, PreservingMap
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run
from logwidth.types import Progress, silent

Key = tuple[object, ...]
MOST_BYTES = 1 << 26  # of networks that are kept though they are not certified
Result = TypeVar("Result")


@dataclass(frozen=True)
class Memo:
    """Results by all that they depend on, for one data set and one seed: what is repeated gives the same.

    `prunings` are the searches for pieces, which share what they find on the way.
    `runs` are networks that were built and not certified, up to 64 MiB of them, and `stuck` says on which maps and radii
    peeling found no list, `narrow` within which rank no map was found.
    """

    maps: dict[Key, PreservingMap] = field(default_factory=dict)
    pieces: dict[Key, Prototypes | None] = field(default_factory=dict)
    prunings: dict[Key, Pruning] = field(default_factory=dict)
    runs: dict[Key, Run] = field(default_factory=dict)
    stuck: dict[Key, NoListError] = field(default_factory=dict)
    narrow: dict[Key, NoMapError] = field(default_factory=dict)

    def keep(self, key: Key, run: Run) -> None:
        """Keep a run that is not certified, if there is room."""
        if not run.certificate.holds and sum(len(kept.onnx) for kept in self.runs.values()) < MOST_BYTES:
            self.runs[key] = run


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


@dataclass(frozen=True, eq=False)
class Session:
    """The services of one job; `checkpoint` names a file in which the first search keeps its rounds.

    `steps` keeps the long steps. Nothing there is believed: a map is checked again on all pairs, and what pieces do is for
    the certificate to prove.
    """

    clock: Clock
    steps: StepCache
    memo: Memo = field(default_factory=Memo)
    checkpoint: str | os.PathLike[str] | None = None

    @classmethod
    def of(
        cls,
        data: Dataset,
        request: Request,
        progress: Progress | None,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: str | os.PathLike[str] | None = None,
    ) -> Self:
        """Return the services of a job that keeps its long steps in the folder `resume`, if one is named.

        The file there is named after the data, the request and this build of the program: that of anything else is never
        met.
        """
        clock = Clock(progress)
        if resume is None:
            return cls(clock, StepCache(None), checkpoint=checkpoint)
        asked = [getattr(request, field.name) for field in fields(request) if field.name != "start"]
        key = [data.sha256, *asked, None if request.start is None else request.start.matrix]
        path = Path(resume).absolute() / f"{digest_of([build_digest(), *key])[:16]}.npz"
        return cls(clock, StepCache(path, lambda: key, clock.progress), checkpoint=checkpoint)

    def afresh(self) -> Self:
        """Return the services of another job on the same clock, which keeps nothing."""
        return type(self)(self.clock, StepCache(None))


@contextmanager
def forgotten_unless_killed(home: str | os.PathLike[str]) -> Iterator[None]:
    """Remove a folder of steps after the block, which has done its job or was refused; keep it if it was interrupted."""
    try:
        yield
    except InputError:
        shutil.rmtree(home, ignore_errors=True)
        raise
    shutil.rmtree(home, ignore_errors=True)
