"""What a sieve of leads knows of a comparison: weights and lifted weights of both sides in units of powers of two."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.comparison import Comparison
from logwidth.certify.leads.first_layer import SLOP, Domain
from logwidth.certify.leads.geometry import UNIT, EuclideanFactor, power_near
from logwidth.certify.leads.pieces import AT_ONCE, DotError
from logwidth.rounding import gamma_upper
from logwidth.separation.table import squares
from logwidth.types import FloatArray, IntArray

Single = NDArray[np.float32]
SAMPLED = 8  # one opposite piece in so many is looked at for a first guess of the one that limits a ball


@dataclass(frozen=True, eq=False)
class PairTable:
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
        own /= self.lift_unit
        opposite /= self.lift_unit
        return own, opposite

    @cached_property
    def lift_unit(self) -> float:
        """Return a power of two that no lifted weight exceeds by much."""
        return float(self.weight_unit * power_near(self.factor.L))

    @cached_property
    def lift_error(self) -> float:
        """Return ε, an upper bound on `‖computed v − Lᵀw‖` for any row, in units of `lift_unit`.

        Entry by entry a product of m terms errs by at most `γ_{m+2} |L|ᵀ|w|`; the sum of all entries bounds the norm.
        """
        m = self.factor.L.shape[0]
        sides = (self.comparison.own.weights, self.comparison.opposite.weights)
        largest = np.maximum(*(np.maximum(weights.max(axis=0), -weights.min(axis=0)) for weights in sides))
        size = float((np.abs(self.factor.L).T @ (largest / self.lift_unit)).sum())
        return float(gamma_upper(m + 2, UNIT) * size * SLOP + m * m * 2.0**-900)

    @cached_property
    def lift_size(self) -> float:
        """Return a bound on the norm of any lifted row."""
        return float(np.sqrt(max(squares(rows).max() for rows in self.lifted))) * SLOP

    @cached_property
    def right(self) -> Single:
        """Return `[w_j, 1, b_j, ‖v_j‖²]` of the opposite pieces, in units that the left factors share."""
        side, v, m = self.comparison.opposite, self.lifted[1], self.domain.first.m
        table = np.empty((side.size, m + 3), dtype=np.float32)
        np.divide(side.weights, self.weight_unit, out=table[:, :m], casting="same_kind")  # in double precision, as all here
        table[:, m], table[:, m + 1], table[:, m + 2] = 1.0, side.biases / self.score_unit, squares(v)
        return table

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
        rows = self.comparison.opposite.weights
        parts = (rows[k : k + AT_ONCE] / self.weight_unit for k in range(0, len(rows), AT_ONCE))
        return float(np.sqrt(max(float(squares(part).max()) for part in parts))) * SLOP

    @cached_property
    def sampled(self) -> IntArray:
        """Return some of the opposite pieces, evenly spread over their order."""
        return np.arange(0, self.comparison.opposite.size, SAMPLED)

    @cached_property
    def sampled_scores(self) -> Single:
        """Return `[w_j, b_j]` of these."""
        m = self.domain.first.m
        return self.right[self.sampled][:, [*range(m), m + 1]]

    @cached_property
    def swings(self) -> FloatArray:
        """Return, per own piece, how much its score can grow on a ball."""
        return np.asarray(np.abs(self.comparison.own.weights) @ self.domain.swing)

    @cached_property
    def largest_bias(self) -> float:
        """Return the largest bias of an opposite piece, in units of `score_unit`."""
        return float(np.abs(self.comparison.opposite.biases).max()) / self.score_unit
