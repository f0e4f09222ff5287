"""The door: a frozen, validated `Dataset`, and `load`, which reads one."""

from logwidth.dataset.builtin import BUILTIN_NAMES
from logwidth.dataset.data import Dataset
from logwidth.dataset.queries import checked_points, load_points
from logwidth.dataset.source import DataSource, load

__all__ = ["BUILTIN_NAMES", "DataSource", "Dataset", "checked_points", "load", "load_points"]
