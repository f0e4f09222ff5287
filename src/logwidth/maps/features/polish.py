"""Optimised rows: lift the worst opposite pair by moving the rows within the unit ball of their family."""

import math
from dataclasses import dataclass

import numpy as np

from logwidth.dataset import Dataset
from logwidth.separation import Separation, nearest_opposite
from logwidth.types import FloatArray, IntArray

MOST_FRESH = 1000
FARTHEST = 1e150
STEPS = 600  # at most; fewer for small maps
ROUNDS = 12
MOST_STUCK_ROUNDS = 2
SHARPNESS = (10.0, 200.0)
LENGTH = (0.03, 0.0006)
HEAVIER = 0.05
AIM = 1.01
NEAR = 0.98


class HardPairs:
    """A growing set of opposite pairs: constraint generation for covers and features.

    `points` are `(x − c)/δ`, shape (N, d), cut off at ±1e150; `differences` are `u_ij/δ` of the pairs met, shape (n, d).
    It starts with the nearest opposite of every sample; :meth:`scan` adds what a map fails to keep apart.
    """

    def __init__(self, data: Dataset, sep: Separation) -> None:
        centre = 0.5 * (data.points.min(axis=0) + data.points.max(axis=0))
        with np.errstate(over="ignore"):
            self.points: FloatArray = np.clip((data.points - centre) / sep.upper, -FARTHEST, FARTHEST)
        self.labels, self.norm = data.labels, sep.norm
        self.pairs: IntArray = np.empty((0, 2), dtype=np.int64)
        self.differences: FloatArray = np.empty((0, data.n_features))
        self._add(np.arange(data.n_samples), sep.neighbor)

    def scan(self, rows: FloatArray, r: float, goal: float) -> float:
        """Return `min ‖T u‖_r/δ` over all opposite pairs (to rounding) and add violated pairs, one a sample at most."""
        nearest = nearest_opposite(self.points @ rows.T, self.labels, r)
        worst = np.argsort(nearest.lower, kind="stable")[:MOST_FRESH]
        worst = worst[nearest.lower[worst] < goal]
        self._add(worst, nearest.neighbor[worst])
        return float(nearest.lower.min())

    def _add(self, i: IntArray, j: IntArray) -> None:
        fresh = np.stack([np.minimum(i, j), np.maximum(i, j)], axis=1)
        self.pairs = np.unique(np.concatenate([self.pairs, fresh]), axis=0)
        self.differences = self.points[self.pairs[:, 0]] - self.points[self.pairs[:, 1]]


@dataclass(frozen=True)
class UnitFeatures:
    """p = ∞: rows of ℓ1 norm 1, image norm ℓ∞, for `‖T‖_{∞→∞} = max_l ‖w_l‖_1`."""

    image_norm: float = math.inf

    def project(self, rows: FloatArray) -> FloatArray:
        """Return the nearest rows in the ℓ1 ball, scaled up to its sphere."""
        return unit_simplex_rows(rows)

    def values(self, images: FloatArray, sharpness: float) -> tuple[FloatArray, FloatArray]:
        """Return `max_l |z_l|` of every image (n, k) and the gradient of its soft maximum."""
        size = np.abs(images)
        top = size.max(axis=1)
        share = np.exp(sharpness * (size - top[:, None]))
        return top, share / share.sum(axis=1, keepdims=True) * np.sign(images)


@dataclass(frozen=True)
class UnitColumns:
    """p = 1: columns of ℓ1 norm 1, image norm ℓ1, for `‖T‖_{1→1} = max_j Σ_l |T_lj|`."""

    image_norm: float = 1.0

    def project(self, rows: FloatArray) -> FloatArray:
        """Return the nearest columns in the ℓ1 ball, scaled up to its sphere."""
        return np.ascontiguousarray(unit_simplex_rows(rows.T).T)

    def values(self, images: FloatArray, sharpness: float) -> tuple[FloatArray, FloatArray]:
        """Return `Σ_l |z_l|` of every image (n, k) and the gradient of `Σ_l log cosh`, smooth at 0."""
        return np.abs(images).sum(axis=1), np.tanh(sharpness * images)


Family = UnitFeatures | UnitColumns


def family(p: float) -> Family | None:
    """Return the family to optimise in for a norm, None where coordinates are all that is searched."""
    if math.isinf(p):
        return UnitFeatures()
    return UnitColumns() if p == 1.0 else None


def unit_simplex_rows(rows: FloatArray) -> FloatArray:
    """Return each row projected to the ℓ1 ball (Duchi et al., ICML 2008), then scaled to ℓ1 norm 1; zero rows stay.

    >>> unit_simplex_rows(np.array([[3.0, 1.0], [0.25, -0.25]]))
    array([[ 1. ,  0. ],
           [ 0.5, -0.5]])
    """
    size = np.abs(rows)
    falling = -np.sort(-size, axis=1)
    excess = (np.cumsum(falling, axis=1) - 1.0) / np.arange(1, rows.shape[1] + 1)
    last = (falling > excess).sum(axis=1) - 1
    cut = np.maximum(np.take_along_axis(excess, last[:, None], axis=1), 0.0)
    kept = np.sign(rows) * np.maximum(size - cut, 0.0)
    total = np.abs(kept).sum(axis=1, keepdims=True)
    return np.asarray(np.divide(kept, total, out=np.zeros_like(kept), where=total > 0.0))


@dataclass(frozen=True, eq=False)
class Polished:
    """Rows (k, d) and `value`, the least image norm over all opposite pairs in units of δ (to rounding)."""

    rows: FloatArray
    value: float


def polish(hard: HardPairs, start: FloatArray, kind: Family, goal: float, rounds: int = ROUNDS) -> Polished:
    """Return rows that keep `goal` (units of δ), or the best rows met.

    Rounds of projected steps on the pairs met, then a scan that adds violated pairs; given up once
    `MOST_STUCK_ROUNDS` rounds end with their own pairs below `NEAR · goal`, or find no new pairs. Heuristic: nothing
    is promised but the value, and that is checked later.
    """
    rows = kind.project(start)
    best, stuck = Polished(rows, hard.scan(rows, kind.image_norm, goal)), 0
    for _ in range(rounds):
        if best.value >= goal or stuck == MOST_STUCK_ROUNDS:
            break
        met = len(hard.pairs)
        rows, reached = _ascend(hard.differences, rows, kind, goal)
        value = hard.scan(rows, kind.image_norm, goal)
        if value > best.value:
            best = Polished(rows, value)
        stuck += reached < NEAR * goal or len(hard.pairs) == met
    return best


def _ascend(u: FloatArray, rows: FloatArray, kind: Family, goal: float) -> tuple[FloatArray, float]:
    """Return the best rows on the pairs `u` along one annealed run, and their least value.

    Lowers `½ Σ w_ij (AIM·goal − value_ij)_+²` by Adam steps with one rate a row; weights of pairs below `goal` grow.
    """
    weights = np.ones(len(u))
    mean, square = np.zeros_like(rows), np.zeros((len(rows), 1))
    best, reached = rows, -1.0
    steps = min(STEPS, 100 + 10 * rows.size)
    for t in range(steps):
        values, slope = kind.values(u @ rows.T, _between(SHARPNESS, t / steps))
        if values.min() > reached:
            best, reached = rows, float(values.min())
        if reached >= goal:
            break
        missing = np.maximum(AIM * goal - values, 0.0)
        gradient = (slope * (weights * missing)[:, None]).T @ u
        weights += HEAVIER * (values < goal)
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * np.square(gradient).max(axis=1, keepdims=True)
        rows = kind.project(rows + _between(LENGTH, t / steps) * mean / (np.sqrt(square) + 1e-12))
    return best, reached


def _between(ends: tuple[float, float], fraction: float) -> float:
    return float(ends[0] * (ends[1] / ends[0]) ** fraction)
