"""Gaps between the images of all balls, and few walls in them that leave no cell with two labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from logwidth.construct.plan import Plan
from logwidth.norms import dual_exponent, lengths
from logwidth.rounding import float_format, gamma_upper, stored
from logwidth.types import BoolArray, FloatArray, IntArray

Wall = tuple[int, int]  # a coordinate, and the number of a gap in it, counted from below
ROOM = 2.0**-10  # of the radius, kept beside it
PAIRS = 20_000  # of different labels, looked at together
CHECKED = 2e7  # samples times walls up to which walls are taken away again


@dataclass(frozen=True, eq=False)
class Gaps:
    """The gaps of images `z` `(N, m)` that stay free where every ball takes `clear` `(m,)` on both sides of its image.

    `below` `(N, m)` counts for every sample the gaps below it: wall `(j, s)` has the samples with `below[i, j] > s` above
    it. `low[j]`, `high[j]` are the ends of the gaps of coordinate j, the balls' shares taken off.
    """

    below: NDArray[np.int32]
    low: Sequence[FloatArray]
    high: Sequence[FloatArray]

    @classmethod
    def of(cls, images: FloatArray, clear: FloatArray, least: FloatArray) -> Self:
        """Return the gaps that are longer than `least` `(m,)` once the balls' shares are taken off.

        >>> gaps = Gaps.of(np.array([[0.0], [1.0], [3.0]]), np.array([0.5]), np.array([0.1]))
        >>> gaps.below.ravel().tolist(), gaps.low[0].tolist(), gaps.high[0].tolist()
        ([0, 0, 1], [1.5], [2.5])
        """
        below = np.zeros(images.shape, dtype=np.int32)
        low, high = [], []
        for j, column in enumerate(images.T):
            order = np.argsort(column, kind="stable")
            values = column[order]
            starts, ends = values[:-1] + clear[j], values[1:] - clear[j]
            free = ends - starts > least[j]
            below[order[1:], j] = np.cumsum(free)
            low.append(starts[free])
            high.append(ends[free])
        return cls(below, tuple(low), tuple(high))

    def above(self, walls: Sequence[Wall], rows: IntArray | slice = slice(None)) -> NDArray[np.bool_]:
        """Return which samples lie above which walls, `(n, W)`."""
        places = np.array(walls, dtype=np.intp).reshape(-1, 2)
        return np.asarray(self.below[rows][:, places[:, 0]] > places[:, 1])


def cells_of(codes: NDArray[np.bool_] | NDArray[np.int32]) -> IntArray:
    """Return for every row of `codes` `(N, k)` the number of its cell, equal for equal rows and only for these.

    >>> cells_of(np.array([[0, 1], [2, 2], [0, 1]], dtype=np.int32)).tolist()
    [0, 1, 0]
    """
    if codes.shape[1] == 0:
        return np.zeros(len(codes), dtype=np.int64)
    packed = np.ascontiguousarray(np.packbits(codes, axis=1) if codes.dtype == np.bool_ else codes)
    rows = packed.view(np.dtype((np.void, packed.dtype.itemsize * packed.shape[1]))).ravel()
    return np.unique(rows, return_inverse=True)[1].ravel().astype(np.int64)


def mixed_pairs(cells: IntArray, labels: IntArray) -> IntArray:
    """Return pairs `(P, 2)` of samples of one cell and different labels, at least one of every cell that mixes labels.

    They are neighbours once every cell is sorted by label, and the first against the last: empty where no cell mixes.

    >>> mixed_pairs(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])).tolist()
    [[0, 1]]
    """
    order = np.lexsort((labels, cells))
    same = cells[order[1:]] == cells[order[:-1]]
    places = np.flatnonzero(same & (labels[order[1:]] != labels[order[:-1]]))
    return np.stack([order[places], order[places + 1]], axis=1).astype(np.int64)


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
