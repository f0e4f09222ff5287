"""Samples on the lattice of their distinct values: how many of them a box holds, in a few look-ups."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.types import FloatArray, IntArray

MOST_FEATURES, MOST_CELLS = 5, 4_000_000


@dataclass(frozen=True, eq=False)
class Lattice:
    """`ranks` `(n, d)` of the samples among the distinct `values` of every feature.

    A box of ranks `lo ≤ r ≤ hi` comes too close to what lies in `before[j][lo_j] ≤ r_j < behind[j][hi_j]` for all j: nearer
    than `clear_j` in every feature.
    """

    values: list[FloatArray]
    ranks: IntArray
    before: list[IntArray]
    behind: list[IntArray]

    @classmethod
    def of(cls, points: FloatArray, clear: FloatArray) -> "Lattice | None":
        """Return the lattice of `points` `(n, d)` with the distances `clear` `(d,)`; None where it is too large."""
        if points.shape[1] > MOST_FEATURES:
            return None
        found = [np.unique(column, return_inverse=True) for column in points.T]
        values = [v for v, _ in found]
        if np.prod([float(v.size + 1) for v in values]) > MOST_CELLS:
            return None
        before = [np.searchsorted(v, v - c, side="right") for v, c in zip(values, clear, strict=True)]
        behind = [np.searchsorted(v, v + c, side="left") for v, c in zip(values, clear, strict=True)]
        return cls(values, np.stack([r.ravel() for _, r in found], axis=1).astype(np.int64), before, behind)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of distinct values per feature."""
        return tuple(v.size for v in self.values)

    def counts(self, ranks: IntArray) -> "Counts":
        """Return a counter of samples with these `ranks` `(n, d)`."""
        table = np.zeros(np.array(self.shape) + 1, dtype=np.int32)
        np.add.at(table, tuple(ranks.T + 1), 1)
        for axis in range(table.ndim):
            np.cumsum(table, axis=axis, out=table)
        return Counts(table)

    def too_close(self, foreign: "Counts", lo: IntArray, hi: IntArray) -> NDArray[np.bool_]:
        """Return which boxes `(B, d)` come too close to a foreign sample."""
        low = np.stack([self.before[j][lo[:, j]] for j in range(lo.shape[1])], axis=1)
        high = np.stack([self.behind[j][hi[:, j]] for j in range(lo.shape[1])], axis=1)
        return foreign.within(low, high) > 0


@dataclass(frozen=True, eq=False)
class Counts:
    """Sums over all boxes that begin at the origin: `table[r]` counts the samples below r in every feature."""

    table: NDArray[np.int32]

    def within(self, lo: IntArray, hi: IntArray) -> NDArray[np.int64]:
        """Return how many samples have `lo ≤ rank < hi`, for boxes `(B, d)`: an alternating sum over corners."""
        strides = np.array(self.table.strides) // self.table.itemsize
        flat, low, high = self.table.ravel(), lo * strides, hi * strides
        total = np.zeros(len(lo), dtype=np.int64)
        for corner in itertools.product((0, 1), repeat=lo.shape[1]):
            place = sum((high if up else low)[:, j] for j, up in enumerate(corner))
            total += (1 if (lo.shape[1] - sum(corner)) % 2 == 0 else -1) * flat[place].astype(np.int64)
        return total
