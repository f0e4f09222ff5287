"""Two classes, both maxima side by side, telescoping: width m + 2, depth max(P_A, P_B) + 1, for float64 (theorem T5)."""

from collections.abc import Sequence

import numpy as np

from logwidth.construct.chain import Chain, Frame, Unit, build_frame
from logwidth.construct.plan import Construction, Plan, power_above, score_gap
from logwidth.construct.scores.prototypes import Order, choose_prototypes, scores_relative_to
from logwidth.errors import InputError
from logwidth.types import FloatArray, IntArray

THEOREM = (
    "T5, both maxima in parallel: h_A ← ReLU(h_A + d_t(z)), h_B likewise, so that the lead of class A is an affine function "
    "of z, h_A and h_B; two layers turn its sign into the label"
)
PARALLEL = 1.0 - 2.0**-20


def parallel_width(map_rank: int, n_pieces: int) -> int:
    """Return the width `m + 2`."""
    del n_pieces
    return map_rank + 2


def parallel_depth(class_sizes: Sequence[int]) -> int:
    """Return the depth `max(P_A, P_B) + 1`.

    >>> parallel_depth([3, 5])
    6
    """
    return max(class_sizes) + 1


def build_parallel(plan: Plan) -> Construction:
    """Return the network of two running maxima; both classes need two pieces.

    The first step of each maximum is read off a coordinate that runs along it, so the image basis need not be orthogonal.
    """
    pieces = choose_prototypes(plan, (0, 1))
    a, b = pieces.of(0), pieces.of(1)
    if min(a.size, b.size) < 2:
        raise InputError("parallel maxima need two pieces in each class; use --construction register")
    b, directions = _directions(plan, pieces, a, b)
    frame = build_frame(plan, pieces.chosen, directions, rows=pieces.rows)
    offsets = (pieces.offsets - pieces.offsets[a[0]]) * frame.scale**2
    weights, biases = scores_relative_to(frame.images[a[0]], frame.images, offsets, plan.dtype, frame.metric)
    lanes = [_Lane("A", 0, a, weights, biases), _Lane("B", len(directions) - 1, b, weights, biases)]

    chain = Chain.of(plan)
    chain.start(frame.T, frame.b, [lane.twin(frame) for lane in lanes])
    for t in range(2, max(a.size, b.size)):
        chain.carry([lane.unit(t) for lane in lanes])
    rate = power_above(4.0 / score_gap(plan, frame.scale))
    last = weights[a[-1]] - weights[b[-1]]
    read = {"A": -rate * lanes[0].pending, "B": rate * lanes[1].pending}
    chain.last([Unit("other", read, 0.5 - rate * float(biases[a[-1]] - biases[b[-1]]), -rate * last)])
    step = float(plan.values[0] - plan.values[1])
    network = chain.finish([Unit("own", {"other": -1.0}, 1.0)], Unit("label", {"own": step}, float(plan.values[1])))
    return Construction("parallel", network, THEOREM, "exact", plan.map_rank, pieces.size)


def _directions(plan: Plan, pieces: Order, a: IntArray, b: IntArray) -> tuple[IntArray, list[FloatArray]]:
    """Return B's pieces, their first two perhaps swapped, and the directions that the first coordinates run along.

    If both first steps run along one line, one coordinate serves both, in the same sense.
    """
    steps = [pieces.point(lane[0]) - pieces.point(lane[1]) for lane in (a, b)]
    along = [plan.matrix @ step for step in steps]
    cosine = float(along[0] @ along[1] / np.linalg.norm(along[0]) / np.linalg.norm(along[1]))
    if plan.map_rank > 1 and abs(cosine) < PARALLEL:
        return b, steps
    return (b if cosine > 0 else np.concatenate([b[1::-1], b[2:]])), steps[:1]


class _Lane:
    """One running maximum: unit `name`, first read off `coordinate`."""

    def __init__(self, name: str, coordinate: int, rows: IntArray, weights: FloatArray, biases: FloatArray) -> None:
        self.name, self.coordinate, self.rows = name, coordinate, rows
        self.steps = weights[rows[:-1]] - weights[rows[1:]]
        self.offsets = biases[rows[:-1]] - biases[rows[1:]]
        self.pending = float(self.steps[0, coordinate])

    def twin(self, frame: Frame) -> tuple[str, int, float]:
        j = self.coordinate
        return self.name, j, float(frame.b[j] + self.offsets[0] / self.steps[0, j])

    def unit(self, t: int) -> Unit:
        """The step to the lane's piece `t` (from 0); a lane that has ended is carried."""
        pending, self.pending = self.pending, 1.0
        if t >= self.rows.size:
            return Unit(self.name, {self.name: pending})
        return Unit(self.name, {self.name: pending}, float(self.offsets[t - 1]), self.steps[t - 1])
