"""What some data set refuses at a width: T3(a), Fact 2, and the least of all the bounds of T3, T3', T18."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.theory.containment import c_minus_lower, c_plus_lower
from logwidth.theory.differences import difference_ratio_upper, sphere_ratio_upper
from logwidth.theory.linked import enclosing_ratio_upper, linked_ratio_upper
from logwidth.theory.product_nets import product_ratio_upper

SLACK = 1e-15
MEETING = "Fact 2"


def star_ratio_upper(n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0) -> NDArray[np.float64]:
    """Return a ratio from which on no network of this width memorizes `{0} ∪ {δe_1, …, δe_m}`, `m = min(N − 1, d)`.

    ∞ for `k ≥ m`. p = 2: `√(k/m)`. *Proof.* T2 with equal weights: `M = δ²/m I`, the k largest eigenvalues sum to `δ²k/m ≤
    (2σ)²`. ∎ p > 2: `B_2(0, σ) ⊂ B_p(0, σ)`, so the same holds; p < 2: divided by `c_p^-(m)`. p = ∞: ½ for all `k < m`.
    *Proof.* If all quotient norms exceed `2σ ≥ δ/2`, Fact 1 gives vectors `g_i` in the row space with `‖g_i‖_1 ≤ 1`,
    `⟨g_i, e_i⟩ > ½`. The matrix of their first m coordinates is strictly diagonally dominant, so the rank is at least m. ∎

    >>> round(float(star_ratio_upper(60_000, 784, 64)), 4)
    0.2857
    """
    m = min(n_samples - 1, n_features)
    k = np.asarray(width, dtype=np.float64)
    ratio = np.sqrt(k / m) * (1.0 + SLACK)
    if p < 2.0:
        ratio = ratio / c_minus_lower(p, m) * (1.0 + SLACK)
    if np.isinf(p):
        ratio = np.minimum(ratio, 0.5)
    return np.where(k < m, ratio, np.inf)


REASONS = {
    "T3(a) star": star_ratio_upper,
    "T3(b) sphere": sphere_ratio_upper,
    "T3(c) nets": product_ratio_upper,
    "T3(d) pairs": difference_ratio_upper,
    "T3' enclosed": enclosing_ratio_upper,
    "T18 linked": linked_ratio_upper,
}


def meeting_ratio_upper(n_features: int, p: float) -> NDArray[np.float64]:
    """Return an upper bound on `1/c_p^+(d)`, δ in ℓ2: from this ratio on no function memorizes some two samples.

    *Proof.* Two opposite samples at ℓ2 distance δ along `(1, …, 1)` (p > 2) or `e_1` (p ≤ 2) have ℓp distance
    `δ/c_p^+(d)`; at `2σ ≥ δ/c_p^+(d)` their closed balls meet. ∎ (Remark 4.1 of the paper.)

    >>> float(meeting_ratio_upper(64, 2.0)), round(float(meeting_ratio_upper(64, np.inf)), 9)
    (1.0, 0.125)
    """
    lower = c_plus_lower(p, n_features)
    return np.where(lower == 1.0, 1.0, np.nextafter(1.0 / lower, np.inf))


def impossible_ratio_upper(
    n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0
) -> tuple[NDArray[np.float64], list[str]]:
    """Return, per width, a ratio from which on no network of that width serves some data set of these sizes, and the reason.

    δ is in ℓ2; the networks are all those whose hidden layers have at most k units, with no connection past the first. Sets
    of fewer than N samples are filled up with further samples far away.

    >>> ratio, reasons = impossible_ratio_upper(60_000, 784, [64, 784])
    >>> ratio.round(4).tolist(), reasons
    ([0.2857, 1.0], ['T3(a) star', 'Fact 2'])
    """
    widths = np.atleast_1d(np.asarray(width, dtype=np.int64))
    bounds = [np.full(widths.shape, float(meeting_ratio_upper(n_features, p)))]
    bounds += [bound(n_samples, n_features, widths, p) for bound in REASONS.values()]
    table = np.stack(bounds)
    best = table.argmin(axis=0)
    names = [MEETING, *REASONS]
    return table.min(axis=0), [names[i] for i in best]
