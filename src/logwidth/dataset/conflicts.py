"""Identical points with different labels, which no function can memorize."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from logwidth.dataset.labels import Label
from logwidth.dataset.wording import listing, short
from logwidth.types import FloatArray, IntArray

_ALLOWED: ContextVar[bool] = ContextVar("conflicts allowed", default=False)


@contextmanager
def conflicts_allowed() -> Iterator[None]:
    """Let data sets with conflicts be made within the block; the caller takes the conflicting rows out right after."""
    token = _ALLOWED.set(True)
    try:
        yield
    finally:
        _ALLOWED.reset(token)


def outvoted_rows(points: FloatArray, indices: IntArray) -> IntArray:
    """Return a smallest set of rows, in increasing order, without which no point has two labels.

    Of identical rows those of one label may stay: most stay where it is the most frequent one. Of equally frequent labels
    the one whose first row comes first stays. `points` are as for :func:`conflicting_rows`.

    >>> outvoted_rows(np.array([[0.0], [0.0], [0.0], [1.0], [1.0]]), np.array([1, 0, 0, 1, 0]))
    array([0, 4])
    """
    rows, first = rows_with_shared_point(points)
    out: list[IntArray] = []
    for point in np.unique(first):
        group = rows[first == point]
        counts = np.bincount(indices[group])
        winners = np.flatnonzero(counts == counts.max())
        kept = next(label for label in indices[group].tolist() if label in winners)
        out.append(group[indices[group] != kept])
    return np.sort(np.concatenate([rows[:0], *out]))


def conflicting_rows(points: FloatArray, indices: IntArray) -> IntArray:
    """Return the pairs `(i, j)`, `i < j`, with `x_i = x_j`, `y_i ≠ y_j` and `i` the first row of that point.

    The result is empty iff no point has two labels. `points` is C-contiguous, finite and without `-0.0`, so
    equal rows have equal bytes. They are found by a key, linear over the integers modulo 2⁶⁴, and then
    compared exactly.

    >>> conflicting_rows(np.array([[0.0], [1.0], [0.0], [0.0]]), np.array([0, 0, 1, 0]))
    array([[0, 2]])
    """
    rows, first = rows_with_shared_point(points)
    opposite = indices[first] != indices[rows]
    return np.stack([first[opposite], rows[opposite]], axis=1)


def rows_with_shared_point(points: FloatArray) -> tuple[IntArray, IntArray]:
    """Return rows, in increasing order, among them all that equal another one, and the first row equal to each."""
    rows, first = _rows_with_shared_key(points)
    if not np.array_equal(points[rows], points[first]):
        first = rows[_first_equal(points[rows])]
    return rows, first


def describe_conflicts(pairs: IntArray, indices: IntArray, classes: Sequence[Label]) -> list[str]:
    """Return the complaint about `pairs`, if there are any and they are not allowed."""
    if not len(pairs) or _ALLOWED.get():
        return []
    shown = [
        f"rows {i} and {j} (labels {short(classes[indices[i]])} and {short(classes[indices[j]])})" for i, j in pairs[:4]
    ]
    return [
        f"identical points with different labels: {listing(shown, len(pairs))}; "
        "no network can tell them apart, so drop or relabel one of each pair"
    ]


def _rows_with_shared_key(points: FloatArray) -> tuple[IntArray, IntArray]:
    """Return all rows whose key is not unique, in increasing order, and the first row with the key of each.

    Equal rows have equal keys; different rows rarely do.
    """
    weights = np.random.default_rng(0).integers(2**64, size=points.shape[1], dtype=np.uint64) | np.uint64(1)
    keys = points.view(np.uint64) @ weights
    _, first, group, count = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    rows = np.flatnonzero(count[group] > 1)
    return rows, first[group[rows]]


def _first_equal(points: FloatArray) -> IntArray:
    """Return for every row the first row equal to it, by sorting the rows as bytes: slow, and always right."""
    rows = points.view(np.dtype((np.void, points.itemsize * points.shape[1]))).ravel()
    _, first, group = np.unique(rows, return_index=True, return_inverse=True)
    return first[group]
