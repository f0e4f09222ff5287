"""Sparse tables: what is not stored is zero."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


def rows_with_missing(cells: Any) -> NDArray[np.bool_]:
    """Return which rows `(n,)` of a sparse matrix hold NaN."""
    stored, found = cells.tocoo(), np.zeros(cells.shape[0], dtype=np.bool_)
    found[stored.row[np.isnan(stored.data)]] = True
    return found


def columns_or_zero(cells: Any, places: list[int | None]) -> Any:
    """Return the columns of a sparse matrix at these places; a column of zeros for None."""
    stack: Any = sparse.hstack
    wide = stack([cells, sparse.csc_matrix(np.zeros((cells.shape[0], 1)))], format="csc")
    return wide[:, [cells.shape[1] if place is None else place for place in places]]
