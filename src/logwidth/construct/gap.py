"""The gap between the true and the other scores that a map and a radius leave, and the grid of numbers that it allows."""

import math

import numpy as np

from logwidth.construct.plan import Plan
from logwidth.types import FloatArray

THIN = 2.0**16  # rates are this much larger than the theorems ask
BITS = {"float32": 24, "float64": 53}


def thin_rate(x: float) -> float:
    """Return a power of two far above `x`: between two labels the output is fractional on a layer `THIN` times thinner.

    It costs nothing in floats: what the rate multiplies is exactly 0 on a ball that keeps clear, and clears the register on
    one that does not.

    >>> thin_rate(5.0) == 8.0 * THIN
    True
    """
    return power_above(x) * THIN


def score_gap(plan: Plan, scale: float) -> float:
    """Return by how much the own score leads on every ball, in scaled units; `Δ(Δ − 2σ)` when every sample is a prototype.

    A builder's estimate, from which it takes its rates; the certificate measures the real lead.
    """
    distance, radius = plan.distance * scale, plan.radius * scale
    if plan.prototypes is not None:
        return plan.prototypes.gap * scale * scale
    return distance * max(distance - 2 * radius, distance * 2.0**-40)


def power_above(x: float) -> float:
    """Return the smallest power of two ≥ x > 0: multiplying by it rounds nothing.

    >>> power_above(5.0), power_above(0.25)
    (8.0, 0.25)
    """
    return 2.0 ** math.ceil(math.log2(x))


def on_grid(values: FloatArray, dtype: str, *, terms: int = 2, largest: float = 0.0) -> FloatArray:
    """Return the values rounded to multiples of one power of two, such that sums of `terms` of them are exact in `dtype`.

    The grid is as fine as the largest value, or `largest` if that is larger, allows.

    >>> on_grid(np.array([1.0, 0.1]), "float32").tolist()
    [1.0, 0.09999990463256836]
    """
    bound = max(float(np.abs(values).max(initial=0.0)), largest)
    if bound == 0.0:
        return np.asarray(values, dtype=np.float64)
    step = power_above(bound * terms) * 2.0 ** -(BITS[dtype] - 1)
    rounded: FloatArray = np.round(values / step) * step
    return rounded
