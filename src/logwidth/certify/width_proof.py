"""What weights on opposite pairs prove about every map of a rank (THEORY §2, T2): the one rigorous evaluation."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from logwidth.certify.diagonal import diagonal_eigensum
from logwidth.certify.eigensum import eigensum_upper
from logwidth.certify.width_bound import FloatArray, IntArray, WidthCertificate
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.norms import norm_name, parse_norm
from logwidth.rounding import down, float_upper
from logwidth.separation import Separation, separation
from logwidth.separation.exact import root_bounds

SUM_TOLERANCE = 1e-9
ELBOW_ROOM = 2.0**-44


def prove_width_bound(
    data: Dataset,
    rank: int,
    pairs: ArrayLike,
    weights: ArrayLike,
    *,
    norm: object = 2,
    known: Separation | None = None,
) -> WidthCertificate:
    """Return the certificate that these weights on these opposite pairs make, its bound computed here.

    However the weights were found, the result is valid: the least radius that :func:`radius_excluded` proves to
    be excluded, a little enlarged (2⁻⁴⁴) so that a checker whose sums run in another order proves it too.

    Raises InputError when the weights, pairs or rank are not usable; the message lists everything that is wrong.

    >>> data = Dataset(np.vstack([np.zeros(4), np.eye(4)]), [0, 1, 1, 1, 1])
    >>> prove_width_bound(data, 1, [[0, i] for i in range(1, 5)], [0.25] * 4).ratio_excluded
    0.5
    """
    p = parse_norm(norm)
    table, shares = _sorted(np.array(pairs, dtype=np.int64), np.array(weights, dtype=np.float64))
    problems = evidence_problems(data, rank, table, shares, p)
    if problems:
        raise InputError("; ".join(problems))
    sep = separation(data, p) if known is None else known
    radius = radius_excluded(data, rank, table, shares, room=ELBOW_ROOM)
    return WidthCertificate(p, int(rank), radius, ratio_upper(radius, sep), table, shares, data.sha256)


def evidence_problems(data: Dataset, rank: int, pairs: IntArray, weights: FloatArray, norm: float) -> list[str]:
    """Return everything that keeps pairs and weights from being evidence in the sense of T2."""
    problems = []
    if norm != 2.0:
        problems.append(f"width certificates are for norm 2, not {norm_name(norm)}")
    if not 1 <= rank <= data.n_features:
        problems.append(f"the rank must be between 1 and the number of features, {data.n_features}, not {rank}")
    if pairs.ndim != 2 or pairs.shape[1:] != (2,) or weights.shape != (len(pairs),) or not len(pairs):
        return [*problems, f"pairs {pairs.shape} and weights {weights.shape} must be (n, 2) and (n,), n >= 1"]
    return problems + _pair_problems(data, pairs) + _weight_problems(weights)


def _pair_problems(data: Dataset, pairs: IntArray) -> list[str]:
    outside = (pairs < 0) | (pairs >= data.n_samples)
    if outside.any():
        row = int(np.flatnonzero(outside.any(axis=1))[0])
        return [f"pair {row} names samples {pairs[row].tolist()}, but samples count from 0 to {data.n_samples - 1}"]
    same = np.flatnonzero(data.labels[pairs[:, 0]] == data.labels[pairs[:, 1]])
    if same.size:
        return [f"pair {same[0]}, samples {pairs[same[0]].tolist()}, has one label; only opposite pairs may carry weight"]
    return []


def _weight_problems(weights: FloatArray) -> list[str]:
    if not np.isfinite(weights).all():
        return ["the weights must be finite"]
    if (weights < 0.0).any():
        return [f"weight {np.flatnonzero(weights < 0.0)[0]} is negative"]
    total = math.fsum(weights)
    if abs(total - 1.0) > SUM_TOLERANCE:
        return [f"the weights sum to {total!r}, not to 1"]
    return []


def radius_excluded(data: Dataset, rank: int, pairs: IntArray, weights: FloatArray, *, room: float = 0.0) -> float:
    """Return a float σ with `(2σ)² ≥ Σ_{l≤k} λ_l(M)`, `M = Σ w u uᵀ / Σ w`: by T2 every radius ≥ σ is excluded.

    The sum is exact where M is diagonal, otherwise a proven upper bound, multiplied by `1 + room`.
    """
    exact = diagonal_eigensum(data.points, pairs, weights, rank)
    value = _floats_bound(data.points, pairs, weights, rank) * (1 + Fraction(room)) if exact is None else exact
    return float_upper(Fraction(root_bounds(value, 2.0)[1]) / 2)


def _floats_bound(points: FloatArray, pairs: IntArray, weights: FloatArray, rank: int) -> Fraction:
    """Return the bound from floats: differences, one rounding each, scaled by a power of two to lie in [−1, 1]."""
    u = points[pairs[:, 0]] - points[pairs[:, 1]]
    exponent = int(np.frexp(np.abs(u).max())[1])
    shares = np.minimum(weights, 1.0)
    bound = eigensum_upper(np.ldexp(u, -exponent), shares, rank, roundings=1)
    return Fraction(bound) * Fraction(4) ** exponent / Fraction(down(math.fsum(shares)))


def ratio_upper(radius: float, sep: Separation) -> float:
    """Return an upper bound on `2σ/δ`, at most 1: from there on opposite balls meet (Fact 2)."""
    return min(1.0, float_upper(2 * Fraction(radius) / Fraction(sep.lower)))


def _sorted(pairs: IntArray, weights: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the pairs as rows `i < j` in increasing order, without those of weight 0."""
    if pairs.ndim != 2 or pairs.shape[1:] != (2,) or weights.shape != (len(pairs),):
        return pairs, weights
    table = np.sort(pairs, axis=1)
    order = np.lexsort((table[:, 1], table[:, 0]))
    order = order[weights[order] != 0.0]
    return table[order], weights[order]
