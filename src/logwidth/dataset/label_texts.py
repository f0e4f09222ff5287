"""Labels written as text."""

import re
from collections.abc import Sequence

from logwidth.dataset.labels import Label

INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


def parse_texts(texts: Sequence[str]) -> list[object]:
    """Return labels written as text, all read as one kind; empty text is a missing label (None).

    >>> parse_texts(["1", "02"]), parse_texts(["1", "2.5"]), parse_texts(["1", "b"]), parse_texts(["True", ""])
    ([1, 2], [1.0, 2.5], ['1', 'b'], [True, None])
    """
    for read in (_integer, _float, _truth):
        values = [read(text) if text else None for text in texts]
        if all(value is not None for value, text in zip(values, texts, strict=True) if text):
            return list(values)
    return [text or None for text in texts]


def _integer(text: str) -> Label | None:
    return int(text) if INTEGER.fullmatch(text) and len(text) <= 20 else None


def _float(text: str) -> Label | None:
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _truth(text: str) -> Label | None:
    return {"true": True, "false": False}.get(text.lower())
