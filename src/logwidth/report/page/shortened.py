"""Ratios with five decimals that do not say more than was proven."""

import math


def floored(x: float) -> str:
    """Return `x` with at most five decimals, not above it.

    >>> floored(0.999999), floored(1.0)
    ('0.99999', '1')
    """
    return f"{math.floor(x * 1e5) / 1e5:g}"


def ceiled(x: float) -> str:
    """Return `x` with at most five decimals, not below it.

    >>> ceiled(0.500001)
    '0.50001'
    """
    return f"{math.ceil(x * 1e5) / 1e5:g}"
