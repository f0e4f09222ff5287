"""How this room words its complaints: short, on one line, with the first few culprits."""

import reprlib
from collections.abc import Sequence

SHOWN = 3


def listing(culprits: Sequence[str], total: int | None = None) -> str:
    """Return the first few of `culprits`, and how many more there are; `total` counts all.

    >>> listing(["row 1", "row 4", "row 5", "row 9"])
    'row 1, row 4, row 5 and 1 more'
    """
    rest = (len(culprits) if total is None else total) - min(len(culprits), SHOWN)
    shown = ", ".join(culprits[:SHOWN])
    return f"{shown} and {rest} more" if rest else shown


def short(value: object) -> str:
    """Return `repr(value)`, cut to a few dozen characters and kept on one line.

    >>> short("a\\nb")
    "'a\\\\nb'"
    """
    return one_line(reprlib.repr(value))


def one_line(text: object) -> str:
    """Return the words of `text` with single spaces between them."""
    return " ".join(str(text).split())
