"""A smallest set of samples whose removal leaves no opposite pair too close: vertex cover of the graph of close pairs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching
from scipy.spatial.distance import cdist

from logwidth.separation.exact import power_distance, root_bounds
from logwidth.types import FloatArray, IntArray

BLOCK = 512


@dataclass(frozen=True, eq=False)
class Cover:
    """Rows whose removal leaves no close pair, in increasing order; every such set has at least `at_least` rows."""

    rows: IntArray
    at_least: int

    @property
    def smallest(self) -> bool:
        """Whether no smaller set exists, as far as the bound shows."""
        return len(self.rows) == self.at_least


def close_pairs(points: FloatArray, labels: IntArray, norm: float, distance: float) -> IntArray:
    """Return the opposite pairs `(i, j)`, `i < j`, whose distance in ℓp is at most `distance`. Shapes: (N, d), (K, 2).

    Float64 decides what is more than 2⁻³⁰ off. Close calls are decided in rational arithmetic for p = 1, 2, ∞; for other p
    they count as close. A distance is taken rounded down, as δ is: of the pairs that are left δ is above `distance`.
    """
    metric = {"metric": "chebyshev"} if np.isinf(norm) else {"metric": "minkowski", "p": norm}
    found = [np.zeros((0, 2), dtype=np.int64)]
    zoom = 2.0 ** -np.frexp(max(float(np.abs(points).max()), distance))[1]  # a power of two: no square over- or underflows
    scaled, reach = points * zoom, distance * zoom
    for start in range(0, len(points), BLOCK):
        part = cdist(scaled[start : start + BLOCK], scaled, **metric)
        i, j = np.nonzero((part <= reach * (1 + 2.0**-30)) & (labels[start : start + BLOCK, None] != labels[None, :]))
        sure = part[i, j] < reach * (1 - 2.0**-30)
        pairs = np.stack([i + start, j], axis=1)
        found.append(pairs[(pairs[:, 0] < pairs[:, 1]) & (sure | _at_most(points, pairs, sure, norm, distance))])
    return np.concatenate(found)


def _at_most(
    points: FloatArray, pairs: IntArray, sure: NDArray[np.bool_], norm: float, distance: float
) -> NDArray[np.bool_]:
    """Return which pairs that are not sure are at most `distance` apart, rounded down."""
    if norm not in (1.0, 2.0, np.inf):
        return ~sure
    close = np.zeros(len(pairs), dtype=bool)
    for k in np.flatnonzero(~sure & (pairs[:, 0] < pairs[:, 1])):
        lower, _ = root_bounds(power_distance(points[pairs[k, 0]], points[pairs[k, 1]], norm), norm)
        close[k] = lower <= distance
    return close


def smallest_cover(pairs: IntArray, labels: IntArray) -> Cover:
    """Return rows that touch every pair: fewest possible for two classes (Kőnig), else few, with a bound.

    For two classes the graph is bipartite and a maximum matching gives a smallest cover. For more classes the matching of
    its double cover gives the bound `⌈ν/2⌉` (the fractional optimum), and a greedy cover is thinned out.

    >>> smallest_cover(np.array([[0, 1], [0, 3], [0, 5]]), np.array([0, 1, 1, 1, 1, 1])).rows
    array([0])
    """
    if not len(pairs):
        return Cover(np.zeros(0, dtype=np.int64), 0)
    n, classes = len(labels), np.unique(labels[pairs])
    if classes.size == 2:
        swap = labels[pairs[:, 0]] != classes[0]
        sides = np.where(swap[:, None], pairs[:, ::-1], pairs)
        rows = _koenig(sides, n)
        return Cover(rows, len(rows))
    matched = _matching(np.concatenate([pairs, pairs[:, ::-1]]), n)
    return Cover(_greedy(pairs, n), -(-int((matched >= 0).sum()) // 2))


def _matching(sides: IntArray, n: int) -> NDArray[np.int32]:
    """Return for every left vertex its partner on the right in a maximum matching, −1 without one."""
    left, right = sides.T.astype(np.int32)  # older SciPy matches 32-bit indices only
    graph = csr_array((np.ones(len(sides)), (left, right)), shape=(n, n))
    return np.asarray(maximum_bipartite_matching(graph, perm_type="column"), dtype=np.int32)


def _koenig(sides: IntArray, n: int) -> IntArray:
    """Return the cover `(L − Z) ∪ (R ∩ Z)`, Z reached from unmatched left vertices by alternating paths."""
    partner = _matching(sides, n)
    back = {int(right): left for left, right in enumerate(partner.tolist()) if right >= 0}
    ways: dict[int, list[int]] = {}
    for left, right in sides.tolist():
        ways.setdefault(left, []).append(right)
    waiting = [left for left in ways if partner[left] < 0]
    lefts, rights = set(waiting), set[int]()
    while waiting:
        for right in ways[waiting.pop()]:
            if right not in rights:
                rights.add(right)
                if right in back and back[right] not in lefts:
                    lefts.add(back[right])
                    waiting.append(back[right])
    return np.array(sorted((set(ways) - lefts) | rights), dtype=np.int64)


def _greedy(pairs: IntArray, n: int) -> IntArray:
    """Take the vertex of most uncovered pairs until none is left, then drop what is not needed."""
    left, chosen = pairs, np.zeros(n, dtype=bool)
    while len(left):
        best = int(np.argmax(np.bincount(left.ravel(), minlength=n)))
        chosen[best] = True
        left = left[(left != best).all(axis=1)]
    for row in np.flatnonzero(chosen):
        touching = pairs[(pairs == row).any(axis=1)]
        if chosen[touching].all():
            chosen[row] = False
    return np.flatnonzero(chosen).astype(np.int64)
