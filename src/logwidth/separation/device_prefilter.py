"""Tiles on a device: one float32 product where torch's or CuPy's arrays live, as good as the processor's (extra `gpu`)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from logwidth.compute.device import Device, failing_clearly
from logwidth.rounding.tensors import check_rounding, host
from logwidth.separation.blocks import Block
from logwidth.separation.table import Table
from logwidth.separation.tile import TileBounds, TileResult

MOST_LEFT = 4  # pairs a line that are listed before the tile is given to the next stage
SINGLE = np.dtype(np.float32)


@dataclass(frozen=True, eq=False)
class DevicePrefilter:
    """Prefilters tiles by the products of a :class:`Table` on a device, where a copy of its rows lives.

    Theorem. What the table says about its products holds for any order of summation, fused or not; minima, comparisons and
    choices of entries are exact. So :meth:`tile_result` keeps the promise of :class:`TileResult`, if products there
    keep the bits of float32, which `check_rounding` has seen.
    """

    table: Table
    device: Device
    rows: Any

    @classmethod
    def of(cls, table: Table, device: Device) -> "DevicePrefilter":
        """Return the prefilter of a stored table; InputError where the device has no room for it, or rounds coarsely."""
        with failing_clearly():
            check_rounding(device.xp, device.xp.float32, device.place)  # its setting may have changed inside the block
            return cls(table, device, device.put(table.augmented))

    @property
    def columns(self) -> int:
        """Return how many numbers of every sample are multiplied."""
        return self.table.columns

    def tile_result(self, rows: Block, cols: Block, known: TileBounds) -> TileResult | None:
        """Return what the tile yields, or None if it leaves too many pairs."""
        xp = self.device.xp
        ahead, aside = self.table.envelope(rows.where, cols.where), self.table.envelope(cols.where, rows.where)
        with failing_clearly():
            g = self._entries(rows, cols)
            by_rows, by_cols = (host(xp.min(g, axis=axis)).astype(np.float64) for axis in (1, 0))
            if np.isnan(by_rows).any():  # no product of finite rows is: the device is broken
                return None
            row_upper = np.minimum(ahead.distance_upper(by_rows), known.rows)
            col_upper = np.minimum(aside.distance_upper(by_cols), known.cols)
            row_limit, col_limit = (
                ahead.entry_limit(row_upper * known.slack, SINGLE),
                aside.entry_limit(col_upper * known.slack, SINGLE),
            )
            hit = (g <= self.device.put(row_limit)[:, None]) | (g <= self.device.put(col_limit)[None, :])
            if int(xp.sum(xp.astype(hit, xp.int64))) > MOST_LEFT * (len(row_limit) + len(col_limit)):
                return None
            i, j = (host(a).astype(np.int64) for a in xp.nonzero(hit))
            entries = host(g[hit])
        by_row, by_col = entries <= row_limit[i], entries <= col_limit[j]
        low, far = ahead.distance_lower(entries.astype(np.float64), i), aside.distance_lower(entries.astype(np.float64), j)
        own, other = i + rows.start, j + cols.start
        return TileResult(
            rows.where,
            cols.where,
            row_upper,
            col_upper,
            np.concatenate([own[by_row], other[by_col]]),
            np.concatenate([other[by_row], own[by_col]]),
            np.concatenate([low[by_row], far[by_col]]),
        )

    def _entries(self, rows: Block, cols: Block) -> Any:
        """Return the products of a tile, those of one class infinite; see :meth:`Table.left`."""
        xp, own = self.device.xp, self.rows[rows.start : rows.stop, :]
        left = xp.concat([own[:, :-2] * -2.0, own[:, -1:], own[:, -2:-1]], axis=1)
        g = xp.matmul(left, self.rows[cols.start : cols.stop, :].T)
        if rows is cols:
            classes = self.device.put(rows.classes)
            g = xp.where(classes[:, None] == classes[None, :], xp.full_like(g, np.inf), g)
        return g
