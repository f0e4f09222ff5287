"""Label register, telescoping: width m + 2, depth P − 1, for float64 (theorem T5, second row)."""

import numpy as np

from logwidth.construct.chain import Chain, Unit, build_frame
from logwidth.construct.plan import Construction, Plan, power_above, score_gap
from logwidth.construct.scores.prototypes import choose_prototypes, scores_relative_to

THEOREM = (
    "T5, telescoping register: h ← ReLU(h + d_t(z)), d_t = a_{t−1} − a_t, so that a_t + h is the running maximum; "
    "g ← ReLU(g + λ d_t(z) + [a class starts]), so that κ = g − λ h is the label register"
)


def telescope_width(map_rank: int, n_pieces: int) -> int:
    """Return the width `m + 2`."""
    del n_pieces
    return map_rank + 2


def telescope_depth(n_pieces: int) -> int:
    """Return the depth `P − 1`."""
    return n_pieces - 1


def build_telescope(plan: Plan) -> Construction:
    """Return the telescoping register network of the prototypes.

    Layer t holds `h` and `g` of piece t + 1, the first one read off the first coordinate. Rounding errors add up with the
    depth, so the output is the label only up to a proven error below 1/4, and float64 is needed beyond short chains.
    """
    pieces = choose_prototypes(plan, range(plan.n_classes))
    frame = build_frame(plan, pieces.chosen, [pieces.point(0) - pieces.point(1)], rows=pieces.rows)
    relative = (pieces.offsets - pieces.offsets[0]) * frame.scale**2
    weights, biases = scores_relative_to(frame.images[0], frame.images, relative, plan.dtype)
    steps, offsets = weights[:-1] - weights[1:], biases[:-1] - biases[1:]
    span = float(plan.values[-1] - plan.values[0])
    rate = power_above(4 * span / score_gap(plan, frame.scale))
    starts = np.diff(plan.values[pieces.classes], prepend=plan.values[0])
    slope = float(steps[0, 0])
    twin = float(frame.b[0]) + float(offsets[0]) / slope

    chain = Chain.of(plan)
    chain.start(frame.T, frame.b, [("h", 0, twin), ("g", 0, twin + float(starts[1]) / (rate * slope))])
    h, g = slope, rate * slope
    for t in range(2, pieces.size):
        units = [
            Unit("h", {"h": h}, float(offsets[t - 1]), steps[t - 1]),
            Unit("g", {"g": g}, rate * float(offsets[t - 1]) + float(starts[t]), rate * steps[t - 1]),
        ]
        if t + 1 < pieces.size:
            chain.carry(units)
        else:
            chain.last(units)
        h, g = 1.0, 1.0
    network = chain.output(Unit("label", {"g": -g, "h": rate * h}, float(plan.values[-1])))
    return Construction("telescope", network, THEOREM, "rounded", plan.map_rank, pieces.size)
