"""Prototypes: the centres of the Voronoi pieces, class by class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.construct.plan import FloatArray, IntArray, Plan


@dataclass(frozen=True, eq=False)
class Prototypes:
    """Distinct samples grouped by class, in the order in which the network meets them.

    `rows` `(P,)` are sample numbers and `classes` `(P,)` their classes; equal images within a class appear once. The first
    prototype of each class is its most central one, to which scores are taken relative, which keeps them small; the
    second is the one farthest from it, which makes their direction a long axis of the data.
    """

    rows: IntArray
    classes: IntArray

    def of(self, label: int) -> IntArray:
        """Return the positions of one class."""
        return np.flatnonzero(self.classes == label)

    @property
    def size(self) -> int:
        """Number P of prototypes."""
        return int(self.rows.size)


def choose_prototypes(plan: Plan, class_order: Sequence[int]) -> Prototypes:
    """Return all samples with distinct images, classes in the given order, in each class the most central sample first."""
    images = plan.points @ plan.matrix.T
    centre = images.mean(axis=0)
    groups = [_central_first(_distinct(plan, images, c), images, centre) for c in class_order]
    sizes = [len(group) for group in groups]
    return Prototypes(np.concatenate(groups), np.repeat(np.asarray(class_order, dtype=np.int64), sizes))


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
