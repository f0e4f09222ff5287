"""Cells of the lattice, and layers of exact units, each an affine function of named units of the layer before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import floor, lcm
from typing import Self

from logwidth.network import DyadicNetwork, DyadicRow, Exact
from logwidth.rounding import sqrt_lower
from logwidth.rounding.dyadic import Dyadic
from logwidth.types import FloatArray

SCALE_DIGITS = 8


@dataclass(frozen=True, eq=False)
class Cells:
    """Coordinates `z_j = scale x_j + shift_j > 0` and the cells `⌊z⌋` `(N, d)` of the samples, `count` on an axis (R)."""

    scale: Fraction
    shifts: tuple[Fraction, ...]
    floors: list[list[int]]
    count: int


def scale_of(n_features: int, delta_lower: float) -> Fraction:
    """Return `22√d/(9δ)`, the published `11√d/(9ε)`, rounded down to 8 binary digits: it loses less than 1/128.

    >>> scale_of(4, 1.0)
    Fraction(39, 8)
    """
    exact = sqrt_lower(Fraction(484 * n_features, 81) / Fraction(delta_lower) ** 2)
    numerator, denominator = exact.as_integer_ratio()
    shift = numerator.bit_length() - denominator.bit_length() - SCALE_DIGITS
    unit = Fraction(2) ** shift
    while Fraction(exact) / unit >= 2**SCALE_DIGITS:
        unit *= 2
    return int(Fraction(exact) / unit) * unit


def cells_of(points: FloatArray, delta_lower: float) -> Cells:
    """Return scale, shifts and cells of `points` `(N, d)`, all exact; every sample is `1/(2N)` or more from every wall."""
    n, d = points.shape
    scale = scale_of(d, delta_lower)
    whole = Dyadic.of(points)
    unit = Fraction(2) ** whole.exponent * scale
    numerator, denominator = unit.as_integer_ratio()
    shifts, floors = [], []
    for column in whole.integers.T:
        values = [int(v) * numerator for v in column]  # in units of 1/denominator
        wall = wall_of([Fraction(part, denominator) for part in {v % denominator for v in values}], n)
        shift = -wall - floor(Fraction(min(values), denominator) - wall)
        common = lcm(denominator, shift.denominator)
        times, plus = common // denominator, int(shift * common)
        shifts.append(shift)
        floors.append([(v * times + plus) // common for v in values])
    count = max(2, 1 + max(max(column) for column in floors))
    return Cells(scale, tuple(shifts), [list(row) for row in zip(*floors, strict=True)], count)


def wall_of(parts: Sequence[Fraction], n_samples: int) -> Fraction:
    """Return a place in `[0, 1)` at least `1/(2N)` from all fractional parts, around the circle: of their widest gap.

    N points leave a gap of `1/N` or more, and its middle does. The place is the middle, rounded to as few binary digits as
    keep the distance, `⌈log2 6N⌉` or more; to all of them if it must be.

    >>> wall_of([Fraction(1, 8), Fraction(3, 8)], 2)
    Fraction(3, 4)
    """
    rising = sorted(set(parts))
    gaps = [(b - a, a) for a, b in pairwise([*rising, rising[0] + 1])]
    wide, start = max(gaps)
    middle, slack = start + wide / 2, wide / 2 - Fraction(1, 2 * n_samples)
    for digits in range((6 * n_samples - 1).bit_length(), middle.denominator.bit_length()):
        rounded = Fraction(round(middle * 2**digits), 2**digits)
        if abs(rounded - middle) <= slack:
            return rounded % 1
    return middle % 1


@dataclass(frozen=True)
class Affine:
    """The function `Σ weights[name]·value(name) + bias`.

    >>> 2 * Affine.unit("x") - Affine.unit("y") + 3
    Affine(weights={'x': 2, 'y': -1}, bias=3)
    """

    weights: Mapping[str, Exact] = field(default_factory=dict)
    bias: Exact = 0

    @classmethod
    def unit(cls, name: str) -> Self:
        """Return the value of one unit."""
        return cls({name: 1})

    def __add__(self, other: "Affine | Exact") -> "Affine":
        if not isinstance(other, Affine):
            return Affine(self.weights, self.bias + other)
        weights = dict(self.weights)
        for name, weight in other.weights.items():
            weights[name] = weights.get(name, 0) + weight
        return Affine(weights, self.bias + other.bias)

    def __mul__(self, factor: Exact) -> "Affine":
        return Affine({name: factor * weight for name, weight in self.weights.items()}, factor * self.bias)

    def __sub__(self, other: "Affine | Exact") -> "Affine":
        return self + -1 * other

    __rmul__ = __mul__


ZERO = Affine()


@dataclass(eq=False)
class ExactChain:
    """Layers so far; `names` are the units of the last one, in order: at first the inputs `x0 …`."""

    n_inputs: int
    layers: list[tuple[DyadicRow, ...]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, n_inputs: int) -> Self:
        """Return a chain without layers."""
        return cls(n_inputs, [], {f"x{j}": j for j in range(n_inputs)})

    def add(self, units: Mapping[str, Affine]) -> dict[str, Affine]:
        """Add the layer `ReLU(units)`, in that order; return the value of each of its units."""
        self.layers.append(tuple(self._row(unit) for unit in units.values()))
        self.names = {name: place for place, name in enumerate(units)}
        return {name: Affine.unit(name) for name in units}

    def finish(self, output: Affine) -> DyadicNetwork:
        """Return the network with one output."""
        return DyadicNetwork(self.n_inputs, (*self.layers, (self._row(output),)))

    def _row(self, unit: Affine) -> DyadicRow:
        return DyadicRow.of({self.names[name]: weight for name, weight in unit.weights.items()}, unit.bias)
