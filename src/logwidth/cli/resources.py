"""What a long command may use: an amount of memory, the workers of a Dask cluster, a device for large products."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from logwidth.certify.runs.run_files import read_summary, reload_data
from logwidth.dataset import Dataset
from logwidth.separation import check_cluster, cluster_of, device_of, memory_of, parse_bytes

Memory = Annotated[str | None, typer.Option("--memory", help="Memory for the whole job, such as 4GB (default: no limit).")]


@dataclass(frozen=True)
class Resources:
    """What a command may use; None where there is no limit, and no help.

    Raises InputError at once for what :meth:`given_to` cannot give: a missing extra, a device that is not there.
    """

    memory: Memory = None
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler", metavar="ADDRESS", help="Share the work with this Dask scheduler's workers (extra dask)."
        ),
    ] = None
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="Share the work with N new processes on this machine (extra dask)."),
    ] = None
    device: Annotated[
        str | None,
        typer.Option(
            "--device", metavar="DEVICE", help="Multiply distances there: a torch device such as 'cuda', or 'cupy'."
        ),
    ] = None

    def __post_init__(self) -> None:
        if self.memory is not None:
            parse_bytes(self.memory)
        check_cluster(scheduler=self.scheduler, workers=self.workers)
        with device_of(self.device):
            pass

    @contextmanager
    def given_to(self, data: Dataset | None) -> Iterator[None]:
        """Keep a block that works on `data` to the memory, and let workers or a device help it. Raises InputError."""
        allowed = None if self.memory is None else parse_bytes(self.memory)
        limited = memory_of(allowed, *(0, 0) if data is None else data.points.shape)
        with limited, device_of(self.device), cluster_of(scheduler=self.scheduler, workers=self.workers):
            yield


def recorded(run: Path) -> Dataset:
    """Return the data that a run directory names as its source. Raises InputError."""
    return reload_data(read_summary(run / "summary.json"))
