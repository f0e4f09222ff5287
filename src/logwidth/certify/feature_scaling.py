"""Radii before features were scaled one by one, in the units in which the user measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError

FloatArray = NDArray[np.float64]
UNIT = 2.0**-53
TINY = 2.0**-1060
SHRINK = 1 - 2.0**-40


@dataclass(frozen=True, eq=False)
class FeatureScaling:
    """`x_j ↦ m_j x_j + c_j`, both `(d,)`, each right within three roundings of float64.

    It stands for every way to compute the image in float64 with at most two operations per feature, such as
    `fl(fl(x − a)/s)` with `m = 1/s`, `c = −a/s`: whichever it is, the result differs from `m x + c` by at most
    `16u (|m x| + |c|)` and underflow.
    """

    factor: FloatArray
    offset: FloatArray

    def __post_init__(self) -> None:
        if not (np.isfinite(self.factor).all() and np.isfinite(self.offset).all() and self.factor.all()):
            raise InputError("a scaling of features needs finite, nonzero factors and finite offsets")

    def apply(self, points: FloatArray) -> FloatArray:
        """Return the images of `points` `(n, d)`."""
        images: FloatArray = points * self.factor + self.offset
        return images


def scaled(points: FloatArray, chain: Sequence[FeatureScaling]) -> FloatArray:
    """Return `points` `(n, d)` after all scalings, the first one first."""
    for scaling in chain:
        points = scaling.apply(points)
    return points


def radius_before_scaling(radii: FloatArray, points: FloatArray, chain: Sequence[FeatureScaling]) -> FloatArray:
    """Return radii in the units of `points` `(n, d)`, given proven `radii` `(n,)` around `scaled(points, chain)`.

    With `L = max_j Π |m_j|` and `e_j` a bound on what float64 changes in coordinate j, for all `x̃` with `‖x̃ − x‖_p ≤ R`

        ‖Ŝ(x̃) − z‖_p ≤ L R + 2 Σ_j e_j,   z = scaled(x),

    for every p ≥ 1, because `‖·‖_p ≤ ‖·‖_1`. So `R = (r − 2 Σ e_j)/L`, rounded down, keeps the computed image in the ball of
    radius r; 0 where that is not positive. `e` grows by `e ↦ |m| e + 16u (|m| M + |c|)` with `M ≥ |x̃_j|` the sizes.
    """
    if not chain:
        return radii.copy()
    factors = np.abs(np.prod([scaling.factor for scaling in chain], axis=0))
    largest = float(factors.max())
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        size = np.abs(points) + (np.maximum(radii, 0.0) / largest)[:, None]
        error = np.zeros_like(points)
        for scaling in chain:
            size = size * np.abs(scaling.factor) + np.abs(scaling.offset)
            error = error * np.abs(scaling.factor) + 16 * UNIT * (size + error) + TINY
            size = size + error
        before = (radii - 2.0 * error.sum(axis=1) / SHRINK) / largest * SHRINK
    return np.where(before > 0, before, 0.0)
