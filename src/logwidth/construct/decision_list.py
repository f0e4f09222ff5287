"""A linear decision list for two classes: width m + 1, depth rules + 2 (theorem T5, last row)."""

import numpy as np

from logwidth.construct.chain import Chain, Unit
from logwidth.construct.frame import Frame, build_frame
from logwidth.construct.gap import thin_rate
from logwidth.construct.grid import on_grid
from logwidth.construct.peeling import Balls, Rule, peel
from logwidth.construct.plan import Construction, Plan
from logwidth.errors import InputError
from logwidth.network import ReluNetwork

THEOREM = (
    "T5, linear decision list: v_t = max(g_t, v_{t+1}) for a rule of class A, min(g_t, v_{t+1}) for one of class B, by "
    "x ← ReLU(±(v_{t+1} − g_t)); the sign of v_1 says whose rule fires first, and two layers turn it into the label"
)
SHARE = 0.25


def list_width(map_rank: int, n_rules: int) -> int:
    """Return the width `m + 1`; a single rule needs no unit beside the coordinates.

    >>> list_width(3, 5), list_width(3, 1)
    (4, 3)
    """
    return map_rank + (1 if n_rules > 1 else 0)


def list_depth(n_rules: int) -> int:
    """Return the depth `rules + 2`."""
    return n_rules + 2


def build_list(plan: Plan) -> Construction:
    """Return the network of the rules that greedy peeling finds for two classes; `n_pieces` counts rules.

    Raises InputError when peeling gets stuck; the message says how many samples remained.
    """
    frame = build_frame(plan, plan.points, [])
    least = SHARE * max(plan.distance / 2 - plan.radius, plan.distance * 2.0**-40)
    scale = frame.scale
    rules, left = peel(Balls(frame.images, plan.labels, frame.T / scale, plan.norm, plan.radius * scale, least * scale))
    if left.size:
        other = "collapse" if plan.norm == 2.0 else "cells"
        raise InputError(
            f"greedy peeling found no linear decision list: after {len(rules)} rules {left.size} of {len(plan.points)} "
            f"samples remain of which no halfspace cuts any off; --construction {other} works with one unit more"
        )
    network = _chain(plan, frame, rules)
    return Construction("list", network, THEOREM, "exact", plan.map_rank, len(rules))


def _chain(plan: Plan, frame: Frame, rules: list[Rule]) -> ReluNetwork:
    """Evaluate the list from the last rule to the first; class 0 is the positive side."""
    signs = [1.0 if rule.label == 0 else -1.0 for rule in rules]
    normals = on_grid(np.array([rule.normal for rule in rules]), plan.dtype)
    shifts = [(a - rule.normal) @ frame.images.mean(axis=0) for a, rule in zip(normals, rules, strict=True)]
    offsets = on_grid(np.array([rule.offset for rule in rules]) + shifts, plan.dtype)
    g = [(s * a, -s * b) for s, a, b in zip(signs, normals, offsets.tolist(), strict=True)]
    chain = Chain(plan.map_rank, plan.dtype)
    chain.start(frame.T, frame.b)
    inner: dict[str, float] = {}
    for t in range(len(rules) - 2, -1, -1):
        s, (a, b), (a_next, b_next) = signs[t], g[t], g[t + 1]
        chain.carry([Unit("x", {name: s * w for name, w in inner.items()}, s * (b_next - b), s * (a_next - a))])
        inner = {"x": s}
    rate = thin_rate(4.0 / min(rule.margin for rule in rules))
    (a, b), read = g[0], {name: -rate * w for name, w in inner.items()}
    chain.last([Unit("other", read, 0.5 - rate * b, -rate * a)])
    step = float(plan.values[0] - plan.values[1])
    return chain.finish([Unit("own", {"other": -1.0}, 1.0)], Unit("label", {"own": step}, float(plan.values[1])))
