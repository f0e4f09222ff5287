"""Climbing: the soft minimum of the radii on the items that limit it, scanned anew again and again, ever cooler."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from logwidth.maps.folding.bound import IntArray, Items, Scene, Working, radii, soft_minimum
from logwidth.maps.folding.scan import HALF, scan
from logwidth.maps.folding.weights import FloatArray, FoldWeights

STEPS, MEMORY = 60, 20
POOL, LISTED = 4_000, 4_000


@dataclass(frozen=True, eq=False)
class Ground:
    """Samples `points` `(N, n)`, centred, in units of the separation, and their classes `labels` `(N,)`."""

    points: FloatArray
    labels: IntArray


@dataclass(frozen=True, eq=False)
class Fold:
    """Weights and the ratio that the scan of the closest pairs finds them to keep: measured, not proven."""

    weights: FoldWeights
    ratio: float


def climb(
    ground: Ground,
    start: FoldWeights,
    temperatures: Sequence[float],
    goal: float = np.inf,
    told: Callable[[float, float], None] = lambda _share, _ratio: None,
) -> Fold:
    """Return the best weights met on the way from `start` through falling temperatures (units of the separation)."""
    with threadpool_limits(limits=1, user_api="blas"):
        return _climbed(ground, start, temperatures, goal, told)


def _climbed(
    ground: Ground, start: FoldWeights, temperatures: Sequence[float], goal: float, told: Callable[[float, float], None]
) -> Fold:
    best, w, kept = Fold(start, -np.inf), start, None
    for number, temperature in enumerate([*temperatures, 0.0]):
        items, least = _limiting(ground, w, kept)
        ratio = least / HALF
        if ratio > best.ratio:
            best = Fold(w, ratio)
        told(number / (len(temperatures) + 1), best.ratio)
        if best.ratio >= goal or temperature == 0.0:
            break
        kept = items
        w = _ascended(ground, w, Working.of(items, len(ground.labels)), temperature)
    return best


def _limiting(ground: Ground, w: FoldWeights, kept: Items | None) -> tuple[Items, float]:
    """Return the items with the least radii, some of those kept from before among them, and the least radius."""
    items, bound = scan(w, ground.points, ground.labels, POOL)
    fresh = items.take(np.arange(min(LISTED, len(bound))))
    if kept is None:
        return fresh, float(bound[0])
    again = kept.take(np.argsort(radii(w, Scene.of(w, ground.points), kept), kind="stable")[:LISTED])
    return _union(fresh, again), float(bound[0])


def _union(*parts: Items) -> Items:
    items = Items(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("own", "other", "pattern")))
    bits = items.pattern.reshape(len(items.own), -1)
    keys = np.column_stack([items.own, items.other, bits @ (1 << np.arange(bits.shape[1], dtype=np.int64))])
    _, first = np.unique(keys, axis=0, return_index=True)
    return items.take(np.sort(first))


def _ascended(ground: Ground, w: FoldWeights, working: Working, temperature: float) -> FoldWeights:
    def descend(vector: FloatArray) -> tuple[float, FloatArray]:
        value, gradient = soft_minimum(w.of_vector(vector), ground.points, working, temperature)
        return -value, -gradient.vector()

    options = {"maxiter": STEPS, "maxcor": MEMORY, "ftol": 1e-15, "gtol": 1e-12}
    climbing: Any = minimize  # its types know no gradient that comes with the value
    found = climbing(descend, w.vector(), jac=True, method="L-BFGS-B", options=options)
    return w.of_vector(found.x)
