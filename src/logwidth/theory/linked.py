"""T3' and T18: a sample enclosed by balls, and linked spheres, need more width than the rank of a preserving map."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.theory.containment import c_minus_lower
from logwidth.theory.product_nets import sphere_net_upper

LARGEST_WIDTH = 80
HALVINGS = 70


def enclosing_ratio_upper(n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0) -> NDArray[np.float64]:
    """Return a ratio from which on no network with all hidden widths ≤ k memorizes some N samples; ∞ where none is known.

    If opposite balls cover the relative boundary of a bounded relatively open set U ∋ x_i of an affine k-plane, k ≤ d, no
    such network is right (proof in docs/theory/t3-enclosed.md). k = 1, N ≥ 3: two samples on both sides, every ratio. k =
    2: the corners of a regular polygon with `N − 1` sides inscribed in a circle of radius δ, `ρ = 2 sin(π/(N − 1))`: the
    balls cover its sides. k ≥ 3: an η-net on a sphere of radius δ, `ρ = 2η`. For p < 2 divided by `c_p^-(k)`.

    >>> float(enclosing_ratio_upper(3, 1, 1)), round(float(enclosing_ratio_upper(7, 2, 2)), 9)
    (0.0, 1.0)
    """
    k = np.asarray(width, dtype=np.int64)
    found = np.full(k.shape, np.inf)
    for value in np.unique(k[(k <= n_features) & (k <= LARGEST_WIDTH)]).tolist():
        found[k == value] = _enclosing_ratio(int(value), n_samples - 1) / float(c_minus_lower(p, value)) * (1.0 + 1e-14)
    return found


def _enclosing_ratio(k: int, others: int) -> float:
    if k == 1:
        return 0.0 if others >= 2 else math.inf
    if k == 2:
        return 2.0 * math.sin(math.pi / others) * (1.0 + 1e-15) if others >= 6 else math.inf
    low, high = math.log(1e-30), math.log(0.5)
    if sphere_net_upper(k, np.array(0.5)) > others:
        return math.inf
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        fits = sphere_net_upper(k, np.array(math.exp(middle))) <= others
        low, high = (low, middle) if fits else (middle, high)
    return 2.0 * math.exp(high) * (1.0 + 1e-13)


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
