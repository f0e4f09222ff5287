"""The distance of two stored points, rounded up."""

import math
from fractions import Fraction

import numpy as np

from logwidth.rounding.dyadic import Dyadic
from logwidth.rounding.exact import float_upper, sqrt_upper
from logwidth.types import FloatArray


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
