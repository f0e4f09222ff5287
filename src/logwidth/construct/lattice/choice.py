"""Few walls, in coordinates of their own, that leave no cell with two labels: greedily, against pairs that share one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from logwidth.construct.lattice.gaps import Gaps, Wall, cells_of, mixed_pairs
from logwidth.construct.plan import Plan
from logwidth.norms import dual_exponent, lengths
from logwidth.rounding import float_format, gamma_upper, stored
from logwidth.types import BoolArray, FloatArray, IntArray

ROOM = 2.0**-10  # of the radius, kept beside it
PAIRS = 20_000  # of different labels, looked at together
CHECKED = 2e7  # samples times walls up to which walls are taken away again


@dataclass(frozen=True, eq=False)
class LatticeFrame:
    """Coordinates `z = T x + b ≥ 0` on all balls; `T` `(m, d)`, `b` `(m,)` are numbers of the format.

    `images` `(N, m)` are the samples' coordinates; a ball, and what the layer rounds, stays within `clear` `(m,)` of its
    image. `step` `(m,)` is the largest distance of neighbouring floats there.
    """

    T: FloatArray
    b: FloatArray
    images: FloatArray
    clear: FloatArray
    step: FloatArray

    @classmethod
    def of(cls, plan: Plan, rows: FloatArray) -> Self:
        """Return the coordinates along `rows` `(m, d)`, each scaled by a power of two so that the images spread about 1."""
        spread = np.ptp(plan.points @ rows.T, axis=0)
        T = stored(rows * 2.0 ** -np.round(np.log2(np.where(spread > 0, spread, 1.0)))[:, None], plan.dtype)
        unit = float_format(plan.dtype).unit
        projected = plan.points @ T.T
        moved = plan.radius * (1 + ROOM) * lengths(T, dual_exponent(plan.norm))
        products = (np.abs(plan.points) @ np.abs(T.T)).max(axis=0) + 2 * moved
        rounding = 2 * gamma_upper(plan.points.shape[1] + 8, unit) * (2 * products + np.abs(projected).max(axis=0))
        own = 0.0 if plan.reach is None else float(np.max(plan.reach)) * moved / plan.radius
        lift = 2 * np.maximum(moved, own) + 2 * rounding - projected.min(axis=0)
        b = stored(lift, plan.dtype)
        images = projected + b
        step = np.spacing((images.max(axis=0) + moved).astype(plan.dtype)).astype(np.float64)
        return cls(T, b, images, moved + rounding, step)


def unseparated(gaps: Gaps, labels: IntArray) -> tuple[int, int] | None:
    """Return two samples of different labels that no wall separates, None where all walls together leave no such pair."""
    pairs = mixed_pairs(cells_of(gaps.below), labels)
    return None if not len(pairs) else (int(pairs[0, 0]), int(pairs[0, 1]))


def few_walls(gaps: Gaps, labels: IntArray, thrift: float = 1.0) -> list[Wall]:
    """Return walls, the one that separates most first, after which no cell mixes labels.

    All walls together must leave no such cell. Greedy: each next wall separates most of the pairs at hand; pairs come from
    the cells that still mix labels. A wall in a coordinate without walls counts `1/thrift` of what it separates.
    """
    random = np.random.default_rng(0)
    chosen: list[Wall] = []
    while True:
        cells = cells_of(gaps.above(chosen)) if chosen else np.zeros(len(labels), dtype=np.int64)
        pairs = _some_pairs(cells, labels, random)
        if not len(pairs):
            return _without_idle(gaps, labels, chosen)
        while len(pairs):
            wall = _best(gaps, pairs, chosen, thrift)
            chosen.append(wall)
            j, s = wall
            sides = gaps.below[pairs, j] > s
            pairs = pairs[sides[:, 0] == sides[:, 1]]


def _some_pairs(cells: IntArray, labels: IntArray, random: np.random.Generator) -> IntArray:
    """Return pairs of different labels within cells, at random: none is left out of a cell that mixes labels."""
    found = mixed_pairs(cells, labels)
    if not len(found):
        return found
    mixed = np.flatnonzero(np.isin(cells, cells[found[:, 0]]))
    order = mixed[np.lexsort((random.random(len(mixed)), cells[mixed]))]
    for step in (1, 2, 5, 11):
        near = np.stack([order[:-step], order[step:]], axis=1) if len(order) > step else found[:0]
        opposite = (cells[near[:, 0]] == cells[near[:, 1]]) & (labels[near[:, 0]] != labels[near[:, 1]])
        found = np.concatenate([found, near[opposite]])
        if len(found) >= PAIRS:
            break
    return found if len(found) <= PAIRS else found[random.choice(len(found), PAIRS, replace=False)]


def _best(gaps: Gaps, pairs: IntArray, chosen: Sequence[Wall], thrift: float) -> Wall:
    """Return the wall that separates most pairs; of several the one with the longest gap."""
    used = {j for j, _ in chosen}
    best, found = (-1.0, -1.0), (0, 0)
    ends = gaps.below[pairs]
    least, most = ends.min(axis=1), ends.max(axis=1)
    for j, (low, high) in enumerate(zip(gaps.low, gaps.high, strict=True)):
        if not low.size:
            continue
        size = low.size + 1
        counts = np.cumsum(np.bincount(least[:, j], minlength=size) - np.bincount(most[:, j], minlength=size))[:-1]
        top = int(counts.max())
        s = int(np.argmax(np.where(counts == top, high - low, -1.0)))
        worth = (top if j in used or not used else top / thrift, float((high - low)[s]))
        if top > 0 and worth > best:
            best, found = worth, (j, s)
    return found


def _without_idle(gaps: Gaps, labels: IntArray, walls: Sequence[Wall]) -> list[Wall]:
    """Return the walls without those that the others make needless, the last ones tried first."""
    kept = list(walls)
    if len(labels) * len(kept) ** 2 > CHECKED * 20:
        return kept
    above = gaps.above(kept)
    there = np.ones(len(kept), dtype=bool)
    for k in range(len(kept) - 1, -1, -1):
        there[k] = False
        if len(mixed_pairs(cells_of(above[:, there]), labels)):
            there[k] = True
    return [wall for wall, stays in zip(kept, there, strict=True) if stays]


def patterns_of(above: BoolArray, labels: IntArray) -> tuple[BoolArray, IntArray]:
    """Return the different rows of `above` `(U, W)` and the label of each `(U,)`."""
    cells = cells_of(above)
    first = np.full(int(cells.max()) + 1, -1, dtype=np.int64)
    first[cells[::-1]] = np.arange(len(cells))[::-1]
    return above[first], labels[first]
