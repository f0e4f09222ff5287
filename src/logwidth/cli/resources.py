"""What a long command may use: an amount of memory, the workers of a Dask cluster, a device for large products."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from logwidth.certify.runs.run_files import read_summary, reload_data
from logwidth.dataset import Dataset
from logwidth.separation import check_cluster, cluster_of, device_of, memory_of, parse_bytes

Memory = Annotated[str | None, typer.Option(help="Memory for the whole job, such as 4GB (default: no limit).")]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="Share the work with this Dask scheduler's workers (extra dask)."),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", metavar="N", help="Share the work with N new processes on this machine (extra dask)."),
]


DeviceName = Annotated[
    str | None,
    typer.Option("--device", metavar="DEVICE", help="Multiply distances there: a torch device such as 'cuda', or 'cupy'."),
]


def check_resources(memory: str | None, scheduler: str | None, workers: int | None, device: str | None = None) -> None:
    """Refuse at once what :func:`resources` cannot give: a missing extra, a device that is not there. Raises InputError."""
    if memory is not None:
        parse_bytes(memory)
    check_cluster(scheduler=scheduler, workers=workers)
    with device_of(device):
        pass


@contextmanager
def resources(
    data: Dataset | None, memory: str | None, scheduler: str | None, workers: int | None, device: str | None = None
) -> Iterator[None]:
    """Keep a block that works on `data` to an amount of memory, and let workers or a device help it. Raises InputError."""
    allowed = None if memory is None else parse_bytes(memory)
    limited = memory_of(allowed, *(0, 0) if data is None else data.points.shape)
    with limited, device_of(device), cluster_of(scheduler=scheduler, workers=workers):
        yield


def recorded(run: Path) -> Dataset:
    """Return the data that a run directory names as its source. Raises InputError."""
    return reload_data(read_summary(run / "summary.json"))
