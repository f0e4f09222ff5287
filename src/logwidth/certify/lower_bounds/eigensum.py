"""A proven upper bound on the sum of the largest eigenvalues of `Σ w v vᵀ`."""

import math

import numpy as np

from logwidth.rounding import BINARY64, gamma_upper, up
from logwidth.types import FloatArray

UNIT = BINARY64.unit
UNDERFLOW = 2.0**-500


def eigensum_upper(rows: FloatArray, weights: FloatArray, rank: int, roundings: int, error: float = 0.0) -> float:
    """Return an upper bound on `Σ_{l≤k} λ_l(M)`, `M = Σ w_i v_i v_iᵀ`, k = rank.

    `rows` (n, d), `|rows| ≤ 1`, hold every `v_i` up to `roundings` relative roundings per entry and `2^−1074`, and beyond
    that up to `error` in `(Σ w ‖·‖²)^{1/2}`. The `weights` (n,) are exact, in `[0, 1]`. With `B = fl(√w rows)` and G the
    smaller of `fl(BᵀB)` and `fl(BBᵀ)`, which has the same eigenvalues, every entry of G errs by at most `γ |B|ᵀ|B|`,
    hence G by `γ ‖B‖_F²` in norm, and by `error (2‖B‖_F + error)` more. For any `Q`, `Λ` (Ostrowski, Weyl; docs/theory.md)

        Σ_{l≤k} λ_l(M) ≤ (Σ_{l≤k} (Λ_l)_+)(1 + ‖QᵀQ − I‖) + k(‖G − QΛQᵀ‖ + γ‖B‖_F² + …),

    evaluated with Frobenius norms and every rounding on the safe side: nothing rests on the eigenvalue solver.

    >>> 0.5 <= eigensum_upper(np.eye(4), np.full(4, 0.25), 2, 0) <= 0.5 + 1e-13
    True
    """
    n, d = rows.shape
    B = np.sqrt(weights)[:, None] * rows
    G = _mirrored(B.T @ B if d <= n else B @ B.T)
    squares = _inflated(float(np.einsum("ij,ij->", B, B)), n * d)
    gram = gamma_upper(max(n, d) + 2 * roundings + 8, UNIT) * squares + error * (2.0 * math.sqrt(squares) + error)
    eigenvalues, Q = np.linalg.eigh(G)
    m = len(eigenvalues)
    k = min(rank, m)
    top = math.fsum(max(0.0, float(x)) for x in np.sort(eigenvalues)[m - k :])
    defect = _norm(Q.T @ Q - np.eye(m)) + gamma_upper(m + 3, UNIT) * (_squares(Q) + m)
    residual = _norm(G - (Q * eigenvalues) @ Q.T) + _product_error(G, Q, eigenvalues)
    total = top * (1.0 + defect) + k * (residual + gram)
    return up(float(total * (1.0 + 64.0 * UNIT) + (n + d) ** 2 * UNDERFLOW), 2)


def _product_error(G: FloatArray, Q: FloatArray, eigenvalues: FloatArray) -> float:
    """Return a bound on the error of `fl(G − fl(fl(QΛ)Qᵀ))` in the Frobenius norm.

    Entrywise `γ_{m+1} |QΛ||Q|ᵀ` for the products and one unit of the difference.
    """
    m = len(eigenvalues)
    product = math.sqrt(_squares(Q * eigenvalues) * _squares(Q))
    return gamma_upper(m + 4, UNIT) * (product + _norm(G)) * (1.0 + 16.0 * UNIT)


def _norm(A: FloatArray) -> float:
    """Return an upper bound on the Frobenius norm of the stored matrix."""
    return up(math.sqrt(_squares(A)), 2)


def _squares(A: FloatArray) -> float:
    """Return an upper bound on the sum of squares of the stored matrix, up to underflow."""
    return _inflated(float(np.einsum("ij,ij->", A, A)), A.size)


def _inflated(total: float, terms: int) -> float:
    """Return an upper bound on a sum of squares whose float value, with `terms` terms in any order, is `total`."""
    return up(total * (1.0 + 2.0 * gamma_upper(terms + 4, UNIT)), 2)


def _mirrored(G: FloatArray) -> FloatArray:
    """Return the symmetric matrix with the lower triangle of G."""
    lower = np.tril(G)
    return np.asarray(lower + np.tril(G, -1).T)
