"""Proving decision lists of boxes: a box of the label holds the ball, none after it of another label touches it (T14)."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.boxes.corners import Corners, Snapping
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.leads.first_layer import Domain, FirstLayer
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.requirement import Leads, OnlyMeasured
from logwidth.types import BoolArray, FloatArray, IndexArray

BLOCK_ENTRIES = 1 << 20
CLOSE = 2.0**-48  # of the wanted radius: so near to it exact arithmetic decides


@dataclass(frozen=True, eq=False)
class BoxList:
    """Boxes in the order of the layers with their label `values` `(P,)`; the last one that holds an input decides.

    `features` `(m,)` are those that the boxes' m sides read; `default` is the value where none holds.
    """

    features: IndexArray
    corners: Corners
    values: FloatArray
    default: float


@dataclass(frozen=True, eq=False)
class BoxTest(OnlyMeasured):
    """On the ball of a sample with the label value in `values` the list must give that value."""

    boxes: BoxList
    values: frozenset[float]

    def measure(self, _meter: LeadMeter, points: FloatArray, radius: float) -> Leads:
        """Return proven radii of balls around `points` `(n, d)`, in any norm: a ball reaches its radius along a feature.

        Radii are rounded down. Where one falls short of `radius` by rounding alone, exact arithmetic decides.
        """
        (value,) = self.values
        step = max(1, BLOCK_ENTRIES // max(1, self.boxes.values.size * self.boxes.features.size))
        parts = [self._radii(points[start : start + step], value) for start in range(0, len(points), step)]
        found = np.concatenate(parts) if parts else np.zeros(0)
        for i in np.flatnonzero((found < radius) & (found >= radius * (1 - CLOSE))).tolist():
            if self.holds(points[i], radius, value):
                found[i] = radius
        return Leads(found, found >= radius, np.zeros(len(found), dtype=np.intp))

    def _radii(self, points: FloatArray, value: float) -> FloatArray:
        boxes, corners = self.boxes, self.boxes.corners
        x = points[:, boxes.features]
        own, other = np.flatnonzero(boxes.values == value), np.flatnonzero(boxes.values != value)
        inside = np.full((len(x), boxes.values.size), -np.inf)
        outside = np.full((len(x), boxes.values.size + 1), np.inf)
        inside[:, own] = _least(x, corners.inside_low[own], corners.inside_high[own])
        outside[:, other] = _most(x, corners.outside_low[other], corners.outside_high[other])
        after = np.minimum.accumulate(outside[:, ::-1], axis=1)[:, ::-1]
        best = np.minimum(inside, after[:, 1:]).max(axis=1, initial=-np.inf)
        best = np.maximum(best, after[:, 0]) if boxes.default == value else best
        best = np.nextafter(best, -np.inf)  # every difference was rounded once
        return np.where(best >= 0, best, -1.0)

    def holds(self, point: FloatArray, radius: float, value: float) -> bool:
        """Return whether the list gives `value` on the whole ball around `point` `(d,)`, decided in exact arithmetic."""
        boxes, corners = self.boxes, self.boxes.corners
        x = point[boxes.features]
        within = _reaches(x, corners.inside_low, radius) & _reaches(-x, -corners.inside_high, radius)
        beyond = _reaches(-x, -corners.outside_low, radius) | _reaches(x, corners.outside_high, radius)
        inside, outside = np.all(within, axis=1).tolist(), np.any(beyond, axis=1).tolist()
        for k in range(boxes.values.size - 1, -1, -1):
            if boxes.values[k] == value and inside[k]:
                return True
            if boxes.values[k] != value and not outside[k]:
                return False
        return boxes.default == value


def _least(x: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return how far inside every box `(P, m)` points `(n, m)` lie: `min_j min(x_j − low_j, high_j − x_j)`."""
    found = np.full((len(x), len(low)), np.inf)
    for j in range(x.shape[1]):
        np.minimum(found, x[:, j, None] - low[:, j], out=found)
        np.minimum(found, high[:, j] - x[:, j, None], out=found)
    return found


def _most(x: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return how far outside every box `(P, m)` points `(n, m)` lie: `max_j max(low_j − x_j, x_j − high_j)`."""
    found = np.full((len(x), len(low)), -np.inf)
    for j in range(x.shape[1]):
        np.maximum(found, low[:, j] - x[:, j, None], out=found)
        np.maximum(found, x[:, j, None] - high[:, j], out=found)
    return found


def _reaches(x: FloatArray, level: FloatArray, radius: float) -> BoolArray:
    """Return whether `x − radius ≥ level`, exactly: the sum of level and radius and its rounding error are both known."""
    with np.errstate(invalid="ignore"):
        total = level + radius
        part = total - level
        error = (level - (total - part)) + (radius - part)
    return np.asarray((x > total) | ((x == total) & ~(error > 0)))


@dataclass(frozen=True, eq=False, repr=False)
class BoxForm(Recognised):
    """What the stored layers say: whole numbers of features, boxes of them in runs with a code each, and the register.

    `lower`, `upper` `(P, m)` are the whole numbers between which a box lies, infinite without a side; `base` is what the
    features' sums exceed at 0.
    """

    name = "boxes"
    rule = "exact"
    first: FirstLayer
    snapping: Snapping
    lower: FloatArray
    upper: FloatArray
    values: FloatArray
    default: float
    base: float

    def boxes(self) -> BoxList:
        """Return the boxes in real inputs."""
        corners = Corners.of(self.snapping, self.lower, self.upper, self.base)
        return BoxList(self.snapping.features, corners, self.values, self.default)

    def comparisons(self, domain: Domain) -> tuple[list[BoxTest], dict[str, float]]:  # noqa: ARG002
        """Return what must hold on the balls; no rounding is left to bound.

        Every sum behind the first layer is one of whole numbers that the format holds, in any order, fused or not: the
        reader has seen to it. So at every input the network gives the value of the last box that holds, or the default.
        """
        boxes = self.boxes()
        values = np.unique(np.append(self.values, self.default)).tolist()
        return [BoxTest(boxes, frozenset([v])) for v in values], {"boxes": float(self.values.size)}
