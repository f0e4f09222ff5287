"""Distances of single pairs in rational arithmetic."""

import math
from fractions import Fraction

import numpy as np

from logwidth.rounding import down, float_lower, float_upper, sqrt_lower, sqrt_upper, up
from logwidth.types import FloatArray

_LARGEST = float(np.finfo(np.float64).max)


def power_distance(x: FloatArray, y: FloatArray, p: float) -> Fraction:
    """Return `‖x − y‖_p` for p = 1 and ∞, `‖x − y‖_2²` for p = 2, exactly.

    >>> power_distance(np.array([0.0, 1.0]), np.array([3.0, 5.0]), 2.0)
    Fraction(25, 1)
    """
    a, b, exponent = _integers(x, y)
    u = [abs(v - w) for v, w in zip(a, b, strict=True)]
    if p == 2.0:
        return Fraction(sum(v * v for v in u)) * Fraction(2) ** (2 * exponent)
    return Fraction(sum(u) if p == 1.0 else max(u, default=0)) * Fraction(2) ** exponent


def root_bounds(q: Fraction, p: float) -> tuple[float, float]:
    """Return floats `lower ≤ D ≤ upper`, at most two ulps from `D`, for `D = √q` if p = 2, else `D = q`.

    Beyond the largest float, `upper` is infinite.

    >>> root_bounds(Fraction(25), 2.0), root_bounds(Fraction(1, 3), 1.0)[0] < Fraction(1, 3)
    ((5.0, 5.0), True)
    """
    if q == 0:
        return 0.0, 0.0
    half = (q.numerator.bit_length() - q.denominator.bit_length()) // 2
    if p == 2.0:
        part = q / Fraction(4) ** half
        low, high, shift = sqrt_lower(part), sqrt_upper(part), half
    else:
        part = q / Fraction(4) ** half
        low, high, shift = float_lower(part), float_upper(part), 2 * half
    return _shifted(low, shift, False), _shifted(high, shift, True)


def _shifted(x: float, shift: int, above: bool) -> float:
    """Return `x · 2^shift`, rounded outward."""
    try:
        y = math.ldexp(x, shift)
    except OverflowError:
        return math.inf if above else _LARGEST
    exact = Fraction(x) * Fraction(2) ** shift
    if above:
        return y if Fraction(y) >= exact else up(y)
    return y if Fraction(y) <= exact else down(y)


def _integers(x: FloatArray, y: FloatArray) -> tuple[list[int], list[int], int]:
    """Return integers and an exponent e with `x = a · 2^e`, `y = b · 2^e`."""
    mantissa, exponent = np.frexp(np.stack([x, y]))
    whole = np.ldexp(mantissa, 53).astype(np.int64)
    least = int(exponent[whole != 0].min(initial=2000))
    a, b = (
        [m << max(0, e - least) for m, e in zip(row.tolist(), shift.tolist(), strict=True)]
        for row, shift in zip(whole, exponent, strict=True)
    )
    return a, b, least - 53
