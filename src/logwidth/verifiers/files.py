"""Text files as tools and competitions leave them: plain or gzipped, with a byte-order mark or without."""

import gzip
import zlib
from pathlib import Path

from logwidth.errors import InputError, said

GZIP, UTF16 = b"\x1f\x8b", (b"\xff\xfe", b"\xfe\xff")
MOST_BYTES = 2**30


def content_of(path: Path) -> bytes:
    """Return a file's bytes, unpacked if they are gzipped; `NAME.gz` stands in for a missing NAME, and NAME for NAME.gz.

    Raises InputError, which names the file, when it cannot be read.
    """
    found = stored(path)
    try:
        raw = found.read_bytes()
        if raw[:2] != GZIP:
            return raw
        with gzip.open(found) as stream:
            unpacked = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as problem:
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
