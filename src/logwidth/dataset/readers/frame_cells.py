"""The columns of a data frame of any kind, made columns of numbers or of text."""

import decimal
import numbers
from collections.abc import Collection
from typing import Any

import numpy as np

from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError


def cells_of(what: str, frame: Any, as_is: Collection[str] = ()) -> Any:
    """Return a frame whose columns are numbers or truth values of NumPy, or objects: text, with None where it is missing.

    Columns in `as_is`, which hold labels or will not be used, stay as they are.

    Decimals, categories and columns that can miss values (as integers of pandas or Arrow) become what they stand for;
    decimals and integers beside missing values are rounded to the nearest double. A column that has integers which no double
    holds, and a missing value or a fraction, stays one of objects; so does one that mixes text and numbers.

    Raises InputError that names columns of dates, bytes, lists and the like.
    """
    import pandas as pd

    strange: list[str] = []
    columns = {}
    for j, name in enumerate(frame.columns):
        if name in as_is:
            columns[j] = frame.iloc[:, j].reset_index(drop=True)
            continue
        column = _column(frame.iloc[:, j])
        if column is None:
            strange.append(f"column {short(name)} holds {frame.dtypes.iloc[j]}")
        else:
            columns[j] = pd.Series(column, dtype=column.dtype, copy=False)
    if strange:
        raise InputError(f"{what!r}: {listing(strange)}; make numbers or text of it, or leave such columns out (--drop)")
    return pd.DataFrame(columns, copy=False).set_axis(list(frame.columns), axis=1)


def _column(column: Any) -> Any:
    """Return the values of a column as an array of numbers, or of text; None if they are neither."""
    import pandas as pd

    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        column = column.astype(dtype.categories.dtype if not column.isna().any() else object)
        dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype):
        column = column.sparse.to_dense()
        dtype = column.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        return column.to_numpy()
    if dtype.kind in "mMcV":
        return None
    missing = column.isna().to_numpy()
    if getattr(dtype, "kind", "O") in "iuf" and not isinstance(dtype, np.dtype):
        if not missing.any():
            return np.asarray(column.to_numpy(dtype=dtype.numpy_dtype))
        if dtype.kind == "f":
            return np.asarray(column.to_numpy(np.float64, na_value=np.nan))
    cells = column.to_numpy(dtype=object, copy=True)
    cells[missing] = None
    return _of_objects(cells, missing)


def _of_objects(cells: Any, missing: Any) -> Any:
    present = cells[~missing]
    if all(isinstance(cell, str) for cell in present):
        return cells
    if all(isinstance(cell, bool | np.bool_) for cell in present):
        return np.array([np.nan if cell is None else float(cell) for cell in cells]) if missing.any() else cells.astype(bool)
    if all(isinstance(cell, numbers.Real | decimal.Decimal) and not isinstance(cell, bool) for cell in present):
        if not missing.any() and all(isinstance(cell, numbers.Integral) for cell in present):
            least, most = min(present, default=0), max(present, default=0)
            if least >= -(2**63) and most < 2**64 and (most < 2**63 or least >= 0):
                return cells.astype(np.int64 if most < 2**63 else np.uint64)
        rounded = np.array([np.nan if cell is None else _rounded(cell) for cell in cells], dtype=np.float64)
        whole = {i: int(cell) for i, cell in enumerate(cells) if _is_whole(cell)}
        doubles = rounded.tolist()  # Python compares an integer with a float exactly
        if all(number == doubles[i] for i, number in whole.items()) and len({*present}) == len(
            {*rounded[~missing].tolist()}
        ):
            return rounded
        found = np.array([cell if isinstance(cell, decimal.Decimal) else doubles[i] for i, cell in enumerate(cells)], object)
        found[missing] = None
        for i, number in whole.items():
            found[i] = number
        return found
    return cells if all(isinstance(cell, str | numbers.Real | decimal.Decimal) for cell in present) else None


def _is_whole(cell: Any) -> bool:
    """Return whether a cell is an integer, or a decimal that is one."""
    return isinstance(cell, numbers.Integral) or (
        isinstance(cell, decimal.Decimal) and cell.is_finite() and int(cell) == cell
    )


def _rounded(cell: Any) -> float:
    """Return the double nearest to a number, infinite beyond their range."""
    try:
        return float(cell)
    except OverflowError:
        return float("inf") if cell > 0 else float("-inf")
