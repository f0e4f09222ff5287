"""Labels written as text."""

import re
from collections.abc import Sequence

from logwidth.dataset.labels import Label
from logwidth.dataset.wording import short

INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
PLAIN = re.compile(r"(?:[+]|-(?=0[.]?0*$))?(-?[0-9]+(?:[.][0-9]*?[1-9])?)[.]?0*", re.ASCII)
"""A number without exponent: a plus sign, or the minus of 0, what matters, zeros behind the point."""


def parse_texts(texts: Sequence[str]) -> list[object]:
    """Return labels written as text, all read as one kind; empty text is a missing label (None).

    Where two of them are one number, and they differ by more than a plus sign and zeros behind the point, all stay text: as
    codes such as 01 and 1 they are two classes. So they do where an integer beside numbers with a point is none that a
    double holds.

    >>> parse_texts(["1", "02"]), parse_texts(["1", "2.5"]), parse_texts(["1", "b"]), parse_texts(["True", ""])
    ([1, 2], [1.0, 2.5], ['1', 'b'], [True, None])
    >>> parse_texts(["+1", "1.0"]), parse_texts(["1", "01"])
    ([1.0, 1.0], ['1', '01'])
    >>> parse_texts(["9007199254740993", "0.5"])
    ['9007199254740993', '0.5']
    """
    for read in (_integer, _float, _truth):
        values = [read(text) if text else None for text in texts]
        if all(value is not None for value, text in zip(values, texts, strict=True) if text):
            return list(values) if read is _truth or not why_text(texts) else [text or None for text in texts]
    return [text or None for text in texts]


def why_text(texts: Sequence[str]) -> str:
    """Return why labels written as numbers stay text; empty if they do not. Empty text is a missing label.

    Two are one number and written in ways that may be meant to differ, or an integer would be read as another number.

    >>> why_text(["1", "01", "2"]), why_text(["+1", "1", "1.0", "-0", "0"])
    ("'1' and '01' are one number, and are taken for two classes", '')
    >>> why_text(["9007199254740993", "7"]), why_text(["9007199254740993", "0.5"])
    ('', "no double holds '9007199254740993'")
    """
    distinct = [text for text in dict.fromkeys(texts) if text]
    read = _integer if all(_integer(text) is not None for text in distinct) else _float
    written: dict[Label | None, tuple[str, str]] = {}
    for text in distinct:
        value, found, whole = read(text), PLAIN.fullmatch(text), _integer(text)
        first, plain = written.setdefault(value, (text, text if found is None else found[1]))
        if value is not None and plain != (text if found is None else found[1]):
            exactly = "" if read is _integer else " in double precision"
            return f"{short(first)} and {short(text)} are one number{exactly}, and are taken for two classes"
        if whole is not None and whole != value:
            return f"no double holds {short(text)}"
    return ""


def _integer(text: str) -> Label | None:
    return int(text) if INTEGER.fullmatch(text) and len(text) <= 20 else None


def _float(text: str) -> Label | None:
    try:
        return None if "_" in text or not text.isascii() else float(text)
    except ValueError:
        return None


def _truth(text: str) -> Label | None:
    return {"true": True, "false": False}.get(text.lower())
