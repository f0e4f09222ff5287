"""Sums over coordinates of convex piecewise-linear functions, one layer per knot, and the maximum for the least of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.construct.chain import Chain, Unit
from logwidth.construct.nearest.centres import AffineReading, Centres, NearestSampleMaximum
from logwidth.construct.plan import Plan
from logwidth.network import ReluNetwork
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False)
class HingeSum:
    """`φ(t) = Σ_k weights_k ReLU(|t| − knots_k)`; `one_sided`: `φ(t) = |t| = −t + 2 ReLU(t)`, one unit less."""

    knots: FloatArray
    weights: FloatArray
    one_sided: bool = False


def build_separable(plan: Plan, found: Centres, phi: HingeSum, level: float, gap: float, *, collapse: bool) -> ReluNetwork:
    """Return the network that compares `D_t(z) = Σ_j φ(z_j − c_tj)`: `Q ← Q + w h` adds up, h is the next hinge.

    A sample takes one layer per coordinate and knot; its test shares the layer of the next sample's first hinge.
    """
    chain = Chain.of(plan)
    maximum = NearestSampleMaximum(chain, plan, level, gap, collapse)
    n = len(found.points)
    for t in range(n):
        before: dict[str, float] = {}
        for number, (units, weight) in enumerate(_hinges(found.points[t], phi)):
            inner = [Unit("Q", before), *units] if before else units
            _add(maximum, found, t, number, inner, phi, level)
            before = {**({"Q": 1.0} if before else {}), **dict.fromkeys((unit.name for unit in units), weight)}
    maximum.test(_reading(found.points[n - 1], phi, level), int(found.classes[n - 1]), found.ticks[n - 1])
    return maximum.finish()


def _add(
    maximum: NearestSampleMaximum, found: Centres, t: int, number: int, inner: Sequence[Unit], phi: HingeSum, level: float
) -> None:
    """Add one layer; the first of a sample also holds the state of the sample before."""
    if t == 0 and number == 0:
        twins = [("h", 0, float(found.frame.b[0] - found.points[0, 0]))] if phi.one_sided else []
        maximum.chain.start(found.frame.T, found.frame.b, twins)
        if phi.one_sided:
            return
    if number == 0 and t == 1:
        maximum.start(_reading(found.points[0], phi, level))
    if number == 0 and t > 1:
        maximum.test(_reading(found.points[t - 1], phi, level), int(found.classes[t - 1]), found.ticks[t - 1], inner)
    else:
        maximum.layer(inner)


def _hinges(c: FloatArray, phi: HingeSum) -> list[tuple[list[Unit], float]]:
    """Return the hinges of one sample, layer by layer, with the weight that each has in the sum."""
    steps = []
    for j, centre in enumerate(c.tolist()):
        for knot, weight in zip(phi.knots.tolist(), phi.weights.tolist(), strict=True):
            units = [Unit("h", {}, -(centre + knot), _signed(len(c), j, 1.0))]
            if not phi.one_sided:
                units.append(Unit("g", {}, centre - knot, _signed(len(c), j, -1.0)))
            steps.append((units, weight))
    return steps


def _reading(c: FloatArray, phi: HingeSum, level: float) -> AffineReading:
    """Return `K − D` as the last layer holds it: `Q`, and the last hinge."""
    names = ("h",) if phi.one_sided else ("h", "g")
    inputs = dict.fromkeys(names, -float(phi.weights[-1]))
    if len(c) * len(phi.knots) > 1:
        inputs["Q"] = -1.0
    z, total = (np.ones(len(c)), float(c.sum())) if phi.one_sided else (np.zeros(len(c)), 0.0)
    return AffineReading(z, level - total, inputs)


def _signed(m: int, j: int, sign: float) -> FloatArray:
    z = np.zeros(m)
    z[j] = sign
    return z
