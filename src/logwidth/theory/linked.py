"""T18: linked spheres of two classes need more width than the rank of a preserving map, with few samples."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.theory.containment import c_minus_lower
from logwidth.theory.enclosing import LARGEST_WIDTH
from logwidth.theory.nets import sphere_net_upper

HALVINGS = 70


def linked_ratio_upper(n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0) -> NDArray[np.float64]:
    """Return a ratio from which on no network with all hidden widths ≤ k memorizes some N samples; ∞ where none is known.

    Two unit spheres of dimensions a and b, a + b = k − 1, each through the other's centre, are linked in an affine k-plane,
    k ≤ d, and all their points are at least 1 apart. Where balls of one class cover one and balls of another the other, no
    such network is right (proof in docs/theory/t18-linked.md). With η-nets on both `ρ = 2η`; circles (dimension 1) are
    taken as regular polygons with n corners, `ρ = 2 sin(π/n)`. The best split of N − and of k − 1 counts; k ≥ 3. For p < 2
    divided by `c_p^-(k)`.

    >>> linked_ratio_upper(24, 3, [2, 3, 4]).round(4).tolist()
    [inf, 0.5176, inf]
    """
    k = np.asarray(width, dtype=np.int64)
    found = np.full(k.shape, np.inf)
    for value in np.unique(k[(k >= 3) & (k <= n_features) & (k <= LARGEST_WIDTH)]).tolist():
        ratio = min(_ratio(int(value), a, n_samples) for a in range(1, (int(value) - 1) // 2 + 1))
        found[k == value] = ratio / float(c_minus_lower(p, int(value))) * (1.0 + 1e-14)
    return found


def _ratio(k: int, a: int, n_samples: int) -> float:
    """Return the least ratio for spheres of dimensions a and k − 1 − a, by bisection."""

    def fits(ratio: float) -> bool:
        return _cover(a, ratio) + _cover(k - 1 - a, ratio) <= n_samples

    if not fits(1.0):
        return math.inf
    low, high = math.log(1e-30), 0.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if fits(math.exp(middle)) else (middle, high)
    return math.exp(high) * (1.0 + 1e-13)


def _cover(dimension: int, ratio: float) -> float:
    """Return how many balls of radius `ratio/2` suffice around points of the unit sphere of a dimension."""
    if dimension == 1:
        return max(math.ceil(math.pi / math.asin(0.5 * ratio) * (1.0 + 1e-12)), 6)
    return float(sphere_net_upper(dimension + 1, np.array(0.5 * ratio)))
