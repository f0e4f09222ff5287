"""Leads over many pieces: a float32 product tells which opposite pieces may limit a ball; only those are computed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.comparison import Comparison
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, Domain, images_of
from logwidth.certify.leads.geometry import UNIT, EuclideanFactor, power_near
from logwidth.certify.leads.pieces import DotError, Pieces
from logwidth.rounding import BINARY32, gamma_upper
from logwidth.separation.table import squares
from logwidth.types import FloatArray

IntArray = NDArray[np.intp]
Single = NDArray[np.float32]
CHUNK, PAIRS = 512, 4096
ETA = 2.0**-20
LEAST_TANGENT = 2.0**-10  # of the longest lifted weights
MOST = 2.0**50
SECOND_CHOICES = 16
MOST_LOWERING = 3  # pieces of a chunk that may lower one radius: more are worth looking for the lowest first


@dataclass(frozen=True, eq=False)
class Lines:
    """Balls (rows of a strip), for each an own piece, its score at the centre, and what its lead over any rival must be."""

    rows: IntArray
    pieces: IntArray
    scores: FloatArray
    required: FloatArray

    def take(self, kept: IntArray) -> "Lines":
        """Return some of them, or some of them several times."""
        return Lines(self.rows[kept], self.pieces[kept], self.scores[kept], self.required[kept])


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
        box = np.abs(self.images).max(axis=0)
        rounding = gamma_upper(first.m + 12, UNIT) * (own.magnitude(box) + opposite.magnitude(box))
        swing = own.swing(image_error) + opposite.swing(image_error)
        self.score_error = (rounding + swing) * SLOP + (first.m + 4) * SMALLEST
        self.size = np.abs(self.images) + self.domain.swing
        highest, self.leader = self._sweep_own()
        top, self.nearest = self._sweep_scores()
        self.carried = (np.maximum(np.maximum(top, highest) + self.score_error, 0) + self.comparison.highest_error) * (
            1 + 2.0**-20
        )
        self.further = 2 * self.carried + self.comparison.others

    def best(self, radius: float) -> tuple[FloatArray, IntArray]:
        """Return the radii of the largest own scores, and the limiting pieces; where short of `radius`, of others too."""
        rows = np.arange(len(self.images))
        best, rival = self.radii(rows, self.leader, self.nearest, np.full(len(rows), -1.0))
        short = np.flatnonzero(best < radius)
        for choice in self._second_choices(short).T:
            found, limit = self.radii(short, choice, rival[short], best[short])
            gains = found > best[short]
            best[short[gains]], rival[short[gains]] = found[gains], limit[gains]
        return best, rival

    def _second_choices(self, rows: IntArray) -> IntArray:
        """Return the own pieces whose scores at some centres come next to the leader's, the largest first."""
        own = self.comparison.own
        if not rows.size or own.size == 1:
            return np.zeros((len(rows), 0), dtype=np.intp)
        scores = self.images[rows] @ own.weights.T + own.biases
        scores[np.arange(len(rows)), self.leader[rows]] = -np.inf
        return np.argsort(-scores, axis=1, kind="stable")[:, : min(SECOND_CHOICES, own.size) - 1]

    def _sweep_own(self) -> tuple[FloatArray, IntArray]:
        """Return what the scores of own pieces grow to on the balls, and the piece with the largest score at the centre."""
        own, swing, rows = self.comparison.own, self.rivalry.swings[0], np.arange(len(self.images))
        best, at, top = np.full(len(rows), -np.inf), np.zeros(len(rows), dtype=np.intp), np.full(len(rows), -np.inf)
        for start in range(0, own.size, CHUNK):
            part = slice(start, start + CHUNK)
            scores = self.images @ own.weights[part].T + own.biases[part]
            j = scores.argmax(axis=1)
            found = scores[rows, j]
            at, best = np.where(found > best, j + start, at), np.maximum(found, best)
            scores += swing[part]
            np.maximum(top, scores.max(axis=1), out=top)
        return top, at

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
        lines = self._lines(rows, chosen)
        guesses = np.stack([self.nearest[rows], rival])
        found = np.stack([self._exact(lines, j) for j in guesses])
        least = np.argmin(found, axis=0)
        radius, limit = found.min(axis=0), guesses[least, np.arange(len(rows))]
        on = np.flatnonzero((radius > above) & (radius >= 0.0))
        if on.size:
            radius[on], limit[on] = self._lowered(lines.take(on), radius[on], limit[on])
        proven = np.full(len(rows), -1.0)
        proven[on] = np.minimum(radius[on], self.domain.reach)
        return proven, limit

    def _lowered(self, lines: Lines, radius: FloatArray, limit: IntArray) -> tuple[FloatArray, IntArray]:
        """Return the radii after all opposite pieces that may lower them have been computed."""
        left, right = self._margins(lines, radius, limit), self.rivalry.right
        radius, limit = radius.copy(), limit.copy()
        for start in range(0, len(right), CHUNK):
            part = right[start : start + CHUNK].T
            margin = left @ part
            k, j = np.divmod(np.flatnonzero(~(margin > 0.0)), margin.shape[1])
            crowded = np.flatnonzero(np.bincount(k, minlength=len(left)) > MOST_LOWERING)
            if crowded.size:
                self._lower(lines, (crowded, margin[crowded].argmin(axis=1) + start), radius, limit)
                left[crowded] = self._margins(lines.take(crowded), radius[crowded], limit[crowded])
                margin[crowded] = left[crowded] @ part
                k, j = np.divmod(np.flatnonzero(~(margin > 0.0)), margin.shape[1])
            if k.size:
                self._lower(lines, (k, j + start), radius, limit)
        return radius, limit

    def _lower(self, lines: Lines, pairs: tuple[IntArray, IntArray], radius: FloatArray, limit: IntArray) -> None:
        """Lower radii to those that some pairs of a line and an opposite piece allow, in place."""
        k, rivals = pairs
        found, before = self._exact(lines.take(k), rivals), radius.copy()
        np.minimum.at(radius, k, found)
        record = np.flatnonzero((found == radius[k]) & (found < before[k]))
        limit[k[record]] = rivals[record]

    def _margins(self, lines: Lines, radius: FloatArray, limit: IntArray) -> Single:
        """Return left factors: where their product with an opposite piece is positive, it does not lower the radius.

        A piece at the distance `d ≤ (d²/t + t)/2` of lifted weights does not if its lead exceeds `ρ (d²/t + t)/2`, which is
        bilinear in `[w, 1, b, ‖v‖²]`; any t > 0 will do, best is the distance of the piece that limits.
        """
        r, v, images = self.rivalry, self.rivalry.lifted[0][lines.pieces], self.images[lines.rows]
        rate = np.clip(radius, 0.0, self.domain.reach) * (r.factor.stretch * r.lift_unit / r.score_unit * SLOP)
        t = np.maximum(np.sqrt(squares(v - r.lifted[1][limit])), LEAST_TANGENT * r.lift_size + 2.0**-500)
        beta = rate * (1.0 + ETA) / (2.0 * t) * SLOP
        lift = v @ r.factor.L.T * (r.weight_unit / r.lift_unit)
        size = np.sqrt(squares(v)) * SLOP
        own, tangent = beta * size * size, rate * (8.0 * r.lift_error**2 / (ETA * t) + t) * (0.5 * SLOP)
        offset = self._offset(lines)
        z = 2.0 * beta[:, None] * lift - images / r.image_unit
        L = float(np.linalg.norm(r.factor.L)) * (r.weight_unit / r.lift_unit)
        double = 4.0 * beta * size * (gamma_upper(len(r.factor.L) + 4, UNIT) * L * r.longest + r.lift_error)
        reach = np.abs(images) / r.image_unit + 2.0 * beta[:, None] * np.abs(lift)
        error = self._product_error(reach, np.abs(offset) + own + tangent, beta) + double * SLOP
        constant = offset - own - tangent - error
        return np.column_stack([z, constant, np.full(len(z), -1.0), -beta, np.zeros(len(z))]).astype(np.float32)

    def _offset(self, lines: Lines) -> FloatArray:
        """Return, in score units, a lower bound on the own score less all that any opposite piece may require."""
        r, own = self.rivalry, self.comparison.own
        length = np.sqrt(((own.weights[lines.pieces] / r.weight_unit) ** 2).sum(axis=1)) + r.longest
        required = r.input_error * length * r.weight_unit * SLOP + self.comparison.highest_error * SLOP + lines.required
        offset = (lines.scores - (required * SLOP * SLOP + self.score_error)) / r.score_unit
        return np.asarray(offset - 2.0**-40 * np.abs(offset))

    def fits(self) -> bool:
        """Return whether the products stay far from overflow, so that no comparison is void."""
        r = self.rivalry
        rate = self.domain.reach * r.factor.stretch * r.lift_unit / r.score_unit
        offset = np.abs(self._offset(self._lines(np.arange(len(self.images)), self.leader))).max()
        steepest = rate / (LEAST_TANGENT * r.lift_size + 2.0**-500) * max(1.0, r.lift_size**2)
        return bool(0.0 < rate < MOST and steepest < MOST and max(offset, r.largest_bias) < MOST)

    def _lines(self, rows: IntArray, chosen: IntArray) -> Lines:
        own = self.comparison.own
        scores = np.einsum("ij,ij->i", self.images[rows], own.weights[chosen]) + own.biases[chosen]
        required = self.comparison.lead + self.comparison.carry * self.carried[rows] + self._errors(own, rows, chosen)
        return Lines(rows, chosen, scores, required)

    def _errors(self, side: Pieces, rows: IntArray, pieces: IntArray) -> FloatArray:
        """Return a bound on the error of a piece's score on the ball, pair by pair."""
        model = self.rivalry.model
        terms = np.einsum("ij,ij->i", self.size[rows], np.abs(side.weights[pieces]))
        terms += np.abs(side.biases[pieces]) + self.further[rows]
        return np.asarray((terms * model.factor + side.errors[pieces] + model.floor) * SLOP)

    def _exact(self, lines: Lines, rivals: IntArray) -> FloatArray:
        """Return, line by line, the radius up to which the chosen own piece keeps its lead over a rival."""
        radius = np.empty(len(rivals))
        for start in range(0, len(rivals), PAIRS):
            part = np.arange(start, min(start + PAIRS, len(rivals)))
            radius[part] = self._pairs(lines.take(part), rivals[part])
        return radius

    def _pairs(self, lines: Lines, rivals: IntArray) -> FloatArray:
        r, own, opposite = self.rivalry, self.comparison.own.weights, self.comparison.opposite
        weights, chosen = opposite.weights[rivals], lines.pieces
        score = np.einsum("ij,ij->i", self.images[lines.rows], weights) + opposite.biases[rivals]
        plain = _lengths((own[chosen] - weights) / r.weight_unit) * r.weight_unit * SLOP + SMALLEST
        lifted = _lengths(r.lifted[0][chosen] - r.lifted[1][rivals]) + 2.0 * r.lift_error
        dual = lifted * (r.factor.stretch * r.lift_unit * SLOP) + SMALLEST
        required = (r.input_error * plain + self._errors(opposite, lines.rows, rivals) + lines.required) * SLOP
        lead = lines.scores - score - (required + self.score_error)
        with np.errstate(over="ignore"):
            return np.asarray(np.where(lead >= 0.0, lead / dual / SLOP, -1.0))


def _lengths(rows: FloatArray) -> FloatArray:
    """Return upper bounds on the norms of rows whose squares do not overflow; what underflows is added."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)) * SLOP + 2.0**-500)
