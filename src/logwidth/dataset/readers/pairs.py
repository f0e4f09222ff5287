"""Which of several named arrays holds the points, and which the labels: told by their names and shapes, or refused."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from logwidth.dataset.wording import short
from logwidth.errors import InputError, did_you_mean

Shape = tuple[int, ...]

NAMES = (
    ("X", "y"), ("X", "Y"), ("x", "y"), ("X_train", "y_train"), ("x_train", "y_train"), ("train_x", "train_y"),
    ("data", "target"), ("data", "labels"), ("data", "label"), ("features", "labels"), ("features", "target"),
    ("images", "labels"), ("train_images", "train_labels"), ("fea", "gnd"), ("X", "labels"), ("X", "label"), ("x", "labels"),
    ("X", "scores"), ("X", "Q"), ("X", "q"), ("states", "scores"), ("states", "labels"),
)  # fmt: skip
"""How points and labels are called together, the first that is there being taken."""


@dataclass(frozen=True)
class Pair:
    """The names of points and labels (None where there are none), whether the points lie in columns, and what to say."""

    points: str
    labels: str | None
    turned: bool
    notes: tuple[str, ...]


def pair_of(
    path: str,
    shapes: Mapping[str, Shape],
    numeric: Mapping[str, bool],
    *,
    either: bool,
    wanted: tuple[str | None, str | None] = (None, None),
) -> Pair:
    """Return the points, of at least two dimensions, and the vector of their labels (or rows of scores) among arrays.

    A pair of `NAMES` is taken; otherwise there must be just one table of numbers and one vector as long as it. With
    `either`, points may lie along the last dimension, as in files of MATLAB, if the number of labels says so. `wanted` are
    the names of points and labels that the user gave.

    Raises InputError that lists the arrays.

    >>> pair_of("a.npz", {"data": (9, 2), "target": (9,)}, {"data": True, "target": True}, either=False).labels
    'target'
    """
    if wanted != (None, None):
        points, labels = _asked(path, shapes, numeric, *wanted)
        return Pair(points, labels, False, _said(points, labels, shapes))
    vectors = {name: n for name, n in ((name, _length(shape)) for name, shape in shapes.items()) if n is not None}
    tables = [name for name, shape in shapes.items() if numeric[name] and len(shape) > 1 and name not in vectors]
    named = [pair for pair in NAMES if pair[0] in shapes and pair[1] in shapes]
    points, labels = named[0] if named else _by_shape(path, shapes, tables, vectors, either=either)
    if labels is None:
        return Pair(points, None, False, _said(points, None, shapes))
    return Pair(points, labels, _turned(path, shapes, points, labels, either=either), _said(points, labels, shapes))


def known(path: str, shapes: Mapping[str, Shape], name: str, option: str) -> str:
    """Return the name of an array. Raises InputError that lists the arrays where there is none of that name."""
    if name in shapes:
        return name
    raise InputError(
        f"{path!r} has no array {short(name)} ({option}){did_you_mean(name, shapes)}; its arrays are {found_arrays(shapes)}"
    )


def found_arrays(shapes: Mapping[str, Shape]) -> str:
    """Return the names of arrays with their shapes, for messages."""
    return ", ".join(f"{short(name)} {shapes[name]}" for name in sorted(shapes)[:20]) or "none"


def _asked(
    path: str, shapes: Mapping[str, Shape], numeric: Mapping[str, bool], points: str | None, labels: str | None
) -> tuple[str, str | None]:
    """Return the arrays that the user named, and beside one of them the other: by its name, or the only one that fits."""
    for name, option in ((points, "--features"), (labels, "--label")):
        if name is not None:
            known(path, shapes, name, option)
    if points is not None and labels is not None:
        return points, labels
    given = points if points is not None else labels
    rows = shapes[given][0] if given is not None and shapes[given] else 0
    partners = [b if points is not None else a for a, b in NAMES if given == (a if points is not None else b)]
    rest = [name for name, shape in shapes.items() if name != given and shape and shape[0] == rows]
    rest = [name for name in rest if points is not None or (len(shapes[name]) > 1 and numeric[name])]
    found = next(([name] for name in partners if name in rest), rest)
    if len(found) != 1 and not (points is not None and not found):
        other = "--label" if points is not None else "--features"
        raise InputError(
            f"{path!r}: name the array that goes with {short(given)} by {other}; its arrays are {found_arrays(shapes)}"
        )
    other_name = found[0] if found else None
    return (points, other_name) if points is not None else (str(other_name), labels)


def _by_shape(
    path: str, shapes: Mapping[str, Shape], tables: list[str], vectors: Mapping[str, int], *, either: bool
) -> tuple[str, str | None]:
    only = tables[0] if len(tables) == 1 else next((name for name in ("X", "x") if name in tables), None)
    if only is not None and len(shapes) == 1:
        return only, None
    if only is not None and len(tables) == 1:
        sizes = {shapes[only][0], shapes[only][-1]} if either else {shapes[only][0]}
        rest = sorted(vectors.values())
        grid = len(shapes[only]) > 2 and all(rest.count(n) >= shapes[only].count(n) for n in shapes[only])
        fitting = [] if grid else [name for name, length in vectors.items() if length in sizes]
        if len(fitting) == 1:
            return only, fitting[0]
    if only in ("X", "x") and not vectors:
        return str(only), None
    others = "" if either else ", or --features and --label, or --axes of a grid"
    raise InputError(
        f"{path!r} needs arrays 'X' and 'y', points and their labels{others}; its arrays are {found_arrays(shapes)}"
    )


def _turned(path: str, shapes: Mapping[str, Shape], points: str, labels: str, *, either: bool) -> bool:
    """Return whether points lie along the last dimension. Raises InputError if that cannot be told."""
    shape, length = shapes[points], _length(shapes[labels])
    if not either or length is None or len(shape) < 2 or length not in (shape[0], shape[-1]):
        return False
    if shape[0] == shape[-1]:
        raise InputError(
            f"{path!r} holds {points!r} {shape} and {length} labels, so rows or columns may be the points; save it as .npz"
        )
    return length == shape[-1]


def _said(points: str, labels: str | None, shapes: Mapping[str, Shape]) -> tuple[str, ...]:
    if (points, labels) == ("X", "y") and len(shapes) == 2:
        return ()
    left = sorted(shapes.keys() - {points, labels})
    out = f"; left out: {', '.join(left[:8])}{' …' if len(left) > 8 else ''}" if left else ""
    return (f"points are {points!r}{f', labels {labels!r}' if labels else ''}{out}",)


def _length(shape: Shape) -> int | None:
    """Return the length of a vector, which may be a row or a column of a table; None for other shapes."""
    return math.prod(shape) if len(shape) == 1 or (len(shape) == 2 and 1 in shape) else None


def row_notes(shape: Shape) -> tuple[str, ...]:
    """Return what is said of points that are no rows of numbers, but arrays."""
    inner = " × ".join(map(str, shape[1:]))
    return (f"each point is an array {inner}, row by row",) if len(shape) > 2 else ()


def image_of(shape: Shape, kind: str) -> tuple[int, int, str] | None:
    """Return size and kind of images in an array of bytes `(N, height, width)` or `(N, height, width, 3)`.

    >>> image_of((9, 28, 28), "u1"), image_of((9, 32, 30, 3), "u1"), image_of((9, 28, 28), "f8")
    ((28, 28, 'L'), (30, 32, 'RGB'), None)
    """
    if kind != "u1" or not (len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3))):
        return None
    return shape[2], shape[1], "RGB" if len(shape) == 4 and shape[3] == 3 else "L"
