"""T3(b): random points on a sphere against its centre."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from logwidth.theory.beta_law import log_beta_cdf_upper
from logwidth.theory.containment import c_minus_lower
from logwidth.types import FloatArray

FINENESS = np.geomspace(0.01, 1.5, 14)
DIMENSIONS = np.linspace(0.0, 1.0, 11)
SAFETY = 1e-11 * 8.0 ** np.arange(10)


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
    d = np.floor(np.exp(np.log(k + 1.0) + DIMENSIONS[None, :, None] * np.log(np.maximum(n_features / (k + 1.0), 1.0))))
    d = np.where(DIMENSIONS[None, :, None] == 1.0, n_features, np.minimum(d, n_features))
    d = np.maximum(d, k + 1.0)
    eps = FINENESS[None, None, :] * np.sqrt(k / d)
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
    for safety in SAFETY:
        larger = q * (1.0 + safety)
        rows = np.flatnonzero(np.isinf(found) & (larger < 1.0))
        y = 1.0 - larger[rows] ** 2
        holds = log_beta_cdf_upper(y, (d[rows] - k[rows]) / 2.0, k[rows] / 2.0) < -need[rows] * (1.0 + 1e-12)
        ratio = (np.sqrt(1.0 - y) + eps[rows]) * (1.0 + 1e-14) / c_minus_lower(p, d[rows])
        found[rows] = np.where(holds, ratio, np.inf)
    return found
