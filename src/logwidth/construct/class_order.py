"""In which order classes are tested, and how a register that counts the later ones is read out as a label."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logwidth.rounding import float_format
from logwidth.types import FloatArray, IntArray

NEARBY = 1.5  # times the least distance of opposite points: pairs that make two classes hard to part
ROWS = 256  # points whose distances are looked at at once


@dataclass(frozen=True, eq=False)
class ClassOrder:
    """The classes in the order in which they are tested, `classes` `(C,)`, and the label `values` `(C,)` in this order.

    A register ends as the sum of the ticks of all classes after the true one. The label is `bias + Σ weights_j ·
    ReLU(register − thresholds_j)`. Where values rise, the ticks are their steps and one unit prints `last value − register`;
    where they fall it prints `last value + register`; else every tick is 1, and a unit stands wherever the steps change.
    """

    classes: IntArray
    values: FloatArray

    @classmethod
    def of(cls, values: FloatArray, classes: IntArray) -> "ClassOrder":
        """Return the order `classes` of classes with these values `(C,)`."""
        return cls(classes, values[classes])

    @property
    def ticks(self) -> FloatArray:
        """What the register grows by where each class but the first begins, `(C − 1,)`."""
        steps = np.diff(self.values)
        return np.abs(steps) if self._monotone else np.ones(len(steps))

    @cached_property
    def thresholds(self) -> FloatArray:
        """What the units of the read-out take off the register: 0, then rising."""
        return np.zeros(1) if self._monotone else np.flatnonzero(self._bends).astype(np.float64)

    @cached_property
    def weights(self) -> FloatArray:
        """With which weights the output reads these units."""
        return np.sign(self.values[:1] - self.values[-1:]) if self._monotone else self._bends[self._bends != 0.0]

    @property
    def bias(self) -> float:
        """The value that is printed where the register is 0."""
        return float(self.values[-1])

    def exact_in(self, dtype: str) -> bool:
        """Return whether the format holds every integer that is met: the register, the weights, and all parts of the sum."""
        total = float(self.ticks.sum())
        terms = np.append(self.weights * np.maximum(total - self.thresholds, 0.0), self.bias)
        met = [total, *np.abs(self.weights), terms[terms > 0].sum(), -terms[terms < 0].sum()]
        return bool(max(met) <= 1.0 / float_format(dtype).unit)

    @property
    def _monotone(self) -> bool:
        steps = np.diff(self.values)
        return bool((steps > 0).all() or (steps < 0).all())

    @cached_property
    def _bends(self) -> FloatArray:
        """How much steeper the value is as a function of the register from 0, 1, … on."""
        return np.diff(np.diff(self.values[::-1]), prepend=0.0)


def natural_order(values: FloatArray) -> ClassOrder:
    """Return the classes as they come, by rising values."""
    return ClassOrder.of(values, np.arange(len(values)))


def easiest_last(
    points: FloatArray, labels: IntArray, values: FloatArray, most_units: int, dtype: str = "float32"
) -> ClassOrder:
    """Return the order that leaves to the last what is easiest to part from all others, and so on with the rest.

    A class needs cells that keep out those before it, and the first one none: so those that lie among others come first. Two
    classes are as hard to part as they have pairs of points near each other. Where the read-out would take more than
    `most_units` units, or integers that the format `dtype` does not hold, the classes come by rising or by falling values.
    """
    near = _near_pairs(points, labels, len(values))
    left, order = list(range(len(values))), []
    while left:
        last = min(left, key=lambda c: (int(near[c, left].sum()), int(near[c].sum())))
        order.append(last)
        left.remove(last)
    found = ClassOrder.of(values, np.array(order[::-1]))
    if len(found.weights) <= most_units and found.exact_in(dtype):
        return found
    natural = natural_order(values)
    others = (natural, ClassOrder.of(values, natural.classes[::-1]))
    return min(others, key=lambda order: (not order.exact_in(dtype), _work(near, order.classes)))


def _near_pairs(points: FloatArray, labels: IntArray, n_classes: int) -> IntArray:
    """Return how many pairs of points of two classes are nearly as near as the nearest opposite ones, `(C, C)`."""
    counts = np.zeros((n_classes, n_classes), dtype=np.int64)
    limit = NEARBY**2 * min(float(block.min()) for _, block in _opposite(points, labels))
    for start, block in _opposite(points, labels):
        i, j = np.nonzero(block <= limit)
        np.add.at(counts, (labels[start + i], labels[j]), 1)
    return counts


def _opposite(points: FloatArray, labels: IntArray) -> Iterator[tuple[int, FloatArray]]:
    """Yield squared distances of some points from all, with the number of the first of them; ∞ within a class."""
    squares = (points * points).sum(axis=1)
    for start in range(0, len(points), ROWS):
        rows = slice(start, start + ROWS)
        apart = squares[rows, None] + squares - 2.0 * points[rows] @ points.T
        apart[labels[rows, None] == labels] = np.inf
        yield start, apart


def _work(near: IntArray, classes: IntArray) -> float:
    """Return a measure of how much halfspaces an order takes: the near pairs of each class with those before, squared."""
    return float(sum(near[c, classes[:place]].sum() ** 2.0 for place, c in enumerate(classes)))
