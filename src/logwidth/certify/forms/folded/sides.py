"""Halfspaces behind folding layers: on which side of them balls are, by the layers' steepest slope (T13)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logwidth.certify.forms.folded.balls import UNIT, FoldedBalls
from logwidth.certify.forms.folded.functions import Wanted
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, row_norms_upper
from logwidth.certify.leads.pieces import Pieces
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray, IndexArray


@dataclass(frozen=True, eq=False)
class Sides:
    """The functions `sign · l_h` of halfspaces on some balls; they must reach `lead` and all errors."""

    balls: FoldedBalls
    halfspaces: Pieces
    sign: int
    lead: float

    @cached_property
    def needed(self) -> FloatArray:
        """What the function of a halfspace `(H,)` must reach at the computed coordinates."""
        return np.asarray((self.lead + self.halfspaces.errors) * SLOP)

    @cached_property
    def moved(self) -> FloatArray:
        """How far the computed coordinates may be from those of the centre `(n,)`, from above; ∞ where nothing is known."""
        balls = self.balls
        return np.asarray(balls.speed * balls.radius + np.linalg.norm(balls.errors[-1], axis=1))

    @cached_property
    def margins(self) -> tuple[FloatArray, FloatArray]:
        """By how much `(n, H)` the functions exceed what is needed: at centres, and on balls by the steepest slope."""
        balls, h, z = self.balls, self.halfspaces, self.balls.centre[-1]
        sizes = np.abs(h.weights).T
        size = np.maximum(np.abs(balls.low[-1]), np.abs(balls.high[-1])) + np.abs(z) + balls.slips[-1]
        slip, m = balls.slips[-1] + UNIT * np.abs(z), z.shape[1]
        off = (slip @ sizes + gamma_upper(m + 12, UNIT) * (size @ sizes + np.abs(h.biases))) * SLOP + (m + 4) * SMALLEST
        centre = self.sign * (z @ h.weights.T + h.biases) - off - self.needed
        with np.errstate(invalid="ignore"):
            everywhere = centre - row_norms_upper(h.weights, 2.0) * self.moved[:, None] * SLOP * SLOP
        return centre, np.where(np.isnan(everywhere), -np.inf, everywhere)

    def wanted(self, ball: IndexArray, halfspace: IndexArray) -> Wanted:
        """Return the functions of some halfspaces on some balls `(M,)`, and what they must reach there."""
        h = self.halfspaces
        return Wanted(ball, self.sign * h.weights[halfspace], self.sign * h.biases[halfspace], self.needed[halfspace])
