"""Sums of eigenvalues from above, and how far an ellipsoid reaches in ℓp: what T2 needs (docs/theory.md, section 5)."""

import math
from fractions import Fraction

import numpy as np

from logwidth.rounding import BINARY64, down, gamma_upper, up
from logwidth.types import FloatArray, IntArray

UNIT = BINARY64.unit
UNDERFLOW = 2.0**-500
MOST_PRODUCTS = 200_000
POWER_ULPS = 8
LEAST, MOST = 1e-100, 1e100


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


def diagonal_eigensum(points: FloatArray, pairs: IntArray, weights: FloatArray, rank: int) -> Fraction | None:
    """Return `Σ_{l≤k} λ_l(M)`, `M = Σ w u uᵀ / Σ w`, in rational arithmetic if M is diagonal and small, else None.

    Orthogonal and code-book data sit exactly on the edge of T2, where a bound one rounding too large decides wrongly.

    >>> points = np.vstack([np.zeros(3), np.eye(3)])
    >>> diagonal_eigensum(points, np.array([[0, 1], [0, 2], [0, 3]]), np.full(3, 0.1), 2)
    Fraction(2, 3)
    """
    u = points[pairs[:, 0]] - points[pairs[:, 1]]
    if int((np.count_nonzero(u, axis=1) ** 2).sum()) > MOST_PRODUCTS or not _looks_diagonal(u, weights):
        return None
    entries: dict[tuple[int, int], Fraction] = {}
    for (i, j), w in zip(pairs.tolist(), weights.tolist(), strict=True):
        support = np.flatnonzero(points[i] != points[j]).tolist()
        v = {a: Fraction(points[i, a]) - Fraction(points[j, a]) for a in support}
        for a in support:
            for b in support[: support.index(a) + 1]:
                entries[a, b] = entries.get((a, b), Fraction(0)) + Fraction(w) * v[a] * v[b]
    if any(value for (a, b), value in entries.items() if a != b):
        return None
    largest = sorted((value for (a, b), value in entries.items() if a == b), reverse=True)
    return sum(largest[:rank], Fraction(0)) / sum((Fraction(w) for w in weights.tolist()), Fraction(0))


def _looks_diagonal(u: FloatArray, weights: FloatArray) -> bool:
    """Whether the float matrix is diagonal up to rounding: a screen, nothing rests on it."""
    scaled = u / np.abs(u).max()
    M = scaled.T @ (weights[:, None] * scaled)
    return bool(np.abs(M - np.diag(np.diag(M))).max() <= 1e-12 * np.diag(M).max())


def reach_upper(A: FloatArray, p: float) -> float:
    """Return an upper bound on `s² = max { ‖v‖_p² : ‖Av‖_2 ≤ 1 }`; infinite where this cannot bound it.

    A is the diagonal (d,) of a positive diagonal matrix if `1 ≤ p < 2`, an invertible (d, d) matrix if `p > 2`. With
    `t = 1/a²` and `Q = A⁻¹A⁻ᵀ`

        s² ≤ ‖t‖_{p/(2−p)}  (Hölder),        s² ≤ (max_j Q_jj)^{1−2/p} λ_max(Q)^{2/p}.

    For p other than 1 and ∞ the platform's pow is trusted to 8 ulp.

    >>> 3.0 <= reach_upper(np.ones(3), 1.0) <= 3.0 * (1 + 1e-14)
    True
    """
    if not (np.isfinite(A).all() and LEAST < float(np.abs(A).max()) < MOST):
        return math.inf
    with np.errstate(all="ignore"):
        reach = _diagonal_reach(A, p) if A.ndim == 1 else _dense_reach(A, p)
    return reach if math.isfinite(reach) else math.inf


def _diagonal_reach(a: FloatArray, p: float) -> float:
    if not float(a.min()) > LEAST:
        return math.inf
    t = up(1.0 / down(a * a), 2)
    largest = float(t.max())
    if p == 1.0:
        return up(math.fsum(t))
    relative = np.minimum(1.0, up(t / largest))
    powers = up(relative ** down(p / (2.0 - p), 4), POWER_ULPS)
    total = max(1.0, up(math.fsum(powers)))
    return up(largest * up(float(total ** up((2.0 - p) / p, 4)), POWER_ULPS))


def _dense_reach(A: FloatArray, p: float) -> float:
    """Bound the rows and the norm of A⁻¹ by an approximate inverse X: `A⁻¹ = X + R A⁻¹`, `R = I − XA`, `‖R‖ < 1`."""
    try:
        X = np.asarray(np.linalg.inv(A), dtype=np.float64)
    except np.linalg.LinAlgError:
        return math.inf
    d = len(A)
    slack = 1.0 + gamma_upper(d * d + 16, BINARY64.unit)
    product = _frobenius(X) * _frobenius(A)
    r = up((_frobenius(np.eye(d) - X @ A) + gamma_upper(d + 4, BINARY64.unit) * (product + d)) * slack * slack, 4)
    largest = float(np.abs(X).max())
    if not (r < 0.5 and LEAST < largest < MOST):
        return math.inf
    scale = 2.0 ** int(np.frexp(largest)[1])
    norm = up(scale * math.sqrt(eigensum_upper(X / scale, np.ones(d), 1, 1)) / (1.0 - r), 6)
    row = up((scale * math.sqrt(float(np.einsum("ij,ij->i", X / scale, X / scale).max())) + r * norm) * slack * slack, 8)
    if math.isinf(p):
        return up(row * row)
    return up(row * row * up(float(max(1.0, up(norm / row)) ** up(4.0 / p)), POWER_ULPS), 3)


def _frobenius(A: FloatArray) -> float:
    return math.sqrt(float(np.einsum("ij,ij->", A, A)))
