"""Whether the elements of a MATLAB 5 file are what they say: SciPy believes their tags, and crashes where they are false."""

import struct
import zlib
from collections.abc import Iterator
from math import prod
from typing import BinaryIO

from logwidth.dataset.readers.archives import MOST_BYTES
from logwidth.errors import InputError

HEADER = 128
MATRIX, COMPRESSED = 14, 15
NUMBERS = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13}
INDICES = {5, 6}
CHARACTERS = {1, 2, 3, 4, 16, 17, 18}
CELL, CHAR, SPARSE, NUMERIC = 1, 4, 5, range(6, 16)
COMPLEX = 0x0800
PACKED = 1_032
"""Deflate shrinks nothing by more than this factor."""

Element = tuple[int, memoryview]


def check_elements(path: str, stream: BinaryIO) -> frozenset[str]:
    """Raise InputError unless each array of numbers or characters consists of the parts that it needs, within its bounds.

    Return the names of the cell arrays that hold rows of characters and nothing else, each of them checked as well.

    Source: MathWorks, MAT-File Format, version 7.
    """
    header = stream.read(HEADER)
    if not header.startswith(b"MATLAB 5.0"):
        return frozenset()  # version 4, which SciPy reads as plain arrays
    texts = set()
    order = "<" if header[126:128] == b"IM" else ">"
    while tag := stream.read(8):
        if len(tag) < 8:
            raise _damaged(path)
        kind, size = struct.unpack(f"{order}2I", tag)
        content = stream.read(size)
        if len(content) < size or kind not in (MATRIX, COMPRESSED):
            raise _damaged(path)
        if kind == COMPRESSED:
            content = _inflated(path, content, order)
        parts = _check_matrix(path, memoryview(content), order)
        if _kind_of(parts, order) == CELL and _holds_text(path, parts, order):
            texts.add(bytes(parts[2][1]).decode("latin-1"))
    return frozenset(texts)


def _holds_text(path: str, parts: list[Element], order: str) -> bool:
    """Return whether a cell array holds as many matrices as its sizes say, all of characters. Raises InputError."""
    sizes, cells = parts[1][1], parts[3:]
    count = prod(struct.unpack(f"{order}{len(sizes) // 4}i", sizes[: len(sizes) // 4 * 4]))
    if count != len(cells) or any(kind != MATRIX or not len(content) for kind, content in cells):
        return False
    return all(_kind_of(_check_matrix(path, content, order), order) == CHAR for _, content in cells)


def _inflated(path: str, content: bytes, order: str) -> bytes:
    """Return the matrix in a compressed element, which declares its own size."""
    unpacker = zlib.decompressobj()
    try:
        tag = unpacker.decompress(content, 8)
        kind, size = struct.unpack(f"{order}2I", tag)
        if kind != MATRIX or size > min(MOST_BYTES, PACKED * len(content)):
            raise _damaged(path)
        found = unpacker.decompress(unpacker.unconsumed_tail, size)
    except (zlib.error, struct.error):
        raise _damaged(path) from None
    if len(found) < size:
        raise _damaged(path)
    return found


def _kind_of(parts: list[Element], order: str) -> int:
    return int(struct.unpack(f"{order}I", parts[0][1][:4])[0]) & 0xFF


def _check_matrix(path: str, content: memoryview, order: str) -> list[Element]:
    """Return the parts of a matrix, checked: flags, sizes, name, and as many parts of data as its class needs."""
    parts = list(_parts(path, content, order))
    if len(parts) < 3 or parts[0][0] != 6 or len(parts[0][1]) != 8:
        raise _damaged(path)
    flags = struct.unpack(f"{order}I", parts[0][1][:4])[0]
    kind, twice = flags & 0xFF, 2 if flags & COMPLEX else 1
    if kind in NUMERIC:
        wanted, allowed = twice, NUMBERS
    elif kind == CHAR:
        wanted, allowed = 1, CHARACTERS
    elif kind == SPARSE:
        wanted, allowed = 2 + twice, NUMBERS
    else:
        return parts
    types = [part[0] for part in parts[3:]]
    if parts[1][0] != 5 or parts[2][0] not in (1, 2) or len(types) != wanted or not set(types) <= allowed:
        raise _damaged(path)
    if kind == SPARSE and not set(types[:2]) <= INDICES:
        raise _damaged(path)
    return parts


def _parts(path: str, content: memoryview, order: str) -> Iterator[Element]:
    """Yield the type and the bytes of each part of an element; a part of four bytes or less has a short tag."""
    place = 0
    while place + 8 <= len(content):
        first, size = struct.unpack_from(f"{order}2I", content, place)
        start, step = place + 8, size + -size % 8
        if first >> 16:
            first, size, start, step = first & 0xFFFF, first >> 16, place + 4, 0
            if size > 4:
                raise _damaged(path)
        if start + size > len(content):
            raise _damaged(path)
        yield first, content[start : start + size]
        place = place + 8 + step


def _damaged(path: str) -> InputError:
    return InputError(f"{path!r} is a damaged file of MATLAB, or it is cut off")
