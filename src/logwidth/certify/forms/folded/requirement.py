"""Leads of scores behind folding layers, ball by ball (docs/theory/t13-folding.md)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.forms.folded.layers import UNIT, BoolArray, FoldedBalls, FoldLayers
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, Domain
from logwidth.certify.leads.geometry import power_near
from logwidth.certify.leads.leads import Leads
from logwidth.certify.leads.pieces import Comparison, dot_error
from logwidth.rounding import gamma_upper

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BLOCK_ENTRIES, PAIRS = 1 << 21, 2048
LEADERS = 4  # own pieces that are tried on a ball, those with the largest scores first
STEPS = (0.25, 0.125, 0.06, 0.03, 0.015)  # in which slopes are looked for, where the usual ones do not do
MOST_SOUGHT = 60_000  # pairs of a block for which that is tried


@dataclass(frozen=True, eq=False)
class FoldedTest:
    """What a comparison asks for, of scores on `z = T s + b`, where s is what folding layers make of x.

    `layers` end with (T, b). On every ball one own piece must lead all opposite ones.
    """

    layers: FoldLayers
    comparison: Comparison

    @property
    def values(self) -> frozenset[float]:
        """The label values of the samples that it is about."""
        return self.comparison.values

    def measure(self, domain: Domain, points: FloatArray, radius: float) -> Leads:
        """Return `radius` for every ball around `points` `(n, d)` that is proven, else −1: others are not looked at."""
        step = max(1, BLOCK_ENTRIES // max(1, self.comparison.opposite.size))
        proven = [self._proven(domain, points[start : start + step], radius) for start in range(0, len(points), step)]
        found = np.concatenate(proven) if proven else np.zeros(0, dtype=bool)
        return Leads(np.where(found, radius, -1.0), found, np.zeros(len(found), dtype=np.intp))

    def _proven(self, domain: Domain, points: FloatArray, radius: float) -> BoolArray:
        ball = _Scores(FoldedBalls.around(self.layers, points, radius, domain.norm), self.comparison, domain)
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
        self.z, z_error = balls.centre[-1], balls.errors[-1]
        self.own, self.opposite = (self.z @ side.weights.T + side.biases for side in (own, opposite))
        size = np.maximum(np.abs(balls.low[-1]), np.abs(balls.high[-1])) + z_error
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
        self.magnitude, self.z_error = magnitude, z_error
        self.speed = _speed(balls)

    def _top(self, weights: FloatArray, biases: FloatArray) -> FloatArray:
        """Return, per ball, a bound on the largest of some scores at the computed coordinates."""
        low, high = self.balls.low[-1] - self.balls.errors[-1], self.balls.high[-1] + self.balls.errors[-1]
        up, down = np.maximum(weights, 0.0), np.minimum(weights, 0.0)
        size = np.maximum(np.abs(low), np.abs(high)) @ np.abs(weights).T + np.abs(biases)
        found: FloatArray = (high @ up.T + low @ down.T + biases + size * 2.0**-36).max(axis=1)
        return found

    def required(self, rows: IntArray, chosen: IntArray, pairs: tuple[IntArray, IntArray] | None = None) -> FloatArray:
        """Return by how much the chosen own piece must lead opposite ones at exact coordinates: all, or those of `pairs`."""
        own, opposite = self.comparison.own.weights, self.comparison.opposite.weights
        fixed = self.comparison.lead + self.comparison.carry * self.carried[rows] + self.errors[0][rows, chosen]
        if pairs is None:
            through = np.stack([np.abs(opposite - own[s]) @ self.z_error[i] for i, s in zip(rows, chosen, strict=True)])
            return np.asarray((through + self.errors[1][rows] + fixed[:, None]) * SLOP)
        k, j = pairs
        through = np.einsum("ij,ij->i", np.abs(own[chosen[k]] - opposite[j]), self.z_error[rows[k]])
        return np.asarray((through + self.errors[1][rows[k], j] + fixed[k]) * SLOP)

    def leads(self, rows: IntArray, chosen: IntArray) -> BoolArray:
        """Return for which balls the chosen own piece is proven to lead every opposite piece by what is required."""
        k, j = self._close(rows, chosen)
        needed = self.required(rows, chosen, (k, j))
        good = np.zeros(len(k), dtype=bool)
        for part in _parts(len(k), PAIRS):
            good[part] = self._bound(rows[k[part]], chosen[k[part]], j[part]) >= needed[part]
        left = np.flatnonzero(~good)
        if left.size <= MOST_SOUGHT:
            for part in _parts(left.size, PAIRS):
                which = left[part]
                good[which] = self._sought(rows[k[which]], chosen[k[which]], j[which], needed[which])
        proven = np.ones(len(rows), dtype=bool)
        proven[k[~good]] = False
        return proven

    def _close(self, rows: IntArray, chosen: IntArray) -> tuple[IntArray, IntArray]:
        """Return the pairs of a ball and an opposite piece that the layers' steepest slope does not decide."""
        own, opposite = self.comparison.own, self.comparison.opposite
        found_k, found_j = [], []
        for part in _parts(len(rows), max(1, BLOCK_ENTRIES // max(1, opposite.size))):
            r, s = rows[part], chosen[part]
            lead = self.own[r, s][:, None] - self.opposite[r] - self.off[0][r, s][:, None] - self.off[1][r]
            lead -= self.required(r, s)
            scale = power_near(own.weights, opposite.weights)
            mine, theirs = own.weights[s] / scale, opposite.weights / scale
            squares = (mine * mine).sum(axis=1)[:, None] + (theirs * theirs).sum(axis=1)[None] - 2.0 * mine @ theirs.T
            most = float(max((mine * mine).sum(axis=1).max(), (theirs * theirs).sum(axis=1).max()))
            lengths = np.sqrt(np.maximum(squares + 8 * gamma_upper(own.weights.shape[1] + 6, UNIT) * most, 0.0)) * scale
            far = lead >= lengths * self.speed * self.balls.radius * SLOP * SLOP
            k, j = np.nonzero(~far)
            found_k.append(k + part.start)
            found_j.append(j)
        return np.concatenate(found_k), np.concatenate(found_j)

    def _bound(self, ball: IntArray, s: IntArray, j: IntArray, theta: list[FloatArray] | None = None) -> FloatArray:
        """Return lower bounds on `a_s − a_j` on the balls, at exact coordinates."""
        own, opposite = self.comparison.own, self.comparison.opposite
        h, const = own.weights[s] - opposite.weights[j], own.biases[s] - opposite.biases[j]
        rounded = 4 * UNIT * (self.magnitude[0][ball, s] + self.magnitude[1][ball, j]) * SLOP
        return self.balls.lower(ball, h, const, self.balls.layers.depth - 1, theta) - rounded

    def _sought(self, ball: IntArray, s: IntArray, j: IntArray, needed: FloatArray) -> BoolArray:
        """Return which pairs are proven by slopes that are looked for, one after the other, for each pair on its own."""
        if not ball.size:
            return np.zeros(0, dtype=bool)
        balls = self.balls
        theta = [balls.usual_slopes(layer)[ball] for layer in range(balls.layers.depth - 1)]
        best = self._bound(ball, s, j, theta)
        for step in STEPS:
            for layer, unit in balls.hinges():
                for way in (step, -step):
                    open_rows = np.flatnonzero(best < needed)
                    if not open_rows.size:
                        return np.ones(len(ball), dtype=bool)
                    tried = [part[open_rows] for part in theta]
                    tried[layer] = tried[layer].copy()
                    tried[layer][:, unit] = np.clip(tried[layer][:, unit] + way, 0.0, 1.0)
                    found = self._bound(ball[open_rows], s[open_rows], j[open_rows], tried)
                    better = found > best[open_rows]
                    best[open_rows[better]] = found[better]
                    theta[layer][open_rows[better], unit] = tried[layer][better, unit]
        return np.asarray(best >= needed)


def _parts(count: int, most: int) -> Iterator[slice]:
    return (slice(start, min(start + most, count)) for start in range(0, count, most))


def _speed(balls: FoldedBalls) -> float:
    """Return a bound on how fast `⟨h, z⟩` can change for `‖h‖_2 = 1`; ∞ where the norm is not ℓ2 or hinges are too many."""
    return balls.steepest() if balls.norm == 2.0 else np.inf
