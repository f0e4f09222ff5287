"""The constants between ℓp and ℓ2 balls in d dimensions, rounded in a stated direction."""

import numpy as np
from numpy.typing import ArrayLike

from logwidth.types import FloatArray

SLACK = 1e-14


def c_plus_upper(p: float, dimension: ArrayLike) -> FloatArray:
    """Return an upper bound on `c_p^+(d) = max(1, d^{1/2 − 1/p})`: `B_p(0, σ) ⊂ B_2(0, c_p^+ σ)`; 1 exactly for p ≤ 2.

    Proven up to `ln` and `exp` within 4 ulp, as the two below. Vectorised in d.

    >>> float(c_plus_upper(2.0, 64)), round(float(c_plus_upper(np.inf, 64)), 9)
    (1.0, 8.0)
    """
    return _power(max(0.5 - 1.0 / p, 0.0), dimension, 1.0)


def c_plus_lower(p: float, dimension: ArrayLike) -> FloatArray:
    """Return a lower bound on `c_p^+(d)`."""
    return _power(max(0.5 - 1.0 / p, 0.0), dimension, -1.0)


def c_minus_lower(p: float, dimension: ArrayLike) -> FloatArray:
    """Return a lower bound on `c_p^-(d) = min(1, d^{1/2 − 1/p})`: `B_2(0, c_p^- σ) ⊂ B_p(0, σ)`; 1 exactly for p ≥ 2.

    >>> round(float(c_minus_lower(1.0, 64)), 9)
    0.125
    """
    return _power(min(0.5 - 1.0 / p, 0.0), dimension, -1.0)


def _power(exponent: float, dimension: ArrayLike, direction: float) -> FloatArray:
    """Return `d^exponent`, `|exponent| ≤ 1/2`, moved by its rounding error in the given direction."""
    logs = np.log(np.asarray(dimension, dtype=np.float64))
    if exponent == 0.0:
        return np.ones_like(logs)
    return np.asarray(np.exp(exponent * logs) * (1.0 + direction * SLACK * (1.0 + logs)))
