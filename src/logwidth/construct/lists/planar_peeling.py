"""Peeling in the plane by halfspaces that may cut sets: the rules of a linear decision list (docs/theory/t13-folding.md)."""

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial import ConvexHull

from logwidth.construct.hulls import between
from logwidth.construct.lists.peeling import Rule
from logwidth.types import BoolArray, FloatArray, IntArray

MOST_RULES = 1_000
CUT_SHARE = 0.1  # of a set that is removed whole, which one cut in two counts for
CRUMB = 1e-3  # of the gap


def directions(count: int) -> FloatArray:
    """Return `count` unit vectors `(count, 2)` all around, an even number, each with its opposite.

    >>> directions(4).round(12).tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [-0.0, -1.0]]
    """
    angles = 2.0 * np.pi * np.arange(count) / count
    return np.column_stack([np.cos(angles), np.sin(angles)])


def polygon(ways: FloatArray, heights: FloatArray) -> FloatArray:
    """Return the corners `(k, 2)` of `{y : ⟨ways_k, y⟩ ≤ heights_k for all k}`, in order; 0 must lie inside.

    The lines that bound it are the corners of the hull of `ways_k / heights_k` (polarity).

    >>> polygon(directions(4), np.ones(4)).round(12).tolist()
    [[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]
    """
    order = np.sort(ConvexHull(ways / heights[:, None]).vertices)  # the directions run all around, and so do the lines
    a, h = ways[order], heights[order]
    b, g = np.roll(a, -1, axis=0), np.roll(h, -1)
    turn = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return np.column_stack([(h * b[:, 1] - g * a[:, 1]) / turn, (a[:, 0] * g - b[:, 0] * h) / turn])


def clipped(corners: FloatArray, normal: FloatArray, top: float) -> FloatArray:
    """Return the corners of what a polygon has where `⟨normal, y⟩ ≤ top`, none if that is nothing.

    >>> clipped(np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]]), np.array([1.0, 0.0]), 1.0).tolist()
    [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 2.0]]
    """
    above = corners @ normal - top
    inside, after = above <= 0.0, np.roll(above, -1)
    crossing = inside != (after <= 0.0)
    share = above / np.where(crossing, above - after, 1.0)
    between_them = corners + share[:, None] * (np.roll(corners, -1, axis=0) - corners)
    both = np.stack([corners, between_them], axis=1).reshape(-1, 2)
    return np.asarray(both[np.column_stack([inside, crossing]).ravel()])


@dataclass(eq=False)
class PlanarSets:
    """What is left of convex sets in the plane with class 0 or 1 `labels` `(N,)`; rules keep `gap` on both sides.

    `corners` are theirs, in order; `heights` `(N, M)` says how far they reach along the unit vectors `ways` `(M, 2)`, M
    even, all around.
    """

    ways: FloatArray
    corners: list[FloatArray]
    labels: IntArray
    gap: float
    heights: FloatArray = field(init=False)
    left: BoolArray = field(init=False)

    def __post_init__(self) -> None:
        self.corners = list(self.corners)
        self.heights = np.array([(part @ self.ways.T).max(axis=0) for part in self.corners])
        self.left = np.ones(len(self.labels), dtype=bool)

    @property
    def crumb(self) -> float:
        """So little of a set is not seen: the gap takes care of it."""
        return CRUMB * self.gap

    def peel(self) -> tuple[list[Rule], IntArray]:
        """Return rules in the order in which they are asked, and the sets `(k,)` of which something is left over.

        A rule holds what is beyond all that is left of the other class, by `gap`; it may cut sets of its own class. Every
        point of a set is beyond some rule of its class by `gap`, and short of every rule before it of the other class.
        """
        rules: list[Rule] = []
        while np.unique(self.labels[self.left]).size > 1:
            found = self._best() or self._one()
            if found is None or len(rules) == MOST_RULES:
                return rules, np.flatnonzero(self.left)
            rules.append(found)
            self._remove(found)
        return rules, np.zeros(0, dtype=np.intp)

    def _best(self) -> Rule | None:
        """Return the rule along one of the given directions that removes most sets, those that it cuts by their share."""
        best, most = None, 0.0
        lows = -np.roll(self.heights, len(self.ways) // 2, axis=1)
        for label in (0, 1):
            own, other = (np.flatnonzero(self.left & ((self.labels == label) == side)) for side in (True, False))
            tops = self.heights[other].max(axis=0) + 2.0 * self.gap
            low, high = lows[own], self.heights[own]
            whole = (low >= tops - self.crumb).sum(axis=0)
            cut = np.clip((high - tops - self.crumb) / np.maximum(high - low, self.crumb), 0.0, 1.0)
            gains = whole + CUT_SHARE * cut.sum(axis=0)
            k = int(np.argmax(gains))
            if gains[k] > most:
                best, most = self._rule(label, self.ways[k], low[:, k], high[:, k], float(tops[k])), gains[k]
        return best

    def _one(self) -> Rule | None:
        """Return a rule that removes all that is left of some set, along a direction of its own."""
        for label in (0, 1):
            own, other = (np.flatnonzero(self.left & ((self.labels == label) == side)) for side in (True, False))
            hull = self._outline(other)
            for k in own:
                w = between(self.corners[k], hull)
                size = float(np.linalg.norm(w))
                if size > 2.0 * self.gap:
                    w = w / size
                    top = float((hull @ w).max()) + 2.0 * self.gap
                    reach = [self.corners[i] @ w for i in own]
                    low, high = (np.array([f(part) for part in reach]) for f in (np.min, np.max))
                    if (low >= top - self.crumb).any():
                        return self._rule(label, w, low, high, top)
        return None

    def _outline(self, rows: IntArray) -> FloatArray:
        """Return the corners of some sets that reach farthest along one of the directions."""
        corners = np.concatenate([self.corners[i] for i in rows])
        return np.asarray(corners[np.unique((corners @ self.ways.T).argmax(axis=0))])

    def _rule(self, label: int, w: FloatArray, low: FloatArray, high: FloatArray, top: float) -> Rule:
        """Return the rule whose border is as far beyond the others as it can be without cutting more."""
        touched = low[high > top]
        most = max(float(touched.min()), top) if touched.size else top
        bottom = top - 2.0 * self.gap
        return Rule(w, (bottom + most) / 2.0, label, (most - bottom) / 2.0)

    def _remove(self, rule: Rule) -> None:
        """Cut off all that the rule surely holds; a crumb that is left is none."""
        top = rule.offset + rule.margin
        for k in np.flatnonzero(self.left & (self.labels == rule.label)):
            reach = self.corners[k] @ rule.normal
            if reach.min() >= top - self.crumb:
                self.left[k] = False
            elif reach.max() > top:
                self.corners[k] = clipped(self.corners[k], rule.normal, top)
                self.heights[k] = (self.corners[k] @ self.ways.T).max(axis=0)
