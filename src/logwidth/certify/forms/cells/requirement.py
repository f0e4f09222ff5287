"""Some own cell must hold the ball, every later class's cell must keep it out (T5c)."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.cells.cells import Cells
from logwidth.certify.forms.cells.distance import approach_cells
from logwidth.certify.leads.first_layer import Domain, images_of
from logwidth.certify.leads.halfspaces import halfspace_radii
from logwidth.certify.leads.measured import Approach, Leads
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.requirement import OnlyMeasured
from logwidth.rounding import Dyadic
from logwidth.types import FloatArray

BLOCK_ENTRIES = 1 << 21


@dataclass(frozen=True, eq=False)
class CellTest(OnlyMeasured):
    """On every ball of a sample whose label value is in `values`, one `own` cell must exceed `lead` and no `later` cell −0.

    `own` is None for the first class, which no cell has to hold. The halfspaces' `errors` say by how much the computed
    value of their cell may miss them.
    """

    own: Cells | None
    later: Cells
    values: frozenset[float]
    lead: float
    surely = True

    def measure(self, meter: LeadMeter, points: FloatArray, radius: float) -> Leads:
        """Return proven radii of balls around `points` `(n, d)`; close calls stay unproven."""
        widest = max(self.later.halfspaces.size, 1 if self.own is None else self.own.halfspaces.size)
        step = max(1, BLOCK_ENTRIES // widest)
        radii = [self._radii(meter.domain, points[start : start + step]) for start in range(0, len(points), step)]
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

    def approach(self, meter: LeadMeter, points: FloatArray, *, rounded: bool) -> Approach:
        """Return the nearest points of later cells and outside all own ones, and proven radii."""
        return approach_cells(meter.domain, self, points, rounded=rounded)

    def broken(self, z: Dyadic) -> bool:
        """Return whether `z` lies in a later class's cell, or in no own one.

        Halfspaces are known up to one rounding of float64 per number.
        """
        image = z.floats()

        def values(cells: Cells, sign: int) -> FloatArray:
            h = cells.halfspaces
            sizes = np.abs(h.weights) @ np.abs(image) + np.abs(h.biases)
            return h.weights @ image + h.biases + sign * 2.0**-46 * sizes

        inside = self.later.size and (np.minimum.reduceat(values(self.later, -1), self.later.starts) >= 0).any()
        outside = self.own is not None and (np.minimum.reduceat(values(self.own, +1), self.own.starts) <= 0).all()
        return bool(inside or outside)
