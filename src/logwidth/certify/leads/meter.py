"""The smallest lead of the own scores on a ball, and the largest ball on which it suffices."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.comparison import Comparison
from logwidth.certify.leads.first_layer import SLOP, Domain, vector_norm_upper
from logwidth.certify.leads.geometry import EuclideanFactor, euclidean_factor
from logwidth.certify.leads.lead_sieve import BallBlock
from logwidth.certify.leads.leads import LEAST_BLOCK, BallScores, Sides, batches, blocks_of
from logwidth.certify.leads.pair_table import PairTable
from logwidth.certify.leads.pieces import dot_error, joined
from logwidth.certify.leads.requirement import Approach, Leads
from logwidth.certify.leads.rivals import approach_rivals
from logwidth.separation import working_bytes
from logwidth.types import FloatArray

LARGE, SIEVE_POINTS = 1 << 24, 1024  # entries from which a sieve pays, and the points that it takes at a time
ROWS = 512  # points of a part of a proof, about: many times what all its blocks share costs
LEADERS, SHARED_BALLS = 64, 1024  # pieces that may lead together on a ball, and balls on which that is looked for


class LeadMeter:
    """Measures leads on balls around given points, for one network and one domain.

    At a computed coordinate vector within a ball, `a_s − a_j ≥ (a_s − a_j)(T x_i + b) − σ‖Tᵀh‖_q − ‖h‖_2 ‖e‖_2` with
    `h = w_s − w_j` and `e` the first layer's rounding error. Every term is bounded on the safe side.
    Unless it `compares` leads, nothing is said of them, and the rows of the first layer may be linearly dependent.
    """

    def __init__(self, domain: Domain, *, compares: bool = True) -> None:
        self.domain = domain
        self.factor: EuclideanFactor | None = euclidean_factor(domain.first.T) if compares and domain.norm == 2.0 else None
        self.input_error = vector_norm_upper(domain.error)
        self.dot_error = dot_error(domain)
        self.memory = working_bytes()  # read here: threads do not know the setting

    def measure(self, comparison: Comparison, points: FloatArray, radius: float) -> Leads:
        """Return the leads of `comparison` on the balls `B_p(x_i, radius)`, `points` `(n, d)` exact.

        Of many pieces only those are computed that may limit a ball, and radii end at the domain's reach.
        """
        found = self._led_by_one(comparison, points, radius)
        short = np.flatnonzero(~found.proven)[:SHARED_BALLS] if comparison.any_leader else found.rival[:0]
        for rows in batches(short, LEAST_BLOCK):
            found = _better(found, rows, self._led_by_several(comparison, points[rows], radius))
        return found

    def approach(self, comparison: Comparison, points: FloatArray, *, rounded: bool) -> Approach:
        """Return how near the points `(n, d)` are to breaking `comparison`, as :func:`approach_rivals` does."""
        return approach_rivals(self, comparison, points, rounded=rounded)

    def cuts(self, comparison: Comparison, n: int) -> list[int]:
        """Return where `n` points may be cut into parts that are measured apart.

        A float64 product depends, in its last bits, on the shape of its factors: so parts consist of the whole blocks that
        :meth:`measure` cuts, whoever proves them, and are large enough for a sieve where all points are.
        """
        sifted = n * comparison.opposite.size >= LARGE
        blocks = [block.start for block in blocks_of(comparison, n, self.memory, SIEVE_POINTS if sifted else 0)]
        least = max(ROWS, 8 * LARGE // comparison.opposite.size) if sifted else ROWS
        count = min(max(1, n // least), len(blocks))
        return [blocks[len(blocks) * k // count] for k in range(count)]

    def _led_by_one(self, comparison: Comparison, points: FloatArray, radius: float) -> Leads:
        """Return the leads of single own pieces over all opposite ones."""
        if self.factor is not None and not self.dot_error.stored and len(points) * comparison.opposite.size >= LARGE:
            sifted = self._sifted(comparison, points, radius)
            if sifted is not None:
                return sifted
        sides = Sides.of(self, comparison)
        parts = (
            BallScores(self, comparison, points[rows], sides) for rows in blocks_of(comparison, len(points), self.memory)
        )
        return Leads.joined([self._measure_block(ball, radius) for ball in parts])

    def _led_by_several(self, comparison: Comparison, points: FloatArray, radius: float) -> Leads:
        """Return up to which radius every opposite piece is led by one of the pieces with the largest scores."""
        everyone = replace(comparison, own=joined(comparison.own, comparison.opposite))
        ball, rows = BallScores(self, everyone, points), np.arange(len(points))
        best = np.full((len(points), comparison.opposite.size), -1.0)
        for chosen in np.argsort(-ball.own_scores, axis=1, kind="stable")[:, :LEADERS].T:
            best = np.fmax(best, ball.bisectors(chosen, rows, ball.required(chosen, rows)))
        rival = np.argmin(best, axis=1)
        lower = np.minimum(best[rows, rival] / SLOP, self.domain.reach)
        lower = np.where(lower >= 0, lower, -1.0)
        return Leads(lower, lower >= radius, rival)

    def _sifted(self, comparison: Comparison, points: FloatArray, radius: float) -> Leads | None:
        """Return the leads by way of a sieve, None if its float32 products do not fit the numbers."""
        assert self.factor is not None
        table = PairTable(comparison, self.domain, self.factor, self.dot_error, self.input_error)
        found: list[Leads] = []
        sides: Sides | None = None  # of use only where floats do not decide
        for rows in blocks_of(comparison, len(points), self.memory, SIEVE_POINTS):
            block = BallBlock(table, points[rows])
            if not block.fits():
                return None
            best, rival = block.best(radius)
            proven = best >= radius
            for part in batches(np.flatnonzero(~proven), LEAST_BLOCK):
                sides = sides or Sides.of(self, comparison)
                ball = BallScores(self, comparison, points[rows][part], sides)
                proven[part] = [ball.decide_exactly(k, radius) for k in range(len(part))]
            found.append(Leads(np.where(proven, np.maximum(best, radius), best), proven, rival))
        return Leads.joined(found)

    @staticmethod
    def _measure_block(ball: "BallScores", radius: float) -> Leads:
        best = ball.radii(ball.first_choice())
        short = np.flatnonzero(best.radius_lower < radius)
        for choice in ball.other_choices(short):
            best = _better(best, short, ball.radii(choice, short))
        proven = best.radius_lower >= radius
        for i in np.flatnonzero(~proven):
            proven[i] = ball.decide_exactly(int(i), radius)
        return Leads(np.where(proven, np.maximum(best.radius_lower, radius), best.radius_lower), proven, best.rival)


def _better(best: Leads, rows: NDArray[np.intp], other: Leads) -> Leads:
    radius, rival = best.radius_lower.copy(), best.rival.copy()
    gains = other.radius_lower > radius[rows]
    radius[rows[gains]] = other.radius_lower[gains]
    rival[rows[gains]] = other.rival[gains]
    proven = best.proven.copy()
    proven[rows] |= other.proven
    return Leads(radius, proven, rival)
