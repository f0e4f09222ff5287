"""Coordinates in which no square over- or underflows and a common offset is gone."""

import math
from dataclasses import dataclass

import numpy as np

from logwidth.separation.blocks import Lines
from logwidth.types import FloatArray, IntArray


@dataclass(frozen=True)
class Frame:
    """The coordinates `z = (scale · x − centre) · zoom` of the samples in class order, `|z_k| ≤ 1`.

    `scale` and `zoom` are powers of two, `max |scale · x| < 1` and `zoom ≤ 2⁵⁰⁰`. As computed, `scale · x` errs by at
    most 2⁻¹⁰⁷⁵ (underflow), the difference by a relative 2⁻⁵³, the product with `zoom` only by underflow; so a
    computed row errs by at most `2⁻⁵³ ‖z‖_2 (1 + 2⁻⁵⁰) + 2⁻⁵⁰⁰` in ℓ2 (d ≤ 2⁴⁰). No accuracy of `centre` is needed.
    """

    points: FloatArray
    order: IntArray
    scale: float
    centre: FloatArray
    zoom: float

    @classmethod
    def fit(cls, points: FloatArray, order: IntArray, low: FloatArray, high: FloatArray) -> "Frame":
        """Return the frame around the mean of at most 4096 samples, for columns that range from `low` to `high`."""
        largest = max(-float(low.min()), float(high.max()), 0.0)
        scale = math.ldexp(1.0, -max(math.frexp(largest)[1], -1000))
        centre = np.asarray((points[:: max(1, len(points) // 4096)] * scale).mean(axis=0))
        radius = float(np.maximum(high * scale - centre, centre - low * scale).max())
        zoom = math.ldexp(1.0, min(500, -math.frexp(radius)[1])) if radius > 0.0 else 1.0
        return cls(points, order, scale, centre, zoom)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of samples, number of features."""
        return self.points.shape[0], self.points.shape[1]

    def scaled(self, where: Lines) -> FloatArray:
        """Return `scale · x` of the samples at these positions."""
        return np.asarray(self.points[self.order[where]] * self.scale)

    def rows(self, where: Lines) -> FloatArray:
        """Return the computed `z` of the samples at these positions."""
        z = self.scaled(where)
        z -= self.centre
        z *= self.zoom
        return z

    def chunks(self) -> list[slice]:
        """Return slices that cover the samples, each about 512 KiB in float64."""
        count, d = self.shape
        step = max(1, 2**16 // d)
        return [slice(a, min(a + step, count)) for a in range(0, count, step)]
