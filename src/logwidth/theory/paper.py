"""What Theorem 4.2 of Egosi, Yehudai, Shamir (COLT 2025, arXiv 2502.11162) needs, with an explicit constant."""

import math

from logwidth.errors import InputError
from logwidth.theory.containment import c_minus_lower, c_plus_upper


def paper_width(n_features: int) -> int:
    """Return the width `d + 6` of the paper's Theorem 4.2.

    >>> paper_width(64)
    70
    """
    return n_features + 6


def paper_ratio_possible(n_samples: int, n_features: int, width: int) -> float:
    """Return the ratio `ρ = 2σ/δ` that the paper's Theorem 4.4 guarantees at a width `7 ≤ k ≤ d + 5`, in ℓ2, else 0.

    `ρ ≤ (1/(4√e)) √((k − 6)/d) N^{−2/(k − 6)}`, as restated by Kim, Moon, Yun (arXiv 2510.24643); from `k = d + 6` on
    Theorem 4.2 serves every ratio below 1.

    >>> round(paper_ratio_possible(60_000, 784, 64), 3)
    0.028
    """
    if width >= n_features + 6:
        return 1.0
    if width < 7:
        return 0.0
    rank = width - 6
    return math.sqrt(rank / n_features) * math.pow(n_samples, -2.0 / rank) / (4.0 * math.sqrt(math.e))


def paper_ratio_impossible(n_samples: int, n_features: int, width: int, p: float = 2.0) -> float:
    """Return the ratio, δ in ℓ2, from which on the paper excludes a width: `4832 N^{−2/k} / c_p^-(d)` or its Remark 4.1.

    The width `2 ln N / ln(4832/ρ)` is necessary for large enough d, as restated by Kim, Moon, Yun (arXiv 2510.24643), and
    `1/c_p^+(d)` for any width.

    >>> paper_ratio_impossible(60_000, 784, 64)
    1.0
    """
    everywhere = float(1.0 / c_plus_upper(p, n_features))
    exponent = math.log(4832.0) - 2.0 * math.log(n_samples) / width - math.log(float(c_minus_lower(p, n_features)))
    return min(everywhere, math.exp(min(exponent, 0.0)))


def paper_ratio_possible_in(n_samples: int, n_features: int, width: int, p: float) -> float:
    """Return :func:`paper_ratio_possible` in ℓp, δ in ℓ2: divided by `c_p^+(d)`."""
    return paper_ratio_possible(n_samples, n_features, width) / float(c_plus_upper(p, n_features))


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
    return n_samples * (n_features * (paper_terms(n_features, ratio) + 2) + 3) - 1


def paper_terms(n_features: int, ratio: float) -> int:
    """Return `K = max(1, ⌊log₄(d / (1 − ρ))⌋)`: so many terms of the sawtooth series leave an error `d 4^{−K−1} < 1 − ρ`.

    A quotient within 10⁻⁹ of a power of four counts as having reached it.

    >>> paper_terms(4, 0.75), paper_terms(64, 0.5), paper_terms(1, 0.1)
    (2, 3, 1)
    """
    return max(1, math.floor(math.log(n_features / (1.0 - ratio), 4) + 1e-9))
