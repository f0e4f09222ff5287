"""A table among arrays with names, as archives hold them: points and labels or scores, or a grid given by its axes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from logwidth.dataset.grids import grid_of, largest, scores_along
from logwidth.dataset.readers.marks import Marks, check_numbers, check_order
from logwidth.dataset.readers.named_arrays import flat, vector
from logwidth.dataset.readers.pairs import NAMES, Shape, found_arrays, image_of, known, pair_of, row_notes
from logwidth.dataset.table import ReadOptions, Table
from logwidth.dataset.wording import short
from logwidth.errors import InputError

LABELS = ("y", "Y", "labels", "label", "policy", "table", "scores", "q", "Q")
"""How the array of a grid's labels or scores is called; the first that fits the axes is taken."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """The arrays of a file: their shapes and dtypes, known before any is read, and how one is read by its name.

    `read(name, as_table)` returns an array; as a table, rows of numbers come in double precision. `marks` are what the
    file says beside the numbers, for arrays of which it says something.
    """

    what: str
    headers: Mapping[str, tuple[Shape, "np.dtype[np.generic]"]]
    read: Callable[[str, bool], Any]
    marks: Mapping[str, Marks] = field(default_factory=dict)

    def numbers(self, name: str, *, as_table: bool = False) -> Any:
        """Return an array. Raises InputError where the file says that its numbers stand for others, or for none."""
        found = self.read(name, as_table)
        if name in self.marks:
            check_numbers(repr(self.what), name, self.marks[name], found)
        return found

    @property
    def shapes(self) -> dict[str, Shape]:
        """Shape of each array."""
        return {name: shape for name, (shape, _) in self.headers.items()}


def table_in(arrays: Arrays, options: ReadOptions) -> Table:
    """Return the table that the arrays hold. Raises InputError that lists them where it is open which are meant."""
    if options.axes:
        if options.points is not None:
            raise InputError(f"{arrays.what!r}: points are either those of a grid (--axes) or in an array (--features)")
        return _grid(arrays, options)
    numeric = {name: dtype.kind in "buifc" for name, (_, dtype) in arrays.headers.items()}
    pair = pair_of(arrays.what, arrays.shapes, numeric, either=False, wanted=(options.points, options.label or None))
    shape, dtype = arrays.headers[pair.points]
    notes = [*pair.notes, *row_notes(shape)]
    labels = None
    if pair.labels is not None:
        check_rows(arrays, pair.points, pair.labels, asked=options.label == pair.labels)
        labels = vector(arrays.numbers(pair.labels))
        if (pair.points, pair.labels) not in NAMES and options.points is None and not options.label:
            _check_no_axes(arrays, pair.points, pair.labels, labels)
        if labels.ndim == 2:
            _check_square(arrays, pair.labels, labels)
            labels, said = largest(repr(arrays.what), pair.labels, labels)
            notes += said
    cells, image = flat(arrays.numbers(pair.points, as_table=True)), image_of(shape, dtype.str[1:])
    return Table(arrays.what, cells, labels=labels, label_name=pair.labels, notes=tuple(notes), fresh=True, image=image)


def _check_no_axes(arrays: Arrays, points: str, labels: str, values: Any) -> None:
    """Refuse increasing vectors along the first two dimensions of a table: those of a grid are its axes, not its labels."""
    shape = arrays.shapes[points]
    beside = [name for name, found in arrays.shapes.items() if found == shape[1:2] and name != labels]
    other = next((name for name in beside if _increasing(arrays.numbers(name))), None)
    if other is not None and _increasing(values):
        raise InputError(
            f"{arrays.what!r}: {short(labels)} and {short(other)} increase, and are as long as {short(points)} {shape}, "
            f"like the axes of a grid: say --axes {labels},{other} --label {points}, "
            f"or if they are none --features {points} --label {labels}"
        )


def _increasing(values: Any) -> bool:
    found = np.asarray(values)
    return bool(found.dtype.kind in "buif" and found.ndim == 1 and found.size > 1 and (found[1:] > found[:-1]).all())


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


def _check_square(arrays: Arrays, name: str, scores: Any) -> None:
    """Refuse as many scores as points where the largest along the other dimension would give other labels."""
    square = scores.shape[0] == scores.shape[1]
    if square and scores.dtype.kind in "buif" and (np.argmax(scores, axis=0) != np.argmax(scores, axis=1)).any():
        raise InputError(
            f"{arrays.what!r}: array {short(name)} has shape {scores.shape}: scores may lie along the first or the last "
            "dimension; save np.argmax along theirs"
        )


def _grid(arrays: Arrays, options: ReadOptions) -> Table:
    """Return the product of the axes, with its labels."""
    what, axes = repr(arrays.what), [known(arrays.what, arrays.shapes, name, "--axes") for name in options.axes]
    if len(set(axes)) < len(axes):
        raise InputError(f"{what}: --axes names an array twice: {','.join(axes)}")
    values = [(name, arrays.numbers(name)) for name in axes]
    sides = [(called, int(np.size(v))) for called, v in values]
    name = known(arrays.what, arrays.shapes, options.label or _labels_of(arrays, sides), "--label")
    if name in arrays.marks:
        first = 1 if scores_along(what, name, arrays.shapes[name], sides) == 0 else 0
        check_order(what, name, arrays.marks[name], axes, first)
    found = grid_of(what, name, arrays.numbers(name), values)
    left = [other for other, shape in arrays.shapes.items() if other not in (*axes, name) and _fits(other, shape, sides)]
    notes = (
        found.notes
        if options.label or not left
        else (*found.notes, f"labels from {short(name)}; left out: {', '.join(left[:8])}")
    )
    return Table(arrays.what, found.points, labels=found.labels, label_name=name, notes=notes, fresh=True)


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
