"""The workers of a Dask cluster (extra `dask`): tasks are sent in bundles, what they share is sent once per worker."""

import contextlib
import logging
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

from logwidth.compute.aligned_pickle import AlignedPickle
from logwidth.compute.device import device_in_use
from logwidth.compute.executor import in_order, using_executor
from logwidth.compute.threads import one_thread_each
from logwidth.errors import InputError, MissingExtraError, said

ANSWER_SECONDS = 10  # seconds in which a scheduler must answer, and workers be there
BUNDLE = 3e9  # multiplications that are sent together: some tenths of a second, a hundred times what sending takes
GROWTH = 1 / 8  # but no more than this part of what was sent before
# A keyboard's interrupt reaches all processes of a terminal: the one that asks tells its workers to end.
IGNORE_INTERRUPTS = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
QUIET = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.scheduler.allowed-failures": 10,
    "distributed.admin.large-graph-warning-threshold": "1 TB",
}

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


@contextmanager
def cluster_of(*, scheduler: str | None = None, workers: int | None = None) -> Iterator[None]:
    """Let Dask workers do the block tasks of this block: those of the scheduler at an address, or new local processes.

    Without either nothing changes. Results are those of a run without workers, bit by bit, as far as the workers' BLAS
    rounds as this machine's does; δ and neighbours do not even depend on that. A worker that is lost costs time only.
    `workers` processes serve this block alone, on the loopback interface; there is no dashboard. A person who can reach a
    scheduler can run code on its workers: that is how Dask works, so keep yours behind a wall.

    Raises InputError for both at once, fewer than one worker, a scheduler that does not answer or has no workers, or
    together with :func:`device_of`; MissingExtraError without dask.distributed.
    """
    if scheduler is None and workers is None:
        yield
        return
    check_cluster(scheduler=scheduler, workers=workers)
    if device_in_use() is not None:
        raise InputError("the workers of a cluster multiply on their processors: give either a device or workers")
    distributed = _distributed()
    client = _local(distributed, workers) if workers is not None else _connected(distributed, str(scheduler))
    with client as found, using_executor(DaskExecutor(found)):
        yield


def check_cluster(*, scheduler: str | None = None, workers: int | None = None) -> None:
    """Raise what :func:`cluster_of` raises for its arguments alone, before anything is started or connected."""
    if scheduler is not None and workers is not None:
        raise InputError("give either a scheduler's address or a number of local workers, not both")
    if workers is not None and workers < 1:
        raise InputError(f"the number of workers must be at least 1, not {workers}")
    if scheduler is not None or workers is not None:
        _distributed()


class DaskExecutor:
    """The workers that a client reaches; see :class:`TaskExecutor`.

    What tasks share is itself a task, whose outcome workers pass on to each other: where the last one that held it is lost,
    Dask makes it again from what the scheduler keeps, as it does with every other task.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(
        self,
        function: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Iterable[Task],
        *,
        weigh: Callable[[Task], float],
    ) -> Iterator[Result]:
        """Yield the results, twice as many bundles ahead as the workers have threads."""
        held = self._client.submit(hold, AlignedPickle(shared), pure=False)
        ask = partial(self._client.submit, work, version("logwidth"), function, held, pure=False)
        ahead = 2 * max(1, sum(self._client.nthreads().values()))
        for results in in_order((_Asked(ask(AlignedPickle(some))) for some in _bundles(tasks, weigh)), ahead):
            yield from results


@dataclass(frozen=True)
class _Asked:
    """A bundle that workers have been asked to do."""

    future: Any

    def result(self) -> list[Any]:
        """Return the results. Raises InputError where there will be none."""
        from distributed.scheduler import KilledWorker

        try:
            return list(self.future.result().value)
        except KilledWorker as problem:
            raise InputError(f"workers die of a task again and again; look at their logs ({said(problem)})") from None
        except CancelledError:
            raise InputError("the Dask scheduler is gone; start it again") from None

    def cancel(self) -> None:
        """Let the workers forget the bundle."""
        with contextlib.suppress(Exception):  # a cluster that is gone has forgotten it
            self.future.cancel()


def hold(shared: AlignedPickle[Shared]) -> AlignedPickle[Shared]:
    """Return what tasks share, on a worker, which keeps it. Dask takes it for a small object and may move it."""
    return shared


def work(
    release: str, function: Callable[[Shared, Task], Result], shared: AlignedPickle[Shared], tasks: AlignedPickle[list[Task]]
) -> AlignedPickle[list[Result]]:
    """Return the results of a bundle, on a worker, with one thread of BLAS.

    Raises InputError where the worker has another release of logwidth than the one that asks.
    """
    if version("logwidth") != release:
        raise InputError(f"a worker has logwidth {version('logwidth')}, not {release}: install the same one everywhere")
    with one_thread_each():
        return AlignedPickle([function(shared.value, task) for task in tasks.value])


def _bundles(tasks: Iterable[Task], weigh: Callable[[Task], float]) -> Iterator[list[Task]]:
    """Yield the tasks in bundles worth sending. The first ones are small: what they find may spare later tasks work."""
    sent, weight, bundle = 0.0, 0.0, list[Task]()
    for task in tasks:
        bundle.append(task)
        weight += weigh(task)
        if weight >= min(BUNDLE, GROWTH * sent):
            yield bundle
            sent, weight, bundle = sent + weight, 0.0, []
    if bundle:
        yield bundle


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise MissingExtraError("dask.distributed", "dask") from None
    return distributed


@contextmanager
def _local(distributed: Any, workers: int) -> Iterator[Any]:
    """Yield a client of new processes on this machine, one thread each, that end with the block."""
    import dask

    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="logwidth-workers-"))
        stack.enter_context(dask.config.set({**QUIET, "temporary-directory": scratch}))
        with _uninterrupted():
            cluster = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                memory_limit=0,  # what all tasks share stays in memory
                preload=[IGNORE_INTERRUPTS],
                silence_logs=logging.CRITICAL,
            )
            client = stack.enter_context(distributed.Client(stack.enter_context(cluster)))
        yield client


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Put off a keyboard's interrupt until the block is done: half a cluster cannot be ended in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            raise KeyboardInterrupt


@contextmanager
def _connected(distributed: Any, address: str) -> Iterator[Any]:
    """Yield a client of a scheduler that somebody else runs."""
    import dask

    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        try:
            client = distributed.Client(address, timeout=ANSWER_SECONDS, set_as_default=False)
            client.wait_for_workers(1, timeout=ANSWER_SECONDS)
        except (OSError, TimeoutError, ValueError) as problem:
            raise InputError(
                f"no Dask scheduler with workers answers at {address!r} within {ANSWER_SECONDS} seconds ({said(problem)}); "
                "start one with `dask scheduler` and `dask worker ADDRESS`, or take --workers N"
            ) from None
        with client, dask.config.set(QUIET):
            yield client
    finally:
        log.setLevel(before)
