"""Cells behind folding layers: some own cell holds a ball, every later one keeps it out (docs/theory/t13-folding.md)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logwidth.certify.forms.cells.requirement import Cells, CellTest
from logwidth.certify.forms.folded.balls import FoldedBalls
from logwidth.certify.forms.folded.functions import Sides, proven
from logwidth.certify.forms.folded.requirement import FoldedDomain, OnWholeBalls
from logwidth.types import BoolArray, FloatArray

BLOCK_ENTRIES = 1 << 21
TRIED = 4  # halfspaces of a later cell that are tried on a ball, and own cells, the most promising first


@dataclass(frozen=True, eq=False)
class FoldedCells(OnWholeBalls):
    """What a test of cells asks for, of halfspaces of `z = T s + b`, where s is what folding layers make of x.

    On every ball one own cell must exceed the lead, and each later one must have a halfspace that is nowhere positive.
    """

    asked: CellTest

    @property
    def _block(self) -> int:
        own, later = self.asked.own, self.asked.later
        return max(1, BLOCK_ENTRIES // max(1, later.halfspaces.size, 0 if own is None else own.halfspaces.size))

    def _proven(self, domain: FoldedDomain, points: FloatArray, radius: float) -> BoolArray:
        own, later = self.asked.own, self.asked.later
        balls = domain.balls_around(points, radius)
        rows = np.arange(len(points))
        if later.size:
            rows = rows[_CellSides(balls, later, -1, 0.0).somewhere().all(axis=1)]
        if own is not None and rows.size:
            rows = rows[_CellSides(balls.take(rows), own, +1, self.asked.lead).everywhere()]
        return np.isin(np.arange(len(points)), rows)


@dataclass(frozen=True, eq=False)
class _CellSides:
    """The functions `sign · l_h` of all halfspaces of some cells on some balls; they must reach `lead` and all errors."""

    balls: FoldedBalls
    cells: Cells
    sign: int
    lead: float

    @cached_property
    def sides(self) -> Sides:
        """The functions of all halfspaces."""
        return Sides(self.balls, self.cells.halfspaces, self.sign, self.lead)

    def somewhere(self) -> BoolArray:
        """Return for which balls and cells `(n, cells)` some function of the cell is proven."""
        centre, least = self.sides.margins
        found = np.asarray(np.maximum.reduceat(least, self.cells.starts, axis=1) >= 0.0)
        ends = np.append(self.cells.starts, self.cells.halfspaces.size)
        waiting = []
        for i, t in np.argwhere(~found).tolist():
            rows = np.arange(ends[t], ends[t + 1])
            rows = rows[np.argsort(-least[i, rows], kind="stable")][:TRIED]
            waiting.append((i, t, rows[centre[i, rows] >= 0.0].tolist()))
        for turn in range(TRIED):
            now = [(i, t, rows[turn]) for i, t, rows in waiting if turn < len(rows) and not found[i, t]]
            if now:
                ball, cell, halfspace = np.array(now).T
                found[ball, cell] = proven(self.balls, self.sides.wanted(ball, halfspace), apart=True)
        return found

    def everywhere(self) -> BoolArray:
        """Return for which balls `(n,)` all functions of some one cell are proven."""
        centre, least = self.sides.margins
        starts, ends = self.cells.starts, np.append(self.cells.starts, self.cells.halfspaces.size)
        inner = np.minimum.reduceat(least, starts, axis=1)
        found = np.asarray((inner >= 0.0).any(axis=1))
        inner[np.minimum.reduceat(centre, starts, axis=1) < 0.0] = -np.inf
        ranked = np.argsort(-inner, axis=1, kind="stable")[:, :TRIED]
        for chosen in ranked.T:
            rows = np.flatnonzero(~found)
            cells = [np.arange(ends[t], ends[t + 1]) for t in chosen[rows]]
            ball = np.repeat(rows, [len(cell) for cell in cells])
            halfspace = np.concatenate(cells) if cells else np.zeros(0, dtype=np.intp)
            hopeless = ~(centre[ball, halfspace] >= 0.0)
            rows = rows[~np.isin(rows, ball[hopeless])]
            open_ = np.isin(ball, rows) & ~(least[ball, halfspace] >= 0.0)
            good = proven(self.balls, self.sides.wanted(ball[open_], halfspace[open_]))
            found[rows] = ~np.isin(rows, ball[open_][~good])
        return found
