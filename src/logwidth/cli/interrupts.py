"""An interrupt that arrives where Python drops exceptions is sent again."""

import _thread
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer, main_thread
from typing import Any

AGAIN = 0.02
"""Seconds until then: after the callback has ended."""


@contextmanager
def kept_interrupts() -> Iterator[None]:
    """Let no Ctrl-C get lost in a `__del__` or in a callback of garbage collection, such as one that dask sets.

    Python prints an exception that is raised there, a KeyboardInterrupt too, and goes on with the program.
    """
    before = sys.unraisablehook

    def again(found: Any) -> None:
        if issubclass(found.exc_type, KeyboardInterrupt):
            timer = Timer(AGAIN, _interrupt_main)
            timer.daemon = True
            timer.start()
        else:
            before(found)

    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = before


def _interrupt_main() -> None:
    """Send the main thread the signal itself, where there are such: it ends a wait, which `interrupt_main` does not."""
    main = main_thread().ident
    if hasattr(signal, "pthread_kill") and main is not None:
        signal.pthread_kill(main, signal.SIGINT)
    else:
        _thread.interrupt_main()
