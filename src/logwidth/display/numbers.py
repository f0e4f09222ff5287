"""Numbers in running text: six digits, proven ones moved to their safe side."""

import math


def number(x: float) -> str:
    """Return `x` with six digits, to the nearest."""
    return f"{x:.6g}"


def down(x: float) -> str:
    """Return a number with six digits that is not above `x`.

    >>> down(0.99999999), down(2.0)
    ('0.999999', '2')
    """
    return _moved(x, -1.0)


def up(x: float) -> str:
    """Return a number with six digits that is not below `x`.

    >>> up(1.00000001)
    '1.00001'
    """
    return _moved(x, 1.0)


def _moved(x: float, direction: float) -> str:
    if x == 0.0 or not math.isfinite(x):
        return f"{x:g}"
    digit = 10.0 ** (math.floor(math.log10(abs(x))) - 5)
    shown = x
    while direction * (float(f"{shown:.6g}") - x) < 0.0:
        shown += direction * digit / 2.0
    return f"{shown:.6g}"
