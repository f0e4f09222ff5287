"""Convex piecewise-linear stand-ins for `|t|^p` on a bounded range, with an error that leaves most of the gap."""

import numpy as np

from logwidth.construct.nearest.separable import HingeSum
from logwidth.errors import InputError

MOST_KNOTS = 512
KEPT = 0.5
SLACKS = (0.0, *(2.0**k for k in range(-12, 2)))


def power_shape(p: float, m: int, sigma: float, far: float) -> tuple[HingeSum, float, float]:
    """Return `φ` with the least knots, a lower bound `Lo` on `Σ φ(t_j)` where `‖t‖_p ≥ far`, and the gap left.

    φ interpolates `far·(t/far)^p` at `far·(k/R)^{2/p}`, where the errors of all R chords are about equal, and goes on
    straight beyond. With `φ ≤ α_β + β|t|^p` the sum is at most `mα_β + βσ^p` on the ball, and at least `far` where
    `‖t‖_p ≥ far`: φ lies above the power up to `far`, and a coordinate beyond contributes at least `φ(far) = far`. R is the
    least number with which the gap is at least half of `far − far·(sigma/far)^p`.

    Raises InputError when 512 knots are not enough.
    """
    ideal = far - far * (sigma / far) ** p
    for count in (*range(1, 33), *range(36, MOST_KNOTS + 1, 4)):
        shape = _interpolant(p, far, count)
        gap = far - _sum_upper(shape, p, m, sigma, far)
        if gap >= KEPT * ideal:
            return shape, far, gap
    raise InputError(
        f"|t|^{p:g} would need more than {MOST_KNOTS} knots per coordinate at this ratio; --construction cells needs none"
    )


def _interpolant(p: float, far: float, count: int) -> HingeSum:
    places = far * (np.arange(count + 1) / count) ** (2.0 / p)
    heights = far * (places / far) ** p
    slopes = np.diff(heights) / np.diff(places)
    return HingeSum(places[:-1], np.diff(slopes, prepend=0.0))


def _sum_upper(phi: HingeSum, p: float, m: int, sigma: float, far: float) -> float:
    """Return the least `mα_β + βσ^p` over some β: the most that `Σ φ(t_j)` can be on the ball."""
    slopes = np.cumsum(phi.weights)
    offsets = -np.cumsum(phi.weights * phi.knots)
    best = np.inf
    for slack in SLACKS:
        beta = far ** (1.0 - p) * (1.0 + slack)
        if p > 1.0:
            peaks = np.minimum((slopes / (p * beta)) ** (1.0 / (p - 1.0)), sigma)
        else:
            peaks = np.where(slopes > beta, sigma, 0.0)
        alpha = max(0.0, float((slopes * peaks + offsets - beta * peaks**p).max()))
        best = min(best, m * alpha + beta * sigma**p)
    return best
