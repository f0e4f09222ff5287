"""Nets of spheres, and T3(c): nets in two orthogonal subspaces, whose differences come near to every direction."""

import math

import numpy as np
from numpy.typing import ArrayLike

from logwidth.theory.containment import c_minus_lower
from logwidth.types import FloatArray

SLACK = 1e-12
LARGEST_HALF = 40
HALVINGS = 70
ANGLES = np.linspace(0.05, 1.52, 25)


def ball_net_upper(dimension: int, eta: FloatArray) -> FloatArray:
    """Return an upper bound on the size of a set within `η` of every point of the unit ball of `R^m`.

    The smaller of `(1 + 2/η)^m` (a maximal η-separated subset: disjoint balls of radius η/2 in one of radius 1 + η/2) and
    of the number of cubes of side `2η/√m`, `h`, that meet the ball, at most `V_m (1 + 2η)^m / h^m`; m = 1: `⌈1/η⌉`. May be
    ∞.

    >>> float(ball_net_upper(1, np.array(0.3)))
    4.0
    """
    m = dimension
    if m == 1:
        return np.asarray(np.ceil(1.0 / eta * (1.0 + SLACK)))
    separated = m * np.log1p(2.0 / eta)
    cubes = _log_ball(m) + m * np.log((1.0 + 2.0 * eta) * math.sqrt(m) / (2.0 * eta))
    return _count(np.minimum(separated, cubes))


def sphere_net_upper(dimension: int, eta: FloatArray) -> FloatArray:
    """Return an upper bound on the size of a set *on* the unit sphere of `R^m` within `η` of each of its points.

    m = 1: the sphere is two points. m = 2: arcs of half-angle `2 asin(η/2)`. Else the smaller of `(1 + 2/η)^m` (its maximal
    η-separated subsets) and of the number of cubes of diagonal 2r that meet the sphere, at most
    `V_m ((1 + 2r)^m − (1 − 2r)_+^m)/h^m`, `h = 2r/√m`: a unit vector at distance ≤ r from a cube's centre makes an angle of
    at most `asin r` with it, so `r = sin(2 asin(η/2))` serves.

    >>> float(sphere_net_upper(2, np.array(0.9)))
    4.0
    """
    m = dimension
    if m == 1:
        return np.full_like(eta, 2.0)
    half_angle = 2.0 * np.arcsin(np.minimum(eta, 1.0) / 2.0)
    if m == 2:
        return np.asarray(np.ceil(math.pi / half_angle * (1.0 + SLACK)))
    r = np.sin(half_angle)
    shell = np.log((1.0 + 2.0 * r) ** m - np.maximum(1.0 - 2.0 * r, 0.0) ** m) if m < 200 else m * np.log1p(2.0 * r)
    cubes = _log_ball(m) + shell + m * np.log(math.sqrt(m) / (2.0 * r))
    return _count(np.minimum(m * np.log1p(2.0 / eta), cubes))


def _log_ball(m: int) -> float:
    """Return the logarithm of the volume of the unit ball of `R^m`."""
    return 0.5 * m * math.log(math.pi) - math.lgamma(0.5 * m + 1.0)


def _count(logs: FloatArray) -> FloatArray:
    """Return `e^logs` with room for the rounding of its terms, a few of size `|logs|` and 4m each."""
    return np.asarray(np.exp(np.minimum(logs, 700.0)) * (1.0 + 1e-9))


def product_ratio_upper(n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0) -> FloatArray:
    """Return a ratio from which on no rank-k map preserves some N samples in d dimensions, or ∞.

    With `m = ⌈(k + 1)/2⌉`, `2m ≤ d`: P an `η_P`-net on the unit sphere of `R^m`, Q an `η_Q`-net of its unit ball, `A = (P,
    0) ∪ ((Q, 0) + c)`, `B = (0, Q) ∪ ((0, P) + c)`, c far away; `N ≥ 2(|P| + |Q|)`; ratio `(η_P² + η_Q²)^{1/2}`. *Proof.*
    Opposite samples of one half are at distance `(1 + |q|²)^{1/2} ≥ 1 = δ`. The kernel meets `R^m ⊕ R^m`, of dimension `2m
    > k`, in some `n = (n_1, n_2) ≠ 0`, larger part of length 1. If that is `n_1`, some p is within η_P of it, some q
    within η_Q of `−n_2`, and `|(p, −q) − n| ≤ (η_P² + η_Q²)^{1/2} ≤ 2σ`; otherwise the other half serves. ∎ For p < 2
    divided by `c_p^-(2m)`. The net sizes are those above, the split of the ratio is searched.

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
