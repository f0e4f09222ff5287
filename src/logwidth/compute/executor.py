"""Who computes tasks that share no memory: threads of this process, or the workers of a cluster, with the same results."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeVar

from logwidth.compute.threads import MOST_THREADS, one_thread_each

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


class Team(Protocol):
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


class Threads:
    """The threads of a crew."""

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
        """Yield the results; see :class:`Team`."""
        return in_order((self._pool.submit(function, shared, task) for task in tasks), 2 * MOST_THREADS)


class Alone:
    """No one else: for tasks that hold Python's lock, which threads would only pass around."""

    def run(
        self,
        function: Callable[[Shared, Task], Result],
        shared: Shared,
        tasks: Iterable[Task],
        *,
        weigh: Callable[[Task], float],  # noqa: ARG002
    ) -> Iterator[Result]:
        """Yield the results; see :class:`Team`."""
        with one_thread_each():
            for task in tasks:
                yield function(shared, task)


_elsewhere: ContextVar[Team | None] = ContextVar("the workers of a cluster", default=None)


def team(pool: Executor | None = None, *, work: float = WORTH) -> Team:
    """Return who does `work` multiplications: the cluster in use, if they are worth it, else the threads of `pool`."""
    away = _elsewhere.get()
    if away is not None and work >= WORTH:
        return away
    return Alone() if pool is None else Threads(pool)


def helped() -> bool:
    """Return whether a cluster is in use."""
    return _elsewhere.get() is not None


@contextmanager
def working_elsewhere(other: Team) -> Iterator[None]:
    """Let another team do the tasks of this block."""
    token = _elsewhere.set(other)
    try:
        yield
    finally:
        _elsewhere.reset(token)


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
