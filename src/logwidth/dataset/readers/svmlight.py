"""LibSVM and svmlight files, `label index:value …`, read by scikit-learn."""

import io
import re
from typing import Any

import numpy as np

from logwidth.dataset.readers.archives import MOST_BYTES
from logwidth.dataset.readers.content import first_bytes, unpacked
from logwidth.dataset.readers.named_arrays import checked_sparse, whole
from logwidth.dataset.table import Table
from logwidth.dataset.wording import one_line
from logwidth.errors import InputError

EXACT = 2**53
LEAST_ROWS = 2**10
"""A file of fewer rows may have no more columns than one of so many: every column has a name."""


def read_svmlight(path: str) -> Table:
    """Return the sparse points and the labels in a LibSVM file. The names of the columns are the indices as they stand.

    Indices count from 0 if 0 is one of them, else from 1; a column that no row names is zero. So two files are matched by
    their indices, whatever each of them counts from. Query ids are left out.

    Raises InputError for rows that are not `label index:value …` with increasing indices.
    """
    from sklearn.datasets import load_svmlight_file

    start, _ = first_bytes(path, 2**16)
    with unpacked(path) as (stream, packing):
        try:
            points, labels = load_svmlight_file(stream, dtype=np.float64, zero_based=True)
        except (ValueError, OverflowError) as problem:
            raise InputError(
                f"{path!r} is no LibSVM file, 'label index:value …' in each row: {_culprit(path, problem)}"
            ) from None
    if not points.shape[0]:
        raise InputError(f"{path!r} is empty; a LibSVM file has 'label index:value …' in each row")
    rows, columns = points.shape
    if 8 * max(rows, LEAST_ROWS) * columns > MOST_BYTES:
        raise InputError(f"{path!r} has the index {columns - 1}: its {rows} rows are too large to be made dense")
    beyond = np.flatnonzero(np.abs(labels) >= EXACT)
    if beyond.size:
        raise InputError(
            f"{path!r} has labels of 2^53 and more (row {beyond[0]}), which readers of LibSVM round, so two may become one; "
            "number the classes anew, or save the table as .csv"
        )
    base = 0 if _has_zero(points) else 1
    notes = [f"unpacked from {packing}"] if packing else []
    notes.append(f"LibSVM, indices counted from {base}")
    if re.search(rb"\sqid:", start):
        notes.append("query ids (qid) left out")
    names = tuple(str(j) for j in range(base, columns))
    if not names:
        raise InputError(f"{path!r} has labels and no features")
    cells = checked_sparse(path, points[:, base:])
    return Table(path, cells, names, labels=whole(labels), label_name="label", notes=tuple(notes), fresh=True)


def _culprit(path: str, problem: Exception) -> str:
    """Return what is wrong with a file, with the first line, from 1, that cannot be read by itself."""
    from sklearn.datasets import load_svmlight_file

    with unpacked(path) as (stream, _):
        for number, line in enumerate(stream, 1):
            try:
                load_svmlight_file(io.BytesIO(line), zero_based=True)
            except (ValueError, OverflowError) as found:
                return f"line {number}: {one_line(found)}"
    return one_line(problem)


def _has_zero(points: Any) -> bool:
    return bool(points.indices.size and points.indices.min() == 0)
