"""What the steps of one job share: a clock, what was found before, what a killed job left. No result depends on it."""

import os
from dataclasses import dataclass, field
from typing import Self

from logwidth.dataset import Dataset
from logwidth.pipeline.clock import Clock
from logwidth.pipeline.memo import Memo
from logwidth.pipeline.record import Record
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Progress


@dataclass(frozen=True, eq=False)
class Session:
    """The services of one job; `checkpoint` names a file in which the first search keeps its rounds."""

    clock: Clock
    record: Record
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
        """Return the services of a job that keeps its long steps in the folder `resume`, if one is named."""
        clock = Clock(progress)
        return cls(clock, Record.of(resume, data, request, clock.progress), checkpoint=checkpoint)

    def afresh(self) -> Self:
        """Return the services of another job on the same clock, which keeps nothing."""
        return type(self)(self.clock, Record(None, self.clock.progress))
