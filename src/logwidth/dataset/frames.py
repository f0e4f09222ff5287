"""Data frames of pandas and polars."""

from typing import Any, TypeGuard

import pandas as pd

from logwidth.dataset.tables import split_frame


def is_frame(data: object) -> TypeGuard[Any]:
    """Return whether `data` is a data frame of pandas or polars."""
    return isinstance(data, pd.DataFrame) or (type(data).__module__.split(".")[0] == "polars" and hasattr(data, "columns"))


def read_frame(frame: Any, label: str | None) -> tuple[pd.DataFrame, list[object]]:
    """Return features and labels of a frame; `label` names the column of labels, by default the last. Raises InputError."""
    if not isinstance(frame, pd.DataFrame):
        frame = pd.DataFrame({name: _column(frame[name]) for name in frame.columns})
    return split_frame("the frame", frame, label)


def _column(column: Any) -> Any:
    """Return a column of polars as numbers with NaN for nothing, or as objects."""
    if column.dtype.is_numeric():
        return column.to_numpy()
    return pd.Series(column.to_list(), dtype=object)
