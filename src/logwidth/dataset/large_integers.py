"""Integers beyond 2^53, which doubles do not hold: rounding them is said, and rows that it makes one are refused."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from logwidth.dataset.conflicts import rows_with_shared_point
from logwidth.dataset.points import column_names
from logwidth.dataset.wording import listing
from logwidth.rounding.tensors import host, lives_elsewhere
from logwidth.types import BoolArray, FloatArray

MEND = "leave such a column out (--drop) if it names rows, else subtract a constant or split it into two"


def rounding_notes(points: Any) -> tuple[str, ...]:
    """Return a note on the integers of a table that the nearest double differs from; nothing where there are none.

    >>> rounding_notes(np.array([[2**53], [2**53 + 1]]))[0].split(";")[0]
    '1 integer beyond 2^53 is rounded to double precision: column 0, row 1 (9007199254740993)'
    """
    lost = _lost(points)
    count = sum(int(np.count_nonzero(rounded)) for _, _, rounded in lost)
    shown = [f"column {name}, row {(i := int(np.argmax(rounded)))} ({column[i]})" for name, column, rounded in lost]
    if not count:
        return ()
    noun = "integer beyond 2^53 is" if count == 1 else "integers beyond 2^53 are"
    return (f"{count} {noun} rounded to double precision: {listing(shown)}; {MEND}",)


def merged_rows(points: Any, rounded: FloatArray) -> list[str]:
    """Return a complaint about rows of `points` that differ and whose doubles `rounded` `(N, d)` are the same, if any.

    >>> merged_rows(np.array([[2**53], [2**53 + 1]]), np.array([[2.0**53]] * 2))[0].split(";")[0]
    'rows 0 and 1 differ in integers beyond 2^53 (column 0), which double precision makes one'
    """
    lost = _lost(points)
    if not lost:
        return []
    rows, first = rows_with_shared_point(rounded)
    for name, column, _ in lost:
        culprits = np.flatnonzero(column[rows] != column[first])
        if culprits.size:
            i, j = int(first[culprits[0]]), int(rows[culprits[0]])
            pair = f"rows {i} and {j} differ in integers beyond 2^53 (column {name}), which double precision makes one"
            return [f"{pair}; {MEND}"]
    return []


def _lost(points: Any) -> list[tuple[str, NDArray[Any], BoolArray]]:
    """Return the columns of integers that have some which doubles do not hold: name, cells `(N,)`, and which these are."""
    if sparse.issparse(points):
        matrix: Any = points
        points = matrix.toarray() if inexact(matrix.tocoo().data).any() else []
    if not (hasattr(points, "shape") and hasattr(points, "columns")):
        try:
            points = np.asarray(host(points) if lives_elsewhere(points) else points)
        except (TypeError, ValueError, RuntimeError):  # no table, which the data set refuses
            return []
        if points.ndim != 2 or not inexact(points).any():
            return []
    found = []
    for j, name in enumerate(column_names(points, points.shape[1])):
        cells = points.column(j) if hasattr(points, "column_names") else getattr(points, "iloc", points)[:, j]
        column = np.asarray(cells)
        rounded = inexact(column)
        if rounded.any():
            found.append((name, column, rounded))
    return found


def inexact(cells: NDArray[Any]) -> BoolArray:
    """Return which cells are integers that differ from the nearest double.

    An integer is h + l, h a multiple of 2^32 and l below it, both of which doubles hold; so is the error of `fl(h + l)`.
    """
    if cells.dtype == object:
        return np.array([not _held(cell) for cell in cells.ravel()], dtype=bool).reshape(cells.shape)
    if cells.dtype.kind not in "iu" or cells.dtype.itemsize < 8 or not cells.size:
        return np.zeros(cells.shape, dtype=bool)
    if int(cells.min()) >= -(2**53) and int(cells.max()) <= 2**53:
        return np.zeros(cells.shape, dtype=bool)
    high, low = (cells >> 32).astype(np.float64) * 2.0**32, (cells & 0xFFFFFFFF).astype(np.float64)
    return np.asarray((high + low) - high != low)


def _held(cell: object) -> bool:
    """Return whether a double holds a cell, if that is an integer; those beyond all doubles are refused elsewhere."""
    number = int(cell) if isinstance(cell, Integral) else 0
    return abs(number) <= 2**53 or abs(number) >= 2**1000 or int(float(number)) == number
