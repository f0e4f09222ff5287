"""How far an ellipsoid reaches in ℓp: the containment that T2 needs for norms other than ℓ2 (docs/theory.md, section 5)."""

import math
from fractions import Fraction

import numpy as np

from logwidth.certify.lower_bounds.eigensum import eigensum_upper
from logwidth.rounding import BINARY64, down, gamma_upper, up
from logwidth.types import FloatArray, IntArray

MOST_PRODUCTS = 200_000
POWER_ULPS = 8
LEAST, MOST = 1e-100, 1e100


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
