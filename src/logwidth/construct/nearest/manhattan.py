"""The nearest sample in ℓ1, exactly: width m + 4 (two classes: m + 3), depth mN + 2 (mN + 3) (theorem T7)."""

import numpy as np

from logwidth.construct.nearest.centres import centres_of, refuse_other_maps, refuse_too_deep
from logwidth.construct.nearest.separable import HingeSum, build_separable
from logwidth.construct.plan import Construction, Plan

THEOREM = (
    "T7, l1: ‖z − c‖_1 = Σ (c_j − z_j) + 2 Σ ReLU(z_j − c_j), one coordinate per layer; the largest K − ‖z − c_t‖_1 is "
    "carried exactly and its owner's label wins"
)


def manhattan_width(map_rank: int, n_pieces: int, *, collapse: bool = False) -> int:
    """Return the width `m + 4`, `m + 3` with the collapse (reached with four samples or more)."""
    del n_pieces
    return map_rank + (3 if collapse else 4)


def manhattan_depth(n_pieces: int, *, collapse: bool = False) -> int:
    """Return the depth `mN + 2`, one more with the collapse; `n_pieces = mN`."""
    return n_pieces + 2 + collapse


def build_manhattan(plan: Plan, *, collapse: bool = False) -> Construction:
    """Return the ℓ1 network with a label register, or, of two classes, with a collapse instead of it.

    `n_pieces` is `mN`, N distinct samples. The map must be 1-Lipschitz into ℓ1, as the identity is.
    """
    name = f"manhattan{'-collapse' * collapse}"
    refuse_other_maps(plan, name, 1.0)
    found = centres_of(plan, 1.0)
    m, n = plan.map_rank, len(found.points)
    refuse_too_deep(name, m * n + 2, manhattan_width(m, m * n, collapse=collapse), plan.dtype)
    phi = HingeSum(np.zeros(1), np.full(1, 2.0), one_sided=True)
    network = build_separable(plan, found, phi, found.level, found.gap, collapse=collapse)
    return Construction(name, network, THEOREM, "exact", m, m * n)
