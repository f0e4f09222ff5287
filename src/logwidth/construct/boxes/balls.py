"""A ball around every sample, on whole numbers, without any rounding, and none outside of all of them (theorem T15c)."""

import math
from dataclasses import dataclass

import numpy as np

from logwidth.construct.boxes.layers import BITS, FRONT, Snap, WholeNumberLayers
from logwidth.construct.plan import Construction, Plan
from logwidth.errors import InputError
from logwidth.types import FloatArray

THEOREM = (
    "T15c: features become whole numbers w = clip(fl(s x + b) - B, 0, M); a <- ReLU(b - sum of g ReLU(+-(w - t))) >= 1 "
    "exactly in a ball; k <- ReLU(k - rate a) is 0 once a ball of the class holds, and k <- k + code ReLU(1 - k) then "
    "becomes its code"
)
MOST_KNOTS = 4096
Hinge = tuple[int, float, float, float]  # unit j, sign, threshold, weight: weight · ReLU(sign · (w_j − threshold))


def balls_width(n_features: int, lanes: int | None = None) -> int:
    """Return the width `d + q + 2` for d features and q hinges side by side.

    >>> balls_width(16)
    19
    """
    return n_features + (lanes or 1) + 2


def balls_depth(sizes: list[int], hinges: int, lanes: int | None = None) -> int:
    """Return the depth `3 + Σ (n ⌈h/q⌉ + 3)` for classes of n balls with h hinges each, q side by side.

    >>> balls_depth([2, 3], 4, 2)
    19
    """
    return FRONT + sum(n * -(-hinges // (lanes or 1)) + 3 for n in sizes)


@dataclass(frozen=True, eq=False)
class Shape:
    """A ball on whole numbers: hinges at `knots` `(K,)` from the centre, both ways, with `weights` `(K,)`; its `level`.

    For p = 1 the one hinge of weight 1 is the distance itself. For p = 2 hinges of weight 1, 2, 2, … at 0, κ, 2κ, … are the
    square divided by κ at all multiples of κ, and above it by at most κ/4 between them.
    """

    knots: FloatArray
    weights: FloatArray
    level: float


def build_balls(plan: Plan) -> Construction:
    """Return the network with one ball a sample; `n_pieces` counts them. `plan.reject` says how far they may reach.

    Raises InputError where the map is not the identity, there is nothing to reject, the norm is neither 1 nor 2, whole
    numbers leave no room between the radius and what the balls must not reach, or the depth asked for is too small.
    """
    d = plan.points.shape[1]
    if plan.reject is None or not np.array_equal(plan.matrix, np.eye(d)):
        raise InputError("balls stand around the samples, without a map, in networks that reject: ask for --reject")
    if plan.norm not in (1.0, 2.0):
        raise InputError(f"balls are built in l1 and l2, not in l{plan.norm:g}: boxes serve there")
    outer = min(plan.reject.radius, plan.distance - plan.radius)
    snap, shape = _fitted(plan, outer)
    order = [int(c) for c in np.argsort(-np.bincount(plan.labels), kind="stable")]
    sizes = [int((plan.labels == c).sum()) for c in order]
    hinges = 2 * d * shape.knots.size
    lanes = plan.lanes or 1 if plan.max_depth is None else _fewest(sizes, hinges, plan.max_depth)
    values = np.append(plan.reject.value, plan.values[order])
    codes = values - values.min() + 1.0
    layers = _BallLayers(snap, snap.used, lanes, float(2.0 ** np.ceil(np.log2(codes.max()))))
    layers.start(float(codes[0]))
    centres = np.round(snap.scales * plan.points + snap.offsets - snap.base)
    for number, (label, code) in enumerate(zip(order, codes[1:].tolist(), strict=True), start=1):
        balls = [_hinges(centre, shape) for centre in centres[plan.labels == label]]
        layers.add(balls, shape.level, code, last=number == len(order))
        plan.on_layer(len(layers.layers))
    network = layers.finish(float(values.min() - 1.0))
    return Construction("balls", network, THEOREM, "exact", d, len(plan.points))


def _fewest(sizes: list[int], hinges: int, max_depth: int) -> int:
    least = balls_depth(sizes, hinges, hinges)
    if least > max_depth:
        raise InputError(f"no network of these balls has depth {max_depth}; the least depth is {least}")
    few, many = 0, hinges
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if balls_depth(sizes, hinges, middle) <= max_depth else (middle, many)
    return many


def _fitted(plan: Plan, outer: float) -> tuple[Snap, Shape]:
    """Return whole numbers and the ball on them, with as few knots as leave room between the radius and `outer`."""
    d, p = plan.points.shape[1], plan.norm
    count = 1 if p == 1 else 2
    while count <= MOST_KNOTS:
        snap = _snapped(plan, outer, count if p == 2 else 1)
        scale = float(snap.scales[0])
        off = (1.5 if plan.dtype == "float32" else 16.0) + scale * float(np.abs(plan.points).max() + outer) * 2.0 ** -BITS[
            plan.dtype
        ]  # of a whole number from exact
        if p == 1:
            inner, upper, step, slopes = scale * plan.radius, scale * outer, 0.0, 1.0
        else:
            step = math.ceil(scale * outer / count)
            inner, upper, slopes = (
                (scale * plan.radius) ** 2 / step + d * step / 4,
                (scale * outer) ** 2 / step,
                2.0 * count + 1,
            )
        low, high = inner + d * slopes * (off + 1), upper - d * slopes * (off + 1)
        if low + 4 < high:
            knots = np.arange(count, dtype=np.float64) * float(step)
            weights = np.asarray(np.where(knots > 0, 2.0, 1.0), dtype=np.float64)
            return snap, Shape(knots, weights, float(np.floor((low + high) / 2)))
        if p == 1 or (count > 8 and d * step / 4 < upper * 2.0**-10):
            break
        count *= 2
    raise InputError(
        f"whole numbers of {plan.dtype} leave no room between the radius {plan.radius:.6g} and {outer:.6g}, beyond which no "
        "label may be given: a larger --reject, a smaller ratio or --dtype float64 may serve"
    )


def _snapped(plan: Plan, outer: float, fold: int) -> Snap:
    """Return whole numbers of one scale for all features, so coarse that `fold` times the reach of a ball is one too."""
    low, high = plan.points.min(axis=0), plan.points.max(axis=0)
    base, most = 2.0 ** (BITS[plan.dtype] - 1), 2.0 ** (BITS[plan.dtype] - 2)
    room = max(float((high - low).max()) / 2 + 1.01 * outer, outer * fold / 4)
    scale = float(2.0 ** np.floor(np.log2((most / 2 - 4) / room)))
    offsets = (base + most / 2 - scale * (low + high) / 2).astype(plan.dtype).astype(np.float64)
    d = low.size
    return Snap(plan.dtype, np.full(d, scale), offsets, np.arange(d))


def _hinges(centre: FloatArray, shape: Shape) -> list[Hinge]:
    return [
        (j, sign, c + sign * knot, weight)
        for j, c in enumerate(centre.tolist())
        for sign in (1.0, -1.0)
        for knot, weight in zip(shape.knots.tolist(), shape.weights.tolist(), strict=True)
    ]


class _BallLayers(WholeNumberLayers):
    """The layers of a list of balls: every lane holds one hinge, and the sum of a ball's hinges stands behind them."""

    def add(self, balls: list[list[Hinge]], level: float, code: float, *, last: bool) -> None:
        """Add the layers of a class: afterwards the register holds its code where a ball of it holds."""
        d, q = self.m, self.lanes
        parts = [(ball[i : i + q], i == 0, i + q >= len(ball)) for ball in balls for i in range(0, len(ball), q)]
        total, bias, ended = dict[int, float](), 0.0, False
        for hinges, begins, ends in [*parts, ([], False, False)]:
            rows = [{j: sign} for j, sign, _, _ in hinges] + [{}] * (q - len(hinges))
            biases = [-sign * threshold for _, sign, threshold, _ in hinges] + [0.0] * (q - len(hinges))
            self.layer([*rows, total, self.register], [*biases, bias, 0.0])
            self.register = {d + q + 1: 1.0, **({d + q: -self.rate} if ended else {})}
            total = {d + i: -weight for i, (_, _, _, weight) in enumerate(hinges)} | ({} if begins else {d + q: 1.0})
            bias, ended = level if begins else 0.0, ends
        self.close(code, last=last)
