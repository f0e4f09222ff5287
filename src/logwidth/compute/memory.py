"""How much memory a job may take: one setting for all that cut their work into blocks."""

import ctypes
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from logwidth.errors import InputError

DEFAULT_BYTES = 2**30
PROGRAM_BYTES = 350 * 2**20
COPIES = 8  # of the points, in double precision, that live at one time: measured, benchmarks/scale.py
LEAST_BYTES = 64 * 2**20
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}

_working = ContextVar("working memory", default=DEFAULT_BYTES)


def working_bytes() -> int:
    """Return how many bytes the tables of a scan may take beside what grows with the data."""
    return _working.get()


@contextmanager
def memory_of(total: int | None, n_samples: int, n_features: int) -> Iterator[None]:
    """Let the block runs keep a process that works on (N, d) data to about `total` bytes; None leaves the default.

    What is left after the program and a few copies of the data is for tables. Raises InputError if that is too little.
    """
    if total is None:
        yield
        return
    fixed = PROGRAM_BYTES + COPIES * 8 * n_samples * n_features
    if total < fixed + LEAST_BYTES:
        least = -(-(fixed + LEAST_BYTES) // 10**6)
        raise InputError(
            f"{n_samples:,} samples of {n_features} features need about {least:,} MB of memory, more than the "
            f"{total // 10**6:,} MB allowed; allow --memory {least}MB or take fewer samples"
        )
    token = _working.set(min(total - fixed, DEFAULT_BYTES))
    try:
        yield
    finally:
        _working.reset(token)


def give_back() -> None:
    """Return freed memory to the system at once, where the C library can (glibc); it would keep what other threads freed."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


def parse_bytes(text: str) -> int:
    """Return a size in bytes: a number with or without a unit, decimal or binary.

    Raises InputError for anything else.

    >>> parse_bytes("4GB"), parse_bytes("512 MiB"), parse_bytes("1.5g")
    (4000000000, 536870912, 1500000000)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?", text.strip().lower())
    if found is None:
        raise InputError(f"{text!r} is no amount of memory; write for example 4GB or 512MiB")
    return int(float(found[1]) * UNITS[found[2] or ""])
