"""Zarr arrays (extra `zarr`), read part by part."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from logwidth.dataset.readers.archives import MOST_BYTES, Array, is_table, parts_of_rows, readable, table_of
from logwidth.dataset.readers.marks import Marks, check_numbers
from logwidth.dataset.readers.named_table import Arrays, table_in
from logwidth.dataset.table import ReadOptions, Table
from logwidth.errors import InputError, MissingExtraError, said

DEEPEST = 32


def read_zarr_table(path: str, options: ReadOptions) -> Table:
    """Return the table in a Zarr store: a group of arrays, or one array of points alone. Raises InputError."""
    with _refused(path):
        found = _library().open(path, mode="r")
        if hasattr(found, "shape"):
            if options.axes or options.points is not None:
                raise InputError(f"{path!r} is one array without a name: --features and --axes do not go with it")
            cells = _read(path, found)
            check_numbers(repr(path), "", _marks(found), cells)
            return Table(path, cells, fresh=True)
        arrays = dict(_arrays(path, found))
        headers = {name: (tuple(array.shape), np.dtype(array.dtype)) for name, array in arrays.items()}

        def read(name: str, as_table: bool) -> Array:
            if as_table:
                return _read(path, arrays[name])
            return readable(f"array {name!r} of {path!r}", np.asarray(arrays[name][...]))

        return table_in(Arrays(path, headers, read, {name: _marks(array) for name, array in arrays.items()}), options)


def _arrays(path: str, group: Any, above: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of a group and of the groups in it, by their paths. Raises InputError for groups without end."""
    if depth > DEEPEST:
        raise InputError(f"{path!r} has groups within groups, more than {DEEPEST} deep")
    for name in sorted(group.array_keys()):
        yield f"{above}{name}", group[name]
    for name in sorted(group.group_keys()):
        yield from _arrays(path, group[name], f"{above}{name}/", depth + 1)


def _marks(array: Any) -> Marks:
    """Return what is written beside an array: the names of its dimensions, in either format, and its attributes."""
    attributes = dict(array.attrs)
    named = getattr(array.metadata, "dimension_names", None) or attributes.get("_ARRAY_DIMENSIONS") or ()
    return Marks(tuple((name,) if isinstance(name, str) else () for name in named), attributes)


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
