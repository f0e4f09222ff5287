"""Exact rationals: where floats cannot decide, these do."""

import math
from fractions import Fraction

from logwidth.rounding.steps import down, up


def fraction(x: float) -> Fraction:
    """Return the rational number that the float `x` is.

    >>> fraction(0.1) == Fraction(1, 10)
    False
    """
    return Fraction(float(x))


def float_lower(q: Fraction) -> float:
    """Return the largest float64 ≤ `q`.

    >>> float_lower(Fraction(1, 10)) <= Fraction(1, 10)
    True
    """
    x = q.numerator / q.denominator
    return x if Fraction(x) <= q else down(x)


def float_upper(q: Fraction) -> float:
    """Return the smallest float64 ≥ `q`."""
    x = q.numerator / q.denominator
    return x if Fraction(x) >= q else up(x)


def sqrt_lower(q: Fraction) -> float:
    """Return a float64 `r` with `r² ≤ q`, at most two ulps below `√q`. `q ≥ 0`.

    >>> Fraction(sqrt_lower(Fraction(2))) ** 2 <= 2
    True
    """
    r = math.sqrt(float_upper(q))
    while Fraction(r) ** 2 > q:
        r = down(r)
    return r


def sqrt_upper(q: Fraction) -> float:
    """Return a float64 `r ≥ 0` with `r² ≥ q`, at most two ulps above `√q`. `q ≥ 0`."""
    r = math.sqrt(float_lower(q))
    while Fraction(r) ** 2 < q:
        r = up(r)
    return r
