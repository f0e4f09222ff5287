"""Where a feature's whole number passes a threshold: the two neighbouring floats, found by the format's own arithmetic."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.forms.shared.coded_runs import single_features
from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False)
class Snapping:
    """`z_j = fl(s_j x̃_f(j) + b_j)`, `x̃` the input rounded to the format: it does not decrease, s_j > 0 being a power of two.

    `features` f `(m,)`, `scales` s `(m,)`, `offsets` b `(m,)`. The file may read inputs times powers of two, `zoom` `(m,)`.
    """

    features: NDArray[np.intp]
    scales: FloatArray
    offsets: FloatArray
    zoom: FloatArray
    dtype: str

    @classmethod
    def of(cls, first: FirstLayer) -> "Snapping":
        """Return the snapping that a first layer of single features is."""
        features, scales = single_features(first.T)
        zoom = np.ones(first.m) if first.scales is None else first.scales[features]
        return cls(features, scales / zoom, first.b, zoom, first.format.name)

    def passes(self, unit: int, inputs: NDArray[np.floating], level: FloatArray) -> NDArray[np.bool_]:
        """Return whether `z` of a unit reaches `level` `(k,)` at inputs `(k,)` of the format, as the file reads them."""
        kind = np.dtype(self.dtype).type
        with np.errstate(over="ignore", under="ignore"):
            z = kind(self.scales[unit]) * inputs + kind(self.offsets[unit])
        return np.asarray(z >= level.astype(self.dtype))

    def edges(self, unit: int, level: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return neighbouring floats `below`, `above` `(k,)`: `z < level` for all x ≤ below, `z ≥ level` for all x ≥ above.

        They are found by bisection among all floats: z does not decrease.

        Raises UnprovableNetworkError where no float passes or all do, or they are no floats in units of the data.
        """
        largest = np.finfo(self.dtype).max
        low = _number(np.full(len(level), -largest, dtype=self.dtype))
        high = _number(np.full(len(level), largest, dtype=self.dtype))
        if (
            self.passes(unit, _float(low, self.dtype), level).any()
            or not self.passes(unit, -_float(low, self.dtype), level).all()
        ):
            raise UnprovableNetworkError(f"layer 1, unit {unit} does not pass its thresholds")
        while (low + 1 != high).any():
            middle = (low & high) + ((low ^ high) >> 1)  # their mean, without a sum that overflows
            passed = self.passes(unit, _float(middle, self.dtype), level)
            low, high = np.where(passed, low, middle), np.where(passed, middle, high)
        found = []
        for ends in (low, high):
            stored = _float(ends, self.dtype).astype(np.float64)
            found.append(stored / self.zoom[unit])
            if not np.array_equal(found[-1] * self.zoom[unit], stored):
                raise UnprovableNetworkError(f"layer 1, unit {unit} passes a threshold where its inputs underflow")
        return found[0], found[1]


def _number(floats: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return whole numbers in the order of the floats, neighbours one apart; the two zeros are one."""
    bits = floats.view(np.int32 if floats.dtype == np.float32 else np.int64).astype(np.int64)
    least = np.int64(-(2 ** (31 if floats.dtype == np.float32 else 63)))
    return np.where(bits < 0, least - bits, bits)


def _float(numbers: NDArray[np.int64], dtype: str) -> NDArray[np.floating]:
    """Return the floats of :func:`_number`."""
    kind, least = (np.int32, -(2**31)) if dtype == "float32" else (np.int64, -(2**63))
    bits = np.where(numbers < 0, np.int64(least) - numbers, numbers)
    return bits.astype(kind).view(dtype)


@dataclass(frozen=True, eq=False)
class Corners:
    """Boxes of real inputs, per box and unit `(P, m)`, infinite where there is no side.

    From `inside_low` to `inside_high` every x has its whole number within the box's sides; at or below `outside_low`, and
    at or above `outside_high`, none has.
    """

    inside_low: FloatArray
    inside_high: FloatArray
    outside_low: FloatArray
    outside_high: FloatArray

    @classmethod
    def of(cls, snapping: Snapping, lower: FloatArray, upper: FloatArray, base: float) -> "Corners":
        """Return the corners of boxes `lower ≤ w ≤ upper` `(P, m)`, infinite where there is no side."""
        ends: list[FloatArray] = []
        for sides, shift in ((lower, 0.0), (upper, 1.0)):
            below, above = sides.copy(), sides.copy()
            for unit in range(sides.shape[1]):
                there = np.isfinite(sides[:, unit])
                if there.any():
                    thresholds, place = np.unique(sides[there, unit] + shift, return_inverse=True)
                    edges = snapping.edges(unit, base + thresholds)
                    below[there, unit], above[there, unit] = edges[0][place], edges[1][place]
            ends += [below, above]
        return cls(ends[1], ends[2], ends[0], ends[3])
