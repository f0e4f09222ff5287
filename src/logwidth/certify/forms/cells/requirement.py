"""Some own cell must hold the ball, every later class's cell must keep it out (T5c); how near a point is to breaking it."""

import heapq
import itertools
from dataclasses import dataclass, replace

import numpy as np

from logwidth.certify.leads.first_layer import Domain, images_of
from logwidth.certify.leads.geometry import EuclideanFactor, euclidean_factor
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.leads.polyhedron import Centre, Polyhedron, distance_lower, halfspace_radii
from logwidth.certify.leads.projection import nearest_point
from logwidth.certify.leads.requirement import Approach, Leads, OnlyMeasured
from logwidth.rounding import Dyadic
from logwidth.types import FloatArray, IndexArray

BLOCK_ENTRIES = 1 << 21
MOST_SOLVED = 64
MOST_NODES = 100


@dataclass(frozen=True, eq=False)
class Cells:
    """Halfspaces `l_h(z) = ⟨weights_h, z⟩ + biases_h ≥ 0` of consecutive cells; cell t starts at `starts[t]`."""

    halfspaces: Pieces
    starts: IndexArray

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.starts.size)

    def take(self, which: IndexArray) -> "Cells":
        """Return some of the cells."""
        ends = np.append(self.starts, self.halfspaces.size)
        rows = [np.arange(ends[t], ends[t + 1]) for t in which]
        sizes = np.array([len(r) for r in rows], dtype=np.intp)
        chosen = np.concatenate(rows) if rows else np.zeros(0, dtype=np.intp)
        return Cells(self.halfspaces.take(chosen), np.cumsum(sizes) - sizes)


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


def approach_cells(domain: Domain, test: CellTest, points: FloatArray, *, rounded: bool) -> Approach:
    """Return how near the points `(n, d)` are to breaking `test`; `rounded` as for rivals.

    A later cell is a polyhedron. The complement of the own cells is a union of polyhedra: one halfspace of every own cell is
    violated. Best-first search over such choices, each bounded by multipliers; what is left unexplored keeps its bound.

    With `rounded` the bounds are those of the larger polyhedra that roundings may reach, and the step leads into the nearest
    one made smaller by as much: beyond a corner of the larger one the network may keep its label all along.
    """
    widest = max(test.later.halfspaces.size, 1 if test.own is None else test.own.halfspaces.size)
    step = max(1, BLOCK_ENTRIES // widest)
    factor = euclidean_factor(domain.first.T) if domain.norm == 2.0 else None
    found = Approach.unlimited(len(points), points.shape[1])
    for start in range(0, len(points), step):
        rows = np.arange(start, min(start + step, len(points)))
        found = found.meet(rows, _Block(domain, factor, test, points[rows], rounded).approach())
    return found


class _Block:
    def __init__(
        self, domain: Domain, factor: EuclideanFactor | None, test: CellTest, points: FloatArray, rounded: bool
    ) -> None:
        self.domain = domain if rounded else replace(domain, error=np.zeros_like(domain.error))
        self.factor, self.test, self.points = factor, test, points
        self.images, self.image_error = images_of(domain.first, points)
        self.error = self.domain.error + self.image_error
        self.lift = domain.first.T if factor is None else factor.L
        self.rounded = rounded
        self.out = self._margins(test.later, -1, 0.0)
        self.hold = None if test.own is None else self._margins(test.own, +1, test.lead if rounded else 0.0)

    def _margins(self, cells: Cells, sign: int, lead: float) -> FloatArray:
        return halfspace_radii(self._pieces(cells), self.domain, self.images, self.image_error, sign=sign, lead=lead)

    def _pieces(self, cells: Cells) -> Pieces:
        h = cells.halfspaces
        return h if self.rounded else Pieces(h.weights, h.biases, np.zeros(h.size))

    def approach(self) -> Approach:
        n, d = self.points.shape
        found = Approach.unlimited(n, d)
        for i in range(n):
            limit = np.inf
            for search in (self._later, self._own):
                lower, step, solved = search(i, limit)
                limit = float(np.linalg.norm(step, ord=self.domain.norm)) if step is not None else limit
                shown = np.zeros((1, d)) if step is None else step[None, :]
                one = Approach(np.array([lower]), shown, np.array([limit]), solved, self.out.shape[1])
                found = found.meet(np.array([i]), one)
        return found

    def _later(self, i: int, length: float) -> tuple[float, FloatArray | None, int]:
        """Return a lower bound on the distance of the later cells, and a step into one if it is shorter than `length`."""
        cells = self.test.later
        if not cells.size:
            return np.inf, None, 0
        bounds = np.maximum.reduceat(self.out[i], cells.starts)
        lower, best, count = np.inf, None, 0
        for t in np.argsort(bounds, kind="stable"):
            if bounds[t] >= length or count == MOST_SOLVED:
                lower = min(lower, float(bounds[t]))
                break
            count += 1
            one = self._pieces(cells.take(np.array([t])))
            body = Polyhedron(one.weights, one.biases, one.errors)
            bound, step = self._solve(i, body)
            lower = min(lower, max(bound, float(bounds[t])))
            if step is not None and float(np.linalg.norm(step, ord=self.domain.norm)) < length:
                best, length = self._surely(i, body, step), float(np.linalg.norm(step, ord=self.domain.norm))
        return lower, best, count

    def _own(self, i: int, length: float) -> tuple[float, FloatArray | None, int]:
        """Search over the choices of one violated halfspace per own cell, the most promising first, up to `length`."""
        if self.test.own is None or self.hold is None:
            return np.inf, None, 0
        cells, tick, solved = self.test.own, itertools.count(), 0
        queue: list[tuple[float, int, tuple[int, ...], FloatArray | None]] = [(0.0, next(tick), (), None)]
        while queue:
            bound, _, chosen, step = heapq.heappop(queue)
            if bound >= length:
                return bound, None, solved
            if chosen and step is None:
                if solved == MOST_NODES:
                    return bound, None, solved
                solved += 1
                better, step = self._solve(i, self._outside(np.array(chosen)))
                if step is None:
                    step = np.full(self.points.shape[1], np.nan)
                heapq.heappush(queue, (max(bound, better), next(tick), chosen, step))
                continue
            cell = self._cell_around(i, step)
            if step is not None and np.isnan(step).any():
                return bound, None, solved
            if cell is None:
                return bound, None if step is None else self._surely(i, self._outside(np.array(chosen)), step), solved
            for h in cell:
                heapq.heappush(queue, (max(bound, float(self.hold[i, h])), next(tick), (*chosen, int(h)), None))
        return (np.inf if cells.size else 0.0), None, solved

    def _outside(self, chosen: IndexArray) -> Polyhedron:
        assert self.test.own is not None
        h = self._pieces(self.test.own).take(chosen)
        lead = self.test.lead if self.rounded else 0.0
        return Polyhedron(-h.weights, -h.biases, (h.errors + lead) * (1.0 + 2.0**-36))

    def _cell_around(self, i: int, step: FloatArray | None) -> IndexArray | None:
        """Return the halfspaces of the own cell that holds the point best, None if none does."""
        assert self.test.own is not None
        cells, h = self.test.own, self._pieces(self.test.own)
        lead = self.test.lead if self.rounded else 0.0
        image = self.images[i] if step is None else self.images[i] + self.domain.first.T @ step
        values = h.weights @ image + h.biases - h.errors - lead
        inner = np.minimum.reduceat(values, cells.starts)
        best = int(np.argmax(inner))
        size = float(np.abs(values).max(initial=0.0))
        if inner[best] <= 1e-10 * size:
            return None
        ends = np.append(cells.starts, cells.halfspaces.size)
        return np.arange(ends[best], ends[best + 1])

    def _solve(self, i: int, body: Polyhedron) -> tuple[float, FloatArray | None]:
        step, multipliers = self._nearest(i, body, body.slack)
        active = np.flatnonzero(multipliers > 0)
        centre = Centre(self.images[i], self.error)
        return distance_lower(self.domain.first, centre, body.take(active), multipliers[active], self.domain.norm), step

    def _surely(self, i: int, body: Polyhedron, step: FloatArray) -> FloatArray:
        """Return a step into the body less all that roundings may take off it; `step` where there is none."""
        if not self.rounded:
            return step
        found, _ = self._nearest(i, body, -body.slack - np.abs(body.weights) @ self.error)
        return step if found is None else found

    def _nearest(self, i: int, body: Polyhedron, slack: FloatArray) -> tuple[FloatArray | None, FloatArray]:
        """Return the shortest step, in inputs, into the body with this slack, and the solver's multipliers."""
        offsets = body.weights @ self.images[i] + body.biases + slack
        found = nearest_point(body.weights @ self.lift, offsets, self.domain.norm)
        if found is None:
            return None, np.zeros(len(offsets))
        y, multipliers = found
        if y is None or self.factor is None:
            return y, multipliers
        return self.domain.first.T.T @ np.linalg.solve(self.factor.L.T, y), multipliers
