"""The ways to compute a whole tile of distances at once, from the quickest to the most accurate."""

import math
from concurrent.futures import Executor
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from logwidth.rounding import BINARY32, BINARY64, gamma_upper
from logwidth.separation.envelope import Envelope
from logwidth.separation.frame import Frame
from logwidth.separation.types import FloatArray

Entries = NDArray[np.float32] | NDArray[np.float64]
_REST = 2.0**-500


class Stage(Protocol):
    """A way to compute the entries of a tile, and what they say about the scaled distances."""

    def entries(self, rows: slice, cols: slice) -> Entries:
        """Return the computed entries, shape (rows, cols)."""

    def envelope(self, lines: slice, others: slice) -> Envelope:
        """Return the relation that holds for every entry of each of the `lines` with the `others`."""


class Gram32:
    """Squared distances of a whole tile by one float32 matrix product of augmented rows.

    `[−2z, 1, n] · [z', n', 1] = ‖z‖² + ‖z'‖² − 2⟨z,z'⟩`, `n = fl(‖z‖²)`, a sum of `d + 2` products. In any order,
    fused or not, it errs by at most `γ_{d+8} (‖z‖ + ‖z'‖)² + (d + 8) 2⁻¹²⁰`: `n` is rounded and belongs to `z` before
    its conversion, which is worth less than six more roundings on its path; then Cauchy–Schwarz; the last term covers
    underflow, even where subnormals are flushed. The distance of the stored float32 rows differs from that of the data
    by the conversion errors `‖z_32 − z‖`, which are computed.
    """

    def __init__(self, frame: Frame, pool: Executor) -> None:
        count, d = frame.shape
        self._frame, self._gamma, self._tiny = frame, gamma_upper(d + 8, BINARY32.unit), (d + 8) * 2.0**-120
        self._rows = np.empty((count, d + 2), dtype=np.float32)
        self.norm, self._shift = np.empty(count), np.empty(count)
        for _ in pool.map(self._store, frame.chunks()):
            pass
        self._left: tuple[slice, NDArray[np.float32]] = (slice(0, 0), self._rows[:0])

    def _store(self, where: slice) -> None:
        z = self._frame.rows(where)
        stored = z.astype(np.float32)
        square = _squares(z)
        z -= stored
        norm, error = (np.sqrt(v) * (1.0 + 2.0**-20) + _REST for v in (square, _squares(z)))
        self._rows[where, :-2] = stored
        self._rows[where, -2] = square
        self._rows[where, -1] = 1.0
        self._shift[where] = error + norm * (1.01 * BINARY64.unit) + _REST
        self.norm[where] = norm + self._shift[where]

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
        reach = self.norm[lines] + self.norm[others].max()
        shift = self._shift[lines] + self._shift[others].max()
        return Envelope(2, 1.0 / self._frame.zoom, 0.0, self._gamma * reach * reach + self._tiny, shift)


class Gram64:
    """Squared distances of a tile by a float64 matrix product of rows made on the spot; else as :class:`Gram32`.

    The norms are themselves computed sums, so the bound is `2 γ_{d+4} (‖z‖ + ‖z'‖)² + 2⁻⁹⁰⁰`.
    """

    def __init__(self, frame: Frame, norm: FloatArray) -> None:
        self._frame, self._norm = frame, norm
        self._gamma = 2.0 * gamma_upper(frame.shape[1] + 4, BINARY64.unit)

    def entries(self, rows: slice, cols: slice) -> Entries:
        """Return the float64 product."""
        y, z = self._frame.rows(rows), self._frame.rows(cols)
        g = y @ (-2.0 * z).T
        g += _squares(y)[:, None]
        g += _squares(z)
        return np.asarray(g)

    def envelope(self, lines: slice, others: slice) -> Envelope:
        """Return the bound above with the largest norm of the others."""
        reach = self._norm[lines] + self._norm[others].max()
        absolute = self._gamma * reach * reach + 2.0**-900
        return Envelope(2, 1.0 / self._frame.zoom, 0.0, absolute, reach * 2.0**-52 + 4.0 * _REST)


class Direct:
    """Distances of a tile by differences (scipy's cdist), for any norm.

    Relative error `γ_{4d+1000}` (differences, sum, pow to 4 ulp, and the exponent `1/p` on sums ≥ 2⁻¹⁰⁷⁴). Where powers
    underflow, also an absolute one: without the lost terms the norm differs by at most `(d · 2⁻¹⁰²⁰)^{1/p}`.
    """

    def __init__(self, frame: Frame, p: float) -> None:
        d = frame.shape[1]
        self._frame, self._p, self._relative = frame, p, gamma_upper(4 * d + 1000, BINARY64.unit)
        self._shift = 2.0**-1000 if p == 1.0 or math.isinf(p) else 1.01 * (d * 2.0**-1020) ** (1.0 / p)

    def entries(self, rows: slice, cols: slice) -> Entries:
        """Return the float64 distances."""
        a, b = self._frame.scaled(rows), self._frame.scaled(cols)
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


def stages(frame: Frame, p: float, pool: Executor) -> list[Stage]:
    """Return the stages for a norm, each more accurate than the one before; the last is :class:`Direct`."""
    direct = Direct(frame, p)
    if p != 2.0 or frame.shape[1] > 2**20:
        return [direct]
    gram = Gram32(frame, pool)
    return [gram, Gram64(frame, gram.norm), direct]


def _squares(a: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ij,ij->i", a, a))
