"""A map into few dimensions that never lengthens a distance, and what it is worth as computed."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.rounding import BINARY64, gamma_upper
from logwidth.separation.table import squares
from logwidth.types import FloatArray

MOST_DEFECT = 2.0**-20
_UNDERFLOW = 2.0**-440


@dataclass(frozen=True, eq=False)
class Sketch:
    """`s(z) = (P z, √(‖z‖² − ‖P z‖²))` for the polar factor P of the `directions` Q (k, d), rows nearly orthonormal.

    Theorem (docs/theory/sketches.md). `‖s(z) − s(z')‖ ≤ ‖z − z'‖`. With `‖Q Qᵀ − I‖_F ≤ defect = η`, and
    `e = γ_{d+4} ‖Q‖_F + η ≤ 2⁻²⁰`, the row computed from `ẑ` lies within `(e + 4u) ‖ẑ‖ + min(√E, E/√a) + 2⁻⁴⁴⁰` of
    `s(z)`, where `E = (2.1 γ_{d+4} + 2.1 e) ‖ẑ‖² + 2⁻⁹⁰⁰` and `a` is the computed radicand.
    """

    directions: FloatArray
    defect: float

    @classmethod
    def along(cls, directions: FloatArray) -> "Sketch":
        """Return the sketch along k ≤ d directions, with a proven bound on their defect."""
        Q = np.ascontiguousarray(directions)
        k, d = Q.shape
        gram = Q @ Q.T
        gamma = gamma_upper(d + 4, BINARY64.unit)
        defect = float(np.linalg.norm(gram - np.eye(k))) + 1.01 * gamma * float(np.trace(gram))
        return cls(Q, defect * (1.0 + 2.0**-20) + _UNDERFLOW)

    @property
    def sound(self) -> bool:
        """Whether the directions are orthonormal enough for the theorem."""
        return self.relative <= MOST_DEFECT

    @property
    def relative(self) -> float:
        """Return the bound e on `‖computed Q ẑ − P ẑ‖ / ‖ẑ‖`."""
        return self.defect + self._gamma * 1.01 * math.sqrt(len(self.directions))

    @property
    def _gamma(self) -> float:
        return gamma_upper(self.directions.shape[1] + 4, BINARY64.unit)

    def prefixes(self, z: FloatArray, counts: Sequence[int]) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Yield, for the sketches along the first k directions, rows (n, k + 1) of `z` (n, d) and a bound on each's error.

        The first directions have at most the defect of all.
        """
        y, square = z @ self.directions.T, squares(z)
        for k in counts:
            root = np.sqrt(np.maximum(square - squares(y[:, :k]), 0.0))
            yield np.column_stack([y[:, :k], root]), self._error(square, root)

    def _error(self, square: FloatArray, root: FloatArray) -> FloatArray:
        norm = np.sqrt(square) * (1.0 + 2.0**-20) + _UNDERFLOW
        E = (2.1 * self._gamma + 2.1 * self.relative) * norm * norm + 2.0**-900
        with np.errstate(divide="ignore", over="ignore"):
            rest = np.minimum(np.sqrt(E), E / root)
        return np.asarray((self.relative + 4.0 * BINARY64.unit) * norm + rest * (1.0 + 2.0**-20) + _UNDERFLOW)
