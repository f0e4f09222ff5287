"""The value that the dual search hands on: weights on opposite pairs."""

from dataclasses import dataclass

import numpy as np

from logwidth.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class DualWeights:
    """Weights `w > 0` on opposite `pairs` (n, 2), summing to 1 up to rounding, for maps of rank ≤ `rank`.

    They state that no such map keeps more than about `ratio_estimate` of the separation (T2 of docs/theory.md). The estimate
    is a float evaluation without a bound: only a certificate made from the weights proves it. `ellipsoid` is None for
    ℓ2; for other norms it is the matrix A, (d, d) or the diagonal (d,), of the ellipsoid `‖A v‖_2 ≤ 1` used.
    """

    norm: float
    rank: int
    pairs: IntArray
    weights: FloatArray
    ratio_estimate: float
    ellipsoid: FloatArray | None = None

    def __post_init__(self) -> None:
        for array in (self.pairs, self.weights, self.ellipsoid):
            if array is not None:
                array.setflags(write=False)


def eigensum(differences: FloatArray, weights: FloatArray, rank: int) -> float:
    """Return the sum of the `rank` largest eigenvalues of `Σ w u uᵀ`, in floats.

    >>> eigensum(np.eye(4), np.full(4, 0.25), 2)
    0.5
    """
    eigenvalues = np.linalg.eigvalsh(differences.T @ (weights[:, None] * differences))
    return float(eigenvalues[-rank:].sum())
