"""The lead of one piece over another on one ball, and the largest score at a point, decided in exact rationals."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.certify.leads.pieces import Pieces
from logwidth.norms import dual_exponent
from logwidth.rounding import Dyadic, fraction


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
