"""HDF5 files (extra `hdf5`): the arrays in all their groups by name; nothing outside of the file is followed."""

from typing import Any

import numpy as np

from logwidth.dataset.files import opened
from logwidth.dataset.readers.archives import MOST_BYTES, is_table, parts_of_rows, table_of
from logwidth.dataset.readers.marks import FILLS, PACKED, Marks
from logwidth.dataset.readers.named_table import Arrays, table_in
from logwidth.dataset.table import ReadOptions, Table
from logwidth.errors import InputError, MissingExtraError

MOST_ARRAYS = 10_000


def read_hdf5(path: str, options: ReadOptions) -> Table:
    """Return the table in an HDF5 file: arrays `X` and `y`, or those that the options name, in groups by their path.

    Raises InputError, MissingExtraError without h5py.
    """
    library = _library()
    with opened(path), library.File(path, "r") as file:
        found: dict[str, Any] = {}

        def visit(name: str, item: Any) -> None:
            if isinstance(item, library.Dataset) and len(found) < MOST_ARRAYS:
                found[name] = item

        file.visititems(visit)  # follows no links, so no other file
        headers = {name: (tuple(item.shape or ()), np.dtype(item.dtype)) for name, item in found.items()}
        marks = {name: _marks(item) for name, item in found.items()}

        def read(name: str, as_table: bool) -> Any:
            return _read(path, name, found[name], as_table=as_table)

        return table_in(Arrays(path, headers, read, marks), options)


def _marks(item: Any) -> Marks:
    """Return what is written beside an array: labels and scales of its dimensions, and attributes that are numbers."""
    names = [
        tuple(filter(None, [dimension.label, *(scale.name for scale in dimension.values())])) for dimension in item.dims
    ]
    attributes = {mark: item.attrs[mark] for mark in (*PACKED, *FILLS) if mark in item.attrs}
    return Marks(tuple(names), attributes)


def _read(path: str, name: str, item: Any, *, as_table: bool) -> Any:
    """Return an array, or text as text; as a table, rows of numbers in double precision, part by part."""
    what, dtype, shape = f"array {name!r} of {path!r}", np.dtype(item.dtype), tuple(item.shape or ())
    if item.is_virtual or item.external:
        raise InputError(f"{what} keeps its numbers in other files, which are not read")
    if item.shape is None:
        raise InputError(f"{what} is empty")
    if dtype.names is not None:
        raise InputError(f"{what} holds records with fields {', '.join(dtype.names[:8])}; save its columns as plain arrays")
    if item.size * dtype.itemsize > MOST_BYTES:
        raise InputError(f"{what} declares shape {shape} of {dtype}, more than {MOST_BYTES >> 30} GiB")
    if dtype.kind in "OS":
        if not _is_text(item):
            raise InputError(f"{what} holds objects in place of numbers or text")
        return np.asarray(item.asstr("utf-8")[...].tolist())
    rows = (shape[0], int(np.prod(shape[1:]))) if len(shape) > 1 else shape
    if as_table and is_table(rows, dtype):
        starts = np.cumsum([0, *(n for n, _ in parts_of_rows((rows[0], rows[1])))])
        parts = (item[a:b].reshape(b - a, -1) for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))
        return table_of((rows[0], rows[1]), parts)
    return item[...]


def _is_text(item: Any) -> bool:
    return _library().check_string_dtype(item.dtype) is not None


def _library() -> Any:
    try:
        import h5py
    except ImportError:
        raise MissingExtraError("h5py", "hdf5") from None
    return h5py
