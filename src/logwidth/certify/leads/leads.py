"""The smallest lead of the own scores on a ball, and the largest ball on which it suffices."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.exact_lead import leads_exactly
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, Domain, images_of, vector_norm_upper
from logwidth.certify.leads.geometry import DualPairNorms, EuclideanFactor, PairNorms, dual_pair_norms, euclidean_factor
from logwidth.certify.leads.lead_sieve import SECOND_CHOICES, Rivalry, Strip
from logwidth.certify.leads.pieces import Comparison, DotError, Pieces, dot_error, joined
from logwidth.compute.threads import MOST_THREADS
from logwidth.rounding import gamma_upper
from logwidth.separation import working_bytes

FloatArray = NDArray[np.float64]
BLOCK_ENTRIES, LEAST_BLOCK, TABLES = 1 << 17, 16, 12
LARGE, STRIP = 1 << 24, 1024  # entries from which a sieve pays, and the points that it takes at a time
EXACT_PAIRS = 4096
LEADERS, SHARED_BALLS = 64, 1024  # pieces that may lead together on a ball, and balls on which that is looked for


@dataclass(frozen=True, eq=False)
class Leads:
    """Per sample: `radius_lower`, a radius at which the comparison is proven; `proven` at the wanted radius.

    `rival` is the opposite piece that limits the radius.
    """

    radius_lower: FloatArray
    proven: NDArray[np.bool_]
    rival: NDArray[np.intp]

    @staticmethod
    def joined(parts: "list[Leads]") -> "Leads":
        """Return the leads of consecutive samples as one."""
        names = ("radius_lower", "proven", "rival")
        return Leads(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


class LeadMeter:
    """Measures leads on balls around given points, for one network and one domain.

    At a computed coordinate vector within a ball, `a_s − a_j ≥ (a_s − a_j)(T x_i + b) − σ‖Tᵀh‖_q − ‖h‖_2 ‖e‖_2` with
    `h = w_s − w_j` and `e` the first layer's rounding error. Every term is bounded on the safe side.
    """

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.factor: EuclideanFactor | None = euclidean_factor(domain.first.T) if domain.norm == 2.0 else None
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

    def _led_by_one(self, comparison: Comparison, points: FloatArray, radius: float) -> Leads:
        """Return the leads of single own pieces over all opposite ones."""
        if self.factor is not None and len(points) * comparison.opposite.size >= LARGE:
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
        rivalry = Rivalry(comparison, self.domain, self.factor, self.dot_error, self.input_error)
        found: list[Leads] = []
        sides: Sides | None = None  # of use only where floats do not decide
        for rows in blocks_of(comparison, len(points), self.memory, STRIP):
            strip = Strip(rivalry, points[rows])
            if not strip.fits():
                return None
            best, rival = strip.best(radius)
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


@dataclass(frozen=True, eq=False)
class Sides:
    """What all blocks of a comparison share: sizes of weights, and the norms `‖Tᵀ(w_s − w_j)‖_q` and `‖w_s − w_j‖_2`."""

    own: FloatArray
    opposite: FloatArray
    dual: PairNorms | DualPairNorms
    plain: PairNorms

    @classmethod
    def of(cls, meter: LeadMeter, comparison: Comparison) -> "Sides":
        """Return the sides of a comparison."""
        own, opposite = comparison.own.weights, comparison.opposite.weights
        dual = dual_pair_norms(meter.domain.first.T, own, opposite, meter.domain.norm, meter.factor)
        return cls(np.abs(own), np.abs(opposite), dual, PairNorms(own, opposite, 0.0))


class BallScores:
    """Scores at the centres of a block of balls, and the radii that they allow."""

    def __init__(self, meter: LeadMeter, comparison: Comparison, points: FloatArray, sides: Sides | None = None) -> None:
        self.meter, self.comparison, self.points = meter, comparison, points
        self.sides = sides or Sides.of(meter, comparison)
        own, opposite, first = comparison.own, comparison.opposite, meter.domain.first
        images, image_error = images_of(first, points)
        self.images, self.image_error = images, image_error
        self.own_scores = images @ own.weights.T + own.biases
        self.opposite_scores = images @ opposite.weights.T + opposite.biases
        box = np.abs(images).max(axis=0)
        rounding = gamma_upper(first.m + 12, 2.0**-53) * (own.magnitude(box) + opposite.magnitude(box))
        self.score_error = (rounding + own.swing(image_error) + opposite.swing(image_error)) * SLOP + (
            first.m + 4
        ) * SMALLEST
        self.dual, self.plain = self.sides.dual, self.sides.plain
        self._bound_errors(images)

    def _bound_errors(self, images: FloatArray) -> None:
        """Bound, per ball, the running maximum and the errors of all scores on it."""
        own, opposite, model = self.comparison.own, self.comparison.opposite, self.meter.dot_error
        swing = self.meter.domain.swing
        top = np.maximum(
            (self.own_scores + self.sides.own @ swing).max(axis=1),
            (self.opposite_scores + self.sides.opposite @ swing).max(axis=1),
        )
        self.carried = np.maximum(top + self.score_error, 0) + self.comparison.highest_error
        self.carried *= 1 + 2.0**-20
        size = np.abs(images) + swing
        further = (2 * self.carried + self.comparison.others)[:, None]
        self.own_errors = self._errors((own, self.sides.own), size, further, model)
        self.opposite_errors = self._errors((opposite, self.sides.opposite), size, further, model)

    @staticmethod
    def _errors(side: tuple[Pieces, FloatArray], size: FloatArray, further: FloatArray, model: DotError) -> FloatArray:
        pieces, weights = side
        errors = size @ weights.T
        errors += np.abs(pieces.biases) + further
        errors *= model.factor
        errors += pieces.errors + model.floor
        errors *= SLOP
        return errors

    def first_choice(self) -> NDArray[np.intp]:
        """Return the own piece with the largest score at each centre."""
        best: NDArray[np.intp] = np.argmax(self.own_scores, axis=1)
        return best

    def other_choices(self, rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
        """Yield, rank by rank, the next best own pieces of some samples."""
        if rows.size == 0:
            return
        ranked = np.argsort(-self.own_scores[rows], axis=1, kind="stable")
        for rank in range(1, min(SECOND_CHOICES, ranked.shape[1])):
            yield ranked[:, rank]

    def radii(self, chosen: NDArray[np.intp], rows: NDArray[np.intp] | None = None) -> Leads:
        """Return the radius up to which the chosen own pieces lead, per sample (−1 where they do not even at 0)."""
        rows = np.arange(len(self.points)) if rows is None else rows
        radius = self.bisectors(chosen, rows, self.required(chosen, rows))
        rival = np.argmin(radius, axis=1)
        smallest = radius[np.arange(len(rows)), rival] / SLOP
        return Leads(np.where(smallest >= 0, smallest, -1.0), np.zeros(len(rows), dtype=bool), rival)

    def bisectors(self, chosen: NDArray[np.intp], rows: NDArray[np.intp], required: FloatArray) -> FloatArray:
        """Return radii `(n, P_opposite)` up to which a chosen own piece keeps the lead `required` over each opposite one."""
        lead = self.own_scores[rows, chosen][:, None] - self.opposite_scores[rows]
        lead -= required + self.score_error
        norms = self.dual(chosen)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            radius: FloatArray = lead / norms
        radius[norms == 0] = np.where(lead[norms == 0] >= 0, np.inf, -1.0)
        return radius

    def required(self, chosen: NDArray[np.intp], rows: NDArray[np.intp]) -> FloatArray:
        """Return the lead that each opposite piece must be beaten by at exact coordinates."""
        fixed = self.comparison.lead + self.comparison.carry * self.carried[rows] + self.own_errors[rows, chosen]
        required = self.meter.input_error * self.plain(chosen)
        required += self.opposite_errors[rows]
        required += fixed[:, None]
        required *= SLOP
        return required

    def decide_exactly(self, i: int, radius: float) -> bool:
        """Decide one sample in exact rationals: every opposite piece that floats could not clear."""
        chosen = self.first_choice()[i : i + 1]
        required = self.required(chosen, np.array([i]))[0]
        lead = self.own_scores[i, chosen] - self.opposite_scores[i] - required
        norms = self.dual(chosen)[0]
        if not (lead + self.score_error >= radius * norms * (1 - 2.0**-30)).all():
            return False
        unclear = np.flatnonzero(~(lead - self.score_error >= radius * norms * SLOP))
        if unclear.size > EXACT_PAIRS:
            return False
        return all(
            leads_exactly(
                self.meter.domain.first,
                self.points[i],
                (self.comparison.own, int(chosen[0])),
                (self.comparison.opposite, int(j)),
                float(required[j]),
                (radius, self.meter.domain.norm),
            )
            for j in unclear
        )


def batches(rows: NDArray[np.intp], most: int) -> Iterator[NDArray[np.intp]]:
    """Yield some rows at a time."""
    return (rows[start : start + most] for start in range(0, len(rows), most))


def blocks_of(comparison: Comparison, n: int, memory_bytes: int, wanted: int = 0) -> Iterator[slice]:
    """Yield slices of `n` points such that no table of scores grows large, nor all that one thread needs.

    Slices of `wanted` points hold tables of own scores only.
    """
    width = max(1, comparison.own.size, 0 if wanted else comparison.opposite.size)
    most = memory_bytes // (8 * TABLES * MOST_THREADS * width)
    step = max(1, min(wanted or max(LEAST_BLOCK, BLOCK_ENTRIES // width), most))
    return (slice(start, start + step) for start in range(0, max(n, 1), step))


def _better(best: Leads, rows: NDArray[np.intp], other: Leads) -> Leads:
    radius, rival = best.radius_lower.copy(), best.rival.copy()
    gains = other.radius_lower > radius[rows]
    radius[rows[gains]] = other.radius_lower[gains]
    rival[rows[gains]] = other.rival[gains]
    proven = best.proven.copy()
    proven[rows] |= other.proven
    return Leads(radius, proven, rival)
