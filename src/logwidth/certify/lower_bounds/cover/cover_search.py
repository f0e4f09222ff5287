"""Looking for a cover of all kernels: boxes in charts, halved until the difference of one opposite pair serves each."""

import math
from dataclasses import dataclass, field

import numpy as np

from logwidth.certify.lower_bounds.cover.cover import MOST_DIMENSIONS, CoverCertificate, check_cover
from logwidth.certify.lower_bounds.cover.span import ONE, Chart, Span, charts, shares
from logwidth.certify.lower_bounds.geometric import MOST_ROWS
from logwidth.dataset import Dataset
from logwidth.types import FloatArray, IntArray

COVERED_BEYOND = 3
"""Kernels are looked at in the span of at most so many directions more than the rank."""
MOST_CELLS = MOST_ROWS
"""Of all charts together: what a certificate can hold of one."""
MOST_SIDES = 9
CHUNK = 64
BELOW = 1e-5
GRAIN = 2.0**20
NEAREST = 8


def find_cover(
    data: Dataset,
    radius: float,
    rank: int,
    norm: float,
    pairs: IntArray,
    directions: FloatArray,
    *,
    most: int = MOST_CELLS,
) -> CoverCertificate | None:
    """Return a certificate that no map of this rank keeps opposite balls apart, or None if none was found.

    `pairs` `(n, 2)` are opposite ones to try; the kernels are looked at in the span of the first few `directions` `(d, r)`,
    orthonormal columns, one more than the rank, then two and three more; for norms other than ℓ2 in that of all, which must
    be the unit vectors of all features that vary.
    The search runs in floats, in at most `most` cells; what it finds is checked exactly.
    """
    if not len(pairs):
        return None
    directions = np.rint(directions * GRAIN) / GRAIN
    most_n = min(rank + COVERED_BEYOND, directions.shape[1], MOST_DIMENSIONS)
    for n in range(rank + 1 if norm == 2.0 else directions.shape[1], most_n + 1):
        if rank * (n - rank) > MOST_SIDES:
            return None
        span = Span.of(data, radius, directions[:, :n], pairs)
        search = None if span is None else _Search.of(span, norm)
        if search is None:
            continue
        trees = search.trees(charts(n, n - rank), rank, most)
        if trees is not None:
            used = sorted({entry for tree in trees for entry in tree if entry >= 0})
            place = {pair: number for number, pair in enumerate(used)}
            found = CoverCertificate(
                norm,
                radius,
                rank,
                tuple(tuple(column) for column in directions[:, :n].T.tolist()),
                tuple(tuple(pair) for pair in pairs[used].tolist()),
                tuple(tuple(place[e] if e >= 0 else e for e in tree) for tree in trees),
                data.sha256,
            )
            return None if check_cover(found, data) else found
    return None


@dataclass(eq=False)
class _Tree:
    """Cells with what became of them: cut along a coordinate, or served by a pair; the halves of a cell stand together."""

    entries: list[int] = field(default_factory=lambda: [0])
    halves: dict[int, int] = field(default_factory=dict)

    def cut(self, cell: int, axis: int) -> int:
        """Cut a cell, and return the number of its lower half."""
        self.entries[cell] = -1 - axis
        self.halves[cell] = len(self.entries)
        self.entries += [0, 0]
        return self.halves[cell]

    def preorder(self) -> tuple[int, ...]:
        found, open_ = [], [0]
        while open_:
            cell = open_.pop()
            found.append(self.entries[cell])
            if cell in self.halves:
                open_ += [self.halves[cell] + 1, self.halves[cell]]
        return tuple(found)


@dataclass(frozen=True, eq=False)
class _Search:
    """Differences v of pairs in floats, in a unit of about 2σ: Bᵀv, the square of what is off the span, and the 2σ.

    Only those `kept` that come within reach of the span.
    """

    norm: float
    towards: FloatArray
    off: FloatArray
    reach: float
    kept: IntArray

    @classmethod
    def of(cls, span: Span, norm: float) -> "_Search | None":
        """Return None where no pair comes within reach of the span, or lengths are out of range."""
        try:
            towards, squares = span.in_units(span.towards), span.in_units(span.squares, 2)
            reach = float(span.in_units(span.reach))
        except OverflowError:
            return None
        off = np.maximum(squares - np.einsum("ij,ij->i", towards, towards), 0.0)
        kept = np.flatnonzero(off <= reach**2)
        return cls(norm, towards[kept], off[kept], reach, kept) if kept.size else None

    def trees(self, all_charts: list[Chart], rank: int, most: int) -> list[tuple[int, ...]] | None:
        """Return a tree for each chart; None where some subspace is out of reach of all pairs, or cells get too many."""
        left, found = most, []
        for chart in all_charts:
            tree = self._tree(chart, rank, left)
            if tree is None:
                return None
            left -= len(tree.entries)
            found.append(tree.preorder())
        return [tuple(int(self.kept[e]) if e >= 0 else e for e in entries) for entries in found]

    def _tree(self, chart: Chart, rank: int, most: int) -> _Tree | None:
        m, tree = len(chart.rows), _Tree()
        centres, halves = np.zeros((1, m, rank), dtype=np.int64), np.full((1, m, rank), ONE)
        cells = np.zeros(1, dtype=np.int64)
        while len(cells):
            now, q = slice(max(0, len(cells) - CHUNK), None), centres[-CHUNK:]
            h, which = halves[-CHUNK:], cells[now]
            value, middle, c = self._values(chart, q / ONE, h / ONE)
            best = value.argmin(axis=1)
            served = value[np.arange(len(q)), best] <= 1.0 - BELOW
            for cell, pair in zip(which[served].tolist(), best[served].tolist(), strict=True):
                tree.entries[cell] = pair
            q, h, which, value, c = q[~served], h[~served], which[~served], value[~served], c[~served]
            centres, halves, cells = centres[:-CHUNK], halves[:-CHUNK], cells[:-CHUNK]
            if not len(q):
                continue
            lost = middle[~served].min(axis=1) > 1.0
            if len(tree.entries) + 2 * len(q) > most or (lost.any() and self._escapes(chart, q[lost] / ONE)):
                return None
            axis = _axes(value, c, h / ONE)
            side = h.reshape(len(h), -1)[np.arange(len(h)), axis]
            if side.min() < 2:
                return None
            lower = np.array([tree.cut(int(cell), int(a)) for cell, a in zip(which, axis, strict=True)])
            step = np.zeros_like(q).reshape(len(q), -1)
            step[np.arange(len(q)), axis] = side // 2
            step = step.reshape(q.shape)
            centres = np.concatenate([centres, q - step, q + step])
            halves = np.concatenate([halves, h - step, h - step])
            cells = np.concatenate([cells, lower, lower + 1])
        return tree

    def _values(self, chart: Chart, centres: FloatArray, halves: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return `(cells, pairs)` how far all subspaces of a cell, and the middle one, may be from a pair, in units of 2σ.

        Then the coefficients `(cells, pairs, m)`.
        """
        frames = chart.frames(centres)
        c = shares(frames, halves, np.eye(frames.shape[2]), self.towards.T).transpose(0, 2, 1)
        entries = np.abs(self.towards - c @ frames)
        middle = self._length(entries)
        entries[:, :, chart.others] += np.abs(c) @ halves
        return self._length(entries), middle, c

    def _length(self, entries: FloatArray) -> FloatArray:
        if math.isinf(self.norm):
            return np.asarray(entries.max(axis=2) / self.reach)
        if self.norm < 2.0:
            return np.asarray(entries.sum(axis=2) / self.reach)
        return np.asarray(np.sqrt(np.einsum("cpn,cpn->cp", entries, entries) + self.off) / self.reach)

    def _escapes(self, chart: Chart, centres: FloatArray) -> bool:
        """Whether the subspace in the middle of some cell is out of reach of all pairs, in ℓ2."""
        return self.norm == 2.0 and bool((self._values(chart, centres, 0.0 * centres)[0].min(axis=1) > 1.0).any())


def _axes(value: FloatArray, c: FloatArray, halves: FloatArray) -> IntArray:
    """Return the coordinate of each cell that moves the points of its nearest pairs most."""
    count = min(NEAREST, value.shape[1])
    near = np.argpartition(value, count - 1, axis=1)[:, :count]
    moved = np.abs(np.take_along_axis(c, near[:, :, None], axis=1)).mean(axis=1)[:, :, None] * halves
    return np.asarray(moved.reshape(len(moved), -1).argmax(axis=1))
