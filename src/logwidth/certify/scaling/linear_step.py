"""Linear maps as a pipeline computes them: `x ↦ M x + c` in float64, and how far they can stretch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.certify.lower_bounds.eigensum import eigensum_upper
from logwidth.errors import InputError
from logwidth.rounding import BINARY64, gamma_upper, up
from logwidth.types import FloatArray

SLACK = 1.0 + 2.0**-40


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
