"""A lower bound on the width as exact integers: what shows, without eigenvalues, that a first layer is too small."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BITS = 44  # of the entries of eigenvectors
Terms = tuple[tuple[int, tuple[int, ...]], ...]
ObjectArray = NDArray[np.object_]


@dataclass(frozen=True)
class WidthEvidence:
    """Evidence that no first layer of `rank` units is right on all balls (docs/proofs.md; `proofs/WidthCheck.v` checks it).

    `pairs` are `(weight, i, j)`, u the difference of samples i and j, `S = Σ d l lᵀ` over `sums`, `S' = Σ d' l' l'ᵀ` over
    `shows`, and `shows_scale (S + nu I − scale Σ w u uᵀ) = S' + rest` with row sums of |rest| at most `shows_scale · eps`.
    """

    rank: int
    pairs: tuple[tuple[int, int, int], ...]
    nu: int
    scale: int
    sums: Terms
    shows: Terms
    shows_scale: int
    eps: int

    def lines(self) -> Iterator[str]:
        """Yield the evidence line by line."""
        yield f"width {self.rank}"
        yield f"pairs {len(self.pairs)}"
        yield from (f"{weight} {i} {j}" for weight, i, j in self.pairs)
        yield f"nu {self.nu} scale {self.scale}"
        yield f"shows_scale {self.shows_scale} eps {self.eps}"
        for name, terms in (("sum", self.sums), ("shows", self.shows)):
            yield f"{name} {len(terms)}"
            yield from (f"{factor} {' '.join(map(str, vector))}" for factor, vector in terms)


def width_evidence(
    points: Sequence[Sequence[int]], rank: int, pairs: NDArray[np.int64], weights: NDArray[np.float64]
) -> WidthEvidence:
    """Return evidence from weights `(n,)` on opposite `pairs` `(n, 2)` of integer `points` `(N, d)`.

    Eigenvectors come from float64 and are rounded; what the rounding leaves is found exactly and goes into `eps`. Whether
    the bound then reaches a radius is for the checker to say.
    """
    whole = [round(weight * 2.0**50) for weight in weights.tolist()]
    kept = [(w, int(i), int(j)) for w, (i, j) in zip(whole, pairs.tolist(), strict=True) if w > 0]
    u = np.array([[a - b for a, b in zip(points[i], points[j], strict=True)] for _, i, j in kept], dtype=object)
    M = u.T @ (np.array([w for w, _, _ in kept], dtype=object)[:, None] * u)
    level, vectors = _eigen(M)
    d = len(level)
    scale = 1 << max(0, 3 * BITS - int(np.log2(max(float(level[-1]), 1.0))))
    nu = float(level[-1 - rank]) if rank < d else 0.0
    sums = _terms(np.maximum(level - nu, 0.0)[-rank:], vectors[:, -rank:], scale)
    whole_nu = int(nu * (1 + 2.0**-40) * 2.0**20) * scale >> 20
    Q = _matrix(sums, d) - scale * M
    Q[np.arange(d), np.arange(d)] += whole_nu
    above, directions = _eigen(Q)
    shows_scale = 1 << 2 * BITS
    shows = _terms(np.maximum(above, 0.0), directions, shows_scale)
    rest = np.abs(shows_scale * Q - _matrix(shows, d))
    eps = -(-int(max(rest.sum(axis=1).max(), rest.sum(axis=0).max())) // shows_scale)
    return WidthEvidence(rank, tuple(kept), whole_nu, scale, sums, shows, shows_scale, eps)


def _eigen(matrix: ObjectArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return eigenvalues, ascending, and eigenvectors of a matrix of integers of any size, in float64."""
    shift = max(0, max(abs(int(v)) for v in matrix.ravel()).bit_length() - 900)
    values, vectors = np.linalg.eigh((matrix // (1 << shift)).astype(np.float64))
    return values * 2.0**shift, vectors


def _terms(factors: NDArray[np.float64], vectors: NDArray[np.float64], scale: int) -> Terms:
    """Return `scale · Σ f v vᵀ` with integer vectors `2^BITS v`, factors rounded down."""
    rounded = [tuple(round(v * 2.0**BITS) for v in column) for column in vectors.T.tolist()]
    # a float times a power of two is exact
    wanted = [
        int(factor.as_integer_ratio()[0]) * scale // factor.as_integer_ratio()[1] >> 2 * BITS for factor in factors.tolist()
    ]
    return tuple((factor, vector) for factor, vector in zip(wanted, rounded, strict=True) if factor > 0)


def _matrix(terms: Terms, d: int) -> ObjectArray:
    if not terms:
        return np.zeros((d, d), dtype=object)
    vectors = np.array([vector for _, vector in terms], dtype=object)
    factors = np.array([factor for factor, _ in terms], dtype=object)
    found: ObjectArray = vectors.T @ (factors[:, None] * vectors)
    return found
