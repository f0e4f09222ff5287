"""The cells of text tables: what is a number, what stands for nothing."""

import re

MISSING = [
    "", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "nan", "NaN", "NAN", "-nan", "-NaN", "null", "NULL", "None", "none", "?",
    "1.#QNAN", "-1.#QNAN", "1.#IND", "-1.#IND", "nan(ind)", "-nan(ind)", "(null)", "\\N",
]  # fmt: skip
"""What stands for a missing feature in a text table; a missing label is empty."""

COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+([eE][+-]?[0-9]+)?", re.ASCII)
THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+", re.ASCII)
POINT = re.compile(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
ABSENT = frozenset(MISSING)


def number(text: str, decimal: str = ".") -> float | None:
    """Return the number that a cell holds, rounded to nearest; None if it is no number.

    >>> number("1e3"), number("1,5", ","), number("1_0"), number("1.5", ",")
    (1000.0, 1.5, None, None)
    """
    text = text.strip()
    if "_" in text or not text.isascii() or (decimal != "." and "." in text):
        return None
    try:
        return float(text.replace(decimal, "."))
    except ValueError:
        return None


def is_absent(text: str) -> bool:
    """Return whether a cell stands for nothing.

    >>> is_absent(" NA "), is_absent("0")
    (True, False)
    """
    return text.strip() in ABSENT


def is_number(text: str, decimal: str) -> bool:
    """Return whether a cell is a number; with the decimal "?" the comma and the point both serve.

    >>> is_number("1,5", "?"), is_number("1.5", "?"), is_number("1,5", ".")
    (True, True, False)
    """
    if decimal == "?":
        return number(text) is not None or COMMA.fullmatch(text.strip()) is not None
    return number(text, decimal) is not None
