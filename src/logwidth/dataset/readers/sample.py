"""The start of a text file: its encoding, its first lines, and comments before the table."""

import codecs
import io
import re
from dataclasses import dataclass
from typing import BinaryIO

from logwidth.dataset.readers.content import unpacked
from logwidth.dataset.wording import short
from logwidth.errors import InputError

LEAST = 2**18
MOST = 2**26
"""A line longer than 64 MiB is refused."""
ROWS = 20
BLOCK = 2**22
CONTROLS = frozenset(range(0x80, 0xA0))
"""Bytes that stand for control characters in Latin-1, and mostly for others in Windows-1252."""
UNUSED = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))
"""Bytes that stand for nothing in Windows-1252."""
FOUND = {
    "utf-16": "encoding UTF-16",
    "utf-32": "encoding UTF-32",
    "latin-1": "not UTF-8: read as Latin-1; if it is another, say --encoding",
    "cp1252": "not UTF-8: read as Windows-1252; if it is another, say --encoding",
}
"""What is said where an encoding was found out."""
CHARACTER = re.compile(rb"[\xc2-\xc8\xca-\xd5\xd7-\xdb\xdd\xde][\x80-\xbf]|[\xe1-\xec\xee\xef](?!\xa0\xbb)[\x80-\xbf]{2}")
"""A character of UTF-8 beyond ASCII, but for some rare ones: in Windows-1252 they are É, Ö, Ü or ß before a quotation mark
or the like, and a small letter, a blank and »."""
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


def sample_of(path: str, encoding: str | None = None) -> Sample:
    """Return the start of a text file, of an encoding that is given or found out. Raises InputError if it is no text."""
    encoding, packing = _encoding(path, encoding)
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


def checked_encoding(name: object) -> str:
    """Return the name of an encoding of text. Raises InputError for what Python does not know.

    >>> checked_encoding("Latin-1"), checked_encoding("utf8")
    ('iso8859-1', 'utf-8-sig')
    """
    try:
        found = codecs.lookup(name).name if isinstance(name, str) else ""
        "".encode(found)  # hex, zip and their like are found, but make no text
        codecs.getincrementaldecoder(found)
    except (LookupError, ValueError):
        found = ""
    if not found:
        raise InputError(f"encoding must be one that Python knows, such as cp1252, gbk or shift_jis, not {short(name)}")
    return "utf-8-sig" if found == "utf-8" else found


def encoding_notes(encoding: str, asked: str | None) -> list[str]:
    """Return what is said about the encoding of a file: nothing for UTF-8, and for one that was asked for."""
    return [FOUND[encoding]] if asked is None and encoding in FOUND else []


def _encoding(path: str, asked: str | None) -> tuple[str, str | None]:
    """Return the encoding of a text file, all of which is looked at, and its packing. Raises InputError for other files.

    Without a mark, and if it is no UTF-8, a file is Windows-1252 if it has a character that Latin-1 does not have and all
    its bytes are characters of Windows-1252; else Latin-1.
    """
    with unpacked(path) as (stream, packing):
        block = stream.read(BLOCK)
        if asked is not None:
            encoding = checked_encoding(asked)
            _check_decodes(path, stream, block, asked)
            return encoding, packing
        if block.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
            return "utf-32", packing
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", packing
        if any(byte < 9 or 13 < byte < 32 for byte in block[: 2**12]):
            hint = "; if it is UTF-16, say --encoding utf-16-le or utf-16-be" if b"\0" in block[:4] else ""
            raise InputError(f"{path!r} is no text: it starts with {block[:8].hex(' ')}{hint}")
        decoder, is_utf8, controls = codecs.getincrementaldecoder("utf-8")(), True, set[int]()
        while block:
            if b"\0" in block:
                raise InputError(f"{path!r} is no text: it holds NUL bytes")
            controls |= CONTROLS & set(block)
            is_utf8 = is_utf8 and _decodes(decoder, block)
            block = stream.read(BLOCK)
        if is_utf8 and _decodes(decoder, b"", final=True):
            return "utf-8-sig", packing
    _check_one_encoding(path)
    return ("cp1252" if controls and not controls & UNUSED else "latin-1"), packing


def _check_one_encoding(path: str) -> None:
    """Refuse a file that is not of UTF-8 and has characters that are: read as Windows-1252, one label would become two."""
    with unpacked(path) as (stream, _):
        before = b""
        while block := stream.read(BLOCK):
            found = CHARACTER.search(before + block)
            if found:
                raise InputError(
                    f"{path!r} holds {short(found[0].decode())} in UTF-8, and is not all of UTF-8: two encodings, or one of "
                    "many languages; save it as UTF-8, or say --encoding"
                )
            before = block[-2:]


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _check_decodes(path: str, stream: BinaryIO, block: bytes, encoding: str) -> None:
    """Refuse a file that is not of an encoding, or in which the encoding finds a NUL."""
    decoder = codecs.getincrementaldecoder(checked_encoding(encoding))()
    while True:
        last = not block
        try:
            text = decoder.decode(block, last)
        except UnicodeDecodeError as problem:
            what = problem.object[problem.start : problem.start + 4].hex(" ")
            raise InputError(f"{path!r} is not {encoding}: {what} is no character of it; name another encoding") from None
        if "\0" in text:
            raise InputError(f"{path!r} holds NUL characters if it is read as {encoding}; name another encoding")
        if last:
            return
        block = stream.read(BLOCK)
