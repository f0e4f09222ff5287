"""Boxes from a tree whose cuts keep a distance, joined; and the sides that a box needs, as few as keep others out."""

from dataclasses import dataclass

import numpy as np

from logwidth.errors import InputError
from logwidth.types import BoolArray, FloatArray, IntArray

MOST_JOINING = 4e8


@dataclass(frozen=True, eq=False)
class Box:
    """Where `lower_j ≤ x_j ≤ upper_j` for all j, infinite where no side stands: `lower`, `upper` `(d,)`."""

    lower: FloatArray
    upper: FloatArray

    @property
    def size(self) -> int:
        """Number of sides."""
        return int(np.isfinite(self.lower).sum() + np.isfinite(self.upper).sum())


def sided(own: FloatArray, foreign: FloatArray, clear: FloatArray) -> Box:
    """Return a box around `own` `(n, d)` whose sides stand midway to those of `foreign` `(k, d)` that they keep out.

    Each sample of `foreign` is at least `clear_j` beyond a side of some feature j. Sides are chosen greedily, those that
    keep out most first.

    Raises InputError where some sample is too close to the bounding box of `own`.

    >>> box = sided(np.array([[0.0, 0.0]]), np.array([[2.0, 0.0], [4.0, 9.0]]), np.array([1.0, 1.0]))
    >>> box.lower.tolist(), box.upper.tolist(), box.size
    ([-inf, -inf], [1.0, inf], 1)
    """
    low, high, d = own.min(axis=0), own.max(axis=0), own.shape[1]
    beyond = [column - high[j] for j, column in enumerate(foreign.T)] + [low[j] - x for j, x in enumerate(foreign.T)]
    wide = np.concatenate([clear, clear])
    out = [away >= wide[side] for side, away in enumerate(beyond)]
    if not np.any(out, axis=0).all():
        raise InputError("two samples of different classes are too close in every feature for boxes")
    sides: list[int] = []
    left = np.ones(len(foreign), dtype=bool)
    while left.any():
        sides.append(int(np.argmax([np.count_nonzero(kept & left) for kept in out])))
        left &= ~out[sides[-1]]
    for side in sides[:-1]:
        others = [s for s in sides if s != side]
        if len(sides) > 1 and np.any([out[s] for s in others], axis=0).all():
            sides = others
    lower, upper = np.full(d, -np.inf), np.full(d, np.inf)
    if not sides:
        return Box(lower, upper)
    best, serving = np.full(len(foreign), -np.inf), np.zeros(len(foreign), dtype=np.int64)
    for k, side in enumerate(sides):
        shares = np.where(out[side], beyond[side] / wide[side], -np.inf)
        more = shares > best
        best[more], serving[more] = shares[more], k
    for k, side in enumerate(sides):
        room = float(beyond[side][serving == k].min(initial=np.inf))
        if np.isfinite(room) and side < d:
            upper[side] = high[side] + room / 2
        elif np.isfinite(room):
            lower[side - d] = low[side - d] - room / 2
    return Box(lower, upper)


@dataclass(frozen=True, eq=False)
class Task:
    """Cover the samples `own` `(n, d)` and keep from `foreign` `(k, d)` at least `clear` `(d,)` in one feature each."""

    own: FloatArray
    foreign: FloatArray
    clear: FloatArray


def from_tree(task: Task) -> list[IntArray]:
    """Return groups of rows of `own`, each in one, whose bounding boxes keep clear of every foreign sample.

    A group that is too near to some is cut between two values of a feature, where that leaves each side with least of the
    others: a foreign sample stays on every side of which it is less than `clear` away. A group of equal samples is not cut.
    """
    groups, open_groups = [], [(np.arange(len(task.own)), np.arange(len(task.foreign)))]
    while open_groups:
        rows, near = open_groups.pop()
        near = near[_near(task, rows, near)]
        cut = _cut(task, rows, near) if near.size else None
        if cut is None:
            groups.append(rows)
        else:
            j, value = cut
            left = task.own[rows, j] <= value
            open_groups += [(rows[left], near), (rows[~left], near)]
    return joined(task, groups)


def joined(task: Task, groups: list[IntArray]) -> list[IntArray]:
    """Return the groups, two made one wherever what spans both keeps clear, the smallest first."""
    left = sorted(groups, key=len)
    work = float(len(left)) ** 2 / 2 * task.foreign.size
    if work > MOST_JOINING:
        return left
    done: list[IntArray] = []
    everyone = np.arange(len(task.foreign))
    while left:
        rows = left.pop(0)
        for k in range(len(left) - 1, -1, -1):
            both = np.union1d(rows, left[k])
            if not _near(task, both, everyone).any():
                left[k] = both
                break
        else:
            done.append(rows)
    return done


def _near(task: Task, rows: IntArray, foreign: IntArray) -> BoolArray:
    """Return which of some foreign samples are less than `clear` from the bounding box of rows, in every feature."""
    low, high = task.own[rows].min(axis=0) - task.clear, task.own[rows].max(axis=0) + task.clear
    found = np.ones(len(foreign), dtype=bool)
    for j in range(len(low)):
        x = task.foreign[foreign, j]
        found &= (x > low[j]) & (x < high[j])
    return found


def _cut(task: Task, rows: IntArray, near: IntArray) -> tuple[int, float] | None:
    """Return the feature and the value at which a group is cut; None where its samples are all equal."""
    best, cut = np.inf, None
    for j in range(task.own.shape[1]):
        values, counts = np.unique(task.own[rows, j], return_counts=True)
        if values.size < 2:
            continue
        x, left = np.sort(task.foreign[near, j]), np.cumsum(counts)[:-1].astype(np.float64)
        below = np.searchsorted(x, values[:-1] + task.clear[j], side="left").astype(np.float64)
        above = len(x) - np.searchsorted(x, values[1:] - task.clear[j], side="right").astype(np.float64)
        score = _mixed(left, below) + _mixed(len(rows) - left, above)
        k = int(np.argmin(score))
        if score[k] < best:
            best, cut = float(score[k]), (j, float(values[k]))
    return cut


def _mixed(own: FloatArray, foreign: FloatArray) -> FloatArray:
    return np.asarray(own * foreign / (own + foreign))
