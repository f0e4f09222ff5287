"""Threads that share the cores: one thread of ours per core, one thread of BLAS in each."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

_lock = Lock()
_open: list[Any] = []  # the limit, and once more for every block that is open
Item = TypeVar("Item")
Result = TypeVar("Result")
MOST_THREADS = min(os.cpu_count() or 1, 16)


@contextmanager
def thread_pool() -> Iterator[ThreadPoolExecutor]:
    """Yield a pool of threads; while it is open, matrix products use one thread each.

    Measured on two cores: two products side by side beat one product on two threads, and the minima in between run in
    parallel too.
    """
    with one_thread_each(), ThreadPoolExecutor(MOST_THREADS) as pool:
        yield pool


def side_by_side(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """Return `function(item)` for every item, in their order; several items share the cores, one needs no thread.

    >>> side_by_side(abs, range(-2, 1))
    [2, 1, 0]
    """
    if len(items) < 2:
        with one_thread_each():
            return [function(item) for item in items]
    with thread_pool() as pool:
        return list(pool.map(function, items))


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let every matrix product of this process use one thread, so that it is always summed in the same order.

    A long job opens one such block around itself. The threads of BLAS spin for a while after every product that they share,
    and products of small matrices gain nothing: the second one took 15 % more processor time for the same wall time.
    The setting is the process's: where several threads open such blocks, it holds until the last of these ends.
    """
    with _lock:
        if not _open:
            _any_thread_may_set()
            _open.append(_controller().limit(limits=1, user_api="blas"))
        limit = _open[0]
        _open.append(limit)
    try:
        yield
    finally:
        with _lock:
            _open.pop()
            if len(_open) == 1:
                _any_thread_may_set()
                _open.pop().restore_original_limits()
                _any_thread_may_set()


def _any_thread_may_set() -> None:
    """Let the next thread that sets the limit do so: of threadpoolctl 3.8 all but the first silently set nothing."""
    for library in _controller().lib_controllers:
        clear = getattr(library, "clear_controlling_thread", None)
        if clear is not None:
            clear(force=True)


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
