"""Opening a file that anyone may have written: whatever is wrong with it becomes one InputError."""

import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from logwidth.errors import InputError, did_you_mean, said


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open the regular file `path` for reading, and turn every exception of the block into an InputError.

    The parsers of zip, npy, csv and parquet raise exceptions of any class on damaged bytes, so all are caught here;
    those that are InputErrors already pass. Warnings of the parsers are silenced.
    """
    with refused(path):
        _require_regular(path)
        with open(path, "rb") as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield stream


@contextmanager
def refused(path: str) -> Iterator[None]:
    """Turn every exception of the block, which reads the file or folder `path`, into an InputError."""
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"cannot read {path!r}: there is no such file{_neighbours(path)}") from None
    except MemoryError:
        raise InputError(f"cannot read {path!r}: it does not fit into memory") from None
    except Exception as error:  # see `opened`
        reason = error.strerror if isinstance(error, OSError) and error.strerror else said(error)
        raise InputError(f"cannot read {path!r}: {reason}") from error


def _require_regular(path: str) -> None:
    if not stat.S_ISREG(os.stat(path).st_mode):
        kind = "a directory" if os.path.isdir(path) else "not a regular file (if it is a pipe, write it to a file first)"
        raise InputError(f"cannot read {path!r}: it is {kind}")


def _neighbours(path: str) -> str:
    folder, name = os.path.split(path)
    try:
        return did_you_mean(name, sorted(os.listdir(folder or ".")))
    except OSError:
        return ""
