"""Affine pieces on the image, their range on the domain, and the requirement that one set leads another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.first_layer import SLOP, Domain
from logwidth.rounding import gamma_upper

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Scores `a_t(z) = ⟨weights_t, z⟩ + biases_t`, as stored: `weights` `(P, m)`, `biases` `(P,)`."""

    weights: FloatArray
    biases: FloatArray

    @property
    def size(self) -> int:
        """Number P of pieces."""
        return int(self.biases.size)

    def take(self, which: NDArray[np.intp] | slice) -> "Pieces":
        """Return some of the pieces."""
        return Pieces(self.weights[which], self.biases[which])

    def largest_value(self, lower: FloatArray, upper: FloatArray) -> float:
        """Return an upper bound on `max(0, max_t a_t)` over the box `lower ≤ z ≤ upper`, `lower ≥ 0`."""
        gain = np.maximum(self.weights, 0) @ upper
        loss = np.minimum(self.weights, 0) @ lower
        slack = (gain - loss + np.abs(self.biases)) * 2.0**-36
        return max(0.0, float((gain + loss + self.biases + slack).max(initial=0.0))) * SLOP

    def magnitude(self, upper: FloatArray) -> float:
        """Return an upper bound on `max_t Σ_l |w_tl| z_l + |b_t|` over `0 ≤ z ≤ upper`."""
        return float((np.abs(self.weights) @ upper + np.abs(self.biases)).max(initial=0.0)) * SLOP

    def swing(self, error: FloatArray) -> float:
        """Return an upper bound on the change of any score when coordinate `l` moves by at most `error[l]`."""
        return float((np.abs(self.weights) @ error).max(initial=0.0)) * SLOP


@dataclass(frozen=True, eq=False)
class Comparison:
    """On every ball of a sample whose label value is in `values`, one of `own` must lead all of `opposite`.

    The lead is taken at the computed coordinates and must be at least `lead`, which covers all later roundings.
    """

    own: Pieces
    opposite: Pieces
    values: frozenset[float]
    lead: float


def dot_error(pieces: Pieces, domain: Domain, upper: FloatArray, others: float) -> float:
    """Return a bound on the rounding error of any one score computed from computed coordinates and `others` more.

    `m` products, up to three further terms of total size `others`, and the bias: `γ_{m+5} Σ|terms|` and underflow.
    """
    unit, tiny = domain.first.format.unit, domain.first.format.tiny
    m = domain.first.m
    bound = gamma_upper(m + 5, unit) * (pieces.magnitude(upper) + others) + (m + 5) * tiny
    return bound * SLOP
