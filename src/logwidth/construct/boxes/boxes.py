"""A decision list of boxes along the features, on whole numbers, without any rounding: width m + 2 (theorem T14)."""

from collections.abc import Sequence

import numpy as np

from logwidth.construct.boxes.cover import cover, pruned
from logwidth.construct.boxes.layers import FRONT, BoxLayers, Run, Snap, longest
from logwidth.construct.boxes.reject import Near
from logwidth.construct.boxes.tree import Box, Task, sided
from logwidth.construct.plan import Construction, Plan
from logwidth.errors import InputError
from logwidth.types import FloatArray, IndexArray

THEOREM = (
    "T14: features become whole numbers w = clip(fl(s x + b) - B, 0, M); x <- ReLU(l_t - l_(t-1) + x) runs through the "
    "sides of a box, e = ReLU(l_n - x) >= 1 exactly inside it; k <- ReLU(k - rate e) is 0 once a box of the class holds, "
    "and k <- k + code ReLU(1 - k) then becomes its code: of the classes that hold, the last one decides"
)


def boxes_width(n_features: int, lanes: int | None = None) -> int:
    """Return the width `m + q + 1` for m features that boxes read and q boxes side by side.

    >>> boxes_width(3)
    5
    """
    return n_features + (lanes or 1) + 1


def boxes_depth(sides: Sequence[int]) -> int:
    """Return the depth `3 + Σ (sides + 2)` for classes whose longest lane has so many sides.

    >>> boxes_depth([6, 4])
    17
    """
    return FRONT + sum(n + 2 for n in sides)


def build_boxes(plan: Plan) -> Construction:
    """Return the network of few boxes a class; the largest class needs none. `n_pieces` counts boxes.

    A class keeps clear of those before it, the largest one first; classes after it may overrule it. All sides keep the
    radius, two whole numbers and the rounding of inputs from the samples that they tell apart. With `plan.reject` every
    class has boxes, which stay near the samples, and where none holds the network prints that no label is meant.

    Raises InputError where the map is not the identity, two samples are too close in every feature, boxes cannot stay as
    near as they must, or the depth that is asked for is too small.
    """
    if not np.array_equal(plan.matrix, np.eye(plan.points.shape[1])):
        raise InputError("boxes are cut along the features, without a map")
    order = [int(c) for c in np.argsort(-np.bincount(plan.labels), kind="stable")]
    snap = Snap.of(plan.points if plan.reject is None else around(plan.points, plan.reject.radius), plan.dtype)
    slack = snap.slack(plan.points)
    clear = 2 * (plan.radius if plan.radii is None else plan.radii) * (1 + 2.0**-20) + slack
    if plan.reject is None:
        found, values = [_boxes(plan, label, order[:n], clear) for n, label in enumerate(order) if n], plan.values[order]
    else:
        near = Near.of(plan.points, clear / 2, plan.reject.radius - float(slack.max()), plan.norm)
        found = [_near_boxes(plan, near, label, order[:n]) for n, label in enumerate(order)]
        values = np.append(plan.reject.value, plan.values[order])
    read = np.unique(np.concatenate([_features(boxes) for boxes in found]))
    codes = values - values.min() + 1.0
    sizes = [[box.size for box in boxes] for boxes in found]
    lanes = plan.lanes or 1 if plan.max_depth is None else fewest_lanes(sizes, plan.max_depth)
    layers = BoxLayers(snap, read, lanes, float(2.0 ** np.ceil(np.log2(codes.max()))))
    layers.start(float(codes[0]))
    for number, (boxes, code) in enumerate(zip(found, codes[1:].tolist(), strict=True), start=1):
        lower = snap.whole(np.array([box.lower for box in boxes]), upper=False)[:, read]
        upper = snap.whole(np.array([box.upper for box in boxes]), upper=True)[:, read]
        layers.add(Run(lower, upper, code), last=number == len(found))
        plan.on_layer(len(layers.layers))
    network = layers.finish(float(values.min() - 1.0))
    return Construction("boxes", network, THEOREM, "exact", len(read), sum(len(boxes) for boxes in found))


def fewest_lanes(sizes: Sequence[Sequence[int]], max_depth: int) -> int:
    """Return the fewest boxes side by side that keep the depth within `max_depth`, for classes with boxes of `sizes` sides.

    Raises InputError where no number does.

    >>> fewest_lanes([[4, 4, 4, 4]], 13)
    2
    """
    most = max(len(boxes) for boxes in sizes)

    def depth(lanes: int) -> int:
        return boxes_depth([longest(boxes, lanes) for boxes in sizes])

    if depth(most) > max_depth:
        raise InputError(f"no network of these boxes has depth {max_depth}; the least depth is {depth(most)}")
    few, many = 0, most
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if depth(middle) <= max_depth else (middle, many)
    return many


def _boxes(plan: Plan, label: int, before: Sequence[int], clear: FloatArray) -> list[Box]:
    """Return the boxes of a class, which keep clear of the classes `before` it."""
    own, foreign = plan.points[plan.labels == label], plan.points[np.isin(plan.labels, before)]
    return [sided(own[rows], foreign, clear) for rows in cover(Task(own, foreign, clear))]


def around(points: FloatArray, radius: float) -> FloatArray:
    """Return points `(2n, d)` whose range reaches beyond that of `points` `(n, d)` by a little more than `radius`."""
    step = radius * (1 + 2.0**-10)
    return np.concatenate([points - step, points + step])


def _near_boxes(plan: Plan, near: Near, label: int, before: Sequence[int]) -> list[Box]:
    """Return the boxes of a class that stay near the samples, and clear of the classes `before` it."""
    own, foreign = plan.points[plan.labels == label], plan.points[np.isin(plan.labels, before)]
    groups = pruned(near.parted(cover(Task(own, foreign, 2 * near.inner)), own), len(own))
    return [near.sided(own[rows], foreign) for rows in groups]


def _features(boxes: Sequence[Box]) -> IndexArray:
    sides = np.array([np.isfinite(box.lower) | np.isfinite(box.upper) for box in boxes])
    return np.flatnonzero(sides.any(axis=0))
