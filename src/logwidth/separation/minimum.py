"""The separation δ of a data set: the smallest distance of an opposite pair, to the last bit where p allows."""

import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.norms import parse_norm
from logwidth.rounding import check_arithmetic
from logwidth.separation.exact import power_distance, root_bounds
from logwidth.separation.nearest import NearestOpposite, nearest_opposite
from logwidth.separation.tree import tree_serves
from logwidth.types import FloatArray, FractionProgress, IntArray

ROUNDED_DOWN = 1.0 - 2.0**-50  # a sum of two floats times this is no larger than their sum


@dataclass(frozen=True)
class Separation:
    """Bounds on `δ = min { ‖x_i − x_j‖_p : y_i ≠ y_j }` and on every sample's own distance, all proven.

    `lower ≤ δ ≤ ‖x_i − x_j‖_p ≤ upper` for the witness `pair = (i, j)`, `i < j`. Sample by sample `sample_lower[i]
    ≤ D_i ≤ ‖x_i − x_neighbor[i]‖_p ≤ sample_upper[i]`, `D_i` the distance to the nearest sample of another
    class. Distances are those of the stored floats in exact arithmetic, in the units of the data.
    """

    norm: float
    lower: float
    upper: float
    pair: tuple[int, int]
    sample_lower: FloatArray = field(repr=False)
    sample_upper: FloatArray = field(repr=False)
    neighbor: IntArray = field(repr=False)


@of_data
def separation(
    data: Dataset, *, norm: object = 2, memory_bytes: int | None = None, progress: FractionProgress | None = None
) -> Separation:
    """Return the separation of a data set in a norm, see :class:`Separation`.

    For p = 1, 2, ∞ the close calls are decided in rational arithmetic and `lower`, `upper` are within two ulps of
    δ, unless more than 4096 pairs tie to the last digits; then, and for other p, the relative gap is about `2d ·
    2⁻⁵³`.

    Raises InputError if `norm` is no real number p ≥ 1 or 'inf'.
    """
    check_arithmetic()
    p = parse_norm(norm)
    nearest = nearest_opposite(data.points, data.labels, p, memory_bytes=memory_bytes, progress=progress)
    lower, upper, pair = _minimum(data.points, nearest)
    return Separation(p, lower, upper, pair, nearest.lower, nearest.upper, nearest.neighbor)


def least_distance(
    data: Dataset, *, norm: object = 2, guess: float = math.inf, apart: FloatArray | None = None
) -> tuple[float, float]:
    """Return bounds `lower ≤ δ ≤ upper` on the separation alone, those of :func:`separation`.

    Only pairs up to `guess` are looked for, which is faster the nearer it lies above δ. Nothing rests on it: where no pair
    is proven to be as near, all are looked at. On `apart` `(n,)` the bounds do rest, if it is given: radii ≥ 0 of balls that
    do not meet where labels differ. Then `‖x_i − x_j‖ > apart_i + apart_j`, and of most samples no other one is near.

    Raises InputError if `norm` is no real number p ≥ 1 or 'inf'.

    >>> least_distance(Dataset(np.array([[0.0], [3.0], [5.0]]), np.array([0, 1, 1])), guess=3.5)
    (3.0, 3.0)
    """
    p = parse_norm(norm)
    points, labels = data.points, data.labels
    if apart is not None and math.isfinite(guess):
        rows = np.flatnonzero((apart + apart.min()) * ROUNDED_DOWN < guess)
        points, labels = points[rows], np.unique(labels[rows], return_inverse=True)[1]
    if math.isfinite(guess) and labels.any() and not tree_serves(points, labels, p, math.inf):
        near = nearest_opposite(points, labels, p, within=max(guess, 0.0))
        if float(near.upper.min()) <= guess:  # no pair that may be nearer was left out
            return _minimum(points, near)[:2]
    sep = separation(data, norm=p)
    return sep.lower, sep.upper


def _minimum(points: FloatArray, nearest: NearestOpposite) -> tuple[float, float, tuple[int, int]]:
    i = int(np.argmin(nearest.upper))
    lower, upper = float(nearest.lower.min()), float(nearest.upper[i])
    j = int(nearest.neighbor[i])
    pair = (min(i, j), max(i, j))
    if nearest.norm not in (1.0, 2.0, math.inf):
        return lower, upper, pair
    exact: list[Fraction] = [power_distance(points[a], points[b], nearest.norm) for a, b in nearest.close]
    k = min(range(len(exact)), key=exact.__getitem__)
    low, high = root_bounds(exact[k], nearest.norm)
    return low if nearest.close_complete else lower, high, (int(nearest.close[k][0]), int(nearest.close[k][1]))
