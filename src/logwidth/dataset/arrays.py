"""Old names of what is now in `logwidth.dataset.readers.archives`."""

from logwidth.dataset.readers.archives import (
    MOST_BYTES,
    PART,
    Array,
    is_table,
    parts_of_rows,
    read_npy,
    read_npz,
    table_of,
)

__all__ = ["MOST_BYTES", "PART", "Array", "is_table", "parts_of_rows", "read_npy", "read_npz", "table_of"]
