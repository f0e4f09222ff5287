"""Points: read as a table of float64, every cell finite and with a finite square."""

import decimal
import math
import numbers
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from logwidth.dataset.wording import an_item, listing, one_line, short
from logwidth.rounding.tensors import host, lives_elsewhere
from logwidth.types import FloatArray

MEND_MISSING = "drop or impute them, or leave such rows out (--drop-missing)"
LARGEST = 1e150
"""Larger coordinates are refused: sums of their squares may overflow."""

NUMBER = re.compile(r"\s*[+-]?[0-9.]+\s*", re.ASCII)


@dataclass(frozen=True, eq=False)
class Fresh:
    """Points that were made or read just now and that nobody else holds: they may be used without a copy."""

    points: object


def parse_points(points: object, problems: list[str]) -> FloatArray | None:
    """Return a new C-contiguous float64 array `(N, d)`, rounded to nearest, with `-0.0` replaced by `0.0`.

    The rounded points are the data: every claim is about them. Sparse matrices become dense, tensors on a device are
    copied. Of points that are `Fresh` no copy is made where their array will do. What cannot be used is described in
    `problems`, and the result is then None.

    >>> parse_points([[1, -0.0]], [])
    array([[1., 0.]])
    """
    fresh, points = isinstance(points, Fresh), points.points if isinstance(points, Fresh) else points
    points = host(points) if lives_elsewhere(points) else points
    table = _table(points, problems)
    if table is None:
        return None
    names = column_names(points, table.shape[1])
    cells = _numbers(table, names, problems, copy=not fresh or not table.flags.writeable)
    if cells is None:
        return None
    before = len(problems)
    if np.ma.isMaskedArray(points):
        problems.extend(_cells(np.ma.getmaskarray(points), cells, names, "masked", "fill them or drop their rows"))
    if not (cells.min() >= -LARGEST and cells.max() <= LARGEST):  # NaN is neither
        mend = MEND_MISSING if np.isnan(cells).any() else "correct them or drop their rows"
        problems.extend(_cells(~np.isfinite(cells), cells, names, "NaN or infinite", mend))
        with np.errstate(invalid="ignore"):
            huge = np.isfinite(cells) & (np.abs(cells) > LARGEST)
        problems.extend(_cells(huge, cells, names, f"beyond ±{LARGEST:g}", "divide the features by a larger scale"))
    return cells if len(problems) == before else None


def _table(points: object, problems: list[str]) -> NDArray[np.generic] | None:
    """Return `points` as a nonempty two-dimensional array of any dtype."""
    if sparse.issparse(points):
        points = _dense(points, problems)
        if points is None:
            return None
    try:
        table = _array(points)
    except (TypeError, ValueError, RuntimeError) as error:
        problems.append(f"points cannot be read as a table ({one_line(error)}); pass rows of one length")
        return None
    if table.dtype.names is not None:
        fields = ", ".join(table.dtype.names[:8])
        problems.append(f"points are records with fields {fields}; pass a data frame, pandas.DataFrame(points)")
        return None
    if table.ndim != 2:
        problems.append(
            f"points must be 2-D, (samples, features), but have shape {table.shape}; try points.reshape(len(points), -1)"
            if table.ndim
            else f"points must be an array, a data frame or a list of rows, not {an_item(points)}"
        )
        return None
    if 0 in table.shape:
        problems.append(f"points are empty: {table.shape[0]} rows and {table.shape[1]} columns")
        return None
    return table


def _dense(points: Any, problems: list[str]) -> object:
    try:
        return points.toarray()
    except MemoryError:
        problems.append("points are a sparse matrix too large to make dense; keep fewer columns")
        return None


def _array(points: object) -> NDArray[np.generic]:
    """Return `points` as an array; the cells of plain sequences that are not all numbers keep their types."""
    table: NDArray[np.generic] = np.asarray(np.ma.getdata(points) if np.ma.isMaskedArray(points) else points)
    if table.dtype.kind in "USO" and not isinstance(points, np.ndarray):
        return np.asarray(points, dtype=object)
    return table


def frame_names(points: object) -> tuple[str, ...] | None:
    """Return the names of a data frame's columns as text; None if two are the same, or if they only count the columns."""
    columns = getattr(points, "column_names", getattr(points, "columns", None))
    names = None if columns is None or callable(columns) else list(columns)
    if not names or names == list(range(len(names))) or not all(isinstance(name, str | int | tuple) for name in names):
        return None
    texts = tuple(map(str, names))
    return texts if len(set(texts)) == len(texts) else None


def column_names(points: object, count: int) -> list[str]:
    """Return how messages call the columns: by the names of a data frame, else by number."""
    columns = getattr(points, "column_names", getattr(points, "columns", None))  # of Arrow, else of pandas and polars
    if columns is not None and len(columns) == count:
        return [short(name) for name in columns]
    return [str(j) for j in range(count)]


def _numbers(table: NDArray[np.generic], names: Sequence[str], problems: list[str], *, copy: bool) -> FloatArray | None:
    kind = table.dtype.kind
    if kind == "c":
        problems.append("points are complex; pass real and imaginary parts as separate columns")
        return None
    if kind in "buif":
        with np.errstate(over="ignore", invalid="ignore"):
            cells = (np.array if copy else np.asarray)(table, dtype=np.float64, order="C")
        cells += 0.0
        return cells
    if kind in "OUT":
        return _from_objects(table.astype(object), names, problems)
    advice = "; try points.astype(float)" if kind in "SmM" or table.dtype.isbuiltin == 2 else ""
    problems.append(f"points must be real numbers, not {table.dtype}{advice}")
    return None


def _from_objects(table: NDArray[np.object_], names: Sequence[str], problems: list[str]) -> FloatArray | None:
    cells = np.empty(table.shape)
    strange = []
    for j, name in enumerate(names):
        column = [_real(value) for value in table[:, j]]
        row = next((i for i, x in enumerate(column) if x is None), None)
        if row is None:
            cells[:, j] = column
        else:
            strange.append(f"column {name} holds {short(table[row, j])} in row {row}")
    if strange:
        texts = any(isinstance(value, str) and NUMBER.fullmatch(value) for value in table[:1].ravel().tolist())
        convert = "make numbers of text that holds them (astype(float)), " if texts else ""
        problems.append(f"points must be real numbers, but {listing(strange)}; {convert}encode or drop such columns")
        return None
    cells += 0.0
    return cells


def _real(value: object) -> float | None:
    """Return the number that a cell holds, NaN where it is missing, None if it is no real number."""
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return math.nan
    if not isinstance(value, numbers.Real | np.bool_ | decimal.Decimal):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _cells(culprits: NDArray[np.bool_], cells: FloatArray, names: Sequence[str], what: str, advice: str) -> list[str]:
    count = int(np.count_nonzero(culprits))
    if not count:
        return []
    first = np.argwhere(culprits)[:4]
    shown = [f"row {i}, column {names[j]} ({cells[i, j]:g})" for i, j in first]
    noun = "cell is" if count == 1 else "cells are"
    return [f"{count} {noun} {what}: {listing(shown, count)}; {advice}"]
