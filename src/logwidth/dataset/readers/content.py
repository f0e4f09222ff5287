"""The bytes of a file, unpacked where it is packed, and never more of them than are allowed."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from logwidth.dataset.files import opened
from logwidth.dataset.readers.archives import MOST_BYTES
from logwidth.dataset.wording import listing
from logwidth.errors import InputError

PACKINGS = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}
PEEKED = 2**12
"""Bytes from which a kind of file is told."""
SUFFIXES = (".gz", ".bz2", ".xz", ".zip")


class Bounded(io.RawIOBase):
    """A stream that refuses to give more than `MOST_BYTES`: what unpacks to more is a bomb."""

    def __init__(self, path: str, stream: Any) -> None:
        super().__init__()
        self._path, self._stream, self._left = path, stream, MOST_BYTES

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer, and return the number of bytes."""
        found = self._stream.read(len(buffer))
        self._left -= len(found)
        if self._left < 0:
            raise InputError(f"{self._path!r} unpacks to more than {MOST_BYTES >> 30} GiB")
        buffer[: len(found)] = found
        return len(found)


def packing_of(start: bytes) -> str | None:
    """Return how bytes that start so are packed: 'gzip', 'bzip2', 'xz', 'zip', or None.

    >>> packing_of(gzip.compress(b"1,2")), packing_of(b"1,2")
    ('gzip', None)
    """
    return next((name for magic, name in PACKINGS.items() if start.startswith(magic)), None)


@contextmanager
def unpacked(path: str) -> Iterator[tuple[BinaryIO, str | None]]:
    """Open a file and give its bytes, unpacked, and how they were packed. Raises InputError."""
    with opened(path) as raw:
        packing = packing_of(raw.read(8))
        raw.seek(0)
        if packing is None:
            yield raw, None
            return
        with _unpacker(path, raw, packing) as stream:
            yield io.BufferedReader(Bounded(path, stream), 2**17), packing


def first_bytes(path: str, count: int = PEEKED) -> tuple[bytes, str | None]:
    """Return the first bytes of a file, unpacked, and how it is packed. Raises InputError."""
    with unpacked(path) as (stream, packing):
        return stream.read(count), packing


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files of an archive that somebody put there on purpose."""
    return [
        member
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX/") and ".DS_Store" not in member.filename
    ]


def _unpacker(path: str, raw: BinaryIO, packing: str) -> Any:
    if packing == "gzip":
        return gzip.GzipFile(fileobj=raw)
    if packing == "bzip2":
        return bz2.BZ2File(raw)
    if packing == "xz":
        return lzma.LZMAFile(raw)
    archive = zipfile.ZipFile(raw)
    found = members(archive)
    if len(found) != 1:
        names = listing([repr(member.filename) for member in found])
        raise InputError(f"{path!r} is a ZIP archive of {len(found)} files, {names or 'none'}; unpack it and name one")
    if found[0].flag_bits & 1:
        raise InputError(f"{path!r} is a ZIP archive with a password; unpack it first")
    if found[0].file_size > MOST_BYTES:
        raise InputError(f"{path!r} declares a member of more than {MOST_BYTES >> 30} GiB")
    return archive.open(found[0])
