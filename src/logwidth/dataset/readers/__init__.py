"""The readers: one file for each kind of data, and what is said of those that are not read."""

from logwidth.dataset.readers.kinds import form_of
from logwidth.dataset.readers.read import read_table

__all__ = ["form_of", "read_table"]
