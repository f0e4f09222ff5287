"""Greedy peeling of two classes of balls by halfspaces: the rules of a linear decision list (theorem T5, last row)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from logwidth.construct.hulls import towards
from logwidth.norms import dual_exponent, lengths
from logwidth.types import FloatArray, IntArray

SEEDS = 96
STEPS = 48
LONGER = 4
SHARES = (1.0, 0.5, 0.25)


def peeling_work(n_samples: int, map_rank: int) -> float:
    """Return about how many multiplications peeling takes: a rule for every tenth sample, each by some searches over all.

    >>> peeling_work(1000, 10) < peeling_work(2000, 10)
    True
    """
    return 0.2 * n_samples * SEEDS * STEPS * n_samples * map_rank


@dataclass(frozen=True, eq=False)
class Rule:
    """Where `⟨normal, z⟩ ≥ offset` the class is `label`; all remaining balls keep at least `margin` from the hyperplane."""

    normal: FloatArray
    offset: float
    label: int
    margin: float


@dataclass(frozen=True, eq=False)
class ImageBalls:
    """Images `(n, m)` with class 0 or 1 `labels`, of ℓp balls of radius `sigma` under `T` `(m, d)`; rules keep `gap`.

    Normals are scaled to `‖Tᵀ a‖_q = 1`: a ball then reaches exactly `sigma` along its normal.
    """

    images: FloatArray
    labels: IntArray
    T: FloatArray
    norm: float
    sigma: float
    gap: float

    def unit(self, normals: FloatArray) -> FloatArray:
        """Return the normals `(k, m)` scaled to dual norm one; those that vanish are dropped."""
        sizes = lengths(normals @ self.T, dual_exponent(self.norm))
        return np.asarray(normals[sizes > 0] / sizes[sizes > 0, None])


def peel(balls: ImageBalls) -> tuple[list[Rule], IntArray]:
    """Return rules in the order in which they are asked, and the balls `(k,)` that no rule could be found for.

    Each rule cuts off as many balls of one class as a halfspace was found to hold without touching a remaining ball of
    the other class. The last rule separates all that remains; on success no ball is left over. Order does not matter: a
    halfspace that serves a ball still serves it when others are gone, so only the search for halfspaces may miss a list.
    Where it finds none, rules with less gap are taken, down to `gap / 4096`, and at last a longer search; in ℓ2 only if the
    hull of one class keeps clear of some ball of the other (`_may_cut`), without which no halfspace cuts any off.
    """
    left: IntArray = np.arange(len(balls.labels))
    rules: list[Rule] = []
    searches = [(replace(balls, gap=balls.gap / 4.0**k), STEPS) for k in range(7)]
    searches.append((searches[-1][0], LONGER * STEPS))
    while np.unique(balls.labels[left]).size > 1:
        tries = ([_best(*search, left, c) for c in (0, 1)] for search in _while_hope(balls, left, searches))
        found = next(([f for f in pair if f is not None] for pair in tries if any(pair)), None)
        if found is None:
            return rules, left
        rule, inside = max(found, key=lambda f: f[1].size)
        rules.append(rule)
        left = np.setdiff1d(left, inside)
    return rules, left[:0]


def _while_hope(
    balls: ImageBalls, left: IntArray, searches: list[tuple[ImageBalls, int]]
) -> Iterator[tuple[ImageBalls, int]]:
    """Yield the first search, and the others where some halfspace cuts a ball off."""
    yield searches[0]
    if balls.norm != 2.0 or _may_cut(balls, left):
        yield from searches[1:]


def _may_cut(balls: ImageBalls, left: IntArray) -> bool:
    """Return whether some ball is farther than `2 sigma` from the hull of the other class's centres, up to rounding (ℓ2)."""
    for label in (0, 1):
        own, other = (balls.images[left[(balls.labels[left] == label) == side]] for side in (True, False))
        clear = [float(((other - x) ** 2).sum(axis=1).min()) for x in own]
        for k in np.argsort(clear, kind="stable")[::-1]:  # the likeliest first
            away = other - own[k]
            if float((away @ towards(away)).min()) > 2.0 * balls.sigma:
                return True
    return False


def _best(balls: ImageBalls, steps: int, left: IntArray, label: int) -> tuple[Rule, IntArray] | None:
    """Return the rule found for one class that cuts off most balls, and these balls."""
    mine = left[balls.labels[left] == label]
    own, other = balls.images[mine], balls.images[left[balls.labels[left] != label]]
    normals, cut = _count(balls, _candidates(balls, own, other, steps), own, other)
    best = int(np.argmax(cut.sum(axis=0)))
    normal, inside = normals[best], cut[:, best]
    for share in SHARES:
        grown = np.argsort(-(own @ normal), kind="stable")[: max(int(inside.sum()) + 1, int(share * len(own)))]
        tried, cut = _count(balls, _between(own[grown], other)[None, :], own, other)
        if len(tried) and cut.sum() > inside.sum():
            normal, inside = tried[0], cut[:, 0]
    if not inside.any():
        return None
    wide = balls.unit(_between(own[inside], other)[None, :])
    normal = max([normal, *wide], key=lambda a: float((own[inside] @ a).min() - (other @ a).max()))
    low, high = float((other @ normal).max()), float((own[inside] @ normal).min())
    return Rule(normal, (low + high) / 2, label, (high - low) / 2 - balls.sigma), mine[inside]


def _count(balls: ImageBalls, directions: FloatArray, own: FloatArray, other: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the directions as unit normals, and which own balls `(n, k)` each of them cuts off."""
    normals = balls.unit(directions)
    if not len(normals):
        return normals, np.zeros((len(own), 1), dtype=bool)
    return normals, own @ normals.T >= (other @ normals.T).max(axis=0) + 2 * (balls.sigma + balls.gap)


def _candidates(balls: ImageBalls, own: FloatArray, other: FloatArray, steps: int) -> FloatArray:
    """Return directions `(k, m)`: from the hull of the others to single own samples, their ℓp duals, and the axes."""
    chosen = own[np.linspace(0, len(own) - 1, min(len(own), SEEDS)).astype(int)]
    hull = _from_hull(chosen, other, steps)
    axes = np.eye(own.shape[1])
    largest = np.abs(hull).max(axis=1, keepdims=True)
    shares = hull / np.where(largest > 0, largest, 1.0)
    duals = np.sign(shares) * np.abs(shares) ** (balls.norm - 1.0) if balls.norm != 2.0 else hull[:0]
    return np.concatenate([hull, duals, axes, -axes])


def _from_hull(points: FloatArray, other: FloatArray, steps: int) -> FloatArray:
    """Return `x − h(x)` for every point x, h(x) a point of the hull of `other` near x (Frank-Wolfe, all points at once)."""
    nearest = other[[int(np.argmin(((other - x) ** 2).sum(axis=1))) for x in points]].copy()
    for _ in range(steps):
        away = points - nearest
        step = other[np.argmax(away @ other.T, axis=1)] - nearest
        square = np.maximum((step * step).sum(axis=1), np.finfo(float).tiny)
        nearest += np.clip((away * step).sum(axis=1) / square, 0.0, 1.0)[:, None] * step
    return points - nearest


def _between(own: FloatArray, other: FloatArray) -> FloatArray:
    """Return the difference of two near points of the hulls of both sets (Frank-Wolfe)."""
    away: FloatArray = own.mean(axis=0) - other.mean(axis=0)
    for _ in range(8 * STEPS):
        step = own[int(np.argmin(own @ away))] - other[int(np.argmax(other @ away))] - away
        square = float(step @ step)
        if square == 0.0:
            break
        away = away + min(max(-float(away @ step) / square, 0.0), 1.0) * step
    return away
