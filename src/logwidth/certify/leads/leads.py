"""Scores at the centres of balls, and the largest balls on which the own ones lead."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.comparison import Comparison, leads_exactly
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, images_of
from logwidth.certify.leads.geometry import DualPairNorms, PairNorms, dual_pair_norms
from logwidth.certify.leads.lead_sieve import SECOND_CHOICES
from logwidth.certify.leads.pieces import DotError, Pieces
from logwidth.certify.leads.requirement import Leads
from logwidth.compute.threads import MOST_THREADS
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray

if TYPE_CHECKING:
    from logwidth.certify.leads.meter import LeadMeter

BLOCK_ENTRIES, LEAST_BLOCK, TABLES = 1 << 17, 16, 12
EXACT_PAIRS = 4096


@dataclass(frozen=True, eq=False)
class Sides:
    """What all blocks of a comparison share: sizes of weights, and the norms `‖Tᵀ(w_s − w_j)‖_q` and `‖w_s − w_j‖_2`."""

    own: FloatArray
    opposite: FloatArray
    dual: PairNorms | DualPairNorms
    plain: PairNorms

    @classmethod
    def of(cls, meter: "LeadMeter", comparison: Comparison) -> "Sides":
        """Return the sides of a comparison."""
        own, opposite = comparison.own.weights, comparison.opposite.weights
        dual = dual_pair_norms(meter.domain.first.T, own, opposite, meter.domain.norm, meter.factor)
        return cls(np.abs(own), np.abs(opposite), dual, PairNorms(own, opposite, 0.0))


class BallScores:
    """Scores at the centres of a block of balls, and the radii that they allow."""

    def __init__(self, meter: "LeadMeter", comparison: Comparison, points: FloatArray, sides: Sides | None = None) -> None:
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
        """Bound, per ball, the running maximum and the errors of all scores on it.

        Own scores bound the maximum wherever all opposite ones are led: what a lead must be is never negative.
        """
        own, opposite, model = self.comparison.own, self.comparison.opposite, self.meter.dot_error
        swing = self.meter.domain.swing
        top = (self.own_scores + self.sides.own @ swing).max(axis=1)
        self.carried = np.maximum(top + self.score_error, 0) + self.comparison.highest_error
        self.carried *= 1 + 2.0**-20
        size = np.abs(images) + swing
        further = (2 * self.carried + self.comparison.others)[:, None]
        self.own_errors = self._errors((own, self.sides.own), size, further, model)
        self.opposite_errors = self._errors((opposite, self.sides.opposite), size, further, model)
        if model.stored:
            self.own_errors += model.stored * self._sizes(self.own_scores, self.sides.own)
            self.opposite_errors += model.stored * self._sizes(self.opposite_scores, self.sides.opposite)

    def _sizes(self, scores: FloatArray, weights: FloatArray) -> FloatArray:
        """Return bounds on the size of every score on each ball."""
        sizes: FloatArray = np.abs(scores) + weights @ self.meter.domain.swing + self.score_error
        return sizes * SLOP

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
