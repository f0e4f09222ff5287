"""Linear decision lists: for two classes one, width m + 1, depth rules + 2; for more, one a class (theorems T5, T5d)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.construct.chain import Chain, Frame, Unit, build_frame
from logwidth.construct.lists.peeling import ImageBalls, Rule, peel, peeling_work
from logwidth.construct.plan import Construction, Plan, on_grid, power_above, thin_rate
from logwidth.construct.scores.collapse import testing_order
from logwidth.errors import InputError
from logwidth.network import ReluNetwork
from logwidth.types import FloatArray

LARGEST_CODE = 2**21
THEOREM = (
    "T5, linear decision list: v_t = max(g_t, v_{t+1}) for a rule of class A, min(g_t, v_{t+1}) for one of class B, by "
    "x ← ReLU(±(v_{t+1} − g_t)); the sign of v_1 says whose rule fires first, and two layers turn it into the label"
)
PARKED = (
    "T5d, one linear decision list a class, each against the classes after it: e ← ReLU(v_1) is 0 off the class; on it the "
    "first coordinate becomes a code above all live ones, which fails every later list and is read off as the label"
)
SHARE = 0.25
MOST_PEELING = 1e13  # multiplications: some hours


@dataclass(frozen=True, eq=False)
class Value:
    """An affine function of the coordinates and of the units of the last layer."""

    inputs: dict[str, float]
    z_weights: FloatArray
    bias: float

    def scaled(self, factor: float) -> dict[str, float]:
        """Return the weights on units times a factor."""
        return {name: factor * weight for name, weight in self.inputs.items()}


@dataclass(frozen=True, eq=False)
class Nested:
    """`v_t = max(g_t, v_{t+1})` where `signs[t] = 1`, `min(g_t, v_{t+1})` where it is −1; `v_n = g_n`.

    `g_t(z) = ⟨weights_t, z⟩ + biases_t` is positive where a rule of label 0 fires and negative where one of label 1 does.
    """

    signs: FloatArray
    weights: FloatArray
    biases: FloatArray

    @classmethod
    def of(cls, rules: Sequence[Rule], frame: Frame, dtype: str) -> "Nested":
        """Return the nest of rules on a grid on which differences are exact; rounded normals turn about the mean image."""
        signs = np.array([1.0 if rule.label == 0 else -1.0 for rule in rules])
        wanted = np.array([rule.normal for rule in rules])
        normals = on_grid(wanted, dtype)
        shifts = (normals - wanted) @ frame.images.mean(axis=0)
        offsets = on_grid(np.array([rule.offset for rule in rules]) + shifts, dtype)
        return cls(signs, signs[:, None] * normals, -signs * offsets)

    def run(self, chain: Chain, pending: dict[str, float] | None = None) -> Value:
        """Add the layers `x ← ReLU(±(v_{t+1} − g_t))` from the last rule to the first; return `v_1`.

        `pending` units of the last layer are added to the first coordinate by the first layer added. With a single rule
        there is none to add.
        """
        inner: dict[str, float] = {}
        for t in range(len(self.biases) - 2, -1, -1):
            s = float(self.signs[t])
            bias = s * float(self.biases[t + 1] - self.biases[t])
            step = Unit("x", {n: s * w for n, w in inner.items()}, bias, s * (self.weights[t + 1] - self.weights[t]))
            chain.carry([step], pending)
            inner, pending = {"x": s}, None
        return Value(inner, self.weights[0], float(self.biases[0]))


@dataclass(frozen=True, eq=False)
class Parking:
    """Levels `limit · 2 + unit · |v_c − v_C|` per class value, in the order of the tests; the last class stays live.

    Live first coordinates stay below `limit / 2`. `rate` turns the smallest value of a passed test into more than 1.
    """

    values: FloatArray
    limit: float
    unit: float
    rate: float

    @classmethod
    def for_values(cls, values: FloatArray, largest_live: float, smallest_pass: float) -> "Parking":
        """Return the levels for label values in the order of the tests; the last one must be the smallest or the largest."""
        codes = np.abs(values - values[-1])
        if float(codes.max()) >= LARGEST_CODE or float(np.abs(values).max()) >= LARGEST_CODE:
            raise InputError("the label values are too far apart for parked codes; use --construction register")
        limit = 2.0 * power_above(largest_live)
        return cls(values, limit, 2.0 * limit / power_above(2.0 * float(codes.max())), thin_rate(4.0 / smallest_pass))

    def level(self, number: int) -> float:
        """Return the level of the class that is tested at this place."""
        return 2.0 * self.limit + self.unit * abs(float(self.values[number] - self.values[-1]))

    def guard(self, m: int) -> Rule:
        """Return the rule that a parked point fires: the first coordinate is above the limit; its label is 'other'."""
        return Rule(np.eye(m)[0], self.limit, 1, self.limit / 2)

    def park(self, chain: Chain, value: Value, number: int) -> dict[str, float]:
        """Add three layers that test a value and take the first coordinate of an input that passes to 0.

        Returns what the next layer has to add to it.
        """
        chain.carry([Unit("e", value.inputs, value.bias, value.z_weights)])
        chain.carry([Unit("miss", {"e": -self.rate}, 1.0)], {"e": -self.rate * self.limit})
        chain.carry([Unit("hit", {"miss": -1.0}, 1.0)])
        return {"hit": self.level(number)}

    def read_out(self, chain: Chain, pending: dict[str, float]) -> ReluNetwork:
        """Add the layer that holds the code alone, and the output."""
        base = 2.0 * self.limit
        chain.last([Unit("code", {"z0": 1.0, **pending}, -base)])
        sign = 1.0 if self.values[0] > self.values[-1] else -1.0
        return chain.output(Unit("label", {"code": sign / self.unit}, float(self.values[-1])))


class NoListError(InputError):
    """Peeling got stuck: the images and the radius of their balls decide that, and no room beside these."""


def list_width(map_rank: int, n_rules: int, n_classes: int = 2) -> int:
    """Return the width `m + 1`; two classes that a single rule separates need no unit beside the coordinates.

    >>> list_width(3, 5), list_width(3, 1), list_width(3, 2, 3)
    (4, 3, 4)
    """
    return map_rank + (1 if n_rules > 1 or n_classes > 2 else 0)


def list_depth(n_rules: int, n_classes: int = 2) -> int:
    """Return the depth: `rules + 2` for two classes, `rules + 3C − 2` for C > 2.

    With C > 2 classes each of the C − 1 lists takes two layers beside its rules, all but the first one rule more.

    >>> list_depth(5), list_depth(5, 3)
    (7, 12)
    """
    return n_rules + (2 if n_classes == 2 else 3 * n_classes - 2)


def build_list(plan: Plan) -> Construction:
    """Return the network of the rules that greedy peeling finds, class by class; `n_pieces` counts rules.

    Raises InputError when peeling gets stuck; the message says how many samples remained. Where it would take hours it is
    not tried.
    """
    if peeling_work(len(plan.points), plan.map_rank) > MOST_PEELING:
        raise InputError(
            f"peeling {len(plan.points):,} samples at rank {plan.map_rank} would take hours; a construction with one unit "
            "more beside the map needs no peeling: allow a larger --width, or name --construction collapse"
        )
    frame = build_frame(plan, plan.points, [])
    order = list(range(plan.n_classes)) if plan.n_classes == 2 else testing_order(plan)
    return network_of_lists(plan, frame, [_peeled(plan, frame, order[k:]) for k in range(plan.n_classes - 1)], order)


def network_of_lists(plan: Plan, frame: Frame, lists: Sequence[Sequence[Rule]], order: Sequence[int]) -> Construction:
    """Return the network of given rules on the frame's coordinates: a list for each class of `order` but the last."""
    n_rules = sum(len(rules) for rules in lists)
    if plan.n_classes == 2:
        return Construction("list", _single(plan, frame, lists[0]), THEOREM, "exact", plan.map_rank, n_rules)
    return Construction("list", _parked(plan, frame, lists, order), PARKED, "exact", plan.map_rank, n_rules)


def _peeled(plan: Plan, frame: Frame, order: Sequence[int]) -> list[Rule]:
    """Return rules that tell the class `order[0]`, as label 0, from all others of `order`, as label 1."""
    rows = np.flatnonzero(np.isin(plan.labels, order))
    sides = (plan.labels[rows] != order[0]).astype(np.int64)
    least = SHARE * max(plan.distance / 2 - plan.radius, plan.distance * 2.0**-40)
    scale = frame.scale
    rules, left = peel(ImageBalls(frame.images[rows], sides, frame.T / scale, plan.norm, plan.radius * scale, least * scale))
    if left.size:
        other = "collapse" if plan.norm == 2.0 else "cells"
        raise NoListError(
            f"greedy peeling found no linear decision list: after {len(rules)} rules {left.size} of {len(rows)} "
            f"samples remain of which no halfspace cuts any off; --construction {other} works with one unit more"
        )
    return rules


def _single(plan: Plan, frame: Frame, rules: Sequence[Rule]) -> ReluNetwork:
    """Two classes: the sign of `v_1` is turned into the label by two layers without the coordinates."""
    chain = Chain.of(plan)
    chain.start(frame.T, frame.b)
    nested = Nested.of(rules, frame, plan.dtype)
    value = nested.run(chain)
    rate = thin_rate(4.0 / min(rule.margin for rule in rules))
    chain.last([Unit("other", value.scaled(-rate), 0.5 - rate * value.bias, -rate * value.z_weights)])
    step = float(plan.values[0] - plan.values[1])
    return chain.finish([Unit("own", {"other": -1.0}, 1.0)], Unit("label", {"own": step}, float(plan.values[1])))


def _parked(plan: Plan, frame: Frame, lists: Sequence[Sequence[Rule]], order: Sequence[int]) -> ReluNetwork:
    """More classes: one list after the other; an input that passes one is parked and fails the later ones."""
    chain = Chain.of(plan)
    chain.start(frame.T, frame.b)
    parking = Parking.for_values(plan.values[list(order)], float(frame.upper[0]), min(r.margin for rs in lists for r in rs))
    pending: dict[str, float] = {}
    for number, rules in enumerate(lists):
        guarded = [parking.guard(plan.map_rank), *rules] if number else rules
        value = Nested.of(guarded, frame, plan.dtype).run(chain, pending)
        pending = parking.park(chain, value, number)
    return parking.read_out(chain, pending)
