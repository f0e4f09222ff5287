"""Arrays as files hold them, brought into the shapes of points and labels."""

from typing import Any

import numpy as np
from scipy import sparse

from logwidth.dataset.readers.archives import MOST_BYTES
from logwidth.errors import InputError


def flat(cells: Any) -> Any:
    """Return an array of points with one row for each, whatever its other dimensions."""
    return cells.reshape(len(cells), -1) if getattr(cells, "ndim", 0) > 2 and len(cells) else cells


def vector(labels: Any) -> Any:
    """Return labels in a row or a column of a table as a vector."""
    if labels is None:
        return None
    if labels.ndim == 2 and 1 in labels.shape:
        labels = labels.reshape(-1)
    return labels


def whole(labels: Any) -> Any:
    """Return labels that are all whole numbers in double precision as integers: files that know no others hold these.

    >>> whole(np.array([1.0, 2.0])), whole(np.array([0.5, 1.0]))
    (array([1, 2]), array([0.5, 1. ]))
    """
    if (
        getattr(labels, "dtype", np.dtype(object)).kind == "f"
        and np.isfinite(labels).all()
        and (np.abs(labels) < 2**53).all()
    ):
        return labels.astype(np.int64) if (labels == np.floor(labels)).all() else labels
    return labels


def checked_sparse(path: str, matrix: Any) -> Any:
    """Return a sparse matrix of real numbers whose indices are within its shape. Raises InputError."""
    if matrix.ndim != 2 or matrix.dtype.kind not in "buif":
        raise InputError(f"{path!r} holds a sparse {matrix.dtype} array of shape {matrix.shape}, no table of numbers")
    if 8 * matrix.shape[0] * matrix.shape[1] > MOST_BYTES:
        raise InputError(f"{path!r} declares shape {matrix.shape}, more than {MOST_BYTES >> 30} GiB when it is dense")
    rows = matrix.tocsr() if matrix.format == "coo" else matrix
    rows.check_format(full_check=True)
    return sparse.csr_matrix(rows)
