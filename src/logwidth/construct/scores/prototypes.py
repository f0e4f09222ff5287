"""Prototypes, the centres of a power diagram's pieces, class by class; and the affine scores that they make."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.construct.plan import Plan, Prototypes, score_gap
from logwidth.errors import InputError
from logwidth.rounding import stored
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


def scores_relative_to(
    origin: FloatArray, centres: FloatArray, offsets: FloatArray, dtype: str, metric: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return weights `(P, m)` and biases `(P,)` of `a_t(z) = ‖z − c_0‖² − ‖z − c_t‖² + ω_t = 2⟨c_t − c_0, z⟩ + const`.

    The piece of `origin = c_0` is the zero function; `offsets` ω `(P,)` are relative to its own. Weights are rounded to
    `dtype` first; then the bias makes the score right at the piece's own centre, so that the error of rounding grows
    with the distance from it. `metric` `(m, m)` is the Gram matrix of the norm in these coordinates (default: Euclidean).
    """
    shift = centres - origin
    dual = shift if metric is None else shift @ metric
    weights = stored(2.0 * dual, dtype)
    own_value = (shift * dual).sum(axis=1) + offsets
    biases = stored(own_value - (weights * centres).sum(axis=1), dtype)
    return weights, biases


def twin_offset(offset: float, weights: FloatArray, biases: FloatArray) -> float:
    """Return `b_0 + bias_1/w_10`: a second reading of coordinate 0 with this offset is the score of piece 1 over `w_10`.

    Raises InputError where that score does not depend on the coordinate in the network's format.
    """
    slope = float(weights[1, 0])
    if slope == 0.0:
        raise InputError("the first two pieces have one score in this float format; --dtype float64 may tell them apart")
    return offset + float(biases[1]) / slope
