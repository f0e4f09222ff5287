"""Dual norms `‖Tᵀ(w_s − w_j)‖_q` of score differences: how fast a lead can shrink inside a ball."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import SLOP, SMALLEST, row_norms_upper
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.norms import dual_exponent
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray

UNIT = 2.0**-53


@dataclass(frozen=True, eq=False)
class EuclideanFactor:
    """A factor `L` of `T Tᵀ` with `‖Tᵀh‖_2 ≤ stretch · ‖Lᵀh‖_2` for every h, the residual of the factorisation included."""

    L: FloatArray
    stretch: float


def euclidean_factor(T: FloatArray) -> EuclideanFactor:
    """Return the Cholesky factor of `K = T Tᵀ` with a proven stretch.

    `K = L Lᵀ + F` with `‖F‖ ≤ f` gives `hᵀKh ≤ ‖Lᵀh‖² + f‖h‖² ≤ ‖Lᵀh‖² + (f/λ_min) hᵀKh`. `λ_min(K)` is bounded below by the
    computed eigenvalues `Λ`: `λ_min(K) ≥ Λ_min (1 − ‖QᵀQ − I‖) − ‖K − QΛQᵀ‖` (Ostrowski, Weyl).

    Raises UnprovableNetworkError when the rows of `T` are too close to dependent, too small or too large.
    """
    d, m = T.shape[1], T.shape[0]
    scale = power_near(T)
    if not 2.0**-900 < scale < 2.0**900:
        raise UnprovableNetworkError("the weights of the first layer are too small or too large")
    T = T / scale
    K = T @ T.T
    error = gamma_upper(d + 2, UNIT) * float(np.linalg.norm(np.abs(T) @ np.abs(T).T)) * SLOP + T.size * SMALLEST
    values, Q = np.linalg.eigh(K)
    try:
        L: FloatArray = np.asarray(np.linalg.cholesky(K), dtype=np.float64)
    except np.linalg.LinAlgError as problem:
        raise UnprovableNetworkError("the rows of the first layer are linearly dependent") from problem
    slack = gamma_upper(3 * m + 6, UNIT)
    defect = float(np.linalg.norm(Q.T @ Q - np.eye(m))) + slack * m
    size = float(np.abs(values).max())
    residual = float(np.linalg.norm(K - (Q * values) @ Q.T)) + slack * m * size + error
    smallest = (float(values.min()) * (1 - defect) - residual) / SLOP
    f = (float(np.linalg.norm(K - L @ L.T)) + slack * float(np.linalg.norm(np.abs(L) @ np.abs(L).T)) + error) * SLOP
    if not smallest > 2 * f:
        raise UnprovableNetworkError("the rows of the first layer are too close to linearly dependent")
    return EuclideanFactor(L * scale, float(1.0 / np.sqrt(1.0 - f / smallest)) * SLOP)


def power_near(*arrays: FloatArray) -> float:
    """Return a power of two near the largest entry: divided by it, squares and powers neither over- nor underflow.

    >>> power_near(np.array([-3.0, 1.0]))
    4.0
    """
    largest = max((float(np.maximum(a.max(initial=0.0), -a.min(initial=0.0))) for a in arrays), default=0.0)
    return float(2.0 ** min(max(int(np.frexp(largest)[1]), -1020), 1020)) if 0 < largest < np.inf else 1.0


class PairNorms:
    """Upper bounds on `‖h‖` of differences `h = v_s − v_j` of two families of vectors, blockwise by one GEMM (q = 2).

    If a vector has overflowed they are ∞: an upper bound is never NaN.
    """

    def __init__(self, own: FloatArray, opposite: FloatArray, error: float, stretch: float = 1.0) -> None:
        if not (np.isfinite(own).all() and np.isfinite(opposite).all()):
            own, opposite, error = np.zeros_like(own), np.zeros_like(opposite), np.inf
        scale = power_near(own, opposite)
        self.own, self.opposite, self.scale = own / scale, opposite / scale, stretch * scale * SLOP
        self.own_squares = (self.own * self.own).sum(axis=1)
        self.opposite_squares = (self.opposite * self.opposite).sum(axis=1)
        largest = float(max(self.own_squares.max(initial=0.0), self.opposite_squares.max(initial=0.0)))
        self.square_error = 8 * gamma_upper(own.shape[1] + 6, UNIT) * largest
        self.error = 2 * error / scale

    def __call__(self, chosen: NDArray[np.intp]) -> FloatArray:
        """Return bounds `(len(chosen), P_opposite)` for the chosen own vectors."""
        squares = self.own[chosen] @ (-2.0 * self.opposite.T)
        squares += self.own_squares[chosen, None]
        squares += self.opposite_squares[None, :] + self.square_error
        np.maximum(squares, 0, out=squares)
        np.sqrt(squares, out=squares)
        squares += self.error
        squares *= self.scale
        squares += SMALLEST
        return squares


class DualPairNorms:
    """Upper bounds on `‖Tᵀ(w_s − w_j)‖_q` for q ≠ 2: differences are formed one own vector at a time."""

    def __init__(self, own: FloatArray, opposite: FloatArray, error: float, q: float) -> None:
        self.own, self.opposite, self.error, self.q = own, opposite, 2 * error, q

    def __call__(self, chosen: NDArray[np.intp]) -> FloatArray:
        """Return bounds `(len(chosen), P_opposite)` for the chosen own vectors."""
        rows = [row_norms_upper(self.opposite - self.own[s], self.q) for s in chosen]
        bounds: FloatArray = (np.array(rows).reshape(len(chosen), -1) + self.error) * SLOP
        return bounds


def dual_pair_norms(
    T: FloatArray, own: FloatArray, opposite: FloatArray, norm: float, factor: EuclideanFactor | None
) -> PairNorms | DualPairNorms:
    """Return the bound on `‖Tᵀ(w_s − w_j)‖_q` for scores `own` and `opposite` in the ℓp norm `norm`."""
    q = dual_exponent(norm)
    lift = T if factor is None or q != 2.0 else factor.L
    magnitude = np.maximum(np.abs(own).max(axis=0, initial=0.0), np.abs(opposite).max(axis=0, initial=0.0))
    error = gamma_upper(T.shape[0] + 2, UNIT) * float((np.abs(lift).T @ magnitude).sum()) * SLOP + T.size * SMALLEST
    if factor is not None and q == 2.0:
        return PairNorms(own @ factor.L, opposite @ factor.L, error, factor.stretch)
    return DualPairNorms(own @ T, opposite @ T, error, q)
