"""Exact rationals: where floats cannot decide, these do; and distances in them."""

import math
from fractions import Fraction

import numpy as np

from logwidth.rounding.dyadic import Dyadic
from logwidth.rounding.formats import down, up
from logwidth.types import FloatArray

SMALLEST_NORMAL = 2.0**-1022


def fraction(x: float) -> Fraction:
    """Return the rational number that the float `x` is.

    >>> fraction(0.1) == Fraction(1, 10)
    False
    """
    return Fraction(float(x))


def float_near(q: Fraction) -> float:
    """Return the float64 nearest to `q`, off by at most `2⁻⁵³ |q|`.

    Raises OverflowError where no float64 is so near: for numbers too large, and for most of those below 2⁻¹⁰²².

    >>> float_near(Fraction(1, 2))
    0.5
    """
    x = float(q)
    if abs(x) < SMALLEST_NORMAL and Fraction(x) != q:
        raise OverflowError("a number is too small for float64")
    return x


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
    """Return a float64 `r` with `r² ≤ q`, at most three ulps below `√q`. `q ≥ 0`, of any size.

    >>> Fraction(sqrt_lower(Fraction(2))) ** 2 <= 2
    True
    """
    scaled, shift = _near_one(q)
    r = math.sqrt(float_upper(scaled))
    while Fraction(r) ** 2 > scaled:
        r = down(r)
    return float_lower(Fraction(r) * shift)


def sqrt_upper(q: Fraction) -> float:
    """Return a float64 `r ≥ 0` with `r² ≥ q`, at most three ulps above `√q`. `q ≥ 0`, of any size."""
    scaled, shift = _near_one(q)
    r = math.sqrt(float_lower(scaled))
    while Fraction(r) ** 2 < scaled:
        r = up(r)
    return float_upper(Fraction(r) * shift)


def _near_one(q: Fraction) -> tuple[Fraction, Fraction]:
    """Return `(q / s², s)`, s a power of two, such that the root of the first is an ordinary float."""
    half = (q.numerator.bit_length() - q.denominator.bit_length()) // 2
    shift = Fraction(2) ** half
    return q / (shift * shift), shift


def distance_upper(point: FloatArray, centre: FloatArray, norm: float) -> float:
    """Return an upper bound on `‖point − centre‖_p`, exact up to one rounding for p ∈ {1, 2, ∞}.

    >>> distance_upper(np.array([3.0, 0.0]), np.array([0.0, 4.0]), 2.0)
    5.0
    """
    gaps = Dyadic.of(point) + -Dyadic.of(centre)
    if norm == 2.0:
        return sqrt_upper((gaps @ gaps).rational())
    sizes = Dyadic(np.abs(gaps.integers), gaps.exponent)
    if norm == 1.0:
        return float_upper(sizes.total().rational())
    largest = max(sizes.rationals(), default=Fraction(0))
    if math.isinf(norm) or largest == 0:
        return float_upper(largest)
    return (
        float(np.linalg.norm([float(g / largest) for g in sizes.rationals()], ord=norm))
        * float_upper(largest)
        * (1 + 2.0**-30)
    )
