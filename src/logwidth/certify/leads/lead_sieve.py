"""Leads over many pieces: a float32 product tells which opposite pieces may limit a ball; only those are computed.

By T6 an own piece s leads an opposite piece j on the ball of radius ρ around x if

    a_s(z) − a_j(z) − required ≥ ρ ‖Tᵀ(w_s − w_j)‖_2,        z = T x + b,

so the ball's radius is the least quotient over j. With `T Tᵀ ≈ L Lᵀ` and the lifted weights `v = Lᵀw` the norm is at most
`stretch · (‖v_s − v_j‖ + 2ε)`, ε the error of a lifted row. Most j are far from the least quotient. To leave them out, the
norm is bounded by a function that is affine in what belongs to j alone: for every t > 0,

    d ≤ (d²/t + t)/2,        d² = ‖v_s‖² − 2⟨v_s, v_j⟩ + ‖v_j‖².

So "j does not lower ρ" follows from one dot product of a row of the ball with `[w_j, 1, b_j, ‖v_j‖²]`, and a float32 matrix
product asks it of all balls and pieces at once. What the product errs by is taken off beforehand: a piece is left out only
if it is proven harmless. For all others the quotient is computed in float64, from below.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import SLOP, SMALLEST, images_of
from logwidth.certify.leads.geometry import UNIT
from logwidth.certify.leads.pair_table import PairTable
from logwidth.certify.leads.pieces import Pieces
from logwidth.rounding import BINARY32, gamma_upper
from logwidth.separation.table import squares
from logwidth.types import FloatArray

IntArray = NDArray[np.intp]
Single = NDArray[np.float32]
Pairs = tuple[IntArray, IntArray]
CHUNK, PAIRS = 512, 4096  # opposite pieces of a product, and pairs whose quotients are computed together
ETA = 2.0**-20  # η: how much of d² is given away so that the errors of lifted rows stand alone
LEAST_TANGENT = 2.0**-10  # least t, as a share of the longest lifted weights: the steepness 1/t stays bounded
MOST = 2.0**50  # of a term of a float32 product: sums stay far below its largest number
SECOND_CHOICES = 16  # own pieces that are tried on a ball, by their score at its centre
MOST_LOWERING = 3  # pieces of a chunk that may lower one radius: more are worth looking for the lowest first


@dataclass(frozen=True, eq=False)
class LeadCandidates:
    """Balls (rows of a block) with an own piece that may lead there, its score at the centre, and what its lead must be.

    `required` is the part of it that no opposite piece changes: `lead + carry S_i + E_s`.
    """

    rows: IntArray
    pieces: IntArray
    scores: FloatArray
    required: FloatArray

    def take(self, kept: IntArray) -> "LeadCandidates":
        """Return some of them, or some of them several times."""
        return LeadCandidates(self.rows[kept], self.pieces[kept], self.scores[kept], self.required[kept])


class BallBlock:
    """Some balls of a comparison, few enough that a chunk of their products stays in the cache.

    The quantities are those of `BallScores`; of the opposite pieces only those are computed in full that may matter.
    """

    def __init__(self, table: PairTable, points: FloatArray) -> None:
        self.table, self.comparison, self.domain = table, table.comparison, table.domain
        own, opposite, first = self.comparison.own, self.comparison.opposite, self.domain.first
        self.images, image_error = images_of(first, points)
        box = np.abs(self.images).max(axis=0)
        rounding = gamma_upper(first.m + 12, UNIT) * (own.magnitude(box) + opposite.magnitude(box))
        swing = own.swing(image_error) + opposite.swing(image_error)
        self.score_error = (rounding + swing) * SLOP + (first.m + 4) * SMALLEST
        self.size = np.abs(self.images) + self.domain.swing
        highest, self.leader = self._sweep_own()
        self.carried = (np.maximum(highest + self.score_error, 0) + self.comparison.highest_error) * (1 + 2.0**-20)
        self.further = 2 * self.carried + self.comparison.others
        self.nearest = self._likely_rivals()

    def best(self, radius: float) -> tuple[FloatArray, IntArray]:
        """Return the radii of the largest own scores, and the limiting pieces; where short of `radius`, of others too."""
        rows = np.arange(len(self.images))
        best, rival = self.radii(rows, self.leader, self.nearest, np.full(len(rows), -1.0))
        short = np.flatnonzero(best < radius)
        choices = self._second_choices(short)
        at_once = max(1, len(rows) // max(1, len(short)))  # few balls alone make slow products
        for start in range(0, choices.shape[1], at_once):
            some = choices[:, start : start + at_once]
            each = np.repeat(short, some.shape[1])
            found, limit = (a.reshape(some.shape) for a in self.radii(each, some.ravel(), rival[each], best[each]))
            highest = np.arange(len(short)), found.argmax(axis=1)
            gains = found[highest] > best[short]
            best[short[gains]], rival[short[gains]] = found[highest][gains], limit[highest][gains]
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
        own, swing, rows = self.comparison.own, self.table.swings, np.arange(len(self.images))
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

    def _likely_rivals(self) -> IntArray:
        """Return, per ball, the opposite piece of a sample of them whose score is about the largest at its centre."""
        r, rows = self.table, np.arange(len(self.images))
        left = np.column_stack([self.images / r.image_unit, np.ones(len(rows))]).astype(np.float32)
        best, at = np.full(len(rows), -np.inf), np.zeros(len(rows), dtype=np.intp)
        for start in range(0, r.sampled.size, CHUNK):
            scores = left @ r.sampled_scores[start : start + CHUNK].T
            j = scores.argmax(axis=1)
            found = scores[rows, j]
            at, best = np.where(found > best, j + start, at), np.maximum(found, best)
        return np.asarray(r.sampled[at])

    def _product_error(self, z: FloatArray, constant: FloatArray, beta: FloatArray) -> FloatArray:
        """Return an upper bound on what a float32 product of `[z, constant, −1, −β]` errs by, in score units.

        `constant` is the sum of the sizes of its terms. Each of m + 3 products is rounded, its factors were converted, and
        the sum takes any order: `γ_{m+14} Σ|terms|`, with `|⟨z, w_j⟩| ≤ ‖z‖ ‖w_j‖` (Cauchy–Schwarz); and underflow.
        """
        m, r = self.domain.first.m, self.table
        bias = r.largest_bias
        terms = np.sqrt(squares(z)) * r.longest + constant + bias + beta * r.lift_size**2
        tiny = (m + 10) * 2.0**-120 * (1.0 + np.abs(z).max(axis=1) + constant + beta) * (1.0 + bias + r.lift_size**2)
        return np.asarray((gamma_upper(m + 14, BINARY32.unit) * terms * SLOP + tiny) * SLOP)

    def radii(self, rows: IntArray, chosen: IntArray, rival: IntArray, above: FloatArray) -> tuple[FloatArray, IntArray]:
        """Return the radius, up to the domain's reach, to which the chosen own pieces lead, and the piece that limits it.

        −1 where they do not lead at the centre, and where a given `rival` shows that the radius is at most `above`.
        """
        candidates = self._candidates(rows, chosen)
        guesses = np.stack([self.nearest[rows], rival])
        found = np.stack([self._exact(candidates, j) for j in guesses])
        least = np.argmin(found, axis=0)
        radius, limit = found.min(axis=0), guesses[least, np.arange(len(rows))]
        on = np.flatnonzero((radius > above) & (radius >= 0.0))
        if on.size:
            radius[on], limit[on] = self._lowered(candidates.take(on), radius[on], limit[on])
        proven = np.full(len(rows), -1.0)
        proven[on] = np.minimum(radius[on], self.domain.reach)
        return proven, limit

    def _lowered(self, candidates: LeadCandidates, radius: FloatArray, limit: IntArray) -> tuple[FloatArray, IntArray]:
        """Return the radii after all opposite pieces that may lower them have been computed.

        ρ only falls, and what does not lower a larger ρ does not lower a smaller one: factors made for an earlier ρ remain
        valid, and are made anew only where many pieces of a chunk would have to be computed.
        """
        left, right = self._margins(candidates, radius, limit), self.table.right
        radius, limit, room = radius.copy(), limit.copy(), np.empty(len(left) * CHUNK, dtype=np.float32)
        crowds = np.bincount(limit // CHUNK, minlength=-(-len(right) // CHUNK))
        for start in (np.argsort(-crowds, kind="stable") * CHUNK).tolist():  # most rivals first
            part = right[start : start + CHUNK].T
            margin = np.matmul(left, part, out=room[: len(left) * part.shape[1]].reshape(len(left), -1))
            k, j = np.divmod(np.flatnonzero(~(margin > 0.0)), margin.shape[1])
            crowded = np.flatnonzero(np.bincount(k, minlength=len(left)) > MOST_LOWERING)
            if crowded.size:
                self._lower(candidates, (crowded, margin[crowded].argmin(axis=1) + start), radius, limit)
                left[crowded] = self._margins(candidates.take(crowded), radius[crowded], limit[crowded])
                margin[crowded] = left[crowded] @ part
                k, j = np.divmod(np.flatnonzero(~(margin > 0.0)), margin.shape[1])
            if k.size:
                self._lower(candidates, (k, j + start), radius, limit)
        return radius, limit

    def _lower(
        self, candidates: LeadCandidates, pairs: tuple[IntArray, IntArray], radius: FloatArray, limit: IntArray
    ) -> None:
        """Lower radii to those that some pairs of a candidate and an opposite piece allow, in place."""
        k, rivals = pairs
        found, before = self._exact(candidates.take(k), rivals), radius.copy()
        np.minimum.at(radius, k, found)
        record = np.flatnonzero((found == radius[k]) & (found < before[k]))
        limit[k[record]] = rivals[record]

    def _margins(self, candidates: LeadCandidates, radius: FloatArray, limit: IntArray) -> Single:
        """Return left factors `(n, m + 3)`: where their product with an opposite piece is positive, it does not lower ρ.

        With `rate = ρ stretch`, d the computed distance of lifted weights and ε the error of each, j does not lower ρ if
        `offset − a_j(z) ≥ rate (d + 2ε)`. Any t > 0 gives, by `(d + 2ε)² ≤ (1 + η) d² + 8ε²/η`,

            rate (d + 2ε) ≤ β d² + tangent,   β = rate (1 + η)/(2t),   tangent = rate (8ε²/(η t) + t)/2,

        and `β d² = β‖v_s‖² − 2β⟨L v_s, w_j⟩ + β‖v_j‖²`. So the product is, bounded from below,

            ⟨2β L v_s − z, w_j⟩ + (offset − β‖v_s‖² − tangent − error) − b_j − β‖v_j‖².

        The best t is the distance of the piece that limits ρ. `error` pays for the float32 product and for `⟨L v_s, w_j⟩` in
        place of `⟨v_s, v_j⟩`.
        """
        r, v, images = self.table, self.table.lifted[0][candidates.pieces], self.images[candidates.rows]
        rate = np.clip(radius, 0.0, self.domain.reach) * (r.factor.stretch * r.lift_unit / r.score_unit * SLOP)
        t = np.maximum(np.sqrt(squares(v - r.lifted[1][limit])), LEAST_TANGENT * r.lift_size + 2.0**-500)
        beta = rate * (1.0 + ETA) / (2.0 * t) * SLOP
        lift = v @ r.factor.L.T * (r.weight_unit / r.lift_unit)
        size = np.sqrt(squares(v)) * SLOP
        own, tangent = beta * size * size, rate * (8.0 * r.lift_error**2 / (ETA * t) + t) * (0.5 * SLOP)
        offset = self._offset(candidates)
        z = 2.0 * beta[:, None] * lift - images / r.image_unit
        L = float(np.linalg.norm(r.factor.L)) * (r.weight_unit / r.lift_unit)
        double = 4.0 * beta * size * (gamma_upper(len(r.factor.L) + 4, UNIT) * L * r.longest + r.lift_error)
        reach = np.abs(images) / r.image_unit + 2.0 * beta[:, None] * np.abs(lift)
        error = self._product_error(reach, np.abs(offset) + own + tangent, beta) + double * SLOP
        constant = offset - own - tangent - error
        return np.column_stack([z, constant, np.full(len(z), -1.0), -beta]).astype(np.float32)

    def _offset(self, candidates: LeadCandidates) -> FloatArray:
        """Return, in score units, a lower bound on the own score less all that any opposite piece may require.

        That is `E_j ≤ highest_error`, and what the coordinates err by, at most `‖w_s‖ + max_j ‖w_j‖` times their error.
        """
        r, own = self.table, self.comparison.own
        length = np.sqrt(((own.weights[candidates.pieces] / r.weight_unit) ** 2).sum(axis=1)) + r.longest
        required = r.input_error * length * r.weight_unit * SLOP + self.comparison.highest_error * SLOP + candidates.required
        offset = (candidates.scores - (required * SLOP * SLOP + self.score_error)) / r.score_unit
        return np.asarray(offset - 2.0**-40 * np.abs(offset))

    def fits(self) -> bool:
        """Return whether the products stay far from overflow, so that no comparison is void."""
        r = self.table
        rate = self.domain.reach * r.factor.stretch * r.lift_unit / r.score_unit
        offset = np.abs(self._offset(self._candidates(np.arange(len(self.images)), self.leader))).max()
        steepest = rate / (LEAST_TANGENT * r.lift_size + 2.0**-500) * max(1.0, r.lift_size**2)
        return bool(0.0 < rate < MOST and steepest < MOST and max(offset, r.largest_bias) < MOST)

    def _candidates(self, rows: IntArray, chosen: IntArray) -> LeadCandidates:
        own = self.comparison.own
        scores = np.einsum("ij,ij->i", self.images[rows], own.weights[chosen]) + own.biases[chosen]
        required = self.comparison.lead + self.comparison.carry * self.carried[rows] + self._errors(own, rows, chosen)
        return LeadCandidates(rows, chosen, scores, required)

    def _errors(self, side: Pieces, rows: IntArray, pieces: IntArray) -> FloatArray:
        """Return a bound on the error of a piece's score on the ball, pair by pair."""
        model = self.table.model
        terms = np.einsum("ij,ij->i", self.size[rows], np.abs(side.weights[pieces]))
        terms += np.abs(side.biases[pieces]) + self.further[rows]
        return np.asarray((terms * model.factor + side.errors[pieces] + model.floor) * SLOP)

    def _exact(self, candidates: LeadCandidates, rivals: IntArray) -> FloatArray:
        """Return, candidate by candidate, the radius up to which the chosen own piece keeps its lead over a rival."""
        radius = np.empty(len(rivals))
        for start in range(0, len(rivals), PAIRS):
            part = np.arange(start, min(start + PAIRS, len(rivals)))
            radius[part] = self._pairs(candidates.take(part), rivals[part])
        return radius

    def _pairs(self, candidates: LeadCandidates, rivals: IntArray) -> FloatArray:
        """Return the quotients of T6, from below: leads are bounded from below, dual norms from above; −1 without a lead."""
        r, own, opposite = self.table, self.comparison.own.weights, self.comparison.opposite
        weights, chosen = opposite.weights[rivals], candidates.pieces
        score = np.einsum("ij,ij->i", self.images[candidates.rows], weights) + opposite.biases[rivals]
        plain = _lengths((own[chosen] - weights) / r.weight_unit) * r.weight_unit * SLOP + SMALLEST
        lifted = _lengths(r.lifted[0][chosen] - r.lifted[1][rivals]) + 2.0 * r.lift_error
        dual = lifted * (r.factor.stretch * r.lift_unit * SLOP) + SMALLEST
        required = (r.input_error * plain + self._errors(opposite, candidates.rows, rivals) + candidates.required) * SLOP
        lead = candidates.scores - score - (required + self.score_error)
        with np.errstate(over="ignore"):
            return np.asarray(np.where(lead >= 0.0, lead / dual / SLOP, -1.0))


def _lengths(rows: FloatArray) -> FloatArray:
    """Return upper bounds on the norms of rows whose squares do not overflow; what underflows is added."""
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)) * SLOP + 2.0**-500)
