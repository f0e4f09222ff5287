"""The nearest own centre of a ball must beat the nearest opposite one, whatever is rounded."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from logwidth.certify.forms.nearest.distances import DistanceShape, image_reach
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, Domain, images_of, row_norms_upper
from logwidth.certify.leads.geometry import power_near
from logwidth.certify.leads.measured import Leads
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.requirement import OnlyMeasured
from logwidth.types import BoolArray, FloatArray

BLOCK_ENTRIES = 1 << 22
HALVINGS = 48


@dataclass(frozen=True)
class Sums:
    """A computed distance errs by at most `fixed + relative · D`; `size` bounds the terms of its sums."""

    fixed: float
    relative: float
    size: float


@dataclass(frozen=True, eq=False)
class NearestTest(OnlyMeasured):
    """On every ball of a sample whose label value is in `values`, an `own` centre must beat all `opposite` ones.

    With `D ≤ U` for one own centre and `D ≥ L` for all opposite ones: `K − U` must exceed `K' − L` by the lead of `limits`,
    and the second of `limits`, each with the errors of the sums and `carry` added; K and K' are the least and the largest
    level.
    """

    shape: DistanceShape
    own: FloatArray
    opposite: FloatArray
    values: frozenset[float]
    levels: tuple[float, float]
    sums: Sums
    limits: tuple[float, float]
    carry: float

    def measure(self, meter: LeadMeter, points: FloatArray, radius: float) -> Leads:
        """Return proven radii of balls around `points` `(n, d)`, found by bisection."""
        found = np.full(len(points), -1.0)
        for s in self.shape.exponents(meter.domain.norm):
            step = max(1, BLOCK_ENTRIES // max(self.own.size, self.opposite.size, 1))
            for start in range(0, len(points), step):
                rows = slice(start, start + step)
                found[rows] = np.maximum(found[rows], self._radii(meter.domain, points[rows], radius, s))
        return Leads(found, found >= radius, np.zeros(len(found), dtype=np.intp))

    def _radii(self, domain: Domain, points: FloatArray, radius: float, s: float) -> FloatArray:
        images, error = images_of(domain.first, points)
        blur = float(row_norms_upper((domain.error + error)[None, :], s)[0]) * SLOP
        near, far = self._distances(images, s)
        reach = image_reach(domain.first.T, domain.norm, s)

        def holds(r: FloatArray) -> BoolArray:
            moved = (reach * r + blur) * SLOP
            return self._beats(self.shape.upper((near + moved) * SLOP, s, images.shape[1]), self.shape.lower(far - moved, s))

        low = np.where(holds(np.zeros(len(points))), 0.0, -1.0)
        low = np.where(holds(np.full(len(points), radius)), radius, low)
        high = np.full(len(points), domain.reach)
        low = np.where(holds(high), high, low)
        for _ in range(HALVINGS):
            middle = (np.maximum(low, 0.0) + high) / 2
            right = (low >= 0) & holds(middle)
            low, high = np.where(right, middle, low), np.where(right, high, middle)
        return low

    def _beats(self, upper: FloatArray, lower: FloatArray) -> BoolArray:
        """Return whether distances at most `upper` and at least `lower` satisfy both limits."""
        low, high = self.levels
        ours = low - upper * (1.0 + self.sums.relative) - self.sums.fixed
        theirs = high - lower * (1.0 - self.sums.relative) + self.sums.fixed
        slack = (high + upper + lower) * 2.0**-40 + self.carry
        found: BoolArray = (ours - theirs - slack >= self.limits[0]) & (ours - slack >= self.limits[1])
        return found

    def _distances(self, images: FloatArray, s: float) -> tuple[FloatArray, FloatArray]:
        """Return an upper bound on the distance to one own centre and a lower bound on that to all opposite ones, in ℓs.

        Lengths are scaled below 1/2, so that no power overflows; one that underflows makes a distance smaller, which is safe
        for opposite centres, and own distances are computed anew.
        """
        scale = 4.0 * power_near(images, self.own, self.opposite)
        metric = {"metric": "chebyshev"} if np.isinf(s) else {"metric": "minkowski", "p": s}
        chosen = np.argmin(cdist(images / scale, self.own / scale, **metric), axis=1)
        gaps = np.abs(images - self.own[chosen])
        near = row_norms_upper(gaps, s) * SLOP + SMALLEST
        far = cdist(images / scale, self.opposite / scale, **metric).min(axis=1, initial=np.inf)
        return near, far * scale / SLOP
