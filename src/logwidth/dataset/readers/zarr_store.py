"""Zarr arrays (extra `zarr`), read part by part."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from logwidth.dataset.readers.archives import MOST_BYTES, Array, is_table, parts_of_rows, table_of
from logwidth.dataset.table import Table
from logwidth.errors import InputError, MissingExtraError, said


def read_zarr(path: str) -> tuple[Array, Array | None]:
    """Return the points and labels of the Zarr store `path`: a group with arrays `X` and `y`, or one array of points alone.

    Points come in double precision, converted part by part. Raises InputError.
    """
    with _refused(path):
        found = _library().open(path, mode="r")
        if hasattr(found, "shape"):
            return _read(path, found), None
        names = sorted(found.array_keys())
        if not {"X", "y"} <= set(names):
            raise InputError(f"{path!r} needs arrays 'X' and 'y'; its arrays are {', '.join(map(repr, names)) or 'none'}")
        return _read(path, found["X"]), _read(path, found["y"])


def read_zarr_table(path: str) -> Table:
    """Return the points in a Zarr store, and the labels `y` where it has them. Raises InputError."""
    points, labels = read_zarr(path)
    return Table(path, points, labels=labels, label_name=None if labels is None else "y", fresh=True)


def _read(path: str, array: Any) -> Array:
    shape, dtype = tuple(array.shape), np.dtype(array.dtype)
    if array.size * dtype.itemsize > MOST_BYTES:
        raise InputError(f"{path!r} declares shape {shape} of {dtype}, more than {MOST_BYTES >> 30} GiB")
    if not is_table(shape, dtype):
        return np.asarray(array[...])
    return table_of(shape, _parts(array, shape))


def _parts(array: Any, shape: tuple[int, ...]) -> Iterator[Array]:
    start = 0
    for rows, _ in parts_of_rows(shape):
        yield np.asarray(array[start : start + rows])
        start += rows


@contextmanager
def _refused(path: str) -> Iterator[None]:
    """Turn every exception of the block into an InputError: stores that anyone may have written fail in any way."""
    try:
        yield
    except InputError:
        raise
    except MemoryError:
        raise InputError(f"cannot read {path!r}: it does not fit into memory") from None
    except Exception as error:  # of any class: zarr names none for damaged stores
        raise InputError(f"cannot read {path!r}: {said(error)}") from error


def _library() -> Any:
    try:
        import zarr
    except ImportError:
        raise MissingExtraError("zarr", "zarr") from None
    return zarr
