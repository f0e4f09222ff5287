"""The ways to compute a whole tile of distances at once, from the quickest to the most accurate."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from logwidth.rounding import BINARY32, BINARY64, gamma_upper
from logwidth.separation.envelope import Envelope
from logwidth.separation.types import FloatArray, IntArray

Entries = NDArray[np.float32] | NDArray[np.float64]
_FLUSH = 2.0**-60
_REST = 2.0**-500


class Stage(Protocol):
    """A way to compute the entries of a tile, and what they say about the scaled distances."""

    def entries(self, rows: slice, cols: slice) -> Entries:
        """Return the computed entries, shape (rows, cols)."""

    def envelope(self, lines: slice, others: slice) -> Envelope:
        """Return the relation that holds for every entry of each of the `lines` with the `others`."""


@dataclass(frozen=True)
class Frame:
    """The coordinates `z = (scale · x − centre) · zoom` with `‖z‖_2 ≤ 1`; `scale` and `zoom` are powers of two.

    `scale · x` errs by at most 2⁻¹⁰⁷⁵ (underflow), the difference by a relative 2⁻⁵³, the product with `zoom` is
    exact or errs by underflow; as `zoom ≤ 2⁵⁰⁰` the computed rows err by at most `2⁻⁵³ ‖z‖ (1 + 2⁻⁵⁰) + 2⁻⁵⁰⁰` in
    ℓ2.
    """

    points: FloatArray
    order: IntArray
    scale: float
    centre: FloatArray
    zoom: float

    @classmethod
    def fit(cls, points: FloatArray, order: IntArray, scale: float) -> "Frame":
        """Return the frame around the mean of at most 4096 samples, which need not be accurate."""
        centre = np.asarray((points[order[:: max(1, len(order) // 4096)]] * scale).mean(axis=0))
        frame = cls(points, order, scale, centre, 1.0)
        radius = max(math.sqrt(float(_squares(frame.rows(s)).max())) for s in chunks(len(order), points.shape[1]))
        zoom = math.ldexp(1.0, min(500, -math.frexp(radius)[1] - 1)) if radius > 0 else 1.0
        return cls(points, order, scale, centre, zoom)

    def rows(self, where: slice) -> FloatArray:
        """Return the computed `z` of the samples at these positions."""
        y = self.points[self.order[where]] * self.scale
        y -= self.centre
        y *= self.zoom
        return np.asarray(y)


class Gram32:
    """Squared distances of a whole tile by one float32 matrix product of augmented rows.

    `[−2z, 1, n] · [z', n', 1] = ‖z‖² + ‖z'‖² − 2⟨z,z'⟩`, `n = fl(‖z‖²)`, a sum of `d + 2` products. In any order,
    fused or not, it errs by at most `γ_{d+4} (‖z‖ + ‖z'‖)²`: one rounding more per path is the one in `n`, by
    Cauchy–Schwarz. Stored coordinates below 2⁻⁶⁰ are flushed to zero, so no product underflows. The distance of the
    stored float32 rows differs
    from that of the data by the conversion errors `‖z_32 − z‖`, which are computed.
    """

    def __init__(self, frame: Frame) -> None:
        count, d = len(frame.order), frame.points.shape[1]
        self._unit, self._gamma = 1.0 / frame.zoom, gamma_upper(d + 4, BINARY32.unit)
        self._rows = np.empty((count, d + 2), dtype=np.float32)
        self._norm, self._shift = np.empty(count), np.empty(count)
        for where in chunks(count, d):
            self._store(where, frame.rows(where))
        self._left: tuple[slice, NDArray[np.float32]] = (slice(0, 0), self._rows[:0])

    def _store(self, where: slice, z: FloatArray) -> None:
        d = z.shape[1]
        stored = z.astype(np.float32)
        stored[np.abs(stored) < _FLUSH] = 0.0
        square = _squares(stored.astype(np.float64))
        self._rows[where, :d] = stored
        self._rows[where, d] = square
        self._rows[where, d + 1] = 1.0
        self._norm[where] = np.sqrt(square) * (1.0 + 2.0**-20) + _REST
        error = np.sqrt(_squares(stored - z)) * (1.0 + 2.0**-20)
        self._shift[where] = error + np.sqrt(_squares(z)) * (1.01 * BINARY64.unit) + 2.0 * _REST

    def entries(self, rows: slice, cols: slice) -> Entries:
        """Return the float32 product."""
        left = self._left
        if left[0] != rows:
            left = self._left = (rows, self._augmented(rows))
        return np.asarray(left[1] @ self._rows[cols].T)

    def _augmented(self, rows: slice) -> NDArray[np.float32]:
        left = self._rows[rows] * np.float32(-2.0)
        left[:, -2] = 1.0
        left[:, -1] = self._rows[rows, -2]
        return left

    def envelope(self, lines: slice, others: slice) -> Envelope:
        """Return the bound above with the largest norm and conversion error of the others."""
        reach = self._norm[lines] + self._norm[others].max()
        shift = self._shift[lines] + self._shift[others].max()
        return Envelope(2, self._unit, 0.0, self._gamma * reach * reach, shift)


class Gram64:
    """Squared distances of a tile by a float64 matrix product of rows made on the spot; else as :class:`Gram32`.

    The norms are themselves computed sums, so the bound is `2 γ_{d+4} (‖z‖ + ‖z'‖)² + 2⁻⁹⁰⁰`.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame, self._unit = frame, 1.0 / frame.zoom
        self._gamma = 2.0 * gamma_upper(frame.points.shape[1] + 4, BINARY64.unit)

    def entries(self, rows: slice, cols: slice) -> Entries:
        """Return the float64 product."""
        y, z = self._frame.rows(rows), self._frame.rows(cols)
        g = y @ (-2.0 * z).T
        g += _squares(y)[:, None]
        g += _squares(z)
        return np.asarray(g)

    def envelope(self, lines: slice, others: slice) -> Envelope:  # noqa: ARG002
        """Return the bound above, in which every norm is at most 1 (1.01 as computed)."""
        count = lines.stop - lines.start
        return Envelope(2, self._unit, 0.0, np.full(count, 4.1 * self._gamma + 2.0**-900), np.full(count, 2.0**-52))


class Direct:
    """Distances of a tile by differences (scipy's cdist), for any norm.

    Relative error as in :class:`~logwidth.separation.recheck.Rechecker`, and an absolute one where powers underflow:
    `‖·‖` computed without the lost terms differs by at most `(d · 2⁻¹⁰²²)^{1/p}`.
    """

    def __init__(self, points: FloatArray, order: IntArray, scale: float, p: float) -> None:
        self._points, self._order, self._scale, self._p = points, order, scale, p
        d = points.shape[1]
        self._relative = gamma_upper(4 * d + 200, BINARY64.unit)
        self._shift = 2.0**-1000 if p == 1.0 or math.isinf(p) else 1.01 * (d * 2.0**-1020) ** (1.0 / p)

    def entries(self, rows: slice, cols: slice) -> Entries:
        """Return the float64 distances."""
        a, b = (self._points[self._order[s]] * self._scale for s in (rows, cols))
        if self._p == 1.0:
            return np.asarray(cdist(a, b, "cityblock"))
        if self._p == 2.0:
            return np.asarray(cdist(a, b, "euclidean"))
        if math.isinf(self._p):
            return np.asarray(cdist(a, b, "chebyshev"))
        return np.asarray(cdist(a, b, "minkowski", p=self._p))

    def envelope(self, lines: slice, others: slice) -> Envelope:  # noqa: ARG002
        """Return the same relation for all lines."""
        count = lines.stop - lines.start
        return Envelope(1, 1.0, self._relative, np.zeros(count), np.full(count, self._shift))


def stages(points: FloatArray, order: IntArray, scale: float, p: float) -> list[Stage]:
    """Return the stages for a norm, each more accurate than the one before."""
    direct = Direct(points, order, scale, p)
    if p != 2.0 or points.shape[1] > 2**20:
        return [direct]
    frame = Frame.fit(points, order, scale)
    return [Gram32(frame), Gram64(frame), direct]


def chunks(count: int, d: int) -> list[slice]:
    """Return slices that cover `range(count)`, each of about 4 MiB in float64 rows of length `d`."""
    step = max(1, 2**19 // max(1, d))
    return [slice(a, min(a + step, count)) for a in range(0, count, step)]


def _squares(a: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ij,ij->i", a, a))
