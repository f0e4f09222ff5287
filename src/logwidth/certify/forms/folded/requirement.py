"""Leads of scores behind folding layers, ball by ball (docs/theory/t13-folding.md)."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from logwidth.certify.forms.folded.balls import UNIT, FoldedBalls
from logwidth.certify.forms.folded.functions import Wanted, parts, proven
from logwidth.certify.leads.comparison import Comparison
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, Domain
from logwidth.certify.leads.geometry import power_near
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.pieces import dot_error
from logwidth.certify.leads.requirement import Leads, OnlyMeasured
from logwidth.rounding import gamma_upper
from logwidth.types import BoolArray, FloatArray, IndexArray

BLOCK_ENTRIES = 1 << 21
LEADERS = 4  # own pieces that are tried on a ball, those with the largest scores first


@dataclass(frozen=True, eq=False)
class FoldedDomain(Domain):
    """A domain on the coordinates behind folding layers, with the balls that it was made for; it says nothing of others.

    What follows the folds is read as a network of its own, whose inputs are what the last fold holds: `error` is what the
    coordinates err by given these, and computed coordinates are the exact ones up to it.
    """

    balls: FoldedBalls

    def may_hold(self, points: FloatArray) -> BoolArray:
        """Return which points `(n, d)` have no feature beyond those of all balls: `input_upper` is about the last fold."""
        return np.asarray((np.abs(points) <= self.balls.tops[0].max(axis=0)).all(axis=1))

    def room(self, points: FloatArray) -> FloatArray:
        """Return −1 for every point: no radius around it is proven here."""
        return np.full(len(points), -1.0)

    @cached_property
    def _rows(self) -> dict[bytes, int]:
        return {point.tobytes(): row for row, point in enumerate(self.balls.points)}

    def balls_around(self, points: FloatArray, radius: float) -> FoldedBalls:
        """Return the bounds on the balls around `points` `(n, d)`: those that are known, or new ones."""
        rows = [self._rows.get(point.tobytes(), -1) for point in np.ascontiguousarray(points)]
        if radius == self.balls.radius and min(rows, default=0) >= 0:
            return self.balls.take(np.array(rows, dtype=np.intp))
        return FoldedBalls.around(self.balls.layers, points, radius, self.norm)


class OnWholeBalls(OnlyMeasured):
    """What must hold on balls behind folding layers, as `asked`: each ball is proven at one radius, or not."""

    asked: Any

    @property
    def values(self) -> frozenset[float]:
        """The label values of the samples that it is about."""
        values: frozenset[float] = self.asked.values
        return values

    @property
    @abstractmethod
    def _block(self) -> int:
        """How many balls are looked at in one go."""

    @abstractmethod
    def _proven(self, domain: FoldedDomain, points: FloatArray, radius: float) -> BoolArray:
        """Return for which balls around `points` `(n, d)` it is proven."""

    def measure(self, meter: LeadMeter, points: FloatArray, radius: float) -> Leads:
        """Return `radius` for every ball around `points` `(n, d)` that is proven, else −1: others are not looked at."""
        domain = meter.domain
        assert isinstance(domain, FoldedDomain)
        parts = (points[start : start + self._block] for start in range(0, len(points), self._block))
        proven = [self._proven(domain, part, radius) for part in parts]
        found = np.concatenate(proven) if proven else np.zeros(0, dtype=bool)
        return Leads(np.where(found, radius, -1.0), found, np.zeros(len(found), dtype=np.intp))


@dataclass(frozen=True, eq=False)
class FoldedTest(OnWholeBalls):
    """What a comparison asks for, of scores on `z = T s + b`, where s is what folding layers make of x.

    On every ball one own piece must lead all opposite ones.
    """

    asked: Comparison

    @property
    def _block(self) -> int:
        return max(1, BLOCK_ENTRIES // max(1, self.asked.opposite.size))

    def _proven(self, domain: FoldedDomain, points: FloatArray, radius: float) -> BoolArray:
        ball = _Scores(domain.balls_around(points, radius), self.asked, domain)
        proven = np.zeros(len(points), dtype=bool)
        ranked = np.argsort(-ball.own, axis=1, kind="stable")[:, :LEADERS]
        for chosen in ranked.T:
            rows = np.flatnonzero(~proven)
            if not rows.size:
                break
            proven[rows] = ball.leads(rows, chosen[rows])
        return proven


class _Scores:
    """Scores at the centres of some balls, what their differences must be, and which of them are proven to be that."""

    def __init__(self, balls: FoldedBalls, comparison: Comparison, domain: Domain) -> None:
        self.balls, self.comparison = balls, comparison
        own, opposite = comparison.own, comparison.opposite
        self.z = balls.centre[-1]
        self.own, self.opposite = (self.z @ side.weights.T + side.biases for side in (own, opposite))
        size = np.maximum(np.abs(balls.low[-1]), np.abs(balls.high[-1])) + np.abs(self.z) + balls.slips[-1]
        magnitude = [size @ np.abs(side.weights).T + np.abs(side.biases) for side in (own, opposite)]
        slip, m = balls.slips[-1] + UNIT * np.abs(self.z), self.z.shape[1]
        rounding = gamma_upper(m + 12, UNIT)
        self.off = [  # of the scores at the centre, as computed here
            (slip @ np.abs(side.weights).T + rounding * terms) * SLOP + (m + 4) * SMALLEST
            for side, terms in zip((own, opposite), magnitude, strict=True)
        ]
        top = np.maximum(*(self._top(side.weights, side.biases) for side in (own, opposite)))
        self.carried = (np.maximum(top, 0.0) + comparison.highest_error) * (1 + 2.0**-20)
        model = dot_error(domain)
        further = (2 * self.carried + comparison.others)[:, None]
        self.errors = [
            ((terms + further) * model.factor + side.errors + model.floor) * SLOP
            for side, terms in zip((own, opposite), magnitude, strict=True)
        ]
        self.magnitude = magnitude

    def _top(self, weights: FloatArray, biases: FloatArray) -> FloatArray:
        """Return, per ball, a bound on the largest of some scores at the computed coordinates."""
        low, high = self.balls.low[-1], self.balls.high[-1]
        up, down = np.maximum(weights, 0.0), np.minimum(weights, 0.0)
        size = np.maximum(np.abs(low), np.abs(high)) @ np.abs(weights).T + np.abs(biases)
        found: FloatArray = (high @ up.T + low @ down.T + biases + size * 2.0**-36).max(axis=1)
        return found

    def required(self, rows: IndexArray, chosen: IndexArray, opposite: IndexArray | None = None) -> FloatArray:
        """Return by how much the chosen own piece must lead, at computed coordinates, all opposite ones or one a row."""
        fixed = self.comparison.lead + self.comparison.carry * self.carried[rows] + self.errors[0][rows, chosen]
        if opposite is None:
            return np.asarray((self.errors[1][rows] + fixed[:, None]) * SLOP)
        return np.asarray((self.errors[1][rows, opposite] + fixed) * SLOP)

    def leads(self, rows: IndexArray, chosen: IndexArray) -> BoolArray:
        """Return for which balls the chosen own piece is proven to lead every opposite piece by what is required.

        First by the layers' steepest slope, then by chords, then pattern by pattern, at last by slopes that are looked for.
        """
        k, j = self._close(rows, chosen)
        good = proven(self.balls, self._wanted(rows[k], chosen[k], j))
        leads = np.ones(len(rows), dtype=bool)
        leads[k[~good]] = False
        return leads

    def _close(self, rows: IndexArray, chosen: IndexArray) -> tuple[IndexArray, IndexArray]:
        """Return the pairs of a ball and an opposite piece that the layers' steepest slope does not decide."""
        own, opposite = self.comparison.own, self.comparison.opposite
        found_k, found_j = [], []
        for part in parts(len(rows), max(1, BLOCK_ENTRIES // max(1, opposite.size))):
            r, s = rows[part], chosen[part]
            lead = self.own[r, s][:, None] - self.opposite[r] - self.off[0][r, s][:, None] - self.off[1][r]
            lead -= self.required(r, s)
            scale = power_near(own.weights, opposite.weights)
            mine, theirs = own.weights[s] / scale, opposite.weights / scale
            squares = (mine * mine).sum(axis=1)[:, None] + (theirs * theirs).sum(axis=1)[None] - 2.0 * mine @ theirs.T
            most = float(max((mine * mine).sum(axis=1).max(), (theirs * theirs).sum(axis=1).max()))
            lengths = np.sqrt(np.maximum(squares + 8 * gamma_upper(own.weights.shape[1] + 6, UNIT) * most, 0.0)) * scale
            computed = np.linalg.norm(self.balls.errors[-1][r], axis=1)[:, None]
            far = lead >= lengths * (self.balls.speed * self.balls.radius + computed) * SLOP * SLOP
            k, j = np.nonzero(~far)
            found_k.append(k + part.start)
            found_j.append(j)
        return np.concatenate(found_k), np.concatenate(found_j)

    def _wanted(self, ball: IndexArray, s: IndexArray, j: IndexArray) -> Wanted:
        """Return the leads `a_s − a_j` at computed coordinates and what they must be, ball by ball."""
        own, opposite = self.comparison.own, self.comparison.opposite
        rounded = 4 * UNIT * (self.magnitude[0][ball, s] + self.magnitude[1][ball, j]) * SLOP
        needed = (self.required(ball, s, j) + rounded) * SLOP
        return Wanted(ball, own.weights[s] - opposite.weights[j], own.biases[s] - opposite.biases[j], needed)
