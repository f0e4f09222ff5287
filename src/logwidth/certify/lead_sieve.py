"""Leads over many pieces: a float32 product tells which opposite pieces may limit a ball; only those are computed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.first_layer import SLOP, SMALLEST, Domain, images_of
from logwidth.certify.geometry import UNIT, EuclideanFactor, power_near
from logwidth.certify.pieces import Comparison, DotError, Pieces
from logwidth.rounding import BINARY32, gamma_upper
from logwidth.separation.table import squares

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
Single = NDArray[np.float32]
CHUNK, PAIRS = 256, 4096
ETA = 2.0**-20
LEAST_TANGENT = 2.0**-10  # of the longest lifted weights
MOST = 2.0**50
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
    def lift_size(self) -> float:
        """Return a bound on the norm of any lifted row."""
        return float(np.sqrt(max(squares(rows).max() for rows in self.lifted))) * SLOP

    @cached_property
    def right(self) -> Single:
        """Return `[w, 1, b, ‖v‖², growth]` of the opposite pieces in units that the left factors share."""
        side, v = self.comparison.opposite, self.lifted[1]
        last = (np.ones(side.size), side.biases / self.score_unit, squares(v), self.swings[1] / self.score_unit * SLOP)
        return np.column_stack([side.weights / self.weight_unit, *last]).astype(np.float32)

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
        self.leader = self.own_scores.argmax(axis=1)
        top, self.nearest = self._sweep_scores()
        top = np.maximum(top, (self.own_scores + rivalry.swings[0]).max(axis=1))
        self.carried = (np.maximum(top + self.score_error, 0) + self.comparison.highest_error) * (1 + 2.0**-20)
        self.further = 2 * self.carried + self.comparison.others

    def best(self, radius: float) -> tuple[FloatArray, IntArray]:
        """Return the radii of the largest own scores, and the limiting pieces; where short of `radius`, of others too."""
        rows = np.arange(len(self.images))
        best, rival = self.radii(rows, self.leader, self.nearest, np.full(len(rows), -1.0))
        short = np.flatnonzero(best < radius)
        ranked = np.argsort(-self.own_scores[short], axis=1, kind="stable")[:, 1:SECOND_CHOICES]
        for choice in ranked.T:
            found, limit = self.radii(short, choice, rival[short], best[short])
            gains = found > best[short]
            best[short[gains]], rival[short[gains]] = found[gains], limit[gains]
        return best, rival

    def _sweep_scores(self) -> tuple[FloatArray, IntArray]:
        """Return a bound on what the scores of opposite pieces grow to, and about which piece grows largest."""
        r, rows = self.rivalry, np.arange(len(self.images))
        z, zero, one = self.images / r.image_unit, np.zeros(len(rows)), np.ones(len(rows))
        left = np.column_stack([z, zero, one, zero, one]).astype(np.float32)
        best, at = np.full(len(rows), -np.inf), np.zeros(len(rows), dtype=np.intp)
        for start in range(0, len(r.right), CHUNK):
            scores = left @ r.right[start : start + CHUNK].T
            j = scores.argmax(axis=1)
            found = scores[rows, j]
            at, best = np.where(found > best, j + start, at), np.maximum(found, best)
        return (best + self._product_error(z, zero, zero)) * r.score_unit, at

    def _product_error(self, z: FloatArray, constant: FloatArray, beta: FloatArray) -> FloatArray:
        """Return what a product of `[z, constant, ±1, −β, 0 or 1]` errs by, `constant` as the sum of the sizes of its terms.

        Conversions and roundings of `m + 4` terms, Cauchy–Schwarz; underflow.
        """
        m, r = self.domain.first.m, self.rivalry
        bias = r.largest_bias + float(r.swings[1].max()) / r.score_unit
        terms = np.sqrt(squares(z)) * r.longest + constant + bias + beta * r.lift_size**2
        tiny = (m + 10) * 2.0**-120 * (1.0 + np.abs(z).max(axis=1) + constant + beta) * (1.0 + bias + r.lift_size**2)
        return np.asarray((gamma_upper(m + 14, BINARY32.unit) * terms * SLOP + tiny) * SLOP)

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
        left, right = self._margins(lines, radius, limit), self.rivalry.right
        radius, limit = radius.copy(), limit.copy()
        for start in range(0, len(right), CHUNK):
            margin = left @ right[start : start + CHUNK].T
            k, j = np.divmod(np.flatnonzero(~(margin > 0.0)), margin.shape[1])
            if k.size:
                found = self._exact(rows[k], chosen[k], j + start, fixed[k])
                before = radius.copy()
                np.minimum.at(radius, k, found)
                record = np.flatnonzero((found == radius[k]) & (found < before[k]))
                limit[k[record]] = j[record] + start
        return radius, limit

    def _margins(self, lines: tuple[IntArray, IntArray, FloatArray], radius: FloatArray, limit: IntArray) -> Single:
        """Return left factors: where their product with an opposite piece is positive, it does not lower the radius.

        A piece at the distance `d ≤ (d²/t + t)/2` of lifted weights does not if its lead exceeds `ρ (d²/t + t)/2`, which is
        bilinear in `[w, 1, b, ‖v‖²]`; any t > 0 will do, best is the distance of the piece that limits.
        """
        rows, chosen, fixed = lines
        r, v = self.rivalry, self.rivalry.lifted[0][chosen]
        rate = np.clip(radius, 0.0, self.domain.reach) * (r.factor.stretch * r.lift_unit / r.score_unit * SLOP)
        t = np.maximum(np.sqrt(squares(v - r.lifted[1][limit])), LEAST_TANGENT * r.lift_size + 2.0**-500)
        beta = rate * (1.0 + ETA) / (2.0 * t) * SLOP
        lift = v @ r.factor.L.T * (r.weight_unit / r.lift_unit)
        size = np.sqrt(squares(v)) * SLOP
        own, tangent = beta * size * size, rate * (8.0 * r.lift_error**2 / (ETA * t) + t) * (0.5 * SLOP)
        offset = self._offset(rows, chosen, fixed)
        z = 2.0 * beta[:, None] * lift - self.images[rows] / r.image_unit
        L = float(np.linalg.norm(r.factor.L)) * (r.weight_unit / r.lift_unit)
        double = 4.0 * beta * size * (gamma_upper(len(r.factor.L) + 4, UNIT) * L * r.longest + r.lift_error)
        reach = np.abs(self.images[rows]) / r.image_unit + 2.0 * beta[:, None] * np.abs(lift)
        error = self._product_error(reach, np.abs(offset) + own + tangent, beta) + double * SLOP
        constant = offset - own - tangent - error
        return np.column_stack([z, constant, np.full(len(z), -1.0), -beta, np.zeros(len(z))]).astype(np.float32)

    def _offset(self, rows: IntArray, chosen: IntArray, fixed: FloatArray) -> FloatArray:
        """Return, in score units, a lower bound on the own score less all that any opposite piece may require."""
        r, own = self.rivalry, self.comparison.own
        length = np.sqrt(((own.weights[chosen] / r.weight_unit) ** 2).sum(axis=1)) + r.longest
        required = r.input_error * length * r.weight_unit * SLOP + self.comparison.highest_error * SLOP + fixed
        offset = (self.own_scores[rows, chosen] - (required * SLOP * SLOP + self.score_error)) / r.score_unit
        return np.asarray(offset - 2.0**-40 * np.abs(offset))

    def fits(self) -> bool:
        """Return whether the products stay far from overflow, so that no comparison is void."""
        r = self.rivalry
        rate = self.domain.reach * r.factor.stretch * r.lift_unit / r.score_unit
        rows = np.arange(len(self.images))
        offset = np.abs(self._offset(rows, self.leader, self._fixed(rows, self.leader))).max()
        steepest = rate / (LEAST_TANGENT * r.lift_size + 2.0**-500) * max(1.0, r.lift_size**2)
        return bool(0.0 < rate < MOST and steepest < MOST and max(offset, r.largest_bias) < MOST)

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
