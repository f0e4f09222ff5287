"""A table among arrays with names, as archives hold them: points and labels or scores, or a grid given by its axes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from logwidth.dataset.grids import grid_of, largest, scores_along
from logwidth.dataset.readers.named_arrays import flat, vector
from logwidth.dataset.readers.pairs import Shape, found_arrays, image_of, known, pair_of, row_notes
from logwidth.dataset.table import ReadOptions, Table
from logwidth.dataset.wording import short
from logwidth.errors import InputError

LABELS = ("y", "Y", "labels", "label", "policy", "table", "scores", "q", "Q")
"""How the array of a grid's labels or scores is called; the first that fits the axes is taken."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """The arrays of a file: their shapes and dtypes, known before any is read, and how one is read by its name.

    `read(name, as_table)` returns an array; as a table, rows of numbers come in double precision.
    """

    what: str
    headers: Mapping[str, tuple[Shape, "np.dtype[np.generic]"]]
    read: Callable[[str, bool], Any]

    @property
    def shapes(self) -> dict[str, Shape]:
        """Shape of each array."""
        return {name: shape for name, (shape, _) in self.headers.items()}


def table_in(arrays: Arrays, options: ReadOptions) -> Table:
    """Return the table that the arrays hold. Raises InputError that lists them where it is open which are meant."""
    if options.axes:
        if options.points is not None:
            raise InputError(f"{arrays.what!r}: points are either those of a grid (--axes) or in an array (--points)")
        return _grid(arrays, options)
    numeric = {name: dtype.kind in "buifc" for name, (_, dtype) in arrays.headers.items()}
    pair = pair_of(arrays.what, arrays.shapes, numeric, either=False, wanted=(options.points, options.label or None))
    shape, dtype = arrays.headers[pair.points]
    notes = [*pair.notes, *row_notes(shape)]
    labels = None
    if pair.labels is not None:
        check_rows(arrays, pair.points, pair.labels, asked=options.label == pair.labels)
        labels = vector(arrays.read(pair.labels, False))
        if labels.ndim == 2:
            labels, said = largest(repr(arrays.what), pair.labels, labels)
            notes += said
    cells, image = flat(arrays.read(pair.points, True)), image_of(shape, dtype.str[1:])
    return Table(arrays.what, cells, labels=labels, label_name=pair.labels, notes=tuple(notes), fresh=True, image=image)


def check_rows(arrays: Arrays, points: str, labels: str, *, asked: bool) -> None:
    """Refuse labels of two dimensions or more that are no scores for the points, row by row."""
    shape, (first, dtype) = arrays.shapes[points], arrays.headers[labels]
    if len(first) < 2 or (len(first) == 2 and 1 in first):
        return
    found = f"{arrays.what!r} holds points {short(points)} {shape} and {short(labels)} {first}"
    if len(first) > 2:
        raise InputError(f"{found}: scores beside points have two dimensions; of a grid, name the axes (--axes A,B,…)")
    if first[0] != shape[0]:
        turned = labels if first[1] == shape[0] else points if first[0] == shape[-1] else None
        raise InputError(f"{found}, not as many rows" + (f": {turned} is transposed, save {turned}.T" if turned else ""))
    if dtype.kind != "f" and not asked:
        raise InputError(
            f"{found} of {dtype}: if these are scores, of which the largest gives the label, say --label {labels}"
        )


def _grid(arrays: Arrays, options: ReadOptions) -> Table:
    """Return the product of the axes, with its labels."""
    what, axes = repr(arrays.what), [known(arrays.what, arrays.shapes, name, "--axes") for name in options.axes]
    if len(set(axes)) < len(axes):
        raise InputError(f"{what}: --axes names an array twice: {','.join(axes)}")
    values = [(name, arrays.read(name, False)) for name in axes]
    name = options.label
    if not name:
        name = _labels_of(arrays, [(called, int(np.size(v))) for called, v in values])
    found = grid_of(what, name, arrays.read(known(arrays.what, arrays.shapes, name, "--label"), False), values)
    return Table(arrays.what, found.points, labels=found.labels, label_name=name, notes=found.notes, fresh=True)


def _labels_of(arrays: Arrays, axes: Sequence[tuple[str, int]]) -> str:
    """Return the array of labels or scores: by its name, else the only one that may be it by its shape."""
    names = {called for called, _ in axes}
    rest = {name: shape for name, shape in arrays.shapes.items() if name not in names and np.prod(shape) > 1}
    sized = [name for name, shape in rest.items() if _fits(name, shape, axes)]
    called = [name for name in LABELS if name in (sized or rest)]
    found = called or sized or [name for name, shape in rest.items() if len(shape) >= len(axes)]
    if called or len(found) == 1:
        return found[0]
    raise InputError(
        f"{arrays.what!r}: name the array of labels or scores on this grid with --label; its arrays are "
        f"{found_arrays(arrays.shapes)}"
    )


def _fits(name: str, shape: Shape, axes: Sequence[tuple[str, int]]) -> bool:
    try:
        scores_along("", name, shape, axes)
    except InputError:
        return False
    return True
