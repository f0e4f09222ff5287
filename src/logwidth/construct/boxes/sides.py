"""The sides that a box needs, and where they stand: as few thresholds as keep out what it must not hold."""

from dataclasses import dataclass

import numpy as np

from logwidth.errors import InputError
from logwidth.types import FloatArray


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
