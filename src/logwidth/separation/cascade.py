"""The ways to compute a whole tile of distances at once, from the quickest to the most accurate."""

import math
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from logwidth.compute.device import Device
from logwidth.rounding import BINARY64, gamma_upper
from logwidth.separation.blocks import Block, Lines, positions
from logwidth.separation.device_prefilter import DevicePrefilter
from logwidth.separation.envelope import Envelope
from logwidth.separation.frame import Frame
from logwidth.separation.principal import Directions
from logwidth.separation.sieve import Sieve
from logwidth.separation.sketch import Sketch
from logwidth.separation.table import REST, Table, squares
from logwidth.separation.tile import TileBounds, TileResult
from logwidth.types import FloatArray

Entries = NDArray[np.float32] | NDArray[np.float64]


class CascadeStage(Protocol):
    """A way to compute the entries of a tile, and what they say about the scaled distances."""

    def entries(self, rows: Lines, cols: Lines) -> Entries:
        """Return the computed entries, shape (rows, cols)."""

    def envelope(self, lines: Lines, others: Lines) -> Envelope:
        """Return the relation that holds for every entry of each of the `lines` with the `others`."""


class Gram32:
    """Squared distances of a whole tile by one float32 matrix product, see :class:`Table`."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._left = (slice(0, 0), table.left(slice(0, 0)))

    def entries(self, rows: Lines, cols: Lines) -> Entries:
        """Return the float32 product."""
        if not isinstance(rows, slice):
            return np.asarray(self.table.left(rows) @ self.table.right(cols).T)
        left = self._left
        if left[0] != rows:
            left = self._left = (rows, self.table.left(rows))
        return np.asarray(left[1] @ self.table.right(cols).T)

    def envelope(self, lines: Lines, others: Lines) -> Envelope:
        """Return the table's bound."""
        return self.table.envelope(lines, others)


class Gram64:
    """Squared distances of a tile by a float64 matrix product of rows made on the spot; else as :class:`Gram32`.

    The norms are themselves computed sums, so the bound is `2 γ_{d+4} (‖z‖ + ‖z'‖)² + 2⁻⁹⁰⁰`.
    """

    def __init__(self, frame: Frame, norm: FloatArray) -> None:
        self._frame, self._norm = frame, norm
        self._gamma = 2.0 * gamma_upper(frame.shape[1] + 4, BINARY64.unit)

    def entries(self, rows: Lines, cols: Lines) -> Entries:
        """Return the float64 product."""
        y, z = self._frame.rows(rows), self._frame.rows(cols)
        g = y @ (-2.0 * z).T
        g += squares(y)[:, None]
        g += squares(z)
        return np.asarray(g)

    def envelope(self, lines: Lines, others: Lines) -> Envelope:
        """Return the bound above with the largest norm of the others."""
        reach = self._norm[lines] + self._norm[others].max()
        absolute = self._gamma * reach * reach + 2.0**-900
        return Envelope(2, 1.0 / self._frame.zoom, 0.0, absolute, reach * 2.0**-52 + 4.0 * REST)


class Direct:
    """Distances of a tile by differences (scipy's cdist), for any norm.

    Relative error `γ_{4d+1000}` (differences, sum, pow to 4 ulp, and the exponent `1/p` on sums ≥ 2⁻¹⁰⁷⁴). Where powers
    underflow, also an absolute one: without the lost terms the norm differs by at most `(d · 2⁻¹⁰²⁰)^{1/p}`.
    """

    def __init__(self, frame: Frame, p: float) -> None:
        d = frame.shape[1]
        self._frame, self._p, self._relative = frame, p, gamma_upper(4 * d + 1000, BINARY64.unit)
        self._shift = 2.0**-1000 if p == 1.0 or math.isinf(p) else 1.01 * (d * 2.0**-1020) ** (1.0 / p)

    def entries(self, rows: Lines, cols: Lines) -> Entries:
        """Return the float64 distances."""
        a, b = self._frame.scaled(rows), self._frame.scaled(cols)
        if self._p == 1.0:
            return np.asarray(cdist(a, b, "cityblock"))
        if self._p == 2.0:
            return np.asarray(cdist(a, b, "euclidean"))
        if math.isinf(self._p):
            return np.asarray(cdist(a, b, "chebyshev"))
        return np.asarray(cdist(a, b, "minkowski", p=self._p))

    def envelope(self, lines: Lines, others: Lines) -> Envelope:  # noqa: ARG002
        """Return the same relation for all lines."""
        count = len(positions(lines))
        return Envelope(1, 1.0, self._relative, np.zeros(count), np.full(count, self._shift))


class Prefilter(Protocol):
    """A first, quick way to treat a tile."""

    @property
    def columns(self) -> int:
        """Return how many numbers of every sample it multiplies."""

    def tile_result(self, rows: Block, cols: Block, known: TileBounds) -> TileResult | None:
        """Return what the tile yields (see :class:`TileResult`), or None if it leaves too many pairs."""


@dataclass(frozen=True, eq=False)
class Cascade:
    """The ways to treat a tile: a prefilter, where one pays, then stages, each more accurate than the one before.

    The samples are those of `frame`.
    """

    prefilter: Prefilter | None
    stages: tuple[CascadeStage, ...]
    frame: Frame

    @property
    def first_columns(self) -> int:
        """Return how many numbers of every sample the first way multiplies."""
        return self.frame.shape[1] if self.prefilter is None else self.prefilter.columns


def cascade_of(frame: Frame, found: Directions | None, p: float, pool: Executor, device: Device | None = None) -> Cascade:
    """Return the cascade for a norm, with a sieve along the directions found if there are any; last is :class:`Direct`.

    With a `device` the float32 products are made there.
    """
    direct = Direct(frame, p)
    if p != 2.0 or frame.shape[1] > 2**20:
        return Cascade(None, (direct,), frame)
    sketch = None if found is None else Sketch.along(found.rows)
    counts = (found.few, len(found.rows)) if found is not None and sketch is not None and sketch.sound else ()
    whole, *others = [Table.empty(frame.shape[0], m, 1.0 / frame.zoom) for m in (frame.shape[1], *(k + 1 for k in counts))]

    def fill(where: slice) -> None:
        z = frame.rows(where)
        norm = np.sqrt(squares(z)) * (1.0 + 2.0**-20) + REST
        whole.store(where, z, norm * (1.01 * BINARY64.unit) + REST)
        if sketch is not None:
            for table, (rows, error) in zip(others, sketch.prefixes(z, counts), strict=True):
                table.store(where, rows, error)

    for _ in pool.map(fill, frame.chunks()):
        pass
    accurate = (Gram64(frame, whole.norm), direct)
    if device is not None:
        return Cascade(DevicePrefilter.of(whole, device), accurate, frame)
    return Cascade(Sieve(others[0], others[1], whole) if others else None, (Gram32(whole), *accurate), frame)
