"""What every data set allows at a width: T4 below the dimension, T5d (one unit beside the map) everywhere."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.theory.containment import c_plus_upper
from logwidth.theory.counts import log_pairs_upper
from logwidth.theory.dual_images import dual_ratio_lower
from logwidth.theory.johnson_lindenstrauss import kept_fraction_lower

UNITS_BESIDE_THE_MAP = 1


def possible_ratio_lower(n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0) -> NDArray[np.float64]:
    """Return ρ such that every data set of these sizes, whatever its classes, allows every ratio below ρ at this width.

    Any preserving map has a network of width rank + 1 (T5d), so the rank is `k − 1`; there are at most `N(N − 1)/2`
    opposite pairs. p = 2: the data span at most `N − 1` dimensions, which the identity of the span preserves, so T4
    is used in `min(d, N − 1)` dimensions. Other p: the better of T4 with `c_p^+` and :func:`dual_ratio_lower`; from rank d
    on every ratio below `1/c_p^+(d)`. δ is in ℓ2. Width below 2: 0.

    >>> possible_ratio_lower(60_000, 784, [64, 785]).round(4).tolist()
    [0.1474, 1.0]
    """
    rank = np.asarray(width, dtype=np.int64) - UNITS_BESIDE_THE_MAP
    pairs = log_pairs_upper(n_samples)
    if p == 2.0:
        return kept_fraction_lower(pairs, rank, min(n_features, n_samples - 1))
    whole = np.nextafter(1.0 / c_plus_upper(p, n_features), 0.0)
    inside = np.clip(rank, 1, n_features - 1) if n_features > 1 else np.ones_like(rank)
    plain = kept_fraction_lower(pairs, inside, n_features) * whole * (1.0 - 1e-15)
    found = np.maximum(plain, dual_ratio_lower(pairs, inside, n_features, p)) if n_features > 1 else plain
    return np.where(rank >= n_features, whole, np.where(rank < 1, 0.0, np.minimum(found, whole)))
