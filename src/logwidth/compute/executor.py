"""Executors of tasks that share no memory: threads of this process, or a cluster's workers, with the same results."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

from logwidth.compute.threads import MOST_THREADS, one_thread_each

SMALL = 1e6  # multiplications: less is done before a thread has started
WORTH = 1e9  # multiplications: less takes a moment here, and what the tasks share would take longer to send

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")


class Answer(Protocol[Result]):  # type: ignore[misc]  # a future, of whatever library
    """A result that is waited for."""

    def result(self) -> Result:
        """Return the result, once it is there."""

    def cancel(self) -> object:
        """Give up waiting."""


class TaskExecutor(Protocol):
    """Runs tasks whose results depend on their arguments alone."""

    def run(
        self,
        function: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Iterable[Task],
        *,
        weigh: Callable[[Task], float],
    ) -> Iterator[Result]:
        """Yield `function(shared, task)` in the order of the tasks; `function` is known by its module and name.

        Tasks are taken one by one, a fixed number ahead of the results that were yielded: so they may depend on results,
        and yet on no clock. Where tasks have to be sent, as many go together as are worth it by what they `weigh`, about the
        multiplications that they take (1e10 a second), and `shared` goes once.
        """


class ThreadExecutor:
    """The threads of a pool; see :func:`logwidth.compute.threads.thread_pool`."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool

    def run(
        self,
        function: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Iterable[Task],
        *,
        weigh: Callable[[Task], float],  # noqa: ARG002  # nothing is sent
    ) -> Iterator[Result]:
        """Yield the results; see :class:`TaskExecutor`."""
        return in_order((self._pool.submit(function, shared, task) for task in tasks), 2 * MOST_THREADS)


class SerialExecutor:
    """One task after another: for tasks that hold Python's lock, which threads would only pass around."""

    def run(
        self,
        function: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Iterable[Task],
        *,
        weigh: Callable[[Task], float],  # noqa: ARG002
    ) -> Iterator[Result]:
        """Yield the results; see :class:`TaskExecutor`."""
        with one_thread_each():
            for task in tasks:
                yield function(shared, task)


_chosen: ContextVar[TaskExecutor | None] = ContextVar("the workers of a cluster", default=None)


def executor_for(pool: Executor | None = None, *, work: float = WORTH) -> TaskExecutor:
    """Return the executor for `work` multiplications: a cluster or the threads of `pool` where it is worth it."""
    away = _chosen.get()
    if away is not None and work >= WORTH:
        return away
    return SerialExecutor() if pool is None or work < SMALL else ThreadExecutor(pool)


def cluster_in_use() -> bool:
    """Return whether a cluster is in use."""
    return _chosen.get() is not None


@contextmanager
def using_executor(other: TaskExecutor) -> Iterator[None]:
    """Let another executor do the tasks of this block."""
    token = _chosen.set(other)
    try:
        yield
    finally:
        _chosen.reset(token)


def in_order(answers: Iterable[Answer[Result]], ahead: int) -> Iterator[Result]:
    """Yield the results of answers in their order; at most `ahead` are waited for when the next one is asked for."""
    waiting: deque[Answer[Result]] = deque()
    try:
        for answer in answers:
            waiting.append(answer)
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for answer in waiting:
            answer.cancel()
