"""How many boxes a list needs that decides class by class: samples of a class of which no box may hold two (T14)."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from logwidth.dataset import Dataset
from logwidth.display import OneLine, number
from logwidth.errors import InputError
from logwidth.types import BoolArray, FloatArray, IndexArray, IntArray

LOOKED_AT, MOST_OWN = 96, 6_000
MOST_CELLS, MOST_NUMBERS, BLOCK = 4_000_000, 2e8, 1 << 22
MOST_CLASSES = 10  # of more, only which class comes first is looked at

Crowds = Mapping[tuple[int, frozenset[int]], IntArray]


@dataclass(frozen=True, eq=False, repr=False)
class BoxesCertificate(OneLine):
    """Samples of a class, no two of which a box may hold that keeps clear of the balls of other classes: the evidence.

    `crowds[c, others]` are rows of class c (an index of classes). The box that spans two of them meets the ball of `radius`
    in ℓ∞ around a sample of the classes `others`.
    """

    radius: float
    n_classes: int
    crowds: Crowds

    @property
    def boxes_lower(self) -> int:
        """The least number of boxes that is not excluded, whatever the order of the classes, the first one being free."""
        return self._cheapest()[0]

    @property
    def order(self) -> tuple[int, ...]:
        """An order of the classes, of which no more boxes are shown to be needed."""
        return self._cheapest()[1]

    @property
    def claim(self) -> str:
        """The theorem in words."""
        return (
            f"no list that decides class by class, each by boxes that overrule the classes before it, has fewer than "
            f"{self.boxes_lower} boxes if it is right on every l-infinity ball of radius {self.radius!r}"
        )

    def needed(self, label: int, before: frozenset[int]) -> int:
        """Return how many boxes class `label` is shown to need after the classes `before`."""
        found = (len(rows) for (c, others), rows in self.crowds.items() if c == label and others <= before)
        return max(found, default=1 if before else 0)

    def _cheapest(self) -> tuple[int, tuple[int, ...]]:
        classes = range(self.n_classes)
        if self.n_classes > MOST_CLASSES:
            alone = [[self.needed(c, frozenset([e])) for e in classes if e != c] for c in classes]
            least = [min(row) for row in alone]
            first = int(np.argmax(least))
            return sum(least) - least[first], (first, *(c for c in classes if c != first))
        best: dict[frozenset[int], tuple[int, tuple[int, ...]]] = {frozenset(): (0, ())}
        for size in range(1, self.n_classes + 1):
            for some in itertools.combinations(classes, size):
                ways = []
                for last in some:
                    before = frozenset(some) - {last}
                    cost, order = best[before]
                    ways.append((cost + self.needed(last, before), (*order, last)))
                best[frozenset(some)] = min(ways)
        return best[frozenset(classes)]

    def _line(self) -> list[str]:
        return [f"at least {self.boxes_lower:,} boxes at radius {number(self.radius)} in linf, class by class"]


def prove_boxes_bound(data: Dataset, radius: float) -> BoxesCertificate:
    """Return a certificate of how many boxes a list needs for balls of `radius` in ℓ∞. It is checked before it is returned.

    Crowds are looked for greedily, of every class beside every other one, then beside all that come before it in the order
    that needs least, as long as that changes.

    >>> data = Dataset([[0.0], [1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1, 0])
    >>> prove_boxes_bound(data, 0.4).boxes_lower
    2
    """
    crowds: dict[tuple[int, frozenset[int]], IntArray] = {}
    classes = range(data.n_classes)

    def look(label: int, others: frozenset[int]) -> None:
        if (label, others) not in crowds:
            own, rest = np.flatnonzero(data.labels == label), np.isin(data.labels, list(others))
            crowds[label, others] = own[_crowd(data.points[own], data.points[rest], radius)]

    for label, other in itertools.permutations(classes, 2):
        look(label, frozenset([other]))
    found = BoxesCertificate(radius, data.n_classes, crowds)
    for _ in range(4 * data.n_classes if data.n_classes <= MOST_CLASSES else 0):
        order, known = found.order, len(crowds)
        for place in range(1, len(order)):
            look(order[place], frozenset(order[:place]))
        if len(crowds) == known:
            break
    problems = check_boxes_bound(found, data)
    if problems:
        raise InputError(problems[0])
    return found


def check_boxes_bound(certificate: BoxesCertificate, data: Dataset) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data`; empty if it holds.

    All pairs of all crowds are looked at. Boxes are taken a little smaller than they are, so no rounding makes a conflict.
    """
    problems = []
    for (label, others), rows in certificate.crowds.items():
        if label in others or not others or len(np.unique(rows)) < len(rows) or (data.labels[rows] != label).any():
            problems.append(f"a crowd of class {label} holds other rows than samples of its own")
            continue
        first, second = np.triu_indices(len(rows), 1)
        meets = _meeting(data.points[np.isin(data.labels, list(others))], certificate.radius)
        own = data.points[rows]
        lone = ~meets(np.minimum(own[first], own[second]), np.maximum(own[first], own[second]))
        if lone.any():
            k = int(np.argmax(lone))
            problems.append(f"samples {rows[first[k]]} and {rows[second[k]]} may lie in one box")
    return tuple(problems)


def _crowd(own: FloatArray, foreign: FloatArray, radius: float) -> IntArray:
    """Return rows of `own` whose pairwise bounding boxes all meet a ball of `foreign`: those that go with fewest first."""
    rows = np.unique(own, axis=0, return_index=True)[1]
    rng = np.random.default_rng(0)
    if len(rows) > MOST_OWN:
        rows = np.sort(rng.choice(rows, MOST_OWN, replace=False))
    work = float(own.shape[1]) * len(rows) * len(foreign) * (LOOKED_AT + len(rows))
    if work > MOST_NUMBERS and _lattice(foreign) is None:
        return rows[:1]
    points, meets = own[rows], _meeting(foreign, radius)

    def together(k: int, some: IndexArray) -> BoolArray:
        return ~meets(np.minimum(points[k], points[some]), np.maximum(points[k], points[some]))

    everyone = np.arange(len(rows))
    sizes = np.zeros(len(rows))
    for k in rng.choice(len(rows), min(len(rows), LOOKED_AT), replace=False).tolist():
        sizes += together(k, everyone)
    alive, taken = np.ones(len(rows), dtype=bool), []
    for k in np.argsort(sizes, kind="stable").tolist():
        if alive[k]:
            taken.append(k)
            left = np.flatnonzero(alive)
            alive[left[together(k, left)]] = False
            alive[k] = False
    return np.asarray(rows[taken], dtype=np.int64)


def _meeting(foreign: FloatArray, radius: float) -> Callable[[FloatArray, FloatArray], BoolArray]:
    """Return a function of boxes `(n, d)`, lower and upper corners: whether each meets a ball around a sample of `foreign`.

    In few dimensions samples are counted on the lattice of their values, by sums over all boxes from the origin.
    """
    lattice = _lattice(foreign)

    def meets(low: FloatArray, high: FloatArray) -> BoolArray:
        low, high = np.nextafter(low - radius, np.inf), np.nextafter(high + radius, -np.inf)
        if lattice is None:
            return _any_within(foreign, low, high)
        values, table = lattice
        ends = [
            (np.searchsorted(v, low[:, j], side="left"), np.searchsorted(v, high[:, j], side="right"))
            for j, v in enumerate(values)
        ]
        total = np.zeros(len(low), dtype=np.int64)
        for corner in itertools.product((0, 1), repeat=len(values)):
            sign = 1 if (len(values) - sum(corner)) % 2 == 0 else -1
            total += sign * table[tuple(ends[j][side] for j, side in enumerate(corner))]
        return total > 0

    return meets


def _lattice(foreign: FloatArray) -> tuple[list[FloatArray], IntArray] | None:
    """Return the values of every feature and how many samples lie below each place of their lattice; None if it is large."""
    values = [np.unique(column) for column in foreign.T]
    if np.prod([v.size + 1.0 for v in values]) > MOST_CELLS:
        return None
    table = np.zeros([v.size + 1 for v in values], dtype=np.int64)
    np.add.at(table, tuple(np.searchsorted(v, foreign[:, j]) + 1 for j, v in enumerate(values)), 1)
    for axis in range(table.ndim):
        np.cumsum(table, axis=axis, out=table)
    return values, table


def _any_within(foreign: FloatArray, low: FloatArray, high: FloatArray) -> BoolArray:
    found = np.zeros(len(low), dtype=bool)
    step = max(1, BLOCK // max(1, len(foreign)))
    for start in range(0, len(low), step):
        part = slice(start, start + step)
        inside = np.ones((len(low[part]), len(foreign)), dtype=bool)
        for j in range(foreign.shape[1]):
            inside &= (foreign[:, j] >= low[part, j, None]) & (foreign[:, j] <= high[part, j, None])
        found[part] = inside.any(axis=1)
    return found
