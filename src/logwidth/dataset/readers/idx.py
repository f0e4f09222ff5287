"""Arrays in idx files, the format of MNIST, plain or gzipped; read only after the header has been checked."""

import gzip
import math
import os
import re
import struct
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from logwidth.dataset.files import opened
from logwidth.dataset.readers.archives import MOST_BYTES
from logwidth.dataset.readers.pairs import image_of, row_notes
from logwidth.dataset.table import ReadOptions, Table
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


def looks_like_idx(start: bytes) -> bool:
    """Return whether the first bytes of a file are the header of an idx file, of one to three sizes that are plausible.

    >>> looks_like_idx(bytes([0, 0, 8, 1, 0, 0, 0, 9])), looks_like_idx(b"1,2,3,4\\n")
    (True, False)
    """
    if len(start) < 8 or start[:2] != b"\0\0" or start[2] not in KINDS or not 1 <= start[3] <= 4:
        return False
    sizes = struct.unpack_from(f">{start[3]}I", start[4:].ljust(4 * start[3], b"\0"))
    return bool(0 < math.prod(sizes) <= MOST_BYTES)


def _rows_of(path: str, array: NDArray[np.generic]) -> NDArray[np.generic]:
    if array.ndim < 2:
        raise InputError(f"{path!r} has shape {array.shape}, as labels have; name the file of images")
    if 0 in array.shape:
        raise InputError(f"{path!r} has shape {array.shape}: it holds no image")
    return array.reshape(len(array), -1)


def read_idx_table(path: str, options: ReadOptions) -> Table:
    """Return the images in an idx file, and the labels in the file beside it, if there is one. Raises InputError."""
    array = read_idx(path)
    cells, labels, notes = _rows_of(path, array), None, row_notes(array.shape)
    if options.labels is None:
        try:
            beside = labels_beside(path)
        except InputError:
            beside = None
        if beside is not None:
            labels = read_idx(beside)
            notes = (*notes, f"labels from {os.path.basename(beside)}")
    return Table(path, cells, labels=labels, notes=notes, image=image_of(array.shape, array.dtype.str[1:]))


def labels_beside(path: str) -> str:
    """Return where the labels of a file of images are, gzipped or not; raise InputError that says where they were sought.

    `…-images-idx3-ubyte` has them in `…-labels-idx1-ubyte`.
    """
    folder, name = os.path.split(path)
    plain = re.sub(r"idx[1-9]-", "idx1-", name.removesuffix(".gz").replace("images", "labels"))
    found = [os.path.join(folder, plain + end) for end in ("", ".gz") if os.path.isfile(os.path.join(folder, plain + end))]
    if not found or plain == name.removesuffix(".gz"):
        raise InputError(f"{path!r} holds images; their labels are not in {plain}[.gz] beside it: name them with --labels")
    return found[0]


def read_idx(path: str) -> NDArray[np.generic]:
    """Return the array of the idx file `path`, which may be gzipped. Raises InputError."""
    with opened(path) as raw:
        stored = os.fstat(raw.fileno()).st_size
        zipped = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
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
