"""What the steps of one job share: a clock, what was found before, what a killed job left. No result depends on it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self

from logwidth.compute.step_cache import StepCache, build_digest, digest_of
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline.clock import Clock
from logwidth.pipeline.memo import Memo
from logwidth.pipeline.request import Request
from logwidth.types import Progress


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
