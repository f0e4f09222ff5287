"""How many points suffice for every point of a sphere or ball to have one near it."""

import math

import numpy as np

from logwidth.types import FloatArray

SLACK = 1e-12


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
