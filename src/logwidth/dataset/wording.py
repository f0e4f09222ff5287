"""How this room words its complaints: short, on one line, with the first few culprits."""

import reprlib
from collections.abc import Iterable, Mapping, Sequence

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


def an_item(value: object) -> str:
    """Return what is said of something that is no array: its kind, and how to make an array or a frame of it.

    >>> an_item(map(str, ())), an_item({"a": [1]})
    ('of the type map: make a list of it', 'of the type dict: make a list of its values, or a data frame of it')
    """
    if value is None or isinstance(value, str | bytes):
        return "None" if value is None else f"the text {short(value)} (load reads names and files)"
    if hasattr(value, "shape"):
        return f"of the shape {value.shape}"
    said = f"of the type {type(value).__name__}"
    if hasattr(value, "collect"):
        return f"{said}, which is lazy: pass its collect()"
    if isinstance(value, Mapping):
        return f"{said}: make a list of its values, or a data frame of it"
    return f"{said}: make a list of it" if isinstance(value, Iterable) else said


def one_line(text: object) -> str:
    """Return the words of `text` with single spaces between them."""
    return " ".join(str(text).split())
