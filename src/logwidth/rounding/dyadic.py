"""Exact arithmetic on arrays of floats: integers times a common power of two."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Dyadic:
    """The numbers `integers · 2^exponent`; `integers` is an array of Python integers of any size.

    >>> a = Dyadic.of(np.array([0.5, 3.0]))
    >>> (a @ a).rational()
    Fraction(37, 4)
    """

    integers: NDArray[np.object_]
    exponent: int

    @classmethod
    def of(cls, array: NDArray[np.float64] | float) -> "Dyadic":
        """Return finite floats exactly."""
        mantissa, power = np.frexp(np.asarray(array, dtype=np.float64))
        lowest = int(power[mantissa != 0].min(initial=2000))
        whole = (mantissa * 2.0**53).astype(np.int64).astype(object)
        shift = np.where(mantissa != 0, power - lowest, 0).astype(object)
        return cls(np.asarray(whole * 2**shift, dtype=object), lowest - 53)

    def __matmul__(self, other: "Dyadic") -> "Dyadic":
        return Dyadic(np.asarray(self.integers @ other.integers, dtype=object), self.exponent + other.exponent)

    def __add__(self, other: "Dyadic") -> "Dyadic":
        exponent = min(self.exponent, other.exponent)
        mine, theirs = (a.integers * 2 ** (a.exponent - exponent) for a in (self, other))
        return Dyadic(np.asarray(mine + theirs, dtype=object), exponent)

    def __neg__(self) -> "Dyadic":
        return Dyadic(np.asarray(-self.integers, dtype=object), self.exponent)

    def total(self) -> "Dyadic":
        """Return the sum of all numbers."""
        return Dyadic(np.asarray(self.integers.sum(), dtype=object), self.exponent)

    def rational(self) -> Fraction:
        """Return a single number."""
        return Fraction(int(self.integers.item())) * Fraction(2) ** self.exponent

    def rationals(self) -> list[Fraction]:
        """Return all numbers, in order."""
        return [Fraction(int(v)) * Fraction(2) ** self.exponent for v in self.integers.ravel()]

    def floats(self) -> NDArray[np.float64]:
        """Return the numbers as floats, each rounded once."""
        return np.array([float(v) for v in self.rationals()]).reshape(self.integers.shape)
