"""Leads over many pieces: two float32 products tell which opposite pieces may limit a ball; only those are computed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.first_layer import SLOP, SMALLEST, Domain, images_of
from logwidth.certify.geometry import UNIT, EuclideanFactor, power_near
from logwidth.certify.pieces import Comparison, DotError, Pieces
from logwidth.rounding import BINARY32, gamma_upper
from logwidth.separation.table import Table

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Single = NDArray[np.float32]
CHUNK, PAIRS = 512, 4096
ETA = 2.0**-10
MOST = 2.0**100
UNDERFLOW = 2.0**-100
SECOND_CHOICES = 16


@dataclass(frozen=True, eq=False)
class Rivalry:
    """A comparison in ℓ2 as tables: weights and lifted weights `Lᵀw` of both sides, scaled by powers of two.

    `‖Tᵀ(w_s − w_j)‖_2 ≤ stretch · (‖v_s − v_j‖ + 2 lift_error)` for the computed rows `v`, in units of `lift_unit`.
    """

    comparison: Comparison
    domain: Domain
    factor: EuclideanFactor
    model: DotError
    input_error: float

    @cached_property
    def weight_unit(self) -> float:
        """Return the power of two near the largest weight."""
        return power_near(self.comparison.own.weights, self.comparison.opposite.weights)

    @cached_property
    def lifted(self) -> tuple[FloatArray, FloatArray]:
        """Return `Lᵀw` of the own and of the opposite pieces, in units of `lift_unit`."""
        own, opposite = (side.weights @ self.factor.L for side in (self.comparison.own, self.comparison.opposite))
        return own / self.lift_unit, opposite / self.lift_unit

    @cached_property
    def lift_unit(self) -> float:
        """Return a power of two that no lifted weight exceeds by much."""
        return float(self.weight_unit * power_near(self.factor.L))

    @cached_property
    def lift_error(self) -> float:
        """Return a bound on the norm of the error of a lifted row, in units of `lift_unit`."""
        m = self.factor.L.shape[0]
        largest = np.maximum(*(np.abs(s.weights).max(axis=0) for s in (self.comparison.own, self.comparison.opposite)))
        size = float((np.abs(self.factor.L).T @ (largest / self.lift_unit)).sum())
        return float(gamma_upper(m + 2, UNIT) * size * SLOP + m * m * 2.0**-900)

    @cached_property
    def table(self) -> Table:
        """Return the lifted rows in float32, own before opposite."""
        rows = np.concatenate(self.lifted)
        table = Table.empty(rows.shape[0], rows.shape[1], 1.0)
        table.store(slice(0, len(rows)), rows, np.full(len(rows), self.lift_error))
        return table

    @cached_property
    def right(self) -> Single:
        """Return `[w, 1, b]` of the opposite pieces in units that the left factors share."""
        side = self.comparison.opposite
        columns = (side.weights / self.weight_unit, np.ones((side.size, 1)), (side.biases / self.score_unit)[:, None])
        return np.concatenate(columns, axis=1).astype(np.float32)

    @cached_property
    def score_unit(self) -> float:
        """Return the unit of scores: that of weights times that of coordinates."""
        return self.weight_unit * self.image_unit

    @cached_property
    def image_unit(self) -> float:
        """Return the power of two near the largest coordinate."""
        return power_near(self.domain.upper)

    @cached_property
    def longest(self) -> float:
        """Return a bound on the norm of any opposite weights, in units of `weight_unit`."""
        rows = self.comparison.opposite.weights / self.weight_unit
        return float(np.sqrt((rows * rows).sum(axis=1).max())) * SLOP

    @cached_property
    def swings(self) -> tuple[FloatArray, FloatArray]:
        """Return, per own and opposite piece, how much its score can grow on a ball."""
        swing = self.domain.swing
        return np.abs(self.comparison.own.weights) @ swing, np.abs(self.comparison.opposite.weights) @ swing

    @cached_property
    def largest_bias(self) -> float:
        """Return the largest bias of an opposite piece, in units of `score_unit`."""
        return float(np.abs(self.comparison.opposite.biases).max()) / self.score_unit


class Strip:
    """Some balls of a comparison, few enough that a chunk of their products stays in the cache.

    The quantities are those of `BallScores`; of the opposite pieces only those are computed in full that may matter.
    """

    def __init__(self, rivalry: Rivalry, points: FloatArray) -> None:
        self.rivalry, self.comparison, self.domain = rivalry, rivalry.comparison, rivalry.domain
        own, opposite, first = self.comparison.own, self.comparison.opposite, self.domain.first
        self.images, image_error = images_of(first, points)
        self.own_scores = self.images @ own.weights.T + own.biases
        box = np.abs(self.images).max(axis=0)
        rounding = gamma_upper(first.m + 12, UNIT) * (own.magnitude(box) + opposite.magnitude(box))
        swing = own.swing(image_error) + opposite.swing(image_error)
        self.score_error = (rounding + swing) * SLOP + (first.m + 4) * SMALLEST
        self.size = np.abs(self.images) + self.domain.swing
        top, self.nearest = self._sweep_scores()
        top = np.maximum(top, (self.own_scores + rivalry.swings[0]).max(axis=1))
        self.carried = (np.maximum(top + self.score_error, 0) + self.comparison.highest_error) * (1 + 2.0**-20)
        self.further = 2 * self.carried + self.comparison.others

    def best(self, radius: float) -> tuple[FloatArray, IntArray]:
        """Return the radii of the largest own scores, and the limiting pieces; where short of `radius`, of others too."""
        rows = np.arange(len(self.images))
        best, rival = self.radii(rows, self.own_scores.argmax(axis=1), self.nearest, np.full(len(rows), -1.0))
        short = np.flatnonzero(best < radius)
        ranked = np.argsort(-self.own_scores[short], axis=1, kind="stable")[:, 1:SECOND_CHOICES]
        for choice in ranked.T:
            found, limit = self.radii(short, choice, rival[short], best[short])
            gains = found > best[short]
            best[short[gains]], rival[short[gains]] = found[gains], limit[gains]
        return best, rival

    def _left(self, sign: float, rows: IntArray, offset: FloatArray) -> Single:
        """Return the factor whose product with the opposite pieces is `sign · a_j + offset`, in score units."""
        z = self.images[rows] / self.rivalry.image_unit
        return np.concatenate([sign * z, offset[:, None], np.full((len(z), 1), sign)], axis=1).astype(np.float32)

    def _product_error(self, rows: IntArray, offset: FloatArray) -> FloatArray:
        """Return what such a product errs by: conversions and roundings of `m + 2` terms, Cauchy–Schwarz."""
        m, r = self.domain.first.m, self.rivalry
        lengths = np.sqrt((self.images[rows] ** 2).sum(axis=1)) / r.image_unit
        terms = (lengths * r.longest + r.largest_bias + np.abs(offset)) * SLOP
        return np.asarray(gamma_upper(m + 12, BINARY32.unit) * terms * SLOP + (m + 8) * 2.0**-120)

    def _sweep_scores(self) -> tuple[FloatArray, IntArray]:
        """Return a bound on `max_j a_j + its growth` and the opposite piece of about the largest score."""
        rows = np.arange(len(self.images))
        unit, zero = self.rivalry.score_unit, np.zeros(len(rows))
        left, swing = self._left(1.0, rows, zero), (self.rivalry.swings[1] / unit * SLOP).astype(np.float32)
        best, at, top = np.full(len(rows), -np.inf), np.zeros(len(rows), dtype=np.intp), np.full(len(rows), -np.inf)
        for start in range(0, len(self.rivalry.right), CHUNK):
            scores = left @ self.rivalry.right[start : start + CHUNK].T
            j = scores.argmax(axis=1)
            found = scores[rows, j]
            at, best = np.where(found > best, j + start, at), np.maximum(found, best)
            scores += swing[start : start + CHUNK]
            np.maximum(top, scores.max(axis=1), out=top)
        error = self._product_error(rows, zero) + 2.0**-22 * (np.abs(top) + float(swing.max(initial=0.0)))
        return (top + error) * unit, at

    def radii(self, rows: IntArray, chosen: IntArray, rival: IntArray, above: FloatArray) -> tuple[FloatArray, IntArray]:
        """Return the radius, up to the domain's reach, to which the chosen own pieces lead, and the piece that limits it.

        −1 where they do not lead at the centre, and where a given `rival` shows that the radius is at most `above`.
        """
        fixed = self._fixed(rows, chosen)
        guesses = np.stack([self.nearest[rows], rival])
        found = np.stack([self._exact(rows, chosen, j, fixed) for j in guesses])
        least = np.argmin(found, axis=0)
        radius, limit = found.min(axis=0), guesses[least, np.arange(len(rows))]
        on = np.flatnonzero((radius > above) & (radius >= 0.0))
        if on.size:
            radius[on], limit[on] = self._lowered((rows[on], chosen[on], fixed[on]), radius[on], limit[on])
        proven = np.full(len(rows), -1.0)
        proven[on] = np.minimum(radius[on], self.domain.reach)
        return proven, limit

    def _lowered(
        self, lines: tuple[IntArray, IntArray, FloatArray], radius: FloatArray, limit: IntArray
    ) -> tuple[FloatArray, IntArray]:
        """Return the radii after all opposite pieces that may lower them have been computed."""
        rows, chosen, fixed = lines
        r, radius = self.rivalry, radius.copy()
        offset = self._offset(rows, chosen, fixed)
        scores, lifted = self._left(-1.0, rows, offset), self._lifted(chosen)
        opposite = r.table.right(slice(self.comparison.own.size, None))
        for start in range(0, len(r.right), CHUNK):
            part = slice(start, start + CHUNK)
            lead = scores @ r.right[part].T
            np.maximum(lead, 0.0, out=lead)
            np.multiply(lead, lead, out=lead)
            reach = np.clip(radius, 0.0, self.domain.reach) * (r.factor.stretch * r.lift_unit / r.score_unit * SLOP)
            factor = (lifted * (reach * reach * (1.0 + ETA) * (1.0 + 2.0**-16))[:, None]).astype(np.float32)
            factor[:, -1] += np.float32(UNDERFLOW)
            k, j = np.nonzero(~(lead > factor @ opposite[part].T))
            if k.size:
                found = self._exact(rows[k], chosen[k], j + start, fixed[k])
                before = radius.copy()
                np.minimum.at(radius, k, found)
                record = np.flatnonzero((found == radius[k]) & (found < before[k]))
                limit[k[record]] = j[record] + start
        return radius, limit

    def _offset(self, rows: IntArray, chosen: IntArray, fixed: FloatArray) -> FloatArray:
        """Return, in score units, a lower bound on the own score less all that any opposite piece may require."""
        r, own = self.rivalry, self.comparison.own
        length = np.sqrt(((own.weights[chosen] / r.weight_unit) ** 2).sum(axis=1)) + r.longest
        required = r.input_error * length * r.weight_unit * SLOP + self.comparison.highest_error * SLOP + fixed
        offset = (self.own_scores[rows, chosen] - (required * SLOP * SLOP + self.score_error)) / r.score_unit
        return np.asarray(offset - self._product_error(rows, offset) - 2.0**-40 * np.abs(offset))

    def _lifted(self, chosen: IntArray) -> FloatArray:
        """Return the left factors for `‖v_s − v_j‖²`, enlarged so that the product is nowhere below what it stands for.

        `(√(g + α) + β)² ≤ (1 + η)(g + α + β²/η)`; α and β are twice the table's bounds.
        """
        table, count = self.rivalry.table, self.comparison.own.size
        envelope = table.envelope(chosen, slice(count, None))
        shift = 2.0 * (envelope.shift + 2.0 * self.rivalry.lift_error)
        left = table.left(chosen).astype(np.float64)
        left[:, -1] += 2.0 * envelope.absolute + shift * shift / ETA
        return left

    def fits(self) -> bool:
        """Return whether the products stay far from overflow, so that no comparison is void."""
        r = self.rivalry
        reach = self.domain.reach * r.factor.stretch * r.lift_unit / r.score_unit
        rows = np.arange(len(self.images))
        chosen = self.own_scores.argmax(axis=1)
        offset = self._offset(rows, chosen, self._fixed(rows, chosen))
        largest = float(max(np.abs(offset).max(), r.largest_bias, np.abs(r.table.norm).max()))
        return bool(0.0 < reach * reach < MOST and largest * largest < MOST)

    def _fixed(self, rows: IntArray, chosen: IntArray) -> FloatArray:
        """Return what is required of the lead over any opposite piece."""
        errors = self._errors(self.comparison.own, rows, chosen)
        return np.asarray(self.comparison.lead + self.comparison.carry * self.carried[rows] + errors)

    def _errors(self, side: Pieces, rows: IntArray, pieces: IntArray) -> FloatArray:
        """Return a bound on the error of a piece's score on the ball, pair by pair."""
        model = self.rivalry.model
        terms = np.einsum("ij,ij->i", self.size[rows], np.abs(side.weights[pieces]))
        terms += np.abs(side.biases[pieces]) + self.further[rows]
        return np.asarray((terms * model.factor + side.errors[pieces] + model.floor) * SLOP)

    def _exact(self, rows: IntArray, chosen: IntArray, rivals: IntArray, fixed: FloatArray) -> FloatArray:
        """Return, pair by pair, the radius up to which the chosen own piece keeps its lead over a rival."""
        radius = np.empty(len(rows))
        for start in range(0, len(rows), PAIRS):
            part = slice(start, start + PAIRS)
            radius[part] = self._pairs(rows[part], chosen[part], rivals[part], fixed[part])
        return radius

    def _pairs(self, rows: IntArray, chosen: IntArray, rivals: IntArray, fixed: FloatArray) -> FloatArray:
        r, own, opposite = self.rivalry, self.comparison.own, self.comparison.opposite
        score = np.einsum("ij,ij->i", self.images[rows], opposite.weights[rivals]) + opposite.biases[rivals]
        plain = _lengths((own.weights[chosen] - opposite.weights[rivals]) / r.weight_unit) * r.weight_unit * SLOP + SMALLEST
        lifted = _lengths(r.lifted[0][chosen] - r.lifted[1][rivals]) + 2.0 * r.lift_error
        dual = lifted * (r.factor.stretch * r.lift_unit * SLOP) + SMALLEST
        required = (r.input_error * plain + self._errors(opposite, rows, rivals) + fixed) * SLOP
        lead = self.own_scores[rows, chosen] - score - (required + self.score_error)
        with np.errstate(over="ignore"):
            return np.asarray(np.where(lead >= 0.0, lead / dual / SLOP, -1.0))


def _lengths(rows: FloatArray) -> FloatArray:
    """Return upper bounds on the norms of rows whose squares do not overflow; what underflows is added."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)) * SLOP + 2.0**-500)
