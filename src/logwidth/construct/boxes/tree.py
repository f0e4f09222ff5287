"""Boxes from a tree whose cuts keep a distance: samples are parted until no other is near; then joined."""

from dataclasses import dataclass

import numpy as np

from logwidth.types import BoolArray, FloatArray, IntArray

MOST_JOINING = 4e8


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
