"""A tile in a sketch: what the sketch cannot exclude is looked at again, in a finer sketch and then in full."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwidth.separation.blocks import Block
from logwidth.separation.table import Single, Table
from logwidth.separation.tile import TileBounds, TileResult
from logwidth.types import BoolArray, FloatArray, IntArray

# Pairs a line that are looked at again before the tile is given to the next stage.
MOST_LEFT = 32
# Columns of a tile that are multiplied at a time, so that what is compared is still in the cache. (Not rows: OpenBLAS takes
# a third longer for few rows of many entries than for many rows of few.)
STRIP = 256
GROUP = 16
_NONE = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Sieve:
    """Three tables of the same samples: a `coarse` sketch, a `fine` one, and the samples as a `whole`.

    A sketch bounds distances from below only. Upper bounds come from `whole`, for the pairs that look nearest.
    """

    coarse: Table
    fine: Table
    whole: Table

    @property
    def columns(self) -> int:
        """Return how many numbers of every sample the first product takes."""
        return self.coarse.columns

    def tile_result(self, rows: Block, cols: Block, known: TileBounds) -> TileResult | None:
        """Return what the tile yields (see :class:`TileResult`), or None if the sketch leaves too many pairs."""
        bounds = _Bounds(self, rows.start, cols.start, known)
        hits = self._hits(rows, cols, bounds)
        if hits is None:
            bounds.compute(*self._nearest(rows, cols))
            hits = self._hits(rows, cols, bounds)
        if hits is None:
            return None
        bounds.sift(*hits)
        return bounds.tile_result(rows.where, cols.where)

    def _hits(self, rows: Block, cols: Block, bounds: "_Bounds") -> tuple[IntArray, IntArray] | None:
        """Return the pairs that may be within the bound of their row or their column; None if they are too many.

        Rows of about the same limit form groups, of which the least entry is looked at first; the last row fills the last.
        """
        row_limit, col_limit = self._limit(rows, cols, bounds, 0), self._limit(cols, rows, bounds, 1)
        count, found = len(row_limit), [(_NONE, _NONE)]
        left = MOST_LEFT * (count + len(col_limit))
        order = np.argsort(row_limit)
        order = np.concatenate([order, np.repeat(order[-1:], -count % GROUP)])
        for strip, g in self._strips(rows, cols, order):
            group, col = _groups_at_most(g, row_limit[order], col_limit[strip])
            if len(group) > left:
                return None
            line, j = _within(g, group, col, row_limit[order], col_limit[strip])
            left -= len(line)
            found.append((order[line[line < count]], j[line < count] + strip.start))
        return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])

    def _limit(self, lines: Block, others: Block, bounds: "_Bounds", axis: int) -> Single:
        """Return, for each of the lines, what no entry of a pair within its bound exceeds."""
        envelope = self.coarse.envelope(lines.where, others.where)
        return envelope.entry_limit(bounds.upper[axis] * bounds.slack, np.dtype(np.float32))

    def _nearest(self, rows: Block, cols: Block) -> tuple[IntArray, IntArray]:
        """Return the pairs of least entry of every row and every column, without masked ones."""
        order = np.arange(rows.stop - rows.start)
        least, at = np.full(len(order), np.inf, dtype=np.float32), np.zeros(len(order), dtype=np.int64)
        found = []
        for strip, g in self._strips(rows, cols, order):
            i, j = g.argmin(axis=0), np.arange(strip.start, strip.stop)
            real = np.isfinite(g[i, j - strip.start])
            found.append((i[real], j[real]))
            better = np.flatnonzero(g.min(axis=1) < least)
            col = g[better].argmin(axis=1)
            least[better], at[better] = g[better, col], col + strip.start
        found.append((np.flatnonzero(np.isfinite(least)), at[np.isfinite(least)]))
        return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])

    def _strips(self, rows: Block, cols: Block, order: IntArray) -> Iterator[tuple[slice, Single]]:
        """Yield some columns at a time with the entries of all rows, in this order; pairs of one class are infinite."""
        left, right = self.coarse.left(rows.start + order), self.coarse.right(cols.where).T
        room = np.empty(len(order) * STRIP, dtype=np.float32)
        classes = rows.classes
        for start in range(0, right.shape[1], STRIP):
            strip = slice(start, min(start + STRIP, right.shape[1]))
            g = room[: len(order) * (strip.stop - start)].reshape(len(order), -1)
            np.matmul(left, right[:, strip], out=g)
            if rows is cols:
                g[classes[order][:, None] == classes[strip]] = np.inf
            yield strip, g


class _Bounds:
    """Upper bounds of a tile's lines while it is looked at, and the pairs looked at in full; `i`, `j` are its lines."""

    def __init__(self, sieve: Sieve, row: int, col: int, known: TileBounds) -> None:
        self._sieve, self._row, self._col, self.slack = sieve, row, col, known.slack
        self.upper = known.rows.copy(), known.cols.copy()
        self._seen: list[tuple[IntArray, IntArray, FloatArray]] = []

    def sift(self, i: IntArray, j: IntArray) -> None:
        """Look at those of the pairs in full that the finer sketch leaves, first at the most promising of every line."""
        g, envelope = self._sieve.fine.differences(i + self._row, j + self._col)
        lower = envelope.distance_lower(g, np.arange(len(g)))
        best_row, best_col = np.full(len(self.upper[0]), np.inf), np.full(len(self.upper[1]), np.inf)
        np.minimum.at(best_row, i, lower)
        np.minimum.at(best_col, j, lower)
        first = self._open(i, j, lower) & ((lower == best_row[i]) | (lower == best_col[j]))
        self.compute(i[first], j[first])
        rest = self._open(i, j, lower) & ~first
        self.compute(i[rest], j[rest])

    def _open(self, i: IntArray, j: IntArray, lower: FloatArray) -> BoolArray:
        """Return whether pairs may be within the bound of one of their samples."""
        return (lower <= self.upper[0][i] * self.slack) | (lower <= self.upper[1][j] * self.slack)

    def compute(self, i: IntArray, j: IntArray) -> None:
        """Compute pairs in full and tighten the bounds of their lines."""
        g, envelope = self._sieve.whole.differences(i + self._row, j + self._col)
        upper = envelope.distance_upper(g)
        np.minimum.at(self.upper[0], i, upper)
        np.minimum.at(self.upper[1], j, upper)
        self._seen.append((i, j, envelope.distance_lower(g, np.arange(len(g)))))

    def tile_result(self, rows: slice, cols: slice) -> TileResult:
        """Return the bounds and the pairs that are still open."""
        i, j, lower = (np.concatenate([seen[k] for seen in self._seen]) for k in range(3))
        by_row, by_col = lower <= self.upper[0][i] * self.slack, lower <= self.upper[1][j] * self.slack
        i, j = i + self._row, j + self._col
        own, other = np.concatenate([i[by_row], j[by_col]]), np.concatenate([j[by_row], i[by_col]])
        return TileResult(
            rows, cols, self.upper[0], self.upper[1], own, other, np.concatenate([lower[by_row], lower[by_col]])
        )


def _groups_at_most(g: Single, row_limit: Single, col_limit: Single) -> tuple[IntArray, IntArray]:
    """Return (group, column) wherever a group's least entry is at most the larger of its largest limit and the column's."""
    least = g.reshape(-1, GROUP, g.shape[1]).min(axis=1)
    group, col = np.nonzero(least <= np.maximum(row_limit[GROUP - 1 :: GROUP, None], col_limit))
    return group, col


def _within(g: Single, group: IntArray, col: IntArray, row_limit: Single, col_limit: Single) -> tuple[IntArray, IntArray]:
    """Return (row, column) of the entries of these groups that are at most the larger limit of their row and column."""
    entries, limits = (a.reshape(-1, GROUP, *a.shape[1:]) for a in (g, row_limit))
    k, member = np.nonzero(entries[group, :, col] <= np.maximum(limits[group], col_limit[col, None]))
    return group[k] * GROUP + member, col[k]
