"""Tables in `.npy` and `.npz` files: points, and the labels or the axes that lie beside them."""

import os
from typing import Any

import numpy as np
from scipy import sparse

from logwidth.dataset.files import opened
from logwidth.dataset.grids import grid_of
from logwidth.dataset.readers.archives import archive_of, arrays_in, header_of, read_member, read_npy
from logwidth.dataset.readers.named_arrays import checked_sparse, flat
from logwidth.dataset.readers.named_table import Arrays, table_in
from logwidth.dataset.readers.pairs import image_of, row_notes
from logwidth.dataset.table import ReadOptions, Table
from logwidth.errors import InputError

SPARSE = {"csr", "csc", "coo"}


def read_npy_table(path: str, options: ReadOptions) -> Table:
    """Return the points in a `.npy` file as a table in double precision, without labels. Raises InputError.

    With axes, files of one vector each, it is the array of labels or scores on their grid.
    """
    if options.axes:
        axes = [(os.path.basename(axis), read_npy(axis)) for axis in options.axes]
        found = grid_of(repr(path), os.path.basename(path), read_npy(path), axes)
        return Table(path, found.points, labels=found.labels, notes=found.notes, fresh=True)
    with opened(path) as stream:
        shape, dtype = _shape_of_npy(stream)
    cells = read_npy(path, as_table=True)
    return Table(path, flat(cells), notes=row_notes(shape), fresh=True, image=image_of(shape, dtype))


def read_npz_table(path: str, options: ReadOptions) -> Table:
    """Return the table in an `.npz` archive, of NumPy or of a sparse matrix of SciPy. Raises InputError."""
    with opened(path) as stream, archive_of(path, stream) as archive:
        found = arrays_in(archive)
        if {"format", "shape", "data"} <= found.keys():
            return _read_sparse(path, archive, found)
        headers = {name: header_of(path, archive, member) for name, member in found.items()}

        def read(name: str, as_table: bool) -> Any:
            return read_member(path, archive, found[name], as_table=as_table)

        return table_in(Arrays(path, headers, read), options)


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
