"""T3(c): nets in two orthogonal subspaces, whose differences come near to every direction."""

import numpy as np
from numpy.typing import ArrayLike

from logwidth.theory.containment import c_minus_lower
from logwidth.theory.nets import ball_net_upper, sphere_net_upper
from logwidth.types import FloatArray

LARGEST_HALF = 40
HALVINGS = 70
ANGLES = np.linspace(0.05, 1.52, 25)


def product_ratio_upper(n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0) -> FloatArray:
    """Return a ratio from which on no rank-k map preserves some N samples in d dimensions, or ∞.

    With `m = ⌈(k + 1)/2⌉`, `2m ≤ d`: P an `η_P`-net on the unit sphere of `R^m`, Q an `η_Q`-net of its unit ball, `A = (P,
    0) ∪ ((Q, 0) + c)`, `B = (0, Q) ∪ ((0, P) + c)`, c far away; `N ≥ 2(|P| + |Q|)`; ratio `(η_P² + η_Q²)^{1/2}`. *Proof.*
    Opposite samples of one half are at distance `(1 + |q|²)^{1/2} ≥ 1 = δ`. The kernel meets `R^m ⊕ R^m`, of dimension `2m
    > k`, in some `n = (n_1, n_2) ≠ 0`, larger part of length 1. If that is `n_1`, some p is within η_P of it, some q
    within η_Q of `−n_2`, and `|(p, −q) − n| ≤ (η_P² + η_Q²)^{1/2} ≤ 2σ`; otherwise the other half serves. ∎ For p < 2
    divided by `c_p^-(2m)`. The net sizes are those of :mod:`logwidth.theory.nets`, the split of the ratio is searched.

    >>> bool(product_ratio_upper(60_000, 784, 3) < 0.01)
    True
    """
    k = np.asarray(width, dtype=np.int64)
    half = k // 2 + 1
    found = np.full(k.shape, np.inf)
    for m in np.unique(half[(2 * half <= n_features) & (half <= LARGEST_HALF)]).tolist():
        found[half == m] = _least_ratio(int(m), n_samples) / float(c_minus_lower(p, 2 * m)) * (1.0 + 1e-14)
    return found


def _least_ratio(m: int, n_samples: int) -> float:
    """Return the least ratio found for which the nets fit into N samples, by halving an interval of `ln ρ`, or ∞."""
    low, high = np.full(ANGLES.shape, np.log(1e-30)), np.zeros(ANGLES.shape)
    fits = _size(m, np.exp(high)) <= n_samples
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        inside = _size(m, np.exp(middle)) <= n_samples
        low, high = np.where(inside, low, middle), np.where(inside, middle, high)
    ratios = np.where(fits, np.exp(high) * (1.0 + 1e-13), np.inf)
    return float(ratios.min())


def _size(m: int, ratio: FloatArray) -> FloatArray:
    """Return how many samples the set with this ratio has at most, per angle: `η_P = ρ sin φ`, `η_Q = ρ cos φ`."""
    shrunk = ratio * (1.0 - 1e-14)
    return np.asarray(2.0 * (sphere_net_upper(m, shrunk * np.sin(ANGLES)) + ball_net_upper(m, shrunk * np.cos(ANGLES))))
