"""Proving networks of cells: some own cell holds the ball, every later class's cell keeps it out (T5c)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.forms.cell_errors import cell_errors
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, images_of
from logwidth.certify.leads.halfspaces import halfspace_radii
from logwidth.certify.leads.leads import Leads
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnprovableNetworkError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BLOCK_ENTRIES = 1 << 21


@dataclass(frozen=True, eq=False)
class Cells:
    """Halfspaces `l_h(z) = ⟨weights_h, z⟩ + biases_h ≥ 0` of consecutive cells; cell t starts at `starts[t]`."""

    halfspaces: Pieces
    starts: IntArray

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.starts.size)

    def take(self, which: IntArray) -> "Cells":
        """Return some of the cells."""
        ends = np.append(self.starts, self.halfspaces.size)
        rows = [np.arange(ends[t], ends[t + 1]) for t in which]
        sizes = np.array([len(r) for r in rows], dtype=np.intp)
        chosen = np.concatenate(rows) if rows else np.zeros(0, dtype=np.intp)
        return Cells(self.halfspaces.take(chosen), np.cumsum(sizes) - sizes)


@dataclass(frozen=True, eq=False)
class CellTest:
    """On every ball of a sample whose label value is in `values`, one `own` cell must exceed `lead` and no `later` cell −0.

    `own` is None for the first class, which no cell has to hold. The halfspaces' `errors` say by how much the computed
    value of their cell may miss them.
    """

    own: Cells | None
    later: Cells
    values: frozenset[float]
    lead: float

    def measure(self, domain: Domain, points: FloatArray, radius: float) -> Leads:
        """Return proven radii of balls around `points` `(n, d)`; close calls stay unproven."""
        widest = max(self.later.halfspaces.size, 1 if self.own is None else self.own.halfspaces.size)
        step = max(1, BLOCK_ENTRIES // widest)
        radii = [self._radii(domain, points[start : start + step]) for start in range(0, len(points), step)]
        found = np.concatenate(radii) if radii else np.zeros(0)
        return Leads(found, found >= radius, np.zeros(len(found), dtype=np.intp))

    def _radii(self, domain: Domain, points: FloatArray) -> FloatArray:
        images, error = images_of(domain.first, points)
        found = np.full(len(points), np.inf)
        if self.later.size:
            margin = halfspace_radii(self.later.halfspaces, domain, images, error, sign=-1, lead=0.0)
            found = np.maximum.reduceat(margin, self.later.starts, axis=1).min(axis=1)
        if self.own is not None:
            margin = halfspace_radii(self.own.halfspaces, domain, images, error, sign=+1, lead=self.lead)
            found = np.minimum(found, np.minimum.reduceat(margin, self.own.starts, axis=1).max(axis=1))
        return np.where(found >= 0, found, -1.0)


@dataclass(frozen=True, eq=False, repr=False)
class CellForm(Recognised):
    """What the stored layers say: the cells in order, the register's rates and increments.

    Layer t is `z ← z`, `x ← ReLU(…)`, `κ ← ReLU(κ − λ x + inc)`, where x is a step `ReLU(l_t − l_{t−1} + x)` of a cell's
    running minimum or, at its end, the test `e = ReLU(l_n − x)`, which the next layer's κ reads. `rows` are those stored.
    """

    name = "cells"
    rule = "exact"
    first: FirstLayer
    cells: Cells
    rows: Pieces
    rate: float
    increments: tuple[float, ...]
    top: float

    def comparisons(self, domain: Domain) -> tuple[list[CellTest], dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        `E_h` are the errors of :func:`cell_errors`. If `l_h ≥ lead + E_h` for all halfspaces of an own cell, with
        `λ·lead ≥ R` (R the largest register value), κ is 0 after that cell, exactly, and stays 0 through the class. If some
        halfspace of every later class's cell is at most `−E_h`, all later tests are exactly 0 and κ adds integers exactly.
        Cells of earlier classes may do anything: κ is reset in the true class.

        Raises UnprovableNetworkError when a cell is too long for the format, or its test may overflow.
        """
        halfspaces = self.cells.halfspaces
        found = cell_errors(self.rows, halfspaces, self.cells.starts, domain)
        if not found.largest * max(self.rate, 1.0) * 16 < domain.first.format.largest:
            raise UnprovableNetworkError("a test may overflow")
        cells = Cells(Pieces(halfspaces.weights, halfspaces.biases, found.errors), self.cells.starts)
        span = float(sum(self.increments))
        lead = span / self.rate * (1.0 + 8 * domain.first.format.unit) * SLOP
        later = np.cumsum(np.array([*self.increments[1:], 0.0])[::-1])[::-1]
        values = self.top - later
        first_value = self.top - span
        tests = [
            CellTest(
                None if v == first_value else cells.take(np.flatnonzero(values == v)),
                cells.take(np.flatnonzero(values > v)),
                frozenset([float(v)]),
                lead,
            )
            for v in np.unique([first_value, *values])
        ]
        return tests, {"score_error": float(found.errors.max(initial=0.0)), "lead": lead, "rate": self.rate}
