"""Radii before features were scaled, or mapped linearly, in the units in which the user measured."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.certify.lower_bounds.inscribed import eigensum_upper
from logwidth.errors import InputError
from logwidth.rounding import BINARY64, gamma_upper, up
from logwidth.types import FloatArray

SLACK = 1.0 + 2.0**-40
TINY = 2.0**-1060
SHRINK = 1 - 2.0**-40


@dataclass(frozen=True, eq=False)
class LinearStep:
    """`x ↦ M (x − a)`, M `(k, d)` and a `(d,)`, computed in float64 in any order of summation.

    It stands for `fl(fl(x M^T) − fl(a M^T))` as well as for `fl(fl(x − a) M^T)`, with up to four further roundings an
    entry (a division by a spread): each errs by at most `γ_{2d+16} |M| (|x| + |a|)` and underflow.
    """

    matrix: FloatArray
    centre: FloatArray

    def __post_init__(self) -> None:
        if not (np.isfinite(self.matrix).all() and np.isfinite(self.centre).all()):
            raise InputError("a linear step needs finite coefficients and a finite centre")

    def apply(self, points: FloatArray) -> FloatArray:
        """Return the images `(n, k)` of `points` `(n, d)`."""
        return np.asarray((points - self.centre) @ self.matrix.T)

    def grown(self, sizes: FloatArray) -> FloatArray:
        """Return an upper bound on `|M| sizes`, shape `(n, k)`, for sizes ≥ 0, up to underflow."""
        safe = 1.0 + 2.0 * gamma_upper(self.matrix.shape[1] + 4, BINARY64.unit)
        grown: FloatArray = safe * (sizes @ np.abs(self.matrix).T)
        return grown

    @property
    def offset_size(self) -> FloatArray:
        """What the offset adds to sizes, at least `|M| |a|`."""
        return np.asarray(self.grown(np.abs(self.centre)[None])[0])

    @property
    def relative(self) -> float:
        """The relative error `γ_{2d+16}`."""
        return gamma_upper(2 * self.matrix.shape[1] + 16, BINARY64.unit)

    @property
    def linear(self) -> FloatArray:
        """The matrix M."""
        return self.matrix


def steepest_upper(matrices: Sequence[FloatArray], norm: float) -> float:
    """Return an upper bound on `‖M‖_{p→p}` of the product `M = M_k … M_1` of finite matrices, the first one first.

    The product is computed with an error of at most `γ |M_k| … |M_1|` entry by entry. `‖M‖_1` and `‖M‖_∞` are the largest
    column and row sum, `‖M‖_2` the root of the largest eigenvalue of `M M^T` (:func:`eigensum_upper`), and by Riesz–Thorin
    `log ‖M‖_p` is convex in `1/p`; the least of the bounds that this gives is returned.

    >>> steepest_upper([np.diag([3.0, 1.0]), np.array([[0.6, 0.8]])], 2.0) - (1.8**2 + 0.8**2) ** 0.5 < 1e-10
    True
    """
    M, sizes = matrices[0], np.abs(matrices[0])
    for matrix in matrices[1:]:
        M, sizes = matrix @ M, np.abs(matrix) @ sizes
    gamma = 2.0 * gamma_upper(sum(matrix.shape[1] + 4 for matrix in matrices), BINARY64.unit)
    bound = np.abs(M) + gamma * sizes + 2.0**-900
    columns, rows = (float(bound.sum(axis=axis).max()) * SLACK for axis in (0, 1))
    return up(_between(1.0 / norm, columns, _spectral_upper(M, gamma * sizes), rows) * SLACK, 2)


def _between(inverse: float, columns: float, spectral: float, rows: float) -> float:
    """Return the least bound on `‖M‖_p`, `inverse = 1/p`, from those for p = 1, 2 and ∞."""
    whole = math.pow(rows, 1.0 - inverse) * math.pow(columns, inverse)
    if inverse >= 0.5:
        return min(whole, math.pow(spectral, 2.0 - 2.0 * inverse) * math.pow(columns, 2.0 * inverse - 1.0))
    return min(whole, math.pow(rows, 1.0 - 2.0 * inverse) * math.pow(spectral, 2.0 * inverse))


def _spectral_upper(M: FloatArray, error: FloatArray) -> float:
    """Return an upper bound on `‖M + E‖_2` for all `|E| ≤ error`."""
    largest = float(np.abs(M).max())
    scale = math.ldexp(1.0, math.frexp(largest)[1]) if largest > 0.0 else 1.0
    total = eigensum_upper(M / scale, np.ones(len(M)), 1, 1, float(np.linalg.norm(error / scale)) * SLACK)
    return math.sqrt(total) * scale * SLACK


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
