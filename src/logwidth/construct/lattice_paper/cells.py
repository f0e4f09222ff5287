"""Scale and shift: unit cells whose walls no ball reaches (stages I and II of Theorem B.3, Lemma B.15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor, lcm

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
