"""Affine pieces on the image, their range on the domain, and what a computed one errs by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import SLOP, Domain
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray

AT_ONCE = 1024  # pieces whose sizes are formed together, in the cache


@dataclass(frozen=True, eq=False)
class Pieces:
    """Scores `a_t(z) = ⟨weights_t, z⟩ + biases_t`, as stored: `weights` `(P, m)`, `biases` `(P,)`.

    `errors` `(P,)` bounds what their computed values err by beyond the rounding of one dot product: nothing, except for
    scores that the first layer computes directly.
    """

    weights: FloatArray
    biases: FloatArray
    errors: FloatArray

    @property
    def size(self) -> int:
        """Number P of pieces."""
        return int(self.biases.size)

    def take(self, which: NDArray[np.intp] | slice) -> "Pieces":
        """Return some of the pieces."""
        return Pieces(self.weights[which], self.biases[which], self.errors[which])

    def with_error(self, which: int, error: float) -> "Pieces":
        """Return the same pieces, one of them with another error."""
        errors = self.errors.copy()
        errors[which] = error
        return Pieces(self.weights, self.biases, errors)

    def largest_value(self, lower: FloatArray, upper: FloatArray) -> float:
        """Return an upper bound on `max(0, max_t a_t)` over the box `lower ≤ z ≤ upper`, `lower ≥ 0`."""
        gain = np.maximum(self.weights, 0) @ upper
        loss = np.minimum(self.weights, 0) @ lower
        slack = (gain - loss + np.abs(self.biases)) * 2.0**-36
        return max(0.0, float((gain + loss + self.biases + slack).max(initial=0.0))) * SLOP

    def drop(self, lower: FloatArray, upper: FloatArray) -> float:
        """Return an upper bound on `max(0, −min_t a_t)` over the box `lower ≤ z ≤ upper`, `lower ≥ 0`."""
        return Pieces(-self.weights, -self.biases, self.errors).largest_value(lower, upper)

    def magnitude(self, upper: FloatArray) -> float:
        """Return an upper bound on `max_t Σ_l |w_tl| z_l + |b_t|` over `0 ≤ z ≤ upper`."""
        return float((self._sizes(upper) + np.abs(self.biases)).max(initial=0.0)) * SLOP

    def swing(self, error: FloatArray) -> float:
        """Return an upper bound on the change of any score when coordinate `l` moves by at most `error[l]`."""
        return float(self._sizes(error).max(initial=0.0)) * SLOP

    def _sizes(self, most: FloatArray) -> FloatArray:
        """Return `Σ_l |w_tl| most_l` of every piece; no copy of all weights is made."""
        starts = range(0, max(self.size, 1), AT_ONCE)
        return np.concatenate([np.abs(self.weights[k : k + AT_ONCE]) @ most for k in starts])


def joined(*families: Pieces) -> Pieces:
    """Return the pieces of all families, in order."""
    return Pieces(
        np.concatenate([family.weights for family in families]),
        np.concatenate([family.biases for family in families]),
        np.concatenate([family.errors for family in families]),
    )


@dataclass(frozen=True)
class DotError:
    """The rounding error of one score: `factor·Σ|terms| + floor`, for `m` products, the bias and two further terms.

    Every term passes through at most `m + 3` roundings: `γ_{m+3} Σ|terms|` in any order, and underflow. A score that is
    stored in a narrower format errs by `stored·|score|` more.
    """

    factor: float
    floor: float
    stored: float = 0.0


def dot_error(domain: Domain) -> DotError:
    """Return the error model of a score in the network's format."""
    fmt, m = domain.first.format, domain.first.m
    factor, floor, narrow = gamma_upper(m + 3, fmt.unit) * SLOP, (m + 4) * fmt.tiny, domain.first.narrow
    if narrow is None:
        return DotError(factor, floor * SLOP)
    return DotError(factor * (1 + narrow.unit), (floor * (1 + narrow.unit) + narrow.tiny) * SLOP, narrow.unit)
