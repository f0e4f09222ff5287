"""Files of MATLAB up to version 7, read by SciPy: matrices and vectors of numbers or characters, cells of text."""

from typing import Any

import numpy as np
from scipy import sparse

from logwidth.dataset.files import opened
from logwidth.dataset.readers.archives import MOST_BYTES
from logwidth.dataset.readers.mat_elements import check_elements
from logwidth.dataset.readers.named_arrays import checked_sparse, flat, vector, whole
from logwidth.dataset.readers.pairs import image_of, pair_of, row_notes
from logwidth.dataset.table import ReadOptions, Table
from logwidth.errors import InputError

NUMBERS = {"double", "single", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "logical", "sparse"}


def read_mat(path: str, options: ReadOptions) -> Table:
    """Return the points and labels in a `.mat` file: rows, or columns if only those are as many as the labels.

    Cells of text serve as labels; other cells, structures and objects are not read. Raises InputError that lists the arrays
    where it is open which are meant.
    """
    from scipy import io

    with opened(path) as stream:
        texts = check_elements(path, stream)
        stream.seek(0)
        listed: Any = io.whosmat(stream)  # type: ignore[arg-type]  # files serve as well
        shapes = {name: tuple(shape) for name, shape, kind in listed if kind in NUMBERS}
        shapes |= {name: tuple(shape[:1]) for name, shape, kind in listed if kind == "char"}
        shapes |= {name: tuple(shape) for name, shape, kind in listed if kind == "cell" and name in texts and 1 in shape}
        others = [f"{name!r} ({kind})" for name, _, kind in listed if name not in shapes]
        if not shapes and others:
            raise InputError(f"{path!r} holds no plain arrays, only {', '.join(others[:8])}; save X and y as matrices")
        kinds = {name: kind for name, _, kind in listed}
        pair = pair_of(path, shapes, {name: kinds[name] in NUMBERS for name in shapes}, either=True)
        size = 8 * int(np.prod([float(n) for n in shapes[pair.points]]))
        if size > MOST_BYTES:
            raise InputError(f"{path!r} declares shape {shapes[pair.points]}, more than {MOST_BYTES >> 30} GiB")
        wanted = [name for name in (pair.points, pair.labels) if name is not None]
        stream.seek(0)
        found: Any = io.loadmat(stream, variable_names=wanted)  # type: ignore[arg-type]
    missing = [name for name in wanted if name not in found]
    if missing:
        raise InputError(f"{path!r} is damaged: it lists {missing[0]!r} and does not hold it")
    points, notes = _points(path, found[pair.points], turned=pair.turned)
    labels = None if pair.labels is None else _labels(found[pair.labels])
    said = ("the points lie along the last dimension",) if pair.turned else ()
    if labels is None and options.labels is None and others:
        raise InputError(
            f"{path!r} holds the points {pair.points!r} and no labels that are read: {', '.join(others[:8])} "
            "is not a matrix; save the labels as numbers, char(…) or a file of their own (--labels)"
        )
    image = None if sparse.issparse(points) else image_of(points.shape, points.dtype.str[1:])
    return Table(
        path,
        flat(points),
        labels=labels,
        label_name=pair.labels,
        notes=(*pair.notes, *said, *notes),
        fresh=True,
        image=image,
    )


def _points(path: str, found: Any, *, turned: bool) -> tuple[Any, tuple[str, ...]]:
    if sparse.issparse(found):
        matrix = checked_sparse(path, found)
        return (matrix.T.tocsr() if turned else matrix), ()
    if found.dtype.hasobject:
        raise InputError(f"{path!r} holds objects in place of numbers")
    points = np.ascontiguousarray(np.moveaxis(found, -1, 0)) if turned else found
    return points, row_notes(points.shape)


def _labels(found: Any) -> Any:
    """Return labels as a vector: text without the blanks that fill it up, whole numbers as integers."""
    found = found.toarray() if hasattr(found, "toarray") else found
    if found.dtype == object and all(
        getattr(cell, "dtype", found.dtype).kind == "U" and cell.size < 2 for cell in found.flat
    ):
        return ["".join(cell.tolist()).strip() or None for cell in found.flat]  # empty: missing
    if found.dtype.hasobject:
        raise InputError("the labels are objects; save them as numbers or as text of one width")
    labels = vector(found)
    return np.char.strip(labels) if labels.dtype.kind == "U" else whole(labels)
