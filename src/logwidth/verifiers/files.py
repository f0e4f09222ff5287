"""Text files as tools and competitions leave them: plain or packed, with a byte-order mark or without."""

import bz2
import gzip
import lzma
import zlib
from pathlib import Path
from typing import Any

from logwidth.errors import InputError, said

OPENED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ\0": lzma.open, b"BZh": bz2.open}
UTF16 = (b"\xff\xfe", b"\xfe\xff")
MOST_BYTES = 2**30


def content_of(path: Path) -> bytes:
    """Return a file's bytes, those of gzip, xz and bzip2 unpacked; `NAME.gz` stands in for a missing NAME, and NAME for it.

    Raises InputError, which names the file, when it cannot be read.
    """
    found = stored(path)
    try:
        raw = found.read_bytes()
        opened = next((opened for magic, opened in OPENED.items() if raw.startswith(magic)), None)
        if opened is None:
            return raw
        with opened(found) as stream:
            unpacked = bytes(stream.read(MOST_BYTES + 1))
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as problem:
        raise InputError(f"cannot read {path}: {getattr(problem, 'strerror', None) or said(problem)}") from problem
    if len(unpacked) > MOST_BYTES:
        raise InputError(f"cannot read {path}: it is larger than 1 GiB when unpacked")
    return unpacked


def text_of(path: Path) -> str:
    """Return a file's text; raise InputError, which names the file, when it is none."""
    raw = content_of(path)
    try:
        return raw.decode("utf-16" if raw[:2] in UTF16 else "utf-8-sig")
    except UnicodeDecodeError as problem:
        raise InputError(f"cannot read {path}: {problem}") from problem


def stored(path: Path) -> Path:
    """Return the path under which a file lies, with `.gz` or without."""
    other = path.with_name(path.name.removesuffix(".gz") if path.name.endswith(".gz") else f"{path.name}.gz")
    return other if not path.exists() and other.exists() else path
