"""Tables in `.npy` and `.npz` files: points, and the labels that lie beside them."""

from typing import Any

import numpy as np
from scipy import sparse

from logwidth.dataset.files import opened
from logwidth.dataset.readers.archives import MOST_BYTES, archive_of, arrays_in, header_of, read_member, read_npy
from logwidth.dataset.readers.pairs import image_of, pair_of, row_notes
from logwidth.dataset.table import Table
from logwidth.errors import InputError

SPARSE = {"csr", "csc", "coo"}


def read_npy_table(path: str) -> Table:
    """Return the points in a `.npy` file as a table in double precision, without labels. Raises InputError."""
    with opened(path) as stream:
        shape, dtype = _shape_of_npy(stream)
    cells = read_npy(path, as_table=True)
    return Table(path, flat(cells), notes=row_notes(shape), fresh=True, image=image_of(shape, dtype))


def read_npz_table(path: str) -> Table:
    """Return the points and labels in an `.npz` archive, of NumPy or of a sparse matrix of SciPy. Raises InputError."""
    with opened(path) as stream, archive_of(path, stream) as archive:
        found = arrays_in(archive)
        if {"format", "shape", "data"} <= found.keys():
            return _read_sparse(path, archive, found)
        headers = {name: header_of(path, archive, member) for name, member in found.items()}
        shapes = {name: shape for name, (shape, _) in headers.items()}
        pair = pair_of(path, shapes, {name: dtype.kind in "buifc" for name, (_, dtype) in headers.items()}, either=False)
        cells = read_member(path, archive, found[pair.points], as_table=True)
        labels = None if pair.labels is None else read_member(path, archive, found[pair.labels], as_table=False)
    shape, dtype = headers[pair.points]
    notes = (*pair.notes, *row_notes(shape))
    return Table(
        path, flat(cells), labels=vector(labels), label_name=pair.labels, notes=notes, fresh=True,
        image=image_of(shape, dtype.str[1:]),
    )  # fmt: skip


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


def _read_sparse(path: str, archive: Any, found: Any) -> Table:
    """Return the sparse matrix that `scipy.sparse.save_npz` wrote, its arrays checked one by one."""
    form = np.asarray(read_member(path, archive, found["format"], as_table=False)).reshape(-1)
    kind = form[0].decode("ascii", "replace") if form.size == 1 and isinstance(form[0], bytes) else str(form[0])
    if kind not in SPARSE:
        raise InputError(f"{path!r} holds a sparse matrix in the form {kind!r}; save it with matrix.tocsr()")
    wanted = ("data", "row", "col") if kind == "coo" else ("data", "indices", "indptr")
    if not {*wanted, "shape"} <= found.keys():
        raise InputError(f"{path!r} is a damaged sparse matrix: it has not all of {', '.join((*wanted, 'shape'))}")
    data, first, second = (read_member(path, archive, found[name], as_table=False) for name in wanted)
    shape: Any = tuple(int(n) for n in np.asarray(read_member(path, archive, found["shape"], as_table=False)).reshape(-1))
    make: Any = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "coo": sparse.coo_matrix}[kind]
    matrix = make((data, (first, second)) if kind == "coo" else (data, first, second), shape=shape)
    return Table(path, checked_sparse(path, matrix), notes=("a sparse matrix of SciPy",), fresh=True)


def _shape_of_npy(stream: Any) -> tuple[tuple[int, ...], str]:
    from numpy.lib import format as npy

    try:
        version = npy.read_magic(stream)
        shape, _, dtype = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version](stream)
    except (ValueError, KeyError):
        return (), ""  # `read_npy` says what is wrong
    return tuple(shape), dtype.str[1:]
