"""Prototypes: the centres of a power diagram's pieces, class by class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.construct.gap import score_gap
from logwidth.construct.plan import Plan, Prototypes
from logwidth.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Order:
    """Prototypes in the order in which a network meets them, class by class.

    Prototype t is `chosen[rows[t]]`, `rows` `(P,)`; no second copy of them all is held. `offsets` `(P,)`, `classes` `(P,)`.
    The first prototype of each class is its most central one, to
    which scores are taken relative, which keeps them small; the second is the one farthest from it, which makes their
    direction a long axis of the data.
    """

    chosen: FloatArray
    rows: IntArray
    offsets: FloatArray
    classes: IntArray

    def point(self, t: int) -> FloatArray:
        """Return a prototype `(d,)`."""
        return np.asarray(self.chosen[self.rows[t]])

    def of(self, label: int) -> IntArray:
        """Return the positions of one class."""
        return np.flatnonzero(self.classes == label)

    @property
    def size(self) -> int:
        """Number P of prototypes."""
        return int(self.classes.size)


def choose_prototypes(plan: Plan, class_order: Sequence[int]) -> Order:
    """Return the plan's prototypes, by default all samples with distinct images, classes in the given order."""
    chosen = plan.prototypes or all_prototypes(plan)
    images = chosen.centres @ plan.matrix.T
    centre = (plan.points @ plan.matrix.T).mean(axis=0)
    rows = np.concatenate([_central_first(np.flatnonzero(chosen.classes == c), images, centre) for c in class_order])
    placed = rows if chosen.rows is None else chosen.rows[rows]
    return Order(chosen.points, placed, chosen.offsets[rows], chosen.classes[rows])


def piece_counts(plan: Plan) -> list[int]:
    """Return the number of the plan's prototypes in each class."""
    chosen = plan.prototypes or all_prototypes(plan)
    return [int(n) for n in np.bincount(chosen.classes, minlength=plan.n_classes)]


def all_prototypes(plan: Plan) -> Prototypes:
    """Return every sample with a distinct image as the centre of a Voronoi cell; own scores lead by `Δ(Δ − 2σ)`."""
    images = plan.points @ plan.matrix.T
    rows = np.concatenate([_distinct(plan, images, c) for c in range(plan.n_classes)])
    return Prototypes(plan.points, np.zeros(len(rows)), plan.labels[rows], score_gap(plan, 1.0), rows=rows)


def _distinct(plan: Plan, images: FloatArray, label: int) -> IntArray:
    rows = np.flatnonzero(plan.labels == label)
    first = np.unique(images[rows], axis=0, return_index=True)[1]
    return rows[np.sort(first)]


def _central_first(rows: IntArray, images: FloatArray, centre: FloatArray) -> IntArray:
    nearest = int(np.argmin(((images[rows] - centre) ** 2).sum(axis=1)))
    centre_row, others = rows[nearest], np.delete(rows, nearest)
    if others.size:
        farthest = int(np.argmax(((images[others] - images[centre_row]) ** 2).sum(axis=1)))
        others = np.concatenate([others[farthest : farthest + 1], np.delete(others, farthest)])
    return np.concatenate([[centre_row], others])
