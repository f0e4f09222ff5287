"""What weights on opposite pairs prove about every map of a rank (docs/theory.md, T2): the evaluation, and its check."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from logwidth.certify.lower_bounds.inscribed import diagonal_eigensum, eigensum_upper, reach_upper
from logwidth.certify.lower_bounds.width_bound import WidthCertificate
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.norms import norm_name, parse_norm
from logwidth.rounding import BINARY64, down, float_upper, gamma_upper, up
from logwidth.separation import Separation, separation
from logwidth.separation import separation as separation_of
from logwidth.separation.exact import root_bounds
from logwidth.types import FloatArray, IntArray

SUM_TOLERANCE = 1e-9
ELBOW_ROOM = 2.0**-44


def prove_width_bound(
    data: Dataset,
    rank: int,
    pairs: ArrayLike,
    weights: ArrayLike,
    *,
    norm: object = 2,
    ellipsoid: ArrayLike | None = None,
    separation: Separation | None = None,
) -> WidthCertificate:
    """Return the certificate that these weights on these opposite pairs make, its bound computed here.

    However the weights were found, the result is valid: the least radius that :func:`radius_excluded` proves to
    be excluded, a little enlarged (2⁻⁴⁴) so that a checker whose sums run in another order proves it too.

    `ellipsoid` is the diagonal (d,) of A for norms below 2, the matrix A (d, d) for norms above 2: `‖Av‖_2 ≤ 1` is
    scaled to fit into `B_p(0, 1)`, and the differences are `A u`.

    Raises InputError when the weights, pairs or rank are not usable; the message lists everything that is wrong.

    >>> data = Dataset(np.vstack([np.zeros(4), np.eye(4)]), [0, 1, 1, 1, 1])
    >>> prove_width_bound(data, 1, [[0, i] for i in range(1, 5)], [0.25] * 4).ratio_excluded
    0.5
    """
    p = parse_norm(norm)
    table, shares = _sorted(np.array(pairs, dtype=np.int64), np.array(weights, dtype=np.float64))
    A = None if ellipsoid is None else np.array(ellipsoid, dtype=np.float64)
    draft = WidthCertificate(p, int(rank), math.inf, 1.0, table, shares, data.sha256, A)
    problems = evidence_problems(draft, data)
    if problems:
        raise InputError("; ".join(problems))
    sep = separation_of(data, norm=p) if separation is None else separation
    radius = radius_excluded(draft, data, room=ELBOW_ROOM)
    return replace(draft, radius_excluded=radius, ratio_excluded=ratio_upper(radius, sep))


def evidence_problems(certificate: WidthCertificate, data: Dataset) -> list[str]:
    """Return everything that keeps pairs, weights and ellipsoid from being evidence in the sense of T2."""
    rank, pairs, weights = certificate.rank, certificate.pairs, certificate.weights
    problems = _ellipsoid_problems(certificate, data.n_features)
    if not 1 <= rank <= data.n_features:
        problems.append(f"the rank must be between 1 and the number of features, {data.n_features}, not {rank}")
    if pairs.ndim != 2 or pairs.shape[1:] != (2,) or weights.shape != (len(pairs),) or not len(pairs):
        return [*problems, f"pairs {pairs.shape} and weights {weights.shape} must be (n, 2) and (n,), n >= 1"]
    return problems + _pair_problems(data, pairs) + _weight_problems(weights)


def _ellipsoid_problems(certificate: WidthCertificate, d: int) -> list[str]:
    p, A = certificate.norm, certificate.ellipsoid
    shape = None if p == 2.0 else (d,) if p < 2.0 else (d, d)
    found = None if A is None else A.shape
    if found != shape:
        return [f"for norm {norm_name(p)} and these data the ellipsoid must have shape {shape}, not {found}"]
    if A is not None and not (np.isfinite(A).all() and (A.ndim == 2 or (A > 0.0).all())):
        return ["the ellipsoid must be finite, and positive where it is diagonal"]
    if A is not None and math.isinf(reach_upper(A, p)):
        return ["the ellipsoid cannot be bounded: its matrix is nearly singular"]
    return []


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


def radius_excluded(certificate: WidthCertificate, data: Dataset, *, room: float = 0.0) -> float:
    """Return a float σ with `(2σ)² ≥ s² Σ_{l≤k} λ_l(A M Aᵀ)`, `M = Σ w u uᵀ / Σ w`: by T2 every radius ≥ σ is excluded.

    For ℓ2 `A = I`, `s = 1`, and the sum is exact where M is diagonal; otherwise it is a proven upper bound, multiplied
    by `1 + room`.
    """
    c = certificate
    exact = diagonal_eigensum(data.points, c.pairs, c.weights, c.rank) if c.ellipsoid is None else None
    value = _floats_bound(data.points, c) * (1 + Fraction(room)) if exact is None else exact
    reach = 1.0 if c.ellipsoid is None else reach_upper(c.ellipsoid, c.norm)
    return float_upper(Fraction(root_bounds(value * Fraction(reach), 2.0)[1]) / 2)


def _floats_bound(points: FloatArray, c: WidthCertificate) -> Fraction:
    """Return the bound from floats: differences, one rounding each, scaled by a power of two to lie in [−1, 1]."""
    u = points[c.pairs[:, 0]] - points[c.pairs[:, 1]]
    exponent = int(np.frexp(np.abs(u).max())[1])
    weights = np.minimum(c.weights, 1.0)
    rows, error, stretch = _stretched(np.ldexp(u, -exponent), weights, c.ellipsoid)
    bound = eigensum_upper(rows, weights, c.rank, roundings=2, error=error)
    return Fraction(bound) * Fraction(4) ** (exponent + stretch) / Fraction(down(math.fsum(weights)))


def _stretched(u: FloatArray, weights: FloatArray, A: FloatArray | None) -> tuple[FloatArray, float, int]:
    """Return `fl(A u)/2^e` in [−1, 1], a bound on its error beyond one rounding per entry, and e.

    A product with a matrix errs by at most `γ_{d+1} ‖A‖_F ‖u‖` per row (Cauchy–Schwarz), u's own rounding included.
    """
    if A is None:
        return u, 0.0, 0
    d = u.shape[1]
    exponent = int(np.frexp(np.abs(A).max())[1]) + (0 if A.ndim == 1 else d.bit_length())
    scaled = np.ldexp(A, -exponent)
    if A.ndim == 1:
        return u * scaled, 0.0, exponent
    size = math.sqrt(float(np.einsum("ij,ij->", scaled, scaled)) * float(np.einsum("i,ij,ij->", weights, u, u)))
    slack = 1.0 + gamma_upper(u.size + scaled.size + 16, BINARY64.unit)
    return u @ scaled.T, up(gamma_upper(d + 4, BINARY64.unit) * size * slack, 4), exponent


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


def check_width_bound(
    certificate: WidthCertificate, data: Dataset, *, separation: Separation | None = None
) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data`; empty if it holds.

    The data's digest, the pairs, their labels and the weights are checked, and the bound is proven again from the
    data: the stored radius must not be smaller. `separation` must be that of `data`, computed here by default.

    Raises InputError for what is no WidthCertificate; :func:`logwidth.check_lower_bound` takes every lower bound.
    """
    if not isinstance(certificate, WidthCertificate):
        raise InputError(f"a {type(certificate).__name__} is no WidthCertificate; check_lower_bound takes every lower bound")
    if certificate.data_sha256 != data.sha256:
        return ("the data are not those of the certificate: a value, a label or their order differs",)
    problems = evidence_problems(certificate, data)
    if problems:
        return tuple(problems)
    return tuple(_bound_problems(certificate, data, separation))


def _bound_problems(certificate: WidthCertificate, data: Dataset, known: Separation | None) -> list[str]:
    stored = certificate.radius_excluded
    if not (math.isfinite(stored) and math.isfinite(certificate.ratio_excluded)):
        return ["the excluded radius and ratio must be finite"]
    proven = radius_excluded(certificate, data)
    if stored < proven:
        return [f"the weights prove that radii from {proven!r} on are excluded, not from {stored!r} on"]
    sep = separation(data, norm=certificate.norm) if known is None else known
    if certificate.ratio_excluded < ratio_upper(stored, sep):
        return [f"the excluded ratio {certificate.ratio_excluded!r} is smaller than that of the excluded radius"]
    return []
