"""What Theorem 4.2 of Egosi, Yehudai, Shamir (COLT 2025, arXiv 2502.11162) needs, with an explicit constant."""

import math

from logwidth.errors import InputError


def paper_width(n_features: int) -> int:
    """Return the width `d + 6` of the paper's Theorem 4.2.

    >>> paper_width(64)
    70
    """
    return n_features + 6


def paper_depth(n_samples: int, n_features: int, ratio: float) -> int:
    """Return the depth `N (d (K + 2) + 3) − 1`, `K = max(1, ⌊log₄(d / (1 − ρ))⌋)`, of the paper's construction.

    The paper states `O(N d log(d/(1 − ρ)))`. This is a count of the layers of its construction in ℓ2: per sample and
    coordinate a clipped difference, K terms of the sawtooth series of `t²` and its addition, then a bump and a maximum.
    `ratio` is `ρ = 2σ/δ ∈ (0, 1)`.

    >>> paper_depth(6, 3, 0.9)
    89
    """
    if not 0.0 < ratio < 1.0:
        raise InputError(f"the ratio 2*radius/delta must lie strictly between 0 and 1, not {ratio}")
    terms = max(1, math.floor(math.log(n_features / (1.0 - ratio), 4)))
    return n_samples * (n_features * (terms + 2) + 3) - 1
