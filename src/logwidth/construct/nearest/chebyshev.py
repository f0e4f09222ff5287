"""The nearest sample in ℓ∞, exactly: width m + 3 (two classes: m + 2), depth 2mN (2mN + 1) (theorem T7)."""

import numpy as np

from logwidth.construct.chain import Chain, Unit
from logwidth.construct.nearest.centres import AffineReading, NearestSampleMaximum, centres_of, refuse_too_deep
from logwidth.construct.plan import Construction, Plan
from logwidth.types import FloatArray

THEOREM = (
    "T7, l-infinity: ‖z − c‖_∞ is the maximum of 2m affine pieces ±(z_j − c_j), by h ← ReLU(p_{k−1} + h − p_k); the largest "
    "K − ‖z − c_t‖_∞ is carried exactly and its owner's label wins"
)


def chebyshev_width(map_rank: int, n_pieces: int, *, collapse: bool = False) -> int:
    """Return the width `m + 3`, `m + 2` with the collapse; two samples need no register beside their test."""
    return map_rank + (2 if collapse or n_pieces <= 4 * map_rank else 3)


def chebyshev_depth(n_pieces: int, *, collapse: bool = False) -> int:
    """Return the depth `2mN`, one more with the collapse; `n_pieces = 2mN`."""
    return n_pieces + collapse


def build_chebyshev(plan: Plan, *, collapse: bool = False) -> Construction:
    """Return the ℓ∞ network with a label register, or, of two classes, with a collapse instead of it.

    `n_pieces` is `2mN`, N distinct images, whose coordinates are 1-Lipschitz in the norm of the balls. Raises InputError
    when their ℓ∞ distances do not exceed twice the radius.
    """
    name = f"chebyshev{'-collapse' * collapse}"
    found = centres_of(plan, np.inf)
    n = len(found.points)
    refuse_too_deep(name, 2 * plan.map_rank * n, plan.map_rank + 3, plan.dtype)
    m, chain = plan.map_rank, Chain.of(plan)
    maximum = NearestSampleMaximum(chain, plan, found.level, found.gap, collapse)
    for t in range(n):
        c = found.points[t]
        if t == 0:
            chain.start(found.frame.T, found.frame.b, [("h", 0, float(found.frame.b[0] - c[0]))])
        else:
            maximum.layer([Unit("h", {}, -float(c[0]), _axis(m, (0, 1.0)))])
        for k in range(3, 2 * m + 1):
            maximum.layer([_step(c, k)])
        reading = AffineReading(_axis(m, (m - 1, 1.0)), found.level - float(c[-1]), {"h": -2.0 if m == 1 else -1.0})
        if t == 0:
            maximum.start(reading)
        else:
            maximum.test(reading, int(found.classes[t]), found.ticks[t])
    return Construction(name, maximum.finish(), THEOREM, "exact", m, 2 * m * n)


def _step(c: FloatArray, k: int) -> Unit:
    """Return `ReLU(p_{k−1} + h − p_k)`, `p_{2j+1} = z_j − c_j` and `p_{2j+2} = c_j − z_j`, coordinates from 0."""
    j, kept = (k - 1) // 2, {"h": 2.0 if k == 3 else 1.0}
    if k % 2 == 0:
        return Unit("h", kept, -2.0 * float(c[j]), _axis(len(c), (j, 2.0)))
    return Unit("h", kept, float(c[j - 1] + c[j]), _axis(len(c), (j - 1, -1.0), (j, -1.0)))


def _axis(m: int, *entries: tuple[int, float]) -> FloatArray:
    z = np.zeros(m)
    for j, value in entries:
        z[j] = value
    return z
