"""Affine pieces on the image, their range on the domain, and the requirement that one set leads another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import SLOP, Domain
from logwidth.rounding import gamma_upper

FloatArray = NDArray[np.float64]


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
        return float((np.abs(self.weights) @ upper + np.abs(self.biases)).max(initial=0.0)) * SLOP

    def swing(self, error: FloatArray) -> float:
        """Return an upper bound on the change of any score when coordinate `l` moves by at most `error[l]`."""
        return float((np.abs(self.weights) @ error).max(initial=0.0)) * SLOP


def joined(*families: Pieces) -> Pieces:
    """Return the pieces of all families, in order."""
    return Pieces(
        np.concatenate([family.weights for family in families]),
        np.concatenate([family.biases for family in families]),
        np.concatenate([family.errors for family in families]),
    )


@dataclass(frozen=True, eq=False)
class Comparison:
    """On every ball of a sample whose label value is in `values`, one `s` of `own` must lead all `j` of `opposite`.

    The lead is taken at the computed coordinates and must be at least `lead + carry·S_i + E_s + E_j`, where `S_i` bounds
    the computed running maximum on ball i and `E_t` the error of score t there, a dot product of `m` products, the
    bias, and further terms of size up to `2 S_i + others`. `highest_error` bounds all `E_t` on all balls.

    With `any_leader` it is enough that every j is led by some other piece of either side, not all by the same one: then no
    opposite piece has the largest score.
    """

    own: Pieces
    opposite: Pieces
    values: frozenset[float]
    lead: float
    carry: float
    others: float
    highest_error: float
    any_leader: bool = False


class Comparisons(Sequence[Comparison]):
    """One comparison per label value, each made when it is asked for: all together would hold every piece C times."""

    def __init__(self, values: FloatArray, make: Callable[[float], Comparison]) -> None:
        """`values` are the label values of the pieces; `make(v)` returns the comparison for the samples of value v."""
        self._values: list[float] = np.unique(values).tolist()
        self._make = make

    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, number: int) -> Comparison: ...

    @overload
    def __getitem__(self, number: slice) -> list[Comparison]: ...

    def __getitem__(self, number: int | slice) -> Comparison | list[Comparison]:
        """Return a comparison, made anew, or several."""
        if isinstance(number, slice):
            return [self._make(value) for value in self._values[number]]
        return self._make(self._values[number])


@dataclass(frozen=True)
class DotError:
    """The rounding error of one score: `factor·Σ|terms| + floor`, for `m` products, the bias and two further terms.

    Every term passes through at most `m + 3` roundings: `γ_{m+3} Σ|terms|` in any order, and underflow.
    """

    factor: float
    floor: float


def dot_error(domain: Domain) -> DotError:
    """Return the error model of a score in the network's format."""
    fmt, m = domain.first.format, domain.first.m
    return DotError(gamma_upper(m + 3, fmt.unit) * SLOP, (m + 4) * fmt.tiny * SLOP)
