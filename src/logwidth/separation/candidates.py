"""What is known so far: an upper bound for every sample, and the pairs that may still be nearest."""

from concurrent.futures import Executor

import numpy as np

from logwidth.separation.recheck import Rechecker
from logwidth.separation.tile import TileResult
from logwidth.types import FloatArray, IntArray

MOST_CLOSE = 4096


class Candidates:
    """The pairs that may be nearest, and bounds, in scaled distances; pairs are positions in class order.

    Law: a pair that was dropped is farther from its `own` sample than `upper[own]`, or it was rechecked and is not
    before the best pair of `own` in the order of (rechecked distance, index of the other sample). So what remains in
    the end does not depend on the tiles, as long as none has been forgotten.
    """

    def __init__(self, order: IntArray, recheck: Rechecker, pool: Executor, capacity: int, within: float = np.inf) -> None:
        count = len(order)
        self._order, self._recheck, self._pool, self._capacity = order, recheck, pool, capacity
        self.slack = 1.0 + 16.0 * recheck.relative
        self.upper = np.full(count, within)
        self.best = np.full(count, np.inf)
        self.neighbor = np.full(count, -1, dtype=np.int64)
        self.close_complete = True
        self._close = np.empty(0, dtype=np.int64)
        self._close_distance = np.empty(0)
        self._waiting: list[tuple[IntArray, IntArray, FloatArray]] = []
        self._size = 0

    def add(self, result: TileResult) -> None:
        """Record what a tile yielded."""
        self.upper[result.rows] = np.minimum(self.upper[result.rows], result.row_upper)
        self.upper[result.cols] = np.minimum(self.upper[result.cols], result.col_upper)
        if len(result.own):
            self._waiting.append((result.own, result.other, result.lower))
            self._size += len(result.own)
        if self._size > self._capacity:
            self._prune()
            if self._size > self._capacity // 2:
                self.recheck_waiting()

    def recheck_waiting(self) -> None:
        """Recheck all waiting pairs by differences and keep the best of every sample and the closest of all."""
        self._prune()
        own, other = (np.concatenate([w[k] for w in self._waiting] or [self._order[:0]]) for k in (0, 1))
        self._waiting, self._size = [], 0
        f = self._recheck.distances(self._order[own], self._order[other], self._pool)
        self._keep_best(own, self._order[other], f)
        self._keep_close(self._order[own], self._order[other], f)

    def _prune(self) -> None:
        own, other, lower = (np.concatenate([w[k] for w in self._waiting] or [np.empty(0)]) for k in (0, 1, 2))
        keep = lower <= self.upper[own.astype(np.int64)] * self.slack
        self._waiting = [(own[keep].astype(np.int64), other[keep].astype(np.int64), lower[keep])]
        self._size = int(keep.sum())

    def _keep_best(self, own: IntArray, other: IntArray, f: FloatArray) -> None:
        rank = np.lexsort((other, f, own))
        first = rank[np.flatnonzero(np.diff(own[rank], prepend=-1))]
        own, other, f = own[first], other[first], f[first]
        wins = (f < self.best[own]) | ((f == self.best[own]) & (other < self.neighbor[own]))
        own = own[wins]
        self.best[own], self.neighbor[own] = f[wins], other[wins]
        self.upper[own] = np.minimum(self.upper[own], self._recheck.scaled_upper(f[wins]))

    def _keep_close(self, i: IntArray, j: IntArray, f: FloatArray) -> None:
        count = len(self._order)
        codes = np.concatenate([self._close, np.minimum(i, j) * count + np.maximum(i, j)])
        f = np.concatenate([self._close_distance, f])
        least = np.atleast_1d(np.min(f, initial=np.inf))
        keep = f <= self._recheck.scaled_upper(self._recheck.scaled_upper(least)) * self.slack
        codes, first = np.unique(codes[keep], return_index=True)
        self.close_complete &= len(codes) <= MOST_CLOSE
        self._close, self._close_distance = codes[:MOST_CLOSE], f[keep][first][:MOST_CLOSE]

    @property
    def close(self) -> IntArray:
        """Return the closest pairs (original indices, smaller first) of those rechecked, at most `MOST_CLOSE`."""
        return np.stack(np.divmod(self._close, len(self._order)), axis=1)
