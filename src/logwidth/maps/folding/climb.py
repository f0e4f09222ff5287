"""Climbing: the soft minimum of the radii on the items that limit it, scanned anew again and again, ever cooler."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize

from logwidth.compute.threads import one_thread_each
from logwidth.maps.folding.bound import Items, SampleTerms, radii, soft_minimum
from logwidth.maps.folding.scan import HALF, TIGHTEST, limiting_items, limiting_pairs, tightest_pairs
from logwidth.maps.folding.weights import FoldWeights
from logwidth.types import FloatArray, IntArray, silent

STEPS, FEW, MEMORY = 80, 20, 30  # of an ascent; the first one goes few steps, for items that nobody lists yet may limit
FARTHEST, REFUSED = 1e8, 1e6  # the largest weight that is looked at, and the loss of a step beyond it
POOL, WIDE = 4_000, 16_000  # the pairs of a scan, of the first and last one
FEWEST, LISTED = 1_000, 4_000  # the items of an ascent: at least, and at most for one fold
SEEN, MOVED = 20.0, 0.004  # items that lie so many temperatures and so far, or as far as was missed, above the least wait
TOO_FAR = 0.05  # an ascent that turns out to be so far below what its items said is taken back, and goes on with more items
OF_SAMPLES = ("moves", "offsets", "tilts")
SIZES = {"moves": 0.3, "offsets": 0.3, "tilts": 10.0}  # of a step in them beside one in the layers, which has size 1


@dataclass(frozen=True, eq=False)
class ScaledData:
    """Samples `points` `(N, n)`, centred, in units of the separation, and their classes `labels` `(N,)`."""

    points: FloatArray
    labels: IntArray


@dataclass(frozen=True, eq=False)
class Fold:
    """Weights and the ratio that a scan of the tightest pairs finds them to keep: measured, not proven."""

    weights: FoldWeights
    ratio: float


def climb(
    scaled: ScaledData,
    start: FoldWeights,
    temperatures: Sequence[float],
    goal: float = np.inf,
    told: Callable[[float, float], None] = silent,
) -> Fold:
    """Return the best weights met on the way from `start` through falling temperatures (units of the separation)."""
    with one_thread_each():
        return _climbed(scaled, start, temperatures, goal, told)


def _climbed(
    scaled: ScaledData, start: FoldWeights, temperatures: Sequence[float], goal: float, told: Callable[[float, float], None]
) -> Fold:
    best, w, before, kept, moved = Fold(start, -np.inf), start, start, None, MOVED
    for number, temperature in enumerate([*temperatures, 0.0]):
        pool = POOL if 0 < number < len(temperatures) else WIDE
        items, least, missed = _limiting(scaled, w, kept, pool, (best.ratio * HALF, SEEN * temperature + moved))
        moved = max(MOVED, missed, moved / 2)
        ratio = least / HALF
        if ratio > best.ratio:
            best = Fold(w, ratio)
        told(number / (len(temperatures) + 1), best.ratio)
        if best.ratio >= goal or temperature == 0.0:
            break
        before = before if missed > TOO_FAR else w
        kept = items
        w = _ascended(scaled, before, items, (temperature, min(STEPS, FEW * (number + 1))))
    return best


def _limiting(
    scaled: ScaledData, w: FoldWeights, kept: Items | None, pool: int, level: tuple[float, float]
) -> tuple[Items, float, float]:
    """Return the items that limit, of those kept from before too; the least of all radii; how far below the kept it is.

    These are those whose radii are at most `level[1]` above the least, or above `level[0]`, which was reached before: a few
    new items far below must not drive out all others.
    """
    terms = SampleTerms.of(w, scaled.points)
    pairs = limiting_pairs(w, terms, tightest_pairs(terms, scaled.labels, TIGHTEST), pool)
    items, bound = limiting_items(w, terms, pairs)
    most, listed = max(float(bound[0]), level[0]) + level[1], LISTED * (1 + w.folds) // 2
    fresh = items.take(np.arange(min(listed, max(int((bound <= most).sum()), FEWEST), len(bound))))
    if kept is None:
        return fresh, float(bound[0]), 0.0
    again = radii(w, terms, kept)
    order = np.argsort(again, kind="stable")
    known = float(again[order[0]])
    least = min(float(bound[0]), known)
    return _union(fresh, kept.take(order[again[order] <= most][:listed])), least, known - least


def _union(*parts: Items) -> Items:
    items = Items(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("own", "other", "pattern")))
    bits = items.pattern.reshape(len(items.own), -1)
    keys = np.column_stack([items.own, items.other, bits @ (1 << np.arange(bits.shape[1], dtype=np.int64))])
    _, first = np.unique(keys, axis=0, return_index=True)
    return items.take(np.sort(first))


def _ascended(scaled: ScaledData, w: FoldWeights, items: Items, how: tuple[float, int]) -> FoldWeights:
    """Return the weights after some steps up, `how` = (temperature, steps); of samples in no item nothing is moved."""
    samples, numbers = np.unique(np.concatenate([items.own, items.other]), return_inverse=True)
    count, points = len(items.own), scaled.points[samples]
    some_items = Items(numbers[:count], numbers[count:], items.pattern)
    some = replace(w, **{name: getattr(w, name)[samples] for name in OF_SAMPLES})

    sizes = some.sized(SIZES)

    def descend(vector: FloatArray) -> tuple[float, FloatArray]:
        moved = vector * sizes
        if not np.abs(moved).max() < FARTHEST:  # a step out of all bounds is taken back
            return REFUSED, np.zeros_like(vector)
        with np.errstate(over="ignore", invalid="ignore"):
            value, gradient = soft_minimum(some.of_vector(moved), points, some_items, how[0])
            slope = -gradient.vector() * sizes
        if not (np.isfinite(value) and np.isfinite(slope).all()):
            return REFUSED, np.zeros_like(vector)
        return -value, slope

    options = {"maxiter": how[1], "maxcor": MEMORY, "ftol": 1e-15, "gtol": 1e-12}
    climbing: Any = minimize  # its types know no gradient that comes with the value
    vector = climbing(descend, some.vector() / sizes, jac=True, method="L-BFGS-B", options=options).x
    found = some.of_vector(vector * sizes)
    whole = {name: getattr(w, name).copy() for name in OF_SAMPLES}
    for name, array in whole.items():
        array[samples] = getattr(found, name)
    return replace(found, **whole)
