"""The nearest sample in ℓ1, width m + 4 (m + 3), and in ℓp for any real p, by piecewise-linear powers (T7)."""

from dataclasses import replace

import numpy as np

from logwidth.construct.nearest.centres import Centres, centres_of, refuse_other_maps, refuse_too_deep
from logwidth.construct.nearest.separable import HingeSum, build_separable
from logwidth.construct.plan import Construction, Plan, on_grid, power_above
from logwidth.errors import InputError
from logwidth.rounding import stored

THEOREM_L1 = (
    "T7, l1: ‖z − c‖_1 = Σ (c_j − z_j) + 2 Σ ReLU(z_j − c_j), one coordinate per layer; the largest K − ‖z − c_t‖_1 is "
    "carried exactly and its owner's label wins"
)
THEOREM = (
    "T7, general p: D_t(z) = Σ φ(z_j − c_tj), φ a convex piecewise-linear function with R knots near |t|^p on the "
    "range that matters; the largest K − D_t is carried exactly and its owner's label wins"
)
MOST_KNOTS = 512
KEPT = 0.5
SLACKS = (0.0, *(2.0**k for k in range(-12, 2)))


def manhattan_width(map_rank: int, n_pieces: int, *, collapse: bool = False) -> int:
    """Return the width `m + 4`, `m + 3` with the collapse (reached with four samples or more)."""
    del n_pieces
    return map_rank + (3 if collapse else 4)


def manhattan_depth(n_pieces: int, *, collapse: bool = False) -> int:
    """Return the depth `mN + 2`, one more with the collapse; `n_pieces = mN`."""
    return n_pieces + 2 + collapse


def build_manhattan(plan: Plan, *, collapse: bool = False) -> Construction:
    """Return the ℓ1 network with a label register, or, of two classes, with a collapse instead of it.

    `n_pieces` is `mN`, N distinct samples. The map must be 1-Lipschitz into ℓ1, as the identity is.
    """
    name = f"manhattan{'-collapse' * collapse}"
    refuse_other_maps(plan, name, 1.0)
    found = centres_of(plan, 1.0)
    m, n = plan.map_rank, len(found.points)
    refuse_too_deep(name, m * n + 2, manhattan_width(m, m * n, collapse=collapse), plan.dtype)
    phi = HingeSum(np.zeros(1), np.full(1, 2.0), one_sided=True)
    network = build_separable(plan, found, phi, found.level, found.gap, collapse=collapse)
    return Construction(name, network, THEOREM_L1, "exact", m, m * n)


def minkowski_width(map_rank: int, n_pieces: int, *, collapse: bool = False) -> int:
    """Return the width `m + 5`, `m + 4` with the collapse (reached with four samples or more)."""
    del n_pieces
    return map_rank + (4 if collapse else 5)


def minkowski_depth(n_pieces: int, *, collapse: bool = False) -> int:
    """Return the depth `mRN + 3`, one more with the collapse; `n_pieces = mRN`."""
    return n_pieces + 3 + collapse


def build_minkowski(plan: Plan, *, collapse: bool = False) -> Construction:
    """Return the ℓp network with a label register, or, of two classes, with a collapse instead of it.

    `n_pieces` is `mRN`: N distinct images, R knots per coordinate. The map must be 1-Lipschitz into ℓp: the identity, for
    p = 2 orthonormal rows.
    """
    name = f"minkowski{'-collapse' * collapse}"
    if not np.isfinite(plan.norm):
        raise InputError(f"the construction {name} is for finite p; use --construction chebyshev for l-infinity balls")
    refuse_other_maps(plan, name, plan.norm)
    found = centres_of(plan, plan.norm)
    m, n = plan.map_rank, len(found.points)
    phi, far, gap = power_shape(plan.norm, m, found.sigma, found.distance - found.sigma)
    phi, found = _on_one_grid(phi, found, plan.dtype)
    layers = m * len(phi.knots) * n
    refuse_too_deep(name, layers, minkowski_width(m, layers, collapse=collapse), plan.dtype)
    network = build_separable(plan, found, phi, power_above(2 * far), gap, collapse=collapse)
    return Construction(name, network, THEOREM, "exact", m, layers)


def _on_one_grid(phi: HingeSum, found: Centres, dtype: str) -> tuple[HingeSum, Centres]:
    """Return knots and centres on one grid, so that all thresholds `c ± knot` are exact."""
    both = on_grid(np.concatenate([phi.knots, found.points.ravel()]), dtype, largest=found.level)
    knots, points = both[: len(phi.knots)], both[len(phi.knots) :].reshape(found.points.shape)
    return HingeSum(knots, stored(phi.weights, dtype)), replace(found, points=points)


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
