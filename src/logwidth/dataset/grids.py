"""Tables on grids: one vector of values per dimension, and an array of labels, or of scores whose largest decides."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError
from logwidth.types import FloatArray

MOST_BYTES = 64 * 2**30
"""A grid whose points take more than 64 GiB is refused before anything is allocated."""

Shape = tuple[int, ...]
Axis = tuple[str, Any]


@dataclass(frozen=True, eq=False)
class Grid:
    """The points `(n_1 ⋯ n_k, k)` of a grid, the last axis running fastest, their labels, and what is worth saying."""

    points: FloatArray
    labels: NDArray[np.generic]
    notes: tuple[str, ...]


def grid_of(what: str, name: str, array: Any, axes: Sequence[Axis]) -> Grid:
    """Return the samples of a table: the product of its axes, each with its label, or with the place of its largest score.

    `array` is one of labels, of shape `(n_1, …, n_k)` for axes of these lengths, or one of scores, with one more dimension,
    the last or the first. Axes are increasing finite numbers. Messages call the file and the array `what` and `name`.

    Raises InputError, one line: an axis that is none, lengths that do not fit, a score that is missing.

    >>> table = grid_of("t", "q", np.array([[[1.0, 0.0], [0.0, 2.0]]]), [("a", [5.0]), ("b", [0.0, 1.0])])
    >>> table.points.tolist(), table.labels.tolist()
    ([[5.0, 0.0], [5.0, 1.0]], [0, 1])
    """
    values = [_axis(what, called, vector) for called, vector in axes]
    lengths = tuple(v.size for v in values)
    if 8 * math.prod(lengths) * len(lengths) > MOST_BYTES:
        raise InputError(f"{what}: a grid of {' × '.join(map(str, lengths))} points takes more than {MOST_BYTES >> 30} GiB")
    place = scores_along(what, name, array.shape, axes_lengths(axes, lengths))
    points = np.empty((math.prod(lengths), len(lengths)))
    for j, v in enumerate(values):
        points[:, j] = np.broadcast_to(v.reshape([-1 if k == j else 1 for k in range(len(lengths))]), lengths).ravel()
    sides = " × ".join(f"{called} ({n})" for (called, _), n in zip(axes, lengths, strict=True))
    notes = [f"a grid, features in this order: {sides}"]
    if place is None:
        return Grid(points, np.ascontiguousarray(array).reshape(-1), tuple(notes))
    scores = np.moveaxis(array, place, -1).reshape(len(points), -1)
    labels, said = largest(what, name, scores, lengths)
    return Grid(points, labels, (*notes, *said))


def axes_lengths(axes: Sequence[Axis], lengths: Shape) -> list[tuple[str, int]]:
    """Return the axes' names with their lengths."""
    return [(called, n) for (called, _), n in zip(axes, lengths, strict=True)]


def scores_along(what: str, name: str, shape: Shape, axes: Sequence[tuple[str, int]]) -> int | None:
    """Return the dimension along which an array holds scores: −1 or 0, None where it holds labels.

    Raises InputError where the shape does not fit the axes, says how it would, and where it fits in two ways.
    """
    lengths = tuple(n for _, n in axes)
    if shape == lengths:
        return None
    fits = [place for place, rest in ((-1, shape[:-1]), (0, shape[1:])) if rest == lengths]
    if len(fits) == 1:
        return fits[0]
    sides = ", ".join(f"{short(called)} {n}" for called, n in axes)
    found = f"{what}: array {short(name)} has shape {shape}, the axes have the lengths {sides}"
    if fits:
        raise InputError(f"{found}: scores may lie along the first or the last dimension; save np.argmax along theirs")
    turned = lengths[::-1]
    if turned in (shape, shape[:-1], shape[1:]):
        order = ",".join(called for called, _ in axes[::-1])
        raise InputError(f"{found}: that is the table transposed; name the axes in the array's order: --axes {order}")
    if math.prod(lengths) in shape and len(shape) <= 2:
        raise InputError(
            f"{found}: it is flat, and nothing says which axis runs fastest; save it reshaped, one dimension an axis"
        )
    many = f"labels have {len(axes)} dimensions, one an axis, and scores one more"
    raise InputError(
        f"{found}: {many if not len(axes) <= len(shape) <= len(axes) + 1 else 'one an axis, in its order, is needed'}"
    )


def largest(what: str, name: str, scores: Any, shape: Shape | None = None) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the place of the largest score in each row `(n, C)`, the first of equal ones, and what is worth saying: ties.

    `shape` is that of the grid whose points the rows are, for messages. Raises InputError where a score is missing.

    >>> largest("t", "q", np.array([[0.0, 2.0], [1.0, 1.0]]))
    (array([1, 0]), ("labels are the places of the largest of 2 scores in 'q'; 1 tie, the first is taken: row 1",))
    """
    if scores.dtype.kind not in "buif":
        raise InputError(f"{what}: array {short(name)} of {scores.dtype} holds no scores: these are numbers")
    if scores.shape[1] < 2:
        raise InputError(f"{what}: array {short(name)} holds one score a point; at least two are needed to decide")
    missing = np.flatnonzero(np.isnan(scores).any(axis=1)) if scores.dtype.kind == "f" else np.zeros(0, dtype=np.int64)
    if missing.size:
        culprits = [_place(row, shape) for row in missing[:4].tolist()]
        raise InputError(f"{what}: array {short(name)} misses scores (NaN) in {listing(culprits, missing.size)}")
    best = np.argmax(scores, axis=1)
    top = scores[np.arange(len(best)), best]
    ties = np.flatnonzero((scores == top[:, None]).sum(axis=1) > 1)
    note = f"labels are the places of the largest of {scores.shape[1]} scores in {short(name)}"
    if ties.size:
        culprits = [_place(row, shape) for row in ties[:4].tolist()]
        note += f"; {ties.size} tie{'s' if ties.size > 1 else ''}, the first is taken: {listing(culprits, ties.size)}"
    return best.astype(np.int64), (note,)


def _place(row: int, shape: Shape | None) -> str:
    if shape is None:
        return f"row {row}"
    return f"state [{', '.join(str(int(i)) for i in np.unravel_index(row, shape))}]"


def _axis(what: str, name: str, vector: Any) -> FloatArray:
    """Return an axis in double precision. Raises InputError unless it is a vector of increasing finite numbers."""
    given = np.asarray(vector)
    given = given.reshape(-1) if given.ndim == 2 and 1 in given.shape else given
    if given.ndim != 1 or not given.size or given.dtype.kind not in "uif":
        raise InputError(f"{what}: axis {short(name)} must be a vector of numbers, not {given.dtype} of shape {given.shape}")
    values = given.astype(np.float64)
    strange = np.flatnonzero(~np.isfinite(values))
    if strange.size:
        raise InputError(
            f"{what}: axis {short(name)} holds {values[strange[0]]} at place {strange[0]}; axes are finite numbers"
        )
    falls = np.flatnonzero(np.diff(values) <= 0)
    if falls.size:
        k = int(falls[0])
        raise InputError(
            f"{what}: axis {short(name)} is not increasing: {values[k + 1]:g} at place {k + 1} follows {values[k]:g}; sort "
            "it, and the table with it"
        )
    return values
