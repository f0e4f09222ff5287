"""What a computed number says about an exact distance, and back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.types import FloatArray, IntArray

# A relative step that swallows the handful of float64 roundings of the formulas below; an absolute one for underflow.
_WIDEN = 1.0 + 2.0**-45
_NARROW = 1.0 - 2.0**-45
_TINY = 2.0**-1000
# Masked entries are infinite; no limit is. Entries of scaled data stay far below.
_FINITE = 2.0**126


@dataclass(frozen=True)
class Envelope:
    """A rigorous relation between computed entries `g` and exact distances `D`; the arrays hold one value a line.

    With `t = D / unit` there is a real `s ≥ 0` such that, for `power` e,

        |s − t| ≤ shift   and   |g − s^e| ≤ relative · s^e + absolute.

    The three methods are the consequences; each rounds outward.
    """

    power: int
    unit: float
    relative: float
    absolute: FloatArray
    shift: FloatArray

    def distance_upper(self, g: FloatArray) -> FloatArray:
        """Return bounds `≥ D` for every entry `≤ g`."""
        s = self._root((np.maximum(g, 0.0) + self.absolute) * (1.0 + 2.0 * self.relative) * _WIDEN + _TINY)
        return (s + self.shift) * (self.unit * _WIDEN)

    def distance_lower(self, g: FloatArray, line: IntArray) -> FloatArray:
        """Return bounds `≤ D` for the entries `g[k]` on line `line[k]`."""
        power = np.maximum((g - self.absolute[line]) * (1.0 - self.relative) * _NARROW - _TINY, 0.0)
        return np.maximum(self._root(power) * _NARROW - self.shift[line], 0.0) * (self.unit * _NARROW)

    def entry_upper(self, distance: FloatArray) -> FloatArray:
        """Return thresholds `T`: an entry with `D ≤ distance` has `g ≤ T`."""
        s = (distance / self.unit + self.shift) * _WIDEN
        power = s * s if self.power == 2 else s
        return (power * (1.0 + self.relative) + self.absolute) * _WIDEN + _TINY

    def entry_limit(self, distance: FloatArray, dtype: np.dtype[np.floating]) -> NDArray[np.floating]:
        """Return, in the entries' format, finite limits that no entry with `D ≤ distance` exceeds."""
        limit = np.minimum(self.entry_upper(distance), _FINITE)
        return np.asarray(np.nextafter(limit.astype(dtype), np.asarray(np.inf, dtype=dtype)))

    def _root(self, power: FloatArray) -> FloatArray:
        return np.sqrt(power) if self.power == 2 else power
