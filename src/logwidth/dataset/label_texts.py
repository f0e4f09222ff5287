"""Labels written as text."""

import re
from collections.abc import Sequence

from logwidth.dataset.labels import Label

INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
PLAIN = re.compile(r"(?:[+]|-(?=0[.]?0*$))?(-?[0-9]+(?:[.][0-9]*?[1-9])?)[.]?0*", re.ASCII)
"""A number without exponent: a plus sign, or the minus of 0, what matters, zeros behind the point."""


def parse_texts(texts: Sequence[str]) -> list[object]:
    """Return labels written as text, all read as one kind; empty text is a missing label (None).

    Where two of them are one number, and they differ by more than a plus sign and zeros behind the point, all stay text: as
    codes such as 01 and 1 they are two classes.

    >>> parse_texts(["1", "02"]), parse_texts(["1", "2.5"]), parse_texts(["1", "b"]), parse_texts(["True", ""])
    ([1, 2], [1.0, 2.5], ['1', 'b'], [True, None])
    >>> parse_texts(["+1", "1.0"]), parse_texts(["1", "01"])
    ([1.0, 1.0], ['1', '01'])
    """
    for read in (_integer, _float, _truth):
        values = [read(text) if text else None for text in texts]
        if all(value is not None for value, text in zip(values, texts, strict=True) if text):
            return list(values) if read is _truth or not one_number(texts) else [text or None for text in texts]
    return [text or None for text in texts]


def one_number(texts: Sequence[str]) -> tuple[str, str] | None:
    """Return two texts that are one number, written in ways that may be meant to differ; None if there are none.

    >>> one_number(["1", "01", "2"]), one_number(["+1", "1", "1.0", "-0", "0"])
    (('1', '01'), None)
    """
    written: dict[Label | None, tuple[str, str]] = {}
    for text in dict.fromkeys(texts):
        value = _integer(text) if _integer(text) is not None else _float(text)
        found = PLAIN.fullmatch(text)
        first, plain = written.setdefault(value, (text, text if found is None else found[1]))
        if value is not None and plain != (text if found is None else found[1]):
            return first, text
    return None


def _integer(text: str) -> Label | None:
    return int(text) if INTEGER.fullmatch(text) and len(text) <= 20 else None


def _float(text: str) -> Label | None:
    try:
        return None if "_" in text or not text.isascii() else float(text)
    except ValueError:
        return None


def _truth(text: str) -> Label | None:
    return {"true": True, "false": False}.get(text.lower())
