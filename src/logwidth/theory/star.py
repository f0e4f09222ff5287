"""T3(a): the origin against orthogonal vectors of one length."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.theory.containment import c_minus_lower

SLACK = 1e-15


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
