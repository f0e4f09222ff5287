"""Arrays in `.npy` and `.npz` files, read without pickle and only after their headers have been checked."""

import math
import os
import zipfile
from collections.abc import Callable
from typing import IO, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from logwidth.dataset.files import opened
from logwidth.errors import InputError

MOST_BYTES = 64 * 2**30
"""An array that declares more than 64 GiB is refused before anything is allocated."""

Array = NDArray[np.generic]


def read_npy(path: str) -> Array:
    """Return the array in the `.npy` file `path`. Raises InputError."""
    with opened(path) as stream:
        return _checked(path, lambda: stream, os.fstat(stream.fileno()).st_size)


def read_npz(path: str) -> tuple[Array, Array]:
    """Return the arrays `X` and `y` of the `.npz` archive `path`. Raises InputError."""
    with opened(path) as stream, _archive(path, stream) as archive:
        names = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
        if not {"X", "y"} <= names.keys():
            found = ", ".join(map(repr, sorted(names))) or "none"
            raise InputError(f"{path!r} needs arrays 'X' and 'y'; its arrays are {found}")
        points, labels = (_member(path, archive, names[name]) for name in ("X", "y"))
        return points, labels


def _archive(path: str, stream: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(stream)
    except zipfile.BadZipFile:
        raise InputError(f"{path!r} is not an .npz archive, or it is cut off") from None


def _member(path: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Array:
    label = f"array {member.filename.removesuffix('.npy')!r} of {path!r}"
    return _checked(label, lambda: archive.open(member), member.file_size, quoted=True)


def _checked(what: str, start: Callable[[], IO[bytes]], size: int, *, quoted: bool = False) -> Array:
    """Return the array in a stream of `size` bytes, if its header promises just what the stream holds."""
    what = what if quoted else repr(what)
    stream = start()
    shape, dtype = _header(what, stream)
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
    stream = start()
    stream.seek(0)
    return npy.read_array(stream, allow_pickle=False)


def _header(what: str, stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    try:
        version = npy.read_magic(stream)
    except ValueError:
        raise InputError(f"{what} is not in .npy format") from None
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers:
        raise InputError(f"{what} is in .npy version {version}; save a plain array of numbers or strings")
    shape, _, dtype = readers[version](stream)
    return tuple(int(n) for n in shape), dtype
