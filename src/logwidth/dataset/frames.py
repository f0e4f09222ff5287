"""Data frames of pandas and polars."""

from typing import Any, TypeGuard

import pandas as pd

from logwidth.dataset.table import Table


def is_frame(data: object) -> TypeGuard[Any]:
    """Return whether `data` is a data frame of pandas or polars."""
    return isinstance(data, pd.DataFrame) or (type(data).__module__.split(".")[0] == "polars" and hasattr(data, "columns"))


def frame_table(frame: Any) -> Table:
    """Return a data frame as a table; its columns are called by their names as text."""
    if not isinstance(frame, pd.DataFrame):
        frame = pd.DataFrame({name: _column(frame[name]) for name in frame.columns})
    names = tuple(str(name) for name in frame.columns)
    return Table("the frame", frame.set_axis(list(names), axis=1), names)


def _column(column: Any) -> Any:
    """Return a column of polars as numbers with NaN for nothing, or as objects."""
    if column.dtype.is_numeric():
        return column.to_numpy()
    return pd.Series(column.to_list(), dtype=object)
