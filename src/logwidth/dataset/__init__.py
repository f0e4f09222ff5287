"""The door: a frozen, validated `Dataset`, and `load`, which reads one."""

from logwidth.dataset.builtin import BUILTIN_NAMES
from logwidth.dataset.columns import Columns
from logwidth.dataset.conflicts import conflicts_allowed, outvoted_rows
from logwidth.dataset.data import Dataset
from logwidth.dataset.labels import none_value
from logwidth.dataset.large_integers import merged_rows, rounding_notes
from logwidth.dataset.naming import feature_called
from logwidth.dataset.queries import checked_points, load_again, load_points, matched_points, read_like
from logwidth.dataset.source import DataSource, load

__all__ = [
    "BUILTIN_NAMES",
    "Columns",
    "DataSource",
    "Dataset",
    "checked_points",
    "conflicts_allowed",
    "feature_called",
    "load",
    "load_again",
    "load_points",
    "matched_points",
    "merged_rows",
    "none_value",
    "outvoted_rows",
    "read_like",
    "rounding_notes",
]
