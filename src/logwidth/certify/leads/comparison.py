"""The requirement that one set of pieces leads another on every ball, and leads in exact arithmetic."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.certify.leads.pieces import Pieces, joined
from logwidth.certify.leads.requirement import ENTRY, Approach, Leads
from logwidth.norms import dual_exponent
from logwidth.rounding import Dyadic, fraction
from logwidth.types import FloatArray


def leads_exactly(
    first: FirstLayer,
    point: NDArray[np.float64],
    own: tuple[Pieces, int],
    opposite: tuple[Pieces, int],
    lead: float,
    ball: tuple[float, float],
) -> bool:
    """Return whether `(a_s − a_j)(T x + b) − σ‖Tᵀ(w_s − w_j)‖_q ≥ lead`, in real arithmetic on the stored numbers.

    `ball = (σ, p)`. For p = 2 both sides are squared; for p = 1 and ∞ the dual norm is rational. Other norms are
    never decided here: the answer is then False, which means undecided.
    """
    radius, norm = ball
    w = [fraction(a) - fraction(c) for a, c in zip(own[0].weights[own[1]], opposite[0].weights[opposite[1]], strict=True)]
    x = [fraction(v) for v in point]
    constant = fraction(own[0].biases[own[1]]) - fraction(opposite[0].biases[opposite[1]]) - fraction(lead)
    slope = [Fraction(0)] * len(x)
    for h, row, offset in zip(w, first.T, first.b, strict=True):
        constant += h * fraction(offset)
        if h:
            slope = [g + h * fraction(t) if t else g for g, t in zip(slope, row, strict=True)]
    value = constant + sum((g * v for g, v in zip(slope, x, strict=True)), Fraction(0))
    return value >= 0 and _covers(value, slope, fraction(radius), dual_exponent(norm))


def _covers(value: Fraction, slope: list[Fraction], radius: Fraction, q: float) -> bool:
    """Return whether `value ≥ radius · ‖slope‖_q`, `value ≥ 0`."""
    if q == 2.0:
        return value * value >= radius * radius * sum((g * g for g in slope), Fraction(0))
    if q == 1.0:
        return value >= radius * sum((abs(g) for g in slope), Fraction(0))
    if math.isinf(q):
        return value >= radius * max((abs(g) for g in slope), default=Fraction(0))
    return False


def image_exactly(first: FirstLayer, point: NDArray[np.float64]) -> Dyadic | None:
    """Return `T x + b` in exact integers, None where the first ReLU clips."""
    z = Dyadic.of(first.b) + Dyadic.of(first.T) @ Dyadic.of(point)
    return None if min(z.integers) < 0 else z


def highest_exactly(pieces: Pieces, z: Dyadic, sign: int) -> Fraction:
    """Return the largest score at `z` plus (`sign` −: less) its error; the candidates are chosen in float64 with room."""
    image = z.floats()
    scores = pieces.weights @ image + pieces.biases + sign * pieces.errors
    unsure = 2.0**-40 * float((np.abs(pieces.weights) @ np.abs(image) + np.abs(pieces.biases)).max())
    close = np.flatnonzero(scores >= scores.max() - unsure)
    return max(_value(pieces, t, z) + sign * fraction(float(pieces.errors[t])) for t in close.tolist())


def _value(pieces: Pieces, t: int, z: Dyadic) -> Fraction:
    return (Dyadic.of(pieces.biases[t]) + Dyadic.of(pieces.weights[t]) @ z).rational()


if TYPE_CHECKING:
    from logwidth.certify.leads.meter import LeadMeter


@dataclass(frozen=True, eq=False)
class Comparison:
    """On every ball of a sample whose label value is in `values`, one `s` of `own` must lead all `j` of `opposite`.

    The lead is taken at the computed coordinates and must be at least `lead + carry·S_i + E_s + E_j`, where `S_i` bounds
    the computed running maximum on ball i and `E_t` the error of score t there, a dot product of `m` products, the
    bias, and further terms of size up to `2 S_i + others`. `highest_error` bounds all `E_t` on all balls. All these
    are at least 0: where own pieces lead so far, no opposite score exceeds the largest own one, and own scores bound `S_i`.

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
    surely = False

    def measure(self, meter: "LeadMeter", points: FloatArray, radius: float) -> Leads:
        """Return the leads on the balls `B_p(x_i, radius)`."""
        return meter.measure(self, points, radius)

    def approach(self, meter: "LeadMeter", points: FloatArray, *, rounded: bool) -> Approach:
        """Return the nearest points at which some opposite piece is not beaten, and proven radii."""
        return meter.approach(self, points, rounded=rounded)

    def broken(self, z: Dyadic) -> bool:
        """Return whether at `z` an opposite piece is as high as all own ones, whatever pieces known up to an error are."""
        return highest_exactly(self.opposite, z, -1) >= highest_exactly(self.own, z, +1)

    def cuts(self, meter: "LeadMeter", n: int) -> tuple[list[int], float]:
        """Return cuts between the blocks that are measured together."""
        work = (self.own.size + self.opposite.size) * (meter.domain.first.m + ENTRY)
        return meter.cuts(self, n), float(work)


class Comparisons(Sequence[Comparison]):
    """One comparison per label value, each made when it is asked for: all together would hold every piece C times."""

    def __init__(self, values: FloatArray, make: Callable[[float], Comparison]) -> None:
        """`values` are the label values of the pieces; `make(v)` returns the comparison for the samples of value v."""
        self._values: list[float] = np.unique(values).tolist()
        self._make = make

    @classmethod
    def of_classes(
        cls,
        pieces: Pieces,
        values: FloatArray,
        lead: float,
        error: float,
        *,
        carry: float = 0.0,
        rival: Pieces | None = None,
        any_leader: bool = False,
    ) -> "Comparisons":
        """Return that the pieces of each label value must lead all others, and the pieces `rival`, which have no label.

        `values` `(P,)` are those of the `pieces`, `error` bounds the errors of all scores; see :class:`Comparison`.
        """

        def of_class(value: float) -> Comparison:
            own = values == value
            others = pieces.take(np.flatnonzero(~own))
            opposite = others if rival is None else joined(others, rival)
            leader = pieces.take(np.flatnonzero(own))
            return Comparison(leader, opposite, frozenset([value]), lead, carry, 0.0, error, any_leader)

        return cls(values, of_class)

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
