"""Answers about boxes in real numbers and in floats, each proven for itself, for networks whose units read one unit each.

*Real numbers.* Over a box on which every hidden unit keeps its sign the network is affine; its scores' extremes are attained
at corners, in exact rationals.

*Floats.* A unit with one weight, a power of two, has the value `fl(w v + b)`: the product is exact, so that no order of
summation and no fused operation gives another one. Rounding is monotone: over a box values lie between those at its ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import frexp

import numpy as np

from logwidth.certify import UnprovableNetworkError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.rounding import float_near

Range = tuple[Fraction, Fraction]
LARGEST = Fraction(2) ** 120  # no product or sum that this proof speaks of comes near an overflow
SMALLEST = Fraction(2) ** -100  # nor, other than 0, near the subnormal numbers


@dataclass(frozen=True)
class Affine:
    """`constant + Σ slopes[i] x_i`."""

    constant: Fraction
    slopes: tuple[Fraction, ...]

    def range(self, box: Sequence[Range]) -> Range:
        """Return the least and the largest value over a box."""
        ends = [sorted((slope * low, slope * high)) for slope, (low, high) in zip(self.slopes, box, strict=True)]
        return self.constant + sum((a for a, _ in ends), Fraction(0)), self.constant + sum((b for _, b in ends), Fraction(0))


def real_lead(network: ReluNetwork, box: Sequence[Range], label: int) -> Fraction:
    """Return the largest value that another score minus the label's takes on a box, in real numbers.

    Raises UnprovableNetworkError where a hidden unit changes its sign on the box.
    """
    d = len(box)
    values = [Affine(Fraction(0), tuple(Fraction(int(i == k)) for i in range(d))) for k in range(d)]
    for layer in network.hidden:
        values = [_clipped(unit, box) for unit in _images(layer, values)]
    scores = _images(network.output, values)
    own = scores[label]
    return max(
        Affine(other.constant - own.constant, tuple(a - b for a, b in zip(other.slopes, own.slopes, strict=True))).range(
            box
        )[1]
        for c, other in enumerate(scores)
        if c != label
    )


def _images(layer: AffineLayer, values: list[Affine]) -> list[Affine]:
    found = []
    for i, bias in enumerate(layer.bias.tolist()):
        constant, slopes = Fraction(bias), [Fraction(0)] * len(values[0].slopes)
        for column, weight in layer.row(i).items():
            constant += Fraction(weight) * values[column].constant
            slopes = [a + Fraction(weight) * b for a, b in zip(slopes, values[column].slopes, strict=True)]
        found.append(Affine(constant, tuple(slopes)))
    return found


def _clipped(unit: Affine, box: Sequence[Range]) -> Affine:
    low, high = unit.range(box)
    if low >= 0:
        return unit
    if high <= 0:
        return Affine(Fraction(0), tuple(Fraction(0) for _ in unit.slopes))
    raise UnprovableNetworkError("a unit changes its sign on the box")


def float_lead(network: ReluNetwork, box: Sequence[Range], label: int) -> Range:
    """Return bounds on the largest difference of another score and the label's on a box, as float32 computes them.

    The lower one is attained if the box is one point. Raises UnprovableNetworkError for units with several weights, or with
    weights that are no powers of two.
    """
    values: list[Range] = list(box)
    for layer in network.hidden:
        values = [(max(low, Fraction(0)), max(high, Fraction(0))) for low, high in _computed(layer, values)]
    scores = _computed(network.output, values)
    others = [score for c, score in enumerate(scores) if c != label]
    own = scores[label]
    return max(low for low, _ in others) - own[1], max(high for _, high in others) - own[0]


def _computed(layer: AffineLayer, values: list[Range]) -> list[Range]:
    found = []
    for i, bias in enumerate(layer.bias.tolist()):
        row = list(layer.row(i).items())
        if len(row) > 1 or any(frexp(abs(weight))[0] != 0.5 for _, weight in row):
            raise UnprovableNetworkError("a unit reads several others, or one by a weight that is no power of two")
        ends = [Fraction(weight) * end for column, weight in row for end in values[column]] or [Fraction(0)] * 2
        if any(abs(end) > LARGEST or 0 < abs(end) < SMALLEST for end in (*ends, Fraction(bias))):
            raise UnprovableNetworkError("a value is too large or too small")
        found.append((single_near(min(ends) + Fraction(bias)), single_near(max(ends) + Fraction(bias))))
    return found


def single_near(q: Fraction) -> Fraction:
    """Return the float32 nearest to a rational, of two the one with an even last bit.

    >>> single_near(Fraction(2**24 + 1)) == 2**24, single_near(Fraction(2**24 + 3)) == 2**24 + 4
    (True, True)
    """
    first = np.float32(float_near(q))
    near = [np.nextafter(first, np.float32(-np.inf)), first, np.nextafter(first, np.float32(np.inf))]
    return Fraction(float(min(near, key=lambda x: (abs(Fraction(float(x)) - q), int(x.view(np.uint32)) & 1))))
