"""Arrays in idx files, the format of MNIST, plain or gzipped; read only after the header has been checked."""

import gzip
import math
import os
import re
import struct
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from logwidth.dataset.arrays import MOST_BYTES
from logwidth.dataset.files import opened
from logwidth.errors import InputError

KINDS = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST_DIMENSIONS = 8
DEFLATE = 1_032
"""Deflate shrinks nothing by more than this factor, so a header that promises more is false."""
NAME = re.compile(r"idx[1-9]-ubyte(\.gz)?$", re.IGNORECASE)


def is_idx(path: str) -> bool:
    """Return whether a file's name is that of an idx file.

    >>> is_idx("train-images-idx3-ubyte.gz"), is_idx("t10k-labels.idx1-ubyte"), is_idx("idx.csv")
    (True, True, False)
    """
    return NAME.search(os.path.basename(path)) is not None


def read_images(path: str) -> NDArray[np.generic]:
    """Return the array of an idx file as a table, one row per image. Raises InputError."""
    array = read_idx(path)
    if array.ndim < 2:
        raise InputError(f"{path!r} has shape {array.shape}, as labels have; name the file of images")
    if 0 in array.shape:
        raise InputError(f"{path!r} has shape {array.shape}: it holds no image")
    return array.reshape(len(array), -1)


def labels_beside(path: str) -> str:
    """Return where the labels of a file of images are, gzipped or not; raise InputError that says where they were sought.

    `…-images-idx3-ubyte` has them in `…-labels-idx1-ubyte`.
    """
    folder, name = os.path.split(path)
    plain = re.sub(r"idx[1-9]-", "idx1-", name.removesuffix(".gz").replace("images", "labels"))
    found = [os.path.join(folder, plain + end) for end in ("", ".gz") if os.path.isfile(os.path.join(folder, plain + end))]
    if not found or plain == name.removesuffix(".gz"):
        raise InputError(f"{path!r} holds images; their labels are not in {plain}[.gz] beside it: name them with labels=")
    return found[0]


def read_idx(path: str) -> NDArray[np.generic]:
    """Return the array of the idx file `path`, gzipped if its name ends with `.gz`. Raises InputError."""
    with opened(path) as raw:
        stored = os.fstat(raw.fileno()).st_size
        zipped = path.lower().endswith(".gz")
        stream: gzip.GzipFile | BinaryIO = gzip.GzipFile(fileobj=raw) if zipped else raw
        shape, dtype = _header(path, stream)
        declared = math.prod(shape) * dtype.itemsize
        if declared > MOST_BYTES:
            raise InputError(f"{path!r} declares shape {shape}, more than {MOST_BYTES >> 30} GiB")
        if declared > (stored * DEFLATE if zipped else stored):
            raise InputError(f"{path!r} is damaged: it declares {declared} bytes, and its {stored} cannot hold them")
        content = stream.read(declared)
        if len(content) != declared or stream.read(1):
            more = "fewer" if len(content) != declared else "more"
            raise InputError(f"{path!r} is damaged: it declares {declared} bytes and holds {more}")
        return np.frombuffer(content, dtype=dtype).reshape(shape)


def _header(path: str, stream: gzip.GzipFile | BinaryIO) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in KINDS or not 1 <= magic[3] <= MOST_DIMENSIONS:
        raise InputError(f"{path!r} is not an idx file: it starts with {magic.hex(' ') or 'nothing'}")
    sizes = stream.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise InputError(f"{path!r} is cut off within its header")
    return struct.unpack(f">{magic[3]}I", sizes), np.dtype(KINDS[magic[2]])
