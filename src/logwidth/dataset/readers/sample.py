"""The start of a text file: its encoding, its first lines, and comments before the table."""

import codecs
import io
import re
from dataclasses import dataclass

from logwidth.dataset.readers.content import unpacked
from logwidth.errors import InputError

LEAST = 2**18
MOST = 2**26
"""A line longer than 64 MiB is refused."""
ROWS = 20
BLOCK = 2**22
EXCEL_HINT = re.compile(r'"?sep=(.)"?', re.IGNORECASE)


@dataclass(frozen=True)
class Sample:
    """The start of a text file without comments: `skipped` lines before the table, the last `comment` among them.

    `whole` says whether the text is the whole file; `hint` is the separator that a first line `sep=;` names.
    """

    text: str
    encoding: str
    whole: bool
    skipped: int
    comments: int
    comment: str
    hint: str | None
    packing: str | None


def sample_of(path: str) -> Sample:
    """Return the start of a text file. Raises InputError if it is no text, or nothing but comments."""
    encoding, packing = _encoding(path)
    size = LEAST
    while True:
        with unpacked(path) as (stream, _):
            content = stream.read(size)
            whole = len(content) < size or not stream.read(1)
        text = codecs.getincrementaldecoder(encoding)().decode(content, final=whole)
        lines = list(io.StringIO(text, newline=""))
        if whole or len(lines) > ROWS or size >= MOST:
            break
        size *= 8
    if not whole and len(lines) < 3:
        raise InputError(f"{path!r} has a line longer than {MOST >> 20} MiB; it is no table of text")
    skipped, comments, comment, hint = 0, 0, "", None
    for line in lines:
        plain = line.strip()
        found = EXCEL_HINT.fullmatch(plain) if not skipped else None
        if found:
            hint = found[1]
        elif plain[:1] in ("#", "%"):
            comments, comment = comments + 1, plain
        elif plain:
            break
        skipped += 1
    rest = "".join(lines[skipped:])
    return Sample(rest, encoding, whole, skipped, comments, comment, hint, packing)


def _encoding(path: str) -> tuple[str, str | None]:
    """Return the encoding of a text file, all of which is looked at, and its packing. Raises InputError for other files."""
    with unpacked(path) as (stream, packing):
        block = stream.read(BLOCK)
        if block.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            return "utf-32", packing
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", packing
        if any(byte < 9 or 13 < byte < 32 for byte in block[: 2**12]):
            raise InputError(f"{path!r} is no text: it starts with {block[:8].hex(' ')}")
        decoder, encoding = codecs.getincrementaldecoder("utf-8")(), "utf-8-sig"
        while block:
            if b"\0" in block:
                raise InputError(f"{path!r} is no text: it holds NUL bytes")
            if encoding != "latin-1":
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    encoding = "latin-1"
            block = stream.read(BLOCK)
        if encoding != "latin-1":
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                encoding = "latin-1"
    return encoding, packing
