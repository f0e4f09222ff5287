"""Successive collapse tests: width m + 2, exact labels in float32, deeper than the register (theorem T5, third row)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.construct.chain import Chain, Frame, Unit, build_frame
from logwidth.construct.plan import Construction, Plan, power_above, score_gap, thin_rate
from logwidth.construct.scores.prototypes import Order, choose_prototypes, scores_relative_to, twin_offset
from logwidth.errors import InputError
from logwidth.network import ReluNetwork
from logwidth.types import FloatArray

THEOREM = (
    "T5, successive collapse tests: S = max of one class's scores + K; S ← ReLU(S − λ ReLU(a_t + K − S)) over all later "
    "classes is 0 unless that class has the largest score; a hit is parked in the first carried coordinate"
)


def collapse_width(map_rank: int, n_pieces: int) -> int:
    """Return the width `m + 2`; with two pieces `m + 1`."""
    return map_rank + 2 if n_pieces > 2 else map_rank + 1


def collapse_depth(class_sizes: Sequence[int]) -> int:
    """Return `Σ_{c<C} (P_{≥c} + 3) − 2`, `P_{≥c}` the pieces of class c and of all classes tested after it.

    `class_sizes` are in the order of the tests. For two classes this is `P + 1`.

    >>> collapse_depth([3, 2]), collapse_depth([1, 1, 1])
    (6, 9)
    """
    later = np.cumsum(np.asarray(class_sizes)[::-1])[::-1]
    return int(sum(int(n) + 3 for n in later[:-1]) - 2)


def testing_order(plan: Plan) -> list[int]:
    """Return the order of the tests: large classes first, and last, untested, the smaller of the two extreme ones.

    The parked code of a class is the distance of its value from the last one's, so the last value must be extreme.
    """
    sizes = np.bincount(plan.labels, minlength=plan.n_classes)
    last = 0 if sizes[0] < sizes[-1] else plan.n_classes - 1
    return [*sorted((c for c in range(plan.n_classes) if c != last), key=lambda c: (-int(sizes[c]), c)), last]


@dataclass(frozen=True)
class _Levels:
    """The constants of the tests: offset K, rate λ, parking level B, limit of live coordinates, unit of codes."""

    offset: float
    rate: float
    park: float
    limit: float
    code_unit: float


def build_collapse(plan: Plan) -> Construction:
    """Return the network that tests one class after the other against all later ones.

    The last class needs no test. A stage takes `P_{≥c}` layers for its maximum and its collapse, one to drop points
    that are parked already (not in the first stage), and two to park its hits (one in the last stage).
    """
    order = testing_order(plan)
    pieces = choose_prototypes(plan, order)
    frame = build_frame(plan, pieces.chosen, [pieces.point(1) - pieces.point(0)], rows=pieces.rows)
    offsets = pieces.offsets * frame.scale**2
    levels = _choose_levels(plan, frame, offsets, order)
    chain = Chain.of(plan)
    resume: dict[str, float] = {}
    for number, label in enumerate(order[:-1]):
        stage = _Stage(chain, plan, frame, pieces, order[number:], levels)
        stage.run(first=number == 0, resume=resume)
        if number + 2 < len(order):
            resume = _park(chain, levels, float(plan.values[label] - plan.values[order[-1]]))
    network = _read_out(chain, plan, levels, order)
    return Construction("collapse", network, THEOREM, "exact", plan.map_rank, pieces.size)


def _choose_levels(plan: Plan, frame: Frame, offsets: FloatArray, order: Sequence[int]) -> _Levels:
    gap = score_gap(plan, frame.scale)
    codes = int(np.abs(plan.values - plan.values[order[-1]]).max())
    if 4 * codes + int(np.abs(plan.values).max()) >= 2**24:
        raise InputError("the label values are too far apart for the collapse network; use --construction register")
    spread = float(((frame.images - frame.images.mean(axis=0)) ** 2).sum(axis=1).max())
    spread += float(np.abs(offsets - offsets.mean()).max())
    offset = power_above(gap)
    rate = thin_rate(16 * (4 * spread + offset) / gap)
    park = 2 * power_above(float(frame.upper[0]))
    return _Levels(offset, rate, park, park / 2, park / power_above(2 * codes))


class _Stage:
    """One test: the class `order[0]` against all classes of `order[1:]`."""

    def __init__(self, chain: Chain, plan: Plan, frame: Frame, pieces: Order, order: Sequence[int], levels: _Levels) -> None:
        own = pieces.of(order[0])
        rows = np.concatenate([own, *(pieces.of(c) for c in order[1:])])
        offsets = (pieces.offsets[rows] - pieces.offsets[own[0]]) * frame.scale**2
        self.chain, self.frame, self.levels = chain, frame, levels
        self.weights, self.biases = scores_relative_to(frame.images[own[0]], frame.images[rows], offsets, plan.dtype)
        self.n_own = own.size

    def run(self, *, first: bool, resume: dict[str, float]) -> None:
        """Add the layers up to the one that holds the tested `S`."""
        maximum: dict[str, float] = {}
        t = 1
        if first:
            maximum, t = self._twin(), 2
        while t < self.n_own:
            self._raise(maximum, t, resume)
            maximum, resume, t = {**({"s": 1.0} if maximum else {}), "r": 1.0}, {}, t + 1
        self._collapse(maximum, t, resume, first=first)

    def _twin(self) -> dict[str, float]:
        slope = float(self.weights[1, 0])
        twin = twin_offset(float(self.frame.b[0]), self.weights, self.biases)
        self.chain.start(self.frame.T, self.frame.b, [("twin", 0, twin)])
        return {"twin": slope}

    def _raise(self, maximum: dict[str, float], t: int, resume: dict[str, float]) -> None:
        units = [Unit("s", maximum)] if maximum else []
        increment = Unit("r", {n: -w for n, w in maximum.items()}, float(self.biases[t]), self.weights[t])
        self.chain.carry([*units, increment], resume)

    def _collapse(self, maximum: dict[str, float], t: int, resume: dict[str, float], *, first: bool) -> None:
        offset, rate = self.levels.offset, self.levels.rate
        if first and self.n_own == 1:
            level: dict[str, float] = {"twin": -rate * maximum["twin"]}
            stale: dict[str, float] = {}
        else:
            level, stale = maximum, maximum
        constant = True
        while t < len(self.biases):
            bias = float(self.biases[t]) + (0.0 if constant else offset)
            test = Unit("e", {n: -w for n, w in stale.items()}, bias, self.weights[t])
            self.chain.carry([Unit("S", level, offset if constant else 0.0), test], resume)
            level, stale, constant, resume, t = {"S": 1.0, "e": -rate}, {"S": 1.0}, False, {}, t + 1
        if not first:
            parked = Unit("e", {"z0": 1.0}, -self.levels.limit)
            self.chain.carry([Unit("S", level), parked])
            level = {"S": 1.0, "e": -self._parked_rate()}
        self.chain.carry([Unit("S", level, offset if constant else 0.0)])

    def _parked_rate(self) -> float:
        upper = self.frame.upper.copy()
        upper[0] = 2 * self.levels.park
        largest = float((np.maximum(self.weights, 0) @ upper + np.abs(self.biases)).max())
        return power_above(4 * (largest + self.levels.offset) / (self.levels.park - self.levels.limit))


def _park(chain: Chain, levels: _Levels, code: float) -> dict[str, float]:
    """Turn a hit (S > 0) into `z_0 = B + code unit · |code|`, exactly; return what the next layer adds to `z_0`."""
    drop = power_above(4 * levels.park / levels.offset)
    chain.carry([_miss(levels)], {"S": -drop})
    chain.carry([Unit("hit", {"miss": -1.0}, 1.0)])
    return {"hit": levels.park + levels.code_unit * abs(code)}


def _miss(levels: _Levels) -> Unit:
    return Unit("miss", {"S": -2.0 / levels.offset}, 1.0)


def _read_out(chain: Chain, plan: Plan, levels: _Levels, order: Sequence[int]) -> ReluNetwork:
    tested, last = (float(plan.values[c]) for c in order[-2:])
    units, weights = [_miss(levels)], {"miss": last - tested}
    if len(order) > 2:
        units.append(Unit("code", {"z0": 1.0}, -levels.park))
        weights["code"] = (-1.0 if last > plan.values[order[0]] else 1.0) / levels.code_unit
    return chain.finish(units, Unit("label", weights, tested))
