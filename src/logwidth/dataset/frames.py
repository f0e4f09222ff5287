"""Data frames of pandas, polars and Arrow."""

from collections.abc import Collection
from typing import Any, TypeGuard

import pandas as pd

from logwidth.dataset.readers.frame_cells import cells_of
from logwidth.dataset.table import Table
from logwidth.errors import InputError

WHAT = "the frame"
"""How messages call a data frame."""


def is_frame(data: object) -> TypeGuard[Any]:
    """Return whether `data` is a data frame of pandas or polars, or a table of Arrow."""
    kind = type(data)
    if isinstance(data, pd.DataFrame):
        return True
    return (kind.__module__.split(".")[0], kind.__name__) in {
        ("polars", "DataFrame"), ("polars", "LazyFrame"), ("pyarrow", "Table")
    }  # fmt: skip


def frame_table(frame: Any, as_is: Collection[str] = ()) -> Table:
    """Return a data frame as a table; its columns are called by their names as text.

    Columns are numbers or text, whatever holds them (categories, decimals, integers that can be missing); those in `as_is`,
    labels and what will not be used, stay as they are. Raises InputError for others, such as dates.
    """
    if type(frame).__name__ == "LazyFrame":
        raise InputError(f"{WHAT} is lazy, it holds no rows yet: pass frame.collect()")
    if not isinstance(frame, pd.DataFrame):
        arrow = hasattr(frame, "column_names")
        frame = (
            frame.to_pandas(integer_object_nulls=True)
            if arrow
            else pd.DataFrame({name: _column(frame[name]) for name in frame.columns})
        )
    names = tuple(str(name) for name in frame.columns)
    return Table(WHAT, cells_of(WHAT, frame.set_axis(list(names), axis=1), as_is), names, typed=True)


def _column(column: Any) -> Any:
    """Return a column of polars as numbers with NaN for nothing, or as objects, such as integers with None."""
    narrow = "128" not in str(column.dtype)  # NumPy has no integers of 128 bits
    if column.dtype.is_float() or (column.dtype.is_integer() and narrow and not column.null_count()):
        return column.to_numpy()
    return pd.Series(column.to_list(), dtype=object)
