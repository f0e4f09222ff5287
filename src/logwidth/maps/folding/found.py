"""The value that a search for folds hands on: layers in input units, and scores on what they make of the samples."""

from dataclasses import dataclass

import numpy as np

from logwidth.maps.folding.bound import SampleTerms
from logwidth.maps.folding.climb import Fold, ScaledData
from logwidth.maps.folding.scan import HALF, TIGHTEST, tightest_pairs
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False)
class FoldedMap:
    """Folding layers and scores as in `FoldWeights`, for samples as they are; `ratio` is measured, not proven.

    `gap`: about the least lead of a sample's score on a ball of the wanted ratio, in squared input units.
    """

    P: FloatArray
    A: FloatArray
    t: FloatArray
    B: FloatArray
    b: FloatArray
    E: FloatArray
    moves: FloatArray
    offsets: FloatArray
    gap: float
    ratio: float


def in_input_units(fold: Fold, scaled: ScaledData, centre: FloatArray, delta: float, wanted: float) -> FoldedMap:
    """Return folds found for `(x − centre)/delta` as folds of x: `p` becomes `delta p + P centre`; u and h are scaled."""
    w = fold.weights
    shift = w.P @ centre
    t = delta * w.t
    t[0] += w.A @ centre
    t[1:] += w.B @ shift
    gap = max(_least_lead(fold, scaled, wanted), 2.0**-40) * delta**2
    return FoldedMap(w.P, w.A, t, w.B, w.b, w.E, delta * w.moves, delta**2 * w.offsets, gap, fold.ratio)


def _least_lead(fold: Fold, scaled: ScaledData, wanted: float) -> float:
    """Return about the least lead of an own score on a ball of the wanted ratio, in squared units of the separation."""
    terms = SampleTerms.of(fold.weights, scaled.points)
    pairs = tightest_pairs(terms, scaled.labels, TIGHTEST)
    apart = float(np.linalg.norm(terms.centres[pairs[:, 0]] - terms.centres[pairs[:, 1]], axis=1).min())
    return apart * HALF * (fold.ratio - wanted)
