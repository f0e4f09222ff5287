"""The exact sum of the largest eigenvalues where the weighted differences happen to be orthogonal in the mean."""

from fractions import Fraction

import numpy as np

from logwidth.types import FloatArray, IntArray

MOST_PRODUCTS = 200_000


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
