"""Radii before features were scaled, or mapped linearly, in the units in which the user measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.certify.scaling.linear_step import LinearStep, steepest_upper
from logwidth.errors import InputError
from logwidth.types import FloatArray

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

    def grown(self, sizes: FloatArray) -> FloatArray:
        """Return `|m| sizes`, `(n, d)`, correctly rounded."""
        return sizes * np.abs(self.factor)

    @property
    def offset_size(self) -> FloatArray:
        """What the offset adds to sizes, `|c|`."""
        return np.abs(self.offset)

    @property
    def relative(self) -> float:
        """The relative error `16u`."""
        return 16 * 2.0**-53

    @property
    def linear(self) -> FloatArray:
        """The matrix `diag(m)`."""
        return np.diag(self.factor)


Step = FeatureScaling | LinearStep


def scaled(points: FloatArray, chain: Sequence[Step]) -> FloatArray:
    """Return `points` `(n, d)` after all steps, the first one first."""
    for step in chain:
        points = step.apply(points)
    return points


def radius_before_scaling(radii: FloatArray, points: FloatArray, chain: Sequence[Step], norm: float = 2.0) -> FloatArray:
    """Return radii in the units of `points` `(n, d)`, given proven `radii` `(n,)` around `scaled(points, chain)`.

    With `L ≥ ‖M‖_p` for the product M of the steps' matrices (for scalings alone `L = max_j Π |m_j|`) and `e_j` a bound on
    what float64 changes in coordinate j, for all `x̃` with `‖x̃ − x‖_p ≤ R`

        ‖Ŝ(x̃) − z‖_p ≤ L R + 2 Σ_j e_j,   z = scaled(x),

    for every p ≥ 1, because `‖·‖_p ≤ ‖·‖_1`. So `R = (r − 2 Σ e_j)/L`, rounded down, keeps the computed image in the ball of
    radius r; 0 where that is not positive. A step `x ↦ M x + c` of relative error ε takes `e` to
    `|M| e + ε (|M| X + |c|)` with `X ≥ |x̃|` the sizes before it.
    """
    if not chain:
        return radii.copy()
    largest = _steepest(chain, norm)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        size = np.abs(points) + (np.maximum(radii, 0.0) / largest)[:, None]
        error = np.zeros_like(points)
        for step in chain:
            size = step.grown(size) + step.offset_size
            error = step.grown(error)
            error = error + step.relative * (size + error) + TINY
            size = size + error
        before = (radii - 2.0 * error.sum(axis=1) / SHRINK) / largest * SHRINK
    return np.where(before > 0, before, 0.0)


def _steepest(chain: Sequence[Step], norm: float) -> float:
    """Return L; a matrix that is zero lengthens nothing and counts as one of norm `2^−500`."""
    scalings = [step for step in chain if isinstance(step, FeatureScaling)]
    if len(scalings) == len(chain):
        factors = np.abs(np.prod([scaling.factor for scaling in scalings], axis=0))
        return float(factors.max())
    return max(steepest_upper([step.linear for step in chain], norm), 2.0**-500)
