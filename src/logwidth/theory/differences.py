"""T3(b) and T3(d): random points of a sphere against its centre, and the N²/4 differences of two random classes."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from logwidth.theory.beta_law import log_beta_cdf_lower, log_beta_cdf_upper
from logwidth.theory.containment import c_minus_lower
from logwidth.types import FloatArray

SPHERE_FINENESS = np.geomspace(0.01, 1.5, 14)
SPHERE_DIMENSIONS = np.linspace(0.0, 1.0, 11)
SPHERE_SAFETY = 1e-11 * 8.0 ** np.arange(10)
FINENESS = np.geomspace(0.01, 1.0, 10)
DIMENSIONS = np.linspace(0.0, 1.0, 13)
SAFETY = 1e-9
COVERED = 0.63


def sphere_ratio_upper(n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0) -> FloatArray:
    """Return a ratio from which on no rank-k map preserves some N − 1 points of a sphere with its centre, or ∞.

    For any `d' ∈ [k + 1, d]` and ε > 0, with `D = d'k − k(k − 1)/2`: if `(1 − I_{q²}(k/2, (d' − k)/2))^{N−1} (1 + 2/ε)^D <
    1`, the ratio is `q + ε`. *Proof.* Draw the points uniformly from the unit sphere of `R^{d'}`. For a fixed orthonormal
    (d', k) frame V the chance that all keep more than q is the power. Frames may be turned so that their top block is
    triangular; a maximal ε-separated set of such frames in the operator norm has at most `(1 + 2/ε)^D` members. If for
    each of them some point has `‖Vᵀx‖ ≤ q`, then for every frame some point has `‖Vᵀx‖ ≤ q + ε`. ∎ For p < 2 divided by
    `c_p^-(d')`. ε and d' are searched in floats; the inequality is proven at the choice (:func:`log_beta_cdf_upper`).

    >>> bool(sphere_ratio_upper(10**9, 784, 16) < np.sqrt(16 / 784))
    True
    """
    k = np.atleast_1d(np.asarray(width, dtype=np.float64))[:, None, None]
    d = np.floor(
        np.exp(np.log(k + 1.0) + SPHERE_DIMENSIONS[None, :, None] * np.log(np.maximum(n_features / (k + 1.0), 1.0)))
    )
    d = np.where(SPHERE_DIMENSIONS[None, :, None] == 1.0, n_features, np.minimum(d, n_features))
    d = np.maximum(d, k + 1.0)
    eps = SPHERE_FINENESS[None, None, :] * np.sqrt(k / d)
    need = (d * k - k * (k - 1.0) / 2.0) * np.log1p(2.0 / eps) / (n_samples - 1.0)
    q = np.sqrt(betaincinv(k / 2.0, (d - k) / 2.0, -np.expm1(-need)))
    ratio = (q + eps) / c_minus_lower(p, d)
    ratio = np.where(np.isfinite(ratio) & (q < 1.0), ratio, np.inf)
    best = ratio.reshape(len(k), -1).argmin(axis=1)
    rows = np.flatnonzero((k[:, 0, 0] < n_features) & (ratio.reshape(len(k), -1).min(axis=1) < 1.0))
    chosen = [np.broadcast_to(v, ratio.shape).reshape(len(k), -1)[rows, best[rows]] for v in (k, d, eps, need, q)]
    found = np.full(len(k), np.inf)
    found[rows] = _proven(chosen, p)
    return found.reshape(np.shape(width))


def _proven(chosen: list[FloatArray], p: float) -> FloatArray:
    """Return the ratio for the least tried q at which the inequality is proven, ∞ where none is."""
    k, d, eps, need, q = chosen
    found = np.full(k.shape, np.inf)
    for safety in SPHERE_SAFETY:
        larger = q * (1.0 + safety)
        rows = np.flatnonzero(np.isinf(found) & (larger < 1.0))
        y = 1.0 - larger[rows] ** 2
        holds = log_beta_cdf_upper(y, (d[rows] - k[rows]) / 2.0, k[rows] / 2.0) < -need[rows] * (1.0 + 1e-12)
        ratio = (np.sqrt(1.0 - y) + eps[rows]) * (1.0 + 1e-14) / c_minus_lower(p, d[rows])
        found[rows] = np.where(holds, ratio, np.inf)
    return found


def difference_ratio_upper(n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0) -> FloatArray:
    """Return a ratio from which on no rank-k map preserves some two classes of `n = ⌊N/2⌋` points of a sphere, or ∞.

    For any `d' ∈ [k + 2, d]`, ε, τ: with `b = I_{τ²}(k/2, (d' − k)/2)`, `ν = ½ I_{τ²/2}(k/2, (d' − k)/2)`, `E = 0.63
    nν/max(1, nb)` and `L = (d'k − k(k − 1)/2) ln(1 + 2/ε) + ln 4`: if `n² I_{1−s²}((d' − 1)/2, ½) ≤ 1`, `E/(8b) > L` and
    `nE/2 > L`, the ratio is `(τ + 2ε)/√(2(1 − s))`. Proof in docs/theory/t3d-differences.md. For p < 2 divided by
    `c_p^-(d')`. d' and ε are searched, τ solves `nE/2 = L`; all three inequalities are proven at the choice. Reaches
    `N^{−2/k}`, the exponent of T4.

    >>> bool(difference_ratio_upper(10**12, 784, 12) < np.sqrt(12 / 784) / 4)
    True
    """
    k = np.atleast_1d(np.asarray(width, dtype=np.float64))
    found = np.full(k.shape, np.inf)
    n = n_samples // 2
    usable = (k + 2.0 <= n_features) & (k <= 2.0 * math.log2(max(n, 1)))
    if usable.any():
        found[usable] = _search(float(n), n_features, k[usable], p)
    return found.reshape(np.shape(width))


def _search(n: float, n_features: int, widths: FloatArray, p: float) -> FloatArray:
    k = widths[:, None, None]
    d = np.floor((k + 2.0) * (n_features / (k + 2.0)) ** DIMENSIONS[None, :, None])
    d = np.clip(np.where(DIMENSIONS[None, :, None] == 1.0, n_features, d), k + 2.0, n_features)
    eps = FINENESS[None, None, :] * np.sqrt(k / d) * np.minimum(1.0, n ** (-2.0 / k) * 4.0)
    need = ((d * k - k * (k - 1.0) / 2.0) * np.log1p(2.0 / eps) + math.log(4.0)) * (1.0 + SAFETY)
    mass = 2.0 * (2.0 / COVERED) * need / (n * n)
    quantile: FloatArray = betaincinv(k / 2.0, (d - k) / 2.0, np.minimum(mass, 1.0)).astype(np.float64)
    half_square = quantile * (1.0 + SAFETY)
    gap = _gap_lower(math.log(n), d)
    ratio = _ratio(half_square, eps, gap) / c_minus_lower(p, d)
    ratio = np.where((mass < 1.0) & (half_square < 0.5), ratio, np.inf)
    worth = ratio < 1.0
    chosen = [np.broadcast_to(v, ratio.shape)[worth] for v in (k, d, need, half_square)]
    holds = np.zeros(ratio.shape, dtype=bool)
    holds[worth] = _holds(n, *chosen)
    return np.asarray(np.where(holds, ratio, np.inf).min(axis=(1, 2)))


def _ratio(half_square: FloatArray, eps: FloatArray, gap: FloatArray) -> FloatArray:
    """Return `(τ + 2ε)/√(2(1 − s))` with `τ² = 2 half_square`, `1 − s² = gap`, so `1 − s = gap/(1 + √(1 − gap))`."""
    chord = np.sqrt(2.0 * gap / (1.0 + np.sqrt(1.0 - gap)))
    return np.asarray((np.sqrt(2.0 * half_square) + 2.0 * eps) / chord * (1.0 + 1e-14))


def _holds(n: float, k: FloatArray, d: FloatArray, need: FloatArray, half_square: FloatArray) -> NDArray[np.bool_]:
    """Return where the last two inequalities are proven."""
    log_n = math.log(n)
    log_b = log_beta_cdf_upper(2.0 * half_square, k / 2.0, (d - k) / 2.0)
    log_nu = log_beta_cdf_lower(half_square, k / 2.0, (d - k) / 2.0) - math.log(2.0)
    log_covered = math.log(COVERED) + log_n + log_nu - np.maximum(0.0, log_n + log_b)
    log_need = np.log(need) + 1e-12
    spread = log_covered - math.log(8.0) - log_b > log_need
    missed = log_n + log_covered - math.log(2.0) > log_need
    return np.asarray(spread & missed)


def _gap_lower(log_n: float, d: FloatArray) -> FloatArray:
    """Return `1 − s²` with `n² I_{1−s²}(a, ½) ≤ 1`, `a = (d − 1)/2`.

    `I_x(a, ½) ≤ x^a min(1, 1/√(πa(1 − x)))`: Beta(a, ½) is stochastically larger than Beta(a, 1); and in the series of
    :func:`log_beta_cdf_upper` the ratios are below x, with `Γ(a + ½)/Γ(a + 1) ≤ a^{−1/2}`.
    """
    a = (d - 1.0) / 2.0
    simple = np.exp(-2.0 * log_n / a * (1.0 + 1e-13) - 1e-13)
    x = simple
    for _ in range(8):
        x = np.exp((0.5 * np.log(np.pi * a * np.maximum(1.0 - x, 1e-300)) - 2.0 * log_n) / a)
        x = np.clip(x * (1.0 - SAFETY), simple, 1.0 - 1e-9)
    holds = 2.0 * log_n + a * np.log(x) - 0.5 * np.log(np.pi * a * (1.0 - x)) < -1e-11 * (1.0 + a)
    return np.asarray(np.where(holds, x, simple))
