"""Data frames of pandas, polars and Arrow."""

from collections.abc import Collection
from itertools import islice
from typing import Any, TypeGuard

import pandas as pd

from logwidth.dataset.readers.frame_cells import cells_of
from logwidth.dataset.table import Table
from logwidth.dataset.wording import short
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


def misplaced(points: object, labels: object) -> list[str]:
    """Return a complaint about labels whose index of pandas is that of the points in another order.

    Either the place or the index says which label belongs to which row, and nothing tells which of the two is meant.

    >>> misplaced(pd.DataFrame({"x": [1, 2]}, index=[7, 3]), pd.Series(["a", "b"], index=[3, 7]))[0].split(":")[0]
    'points and labels have one index in two orders (row 0 is 7, and 3 among the labels)'
    """
    if not (isinstance(points, pd.DataFrame) and isinstance(labels, pd.Series | pd.DataFrame)):
        return []
    ours, theirs = points.index, labels.index
    if len(ours) != len(theirs) or not (ours.is_unique and theirs.is_unique and theirs.isin(ours).all()):
        return []
    pairs = enumerate(zip(ours.tolist(), theirs.tolist(), strict=True))
    found = (
        f"points and labels have one index in two orders (row {row} is {short(own)}, and {short(other)} among the labels): "
        "pass labels.loc[points.index] where the index says what belongs together, labels.to_numpy() where the place does"
        for row, (own, other) in pairs
        if own != other
    )
    return list(islice(found, 1))


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
