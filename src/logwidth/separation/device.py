"""Tiles on a device: one float32 product where torch's or CuPy's arrays live, as good as the processor's (extra `gpu`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError, MissingExtraError, said
from logwidth.rounding.tensors import check_rounding, host, lives_elsewhere, namespace
from logwidth.separation.blocks import Block
from logwidth.separation.finds import Finds, Known
from logwidth.separation.table import Table
from logwidth.separation.team import helped

MOST_LEFT = 4  # pairs a line that are listed before the tile is given to the next stage
SINGLE = np.dtype(np.float32)


@dataclass(frozen=True)
class Device:
    """A place where arrays live, and the functions `xp` of the array API standard that compute there."""

    xp: Any
    place: Any

    def put(self, array: NDArray[Any]) -> Any:
        """Return an array there, which on a processor may share its memory."""
        return self.xp.asarray(array, device=self.place)


@dataclass(frozen=True, eq=False)
class Onlooker:
    """A look at tiles by the products of a :class:`Table` on a device, where a copy of its rows lives.

    Theorem. What the table says about its products holds for any order of summation, fused or not; minima, comparisons and
    choices of entries are exact. So :meth:`finds` keeps the promise of :class:`Finds`, if products there keep the bits of
    float32, which `check_rounding` has seen.
    """

    table: Table
    device: Device
    rows: Any

    @classmethod
    def of(cls, table: Table, device: Device) -> "Onlooker":
        """Return the look of a stored table. Raises InputError where the device has no room for it, or rounds coarsely."""
        with failing_clearly():
            check_rounding(device.xp, device.xp.float32, device.place)  # its setting may have changed inside the block
            return cls(table, device, device.put(table.augmented))

    @property
    def columns(self) -> int:
        """Return how many numbers of every sample are multiplied."""
        return self.table.columns

    def finds(self, rows: Block, cols: Block, known: Known) -> Finds | None:
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
        return Finds(
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


_in_use: ContextVar[Device | None] = ContextVar("where tiles are multiplied", default=None)


def device_in_use() -> Device | None:
    """Return where tiles are to be multiplied, None for this machine's processor."""
    return _in_use.get()


@contextmanager
def device_of(like: object = None) -> Iterator[None]:
    """Multiply the tiles of ℓ2 separations and of checks of maps on a device, inside this block; None changes nothing.

    `like` is a torch tensor or a CuPy array that lives there, or names it: "cupy" for CuPy's current device, else a device
    of torch, such as "cuda", "cuda:1" or "cpu".

    Guarantee: the same results bit by bit. A device only says which pairs may be nearest, with the proven error bound of
    float32 products in any order of summation; those are computed again on the processor, by differences in float64.
    Raises InputError for a device that is not there or rounds more coarsely than float32 (TF32, bfloat16, flush to zero),
    and together with :func:`cluster_of`; MissingExtraError without torch, CuPy or the extra `gpu`.

    >>> with device_of(None):
    ...     pass
    """
    if like is None:
        yield
        return
    if helped():
        raise InputError("the workers of a cluster multiply on their processors: give either a device or workers")
    array = like if lives_elsewhere(like) else _array_at(like)
    device = Device(namespace(array), array.device)
    with failing_clearly():
        check_rounding(device.xp, device.xp.float32, device.place)
    token = _in_use.set(device)
    try:
        yield
    finally:
        _in_use.reset(token)


def _array_at(name: object) -> Any:
    """Return an array on the device of this name."""
    if not isinstance(name, str):
        raise InputError(f"a device is named by a torch tensor, a CuPy array or a word such as 'cuda', not {name!r}")
    library = "cupy" if name == "cupy" else "torch"
    try:
        found = import_module(library)
    except ImportError:
        if library == "cupy":
            raise InputError("there is no CuPy here; install the one for your CUDA, or name a device of torch") from None
        raise MissingExtraError("torch", "torch") from None
    try:
        return found.zeros(1) if library == "cupy" else found.zeros(1, device=name)
    except (RuntimeError, AssertionError, ValueError) as problem:
        raise InputError(f"there is no device {name!r} here ({said(problem)}); try 'cuda', 'cupy' or 'cpu'") from None


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn what a device's library raises, running out of memory above all, into an InputError."""
    try:
        yield
    except (RuntimeError, MemoryError) as problem:  # torch's and CuPy's are
        raise InputError(f"the device gave up: {said(problem)}; compute without it, or on one with more memory") from problem
