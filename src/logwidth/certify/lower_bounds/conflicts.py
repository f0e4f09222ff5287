"""Pairs of samples of one class that no piece can serve together, and many of them at once: where to look (T12)."""

import numpy as np

from logwidth.types import BoolArray, FloatArray, IntArray

MOST_OWN = 400
WORK = 3e10  # multiplications for all classes, some seconds
STARTS = 40


def cliques(images: FloatArray, labels: IntArray, reach: float) -> list[IntArray]:
    """Return, per class, rows no two of which can share a piece as far as floats tell: near a clique of most rows, greedily.

    Of large classes and many samples some are looked at, evenly spaced: fewer rows are found, never wrong ones.
    """
    n_classes = int(labels.max()) + 1
    found = []
    for label in range(n_classes):
        own = _spaced(np.flatnonzero(labels == label), MOST_OWN)
        opposite = np.flatnonzero(labels != label)
        most = WORK / (n_classes * max(1, own.size) ** 2 * (images.shape[1] + 2))
        opposite = _spaced(opposite, max(1, int(most)))
        found.append(own[_greedy_clique(conflicting(images[own], images[opposite], reach))])
    return found


def conflicting(own: FloatArray, opposite: FloatArray, reach: float) -> BoolArray:
    """Return which pairs of `own` `(n, m)` have a point of `opposite` `(k, m)` within `reach` of their segment, `(n, n)`.

    With `u = z − c` for an opposite c and `s² = ‖u‖² − reach²`: the segment of a and b keeps clear of the ball around c iff
    some unit vector has more than `reach` with both, iff the angle between them is below
    `arccos(reach/‖u_a‖) + arccos(reach/‖u_b‖)`, iff `⟨u_a, u_b⟩ + s_a s_b > reach²`.
    """
    least = np.full((len(own), len(own)), np.inf)
    for c in opposite:
        u = own - c
        s = np.sqrt(np.maximum((u * u).sum(axis=1) - reach * reach, 0.0))
        lifted = np.column_stack([u, s])
        np.minimum(least, lifted @ lifted.T, out=least)
    found = least <= reach * reach
    np.fill_diagonal(found, False)
    return np.asarray(found)


def nearest_share(a: FloatArray, b: FloatArray, c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return, per row of `c` `(k, m)`, the share of b in the point of the segment [a, b] nearest to it, and its distance."""
    along, away = b - a, c - a
    length = float(along @ along)
    share = np.clip(away @ along / length, 0.0, 1.0) if length > 0 else np.zeros(len(c))
    missed = away - share[:, None] * along
    return share, np.sqrt((missed * missed).sum(axis=1))


def _greedy_clique(graph: BoolArray) -> IntArray:
    """Return a clique: from several vertices of many neighbours on, always the one that leaves most candidates."""
    degrees = graph.sum(axis=1)
    best: list[int] = [0]
    for first in np.argsort(-degrees, kind="stable")[:STARTS]:
        members, left = [int(first)], np.flatnonzero(graph[first])
        while left.size:
            inner = graph[np.ix_(left, left)].sum(axis=1)
            members.append(int(left[np.argmax(inner)]))
            left = left[graph[members[-1], left]]
        best = max(best, members, key=len)
    return np.sort(np.array(best, dtype=np.int64))


def _spaced(rows: IntArray, most: int) -> IntArray:
    if rows.size <= most:
        return rows
    return np.asarray(rows[np.linspace(0, rows.size - 1, most).round().astype(np.int64)])
