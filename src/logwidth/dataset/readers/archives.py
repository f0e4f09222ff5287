"""Arrays in `.npy` and `.npz` files, read without pickle and only after their headers have been checked."""

import math
import os
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from logwidth.dataset.files import opened
from logwidth.dataset.large_integers import inexact
from logwidth.errors import InputError

MOST_BYTES = 64 * 2**30
"""An array that declares more than 64 GiB is refused before anything is allocated."""

PART = 2**20
"""Numbers of a table that are read at a time."""

Array = NDArray[np.generic]


def read_npy(path: str, *, as_table: bool = False) -> Array:
    """Return the array in the `.npy` file `path`; as a table in double precision, if it holds rows of numbers.

    Raises InputError.
    """
    with opened(path) as stream:
        return _checked(repr(path), lambda: stream, os.fstat(stream.fileno()).st_size, as_table=as_table)


def archive_of(path: str, stream: BinaryIO) -> zipfile.ZipFile:
    """Return the ZIP archive in a stream. Raises InputError."""
    try:
        return zipfile.ZipFile(stream)
    except zipfile.BadZipFile:
        raise InputError(f"{path!r} is not an .npz archive, or it is cut off") from None


def arrays_in(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Return the members of an `.npz` archive by the names of their arrays."""
    return {member.filename.removesuffix(".npy"): member for member in archive.infolist() if not member.is_dir()}


def header_of(path: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    """Return the shape and the dtype that a member declares, without reading the rest. Raises InputError."""
    with archive.open(member) as stream:
        shape, _, dtype = _header(f"array {member.filename.removesuffix('.npy')!r} of {path!r}", stream)
    return shape, dtype


def read_member(path: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, as_table: bool) -> Array:
    """Return the array in a member of an archive, in double precision as a table. Raises InputError."""
    label = f"array {member.filename.removesuffix('.npy')!r} of {path!r}"
    return _checked(label, lambda: archive.open(member), member.file_size, as_table=as_table)


def _checked(what: str, start: Callable[[], IO[bytes]], size: int, *, as_table: bool) -> Array:
    """Return the array in a stream of `size` bytes, if its header promises just what the stream holds."""
    stream = start()
    shape, in_columns, dtype = _header(what, stream)
    if dtype.names is not None:
        raise InputError(
            f"{what} holds records with fields {', '.join(dtype.names[:8])}; save its columns as plain arrays, or as .csv: "
            "pandas.DataFrame(array).to_csv"
        )
    if dtype.hasobject:
        raise InputError(f"{what} holds Python objects, which need pickle; save numbers, or strings with dtype str")
    declared = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or dtype.itemsize == 0:
        raise InputError(f"{what} has the impossible shape {shape} of {dtype}")
    if declared > MOST_BYTES:
        raise InputError(f"{what} declares shape {shape} of {dtype}, more than {MOST_BYTES >> 30} GiB")
    present = size - stream.tell()
    if present != declared:
        raise InputError(f"{what} is damaged: it declares {declared} bytes and holds {present}")
    flat = (shape[0], math.prod(shape[1:])) if shape else ()
    if as_table and len(shape) > 1 and is_table(flat, dtype) and not in_columns:
        return table_of(flat, (_rows(what, stream, part, dtype) for part in parts_of_rows(flat)))
    stream = start()
    stream.seek(0)
    return readable(what, npy.read_array(stream, allow_pickle=False))


def readable(what: str, array: Array) -> Array:
    """Return the array, bytes as text; refuse strings of numbers that are no characters, at which Python cannot look."""
    if array.dtype.kind == "S":
        try:
            return np.char.decode(array.astype(np.bytes_), "utf-8")
        except UnicodeDecodeError:
            raise InputError(f"{what} holds bytes that are no UTF-8 text; save strings with dtype str") from None
    if array.dtype.kind == "U" and array.size:
        codes = np.ascontiguousarray(array).view(np.dtype(np.uint32).newbyteorder(array.dtype.byteorder))
        if int(codes.max()) > sys.maxunicode:
            raise InputError(f"{what} is damaged: it holds text with code points beyond Unicode")
    return array


def is_table(shape: tuple[int, ...], dtype: np.dtype[np.generic]) -> bool:
    """Return whether an array holds rows of real numbers."""
    return len(shape) == 2 and 0 not in shape and dtype.kind in "buif"


def parts_of_rows(shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Yield the shapes of the parts in which the rows of a table are read."""
    step = max(1, PART // shape[1])
    return ((min(step, shape[0] - start), shape[1]) for start in range(0, shape[0], step))


def table_of(shape: tuple[int, ...], parts: Iterable[Array]) -> Array:
    """Return a table in double precision, of which no more than a part exists in any other: large data fit but once.

    A table of integers that double precision would round stays as it is; what it does with those, the data set says.
    """
    table: Array = np.empty(shape)
    start = 0
    for part in parts:
        with np.errstate(over="ignore", invalid="ignore"):
            if table.dtype.kind == "f" and inexact(part).any():
                table = table.astype(part.dtype)  # the parts so far are exact
            table[start : start + len(part)] = part
        start += len(part)
    return table


def _rows(what: str, stream: IO[bytes], shape: tuple[int, int], dtype: np.dtype[np.generic]) -> Array:
    content = stream.read(shape[0] * shape[1] * dtype.itemsize)
    if len(content) < shape[0] * shape[1] * dtype.itemsize:
        raise InputError(f"{what} is cut off")
    return np.frombuffer(content, dtype=dtype).reshape(shape)


def _header(what: str, stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    try:
        version = npy.read_magic(stream)
    except ValueError:
        raise InputError(f"{what} is not in .npy format") from None
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise InputError(f"{what} is in .npy version {version}; save a plain array of numbers or strings")
    shape, in_columns, dtype = readers[version](stream)
    return tuple(int(n) for n in shape), bool(in_columns), dtype
