"""Two families of maps whose operator norm is 1 by construction, and the image norm in which they keep distances."""

import math
from dataclasses import dataclass

import numpy as np

from logwidth.types import FloatArray


@dataclass(frozen=True)
class UnitFeatures:
    """p = ∞: rows of ℓ1 norm 1, image norm ℓ∞, for `‖T‖_{∞→∞} = max_l ‖w_l‖_1`."""

    image_norm: float = math.inf

    def project(self, rows: FloatArray) -> FloatArray:
        """Return the nearest rows in the ℓ1 ball, scaled up to its sphere."""
        return unit_simplex_rows(rows)

    def values(self, images: FloatArray, sharpness: float) -> tuple[FloatArray, FloatArray]:
        """Return `max_l |z_l|` of every image (n, k) and the gradient of its soft maximum."""
        size = np.abs(images)
        top = size.max(axis=1)
        share = np.exp(sharpness * (size - top[:, None]))
        return top, share / share.sum(axis=1, keepdims=True) * np.sign(images)


@dataclass(frozen=True)
class UnitColumns:
    """p = 1: columns of ℓ1 norm 1, image norm ℓ1, for `‖T‖_{1→1} = max_j Σ_l |T_lj|`."""

    image_norm: float = 1.0

    def project(self, rows: FloatArray) -> FloatArray:
        """Return the nearest columns in the ℓ1 ball, scaled up to its sphere."""
        return np.ascontiguousarray(unit_simplex_rows(rows.T).T)

    def values(self, images: FloatArray, sharpness: float) -> tuple[FloatArray, FloatArray]:
        """Return `Σ_l |z_l|` of every image (n, k) and the gradient of `Σ_l log cosh`, smooth at 0."""
        return np.abs(images).sum(axis=1), np.tanh(sharpness * images)


Family = UnitFeatures | UnitColumns


def family(p: float) -> Family | None:
    """Return the family to optimise in for a norm, None where coordinates are all that is searched."""
    if math.isinf(p):
        return UnitFeatures()
    return UnitColumns() if p == 1.0 else None


def unit_simplex_rows(rows: FloatArray) -> FloatArray:
    """Return each row projected to the ℓ1 ball (Duchi et al., ICML 2008), then scaled to ℓ1 norm 1; zero rows stay.

    >>> unit_simplex_rows(np.array([[3.0, 1.0], [0.25, -0.25]]))
    array([[ 1. ,  0. ],
           [ 0.5, -0.5]])
    """
    size = np.abs(rows)
    falling = -np.sort(-size, axis=1)
    excess = (np.cumsum(falling, axis=1) - 1.0) / np.arange(1, rows.shape[1] + 1)
    last = (falling > excess).sum(axis=1) - 1
    cut = np.maximum(np.take_along_axis(excess, last[:, None], axis=1), 0.0)
    kept = np.sign(rows) * np.maximum(size - cut, 0.0)
    total = np.abs(kept).sum(axis=1, keepdims=True)
    return np.asarray(np.divide(kept, total, out=np.zeros_like(kept), where=total > 0.0))
