"""Label register with exact carry: width m + 3, depth P, exact labels in float32 (theorem T5, first row)."""

import numpy as np

from logwidth.construct.chain import Chain, Unit, build_frame
from logwidth.construct.plan import Construction, Plan, score_gap, thin_rate
from logwidth.construct.scores.prototypes import choose_prototypes, scores_relative_to, twin_offset

THEOREM = (
    "T5, label register with exact carry: s ← ReLU(s + r), r ← ReLU(a_t(z) − s − r) hold the running maximum of the "
    "scores as s + r; κ ← ReLU(κ + [a class starts] − λ r) is 0 after the true class and counts the later ones"
)


def register_width(map_rank: int, n_pieces: int) -> int:
    """Return the width `m + 3`; with two pieces no coordinate has to be carried and `m + 1` suffices."""
    return map_rank + 3 if n_pieces > 2 else map_rank + 1


def register_depth(n_pieces: int) -> int:
    """Return the depth `P`."""
    return n_pieces


def build_register(plan: Plan) -> Construction:
    """Return the register network of the prototypes, classes in ascending order of their value.

    Layer 1 holds `z = ReLU(T x + b)` and, as a second reading of the first coordinate, the first increment; layer t holds
    the increment of piece t + 1; layer P clears the register for the last time. The first piece is the zero score.
    """
    pieces = choose_prototypes(plan, range(plan.n_classes))
    frame = build_frame(plan, pieces.chosen, [pieces.point(1) - pieces.point(0)], rows=pieces.rows)
    offsets = (pieces.offsets - pieces.offsets[0]) * frame.scale**2
    weights, biases = scores_relative_to(frame.images[0], frame.images, offsets, plan.dtype)
    span = plan.values[-1] - plan.values[0]
    rate = thin_rate(16 * span / score_gap(plan, frame.scale))
    starts = np.diff(plan.values[pieces.classes], prepend=plan.values[0])
    slope = float(weights[1, 0])
    twin = twin_offset(float(frame.b[0]), weights, biases)

    chain = Chain.of(plan)
    chain.start(frame.T, frame.b, [("increment", 0, twin)])
    maximum, tick = {"increment": slope}, {"increment": -rate * slope}
    kept: dict[str, float] = {}
    for t in range(2, pieces.size):
        chain.carry(
            [
                Unit("s", maximum),
                Unit("r", {name: -w for name, w in maximum.items()}, float(biases[t]), weights[t]),
                Unit("k", {**kept, **tick}, float(starts[t - 1])),
            ]
        )
        maximum, tick, kept = {"s": 1.0, "r": 1.0}, {"r": -rate}, {"k": 1.0}
    network = chain.finish(
        [Unit("k", {**kept, **tick}, float(starts[-1]))], Unit("label", {"k": -1.0}, float(plan.values[-1]))
    )
    return Construction("register", network, THEOREM, "exact", plan.map_rank, pieces.size)
