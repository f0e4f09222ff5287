"""Reading and proving networks of one decision list a class, whose hits are parked in the first carried coordinate (T5d)."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.shared.nested import ListTest, nested_rules, with_errors
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import CONSTANT_SLACK, exact_integers
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit, pieces_of
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces, dot_error
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import fraction


@dataclass(frozen=True, eq=False)
class ParkedStage:
    """One list as stored: its rules and their signs, then `e ← ReLU(v_1)`, and what happens to an input with `e > 0`.

    `miss ← ReLU(1 − rate · e)` while coordinate 0 loses `drop · e`, `hit ← ReLU(1 − miss)`, and coordinate 0 gains
    `level · hit`. `rows` are the stored ones, that of e first.
    """

    rules: Pieces
    rows: Pieces
    signs: tuple[float, ...]
    rate: float
    drop: float
    level: float


@dataclass(frozen=True, eq=False, repr=False)
class ParkedForm(Recognised):
    """The lists in order, and the read-out `base + weight · ReLU(z_0 − park)`."""

    name = "list"
    rule = "exact"
    first: FirstLayer
    stages: tuple[ParkedStage, ...]
    park: float
    base: float
    weight: float

    def class_values(self) -> list[float]:
        """Return the label value of each class that has a list, in order, and of the last one."""
        return [*(self.base + self.weight * (stage.level - self.park) for stage in self.stages), self.base]

    def comparisons(self, domain: Domain) -> tuple[list[ListTest], dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        A list's computed `v_1` is off by the errors of its rules (see the two-class list). If `v_1 ≤ −errors`, e is exactly
        0, so miss is 1, hit is 0 and coordinate 0 is copied exactly. If `v_1 ≥ lead + errors` with `rate · lead ≥ 1` and
        `drop · lead` above all live coordinates, miss is 0, hit is 1 and coordinate 0 becomes 0, then exactly the level.
        There the first rule of every later list is negative, beyond its rounding error, and being a minimum's it keeps e
        at 0. So a ball must fail all lists before its own, pass its own, and nothing else matters.
        """
        self._check_read_out(domain)
        values = self.class_values()
        tests: list[ListTest] = []
        constants = {"score_error": 0.0, "lead": 0.0, "rate": np.inf}
        for number, stage in enumerate(self.stages):
            rules = with_errors(stage.rules, stage.rows, domain, 1.0)
            lead = max(1.0 / stage.rate, float(domain.upper[0]) / stage.drop) * CONSTANT_SLACK * SLOP
            self._check_range(stage, domain)
            here, after = frozenset(values[number : number + 1]), frozenset(values[number + 1 :])
            tests.append(ListTest(rules, stage.signs, here, 1, lead))
            tests.append(ListTest(rules, stage.signs, after, -1, 0.0))
            constants["score_error"] = max(constants["score_error"], float(rules.errors.max()))
            constants["lead"] = max(constants["lead"], lead)
            constants["rate"] = min(constants["rate"], stage.rate)
        for number in range(1, len(self.stages)):
            self._check_parked(number, domain)
        return tests, constants

    def _check_read_out(self, domain: Domain) -> None:
        """A live coordinate 0 reads as code 0, a level as its code, exactly, and codes as different integers.

        The subtraction `level − park` rounds nothing: it is a multiple of the lesser of both numbers' last places, and where
        `weight · code` is an integer of at most 24 bits, the odd part of the code has no more.
        """
        values = self.class_values()
        exact_integers([*values, self.base], domain.first.format.name)
        if len(set(values)) != len(values):
            raise UnrecognisedNetworkError("two lists stand for the same label")
        if not float(domain.upper[0]) <= self.park:
            raise UnprovableNetworkError("a live coordinate 0 may look parked")
        for stage in self.stages:
            code = fraction(stage.level) - fraction(self.park)
            read = fraction(self.weight) * code
            if not (code > 0 and read.denominator == 1):
                raise UnprovableNetworkError("a parked code is not read out exactly")
            if not abs(read) + abs(fraction(self.base)) <= 2**24:
                raise UnprovableNetworkError("a parked code is too large to be read out exactly")

    def _check_range(self, stage: ParkedStage, domain: Domain) -> None:
        largest = 2.0 * stage.rules.magnitude(domain.upper) * (1 + 2.0**-6)
        if not (max(stage.rate, stage.drop, 1.0) * largest + stage.level) * 8 < domain.first.format.largest:
            raise UnprovableNetworkError("a test may overflow")

    def _check_parked(self, number: int, domain: Domain) -> None:
        """On every earlier level the list's first rule must be negative beyond rounding, and no unit may overflow.

        `e = g_1 − x` with `x ≥ 0`: what x is does not matter, as long as it is finite.
        """
        stage = self.stages[number]
        levels = [earlier.level for earlier in self.stages[:number]]
        box = domain.upper.copy()
        box[0] = max(levels)
        low = domain.lower.copy()
        low[0] = min(levels)
        guard = stage.rows.take(slice(0, 1))
        model = dot_error(domain)
        error = (model.factor * guard.magnitude(box) + model.floor) * (1 + 2.0**-10)
        gain = float(np.maximum(guard.weights[0], 0) @ box + np.minimum(guard.weights[0], 0) @ low + guard.biases[0])
        if stage.signs[0] != -1.0 or stage.rules.size < 2 or not gain + guard.magnitude(box) * 2.0**-36 < -2 * error:
            raise UnprovableNetworkError(f"a parked point may pass list {number + 1}")
        everything = float((np.abs(stage.rows.weights) @ box + np.abs(stage.rows.biases)).sum())
        if not everything * 16 < domain.first.format.largest:
            raise UnprovableNetworkError("a rule may overflow on a parked point")


def read_parked_lists(network: ReluNetwork) -> ParkedForm:
    """Return the form of stored decision lists with parking; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [])
    trace, reading = Trace(network, first.m), _Reading()
    while trace.left > 1:
        (unit,), into = trace.carry_into("x")
        reading.layer(unit, into)
    (code,) = trace.last("code")
    reading.close(code.inputs)
    code.expect({"x": code.weight("x", sign=+1)}, z={0: 1.0}, bias=ANY)
    output = trace.output()
    output.expect({"code": output.inputs.get("code", 0.0)}, bias=ANY)
    return ParkedForm(first, tuple(reading.stages), -code.bias, output.bias, output.inputs["code"])


class _Reading:
    """The stages read so far; `open` holds the rows of the list that is being read, the last asked first.

    Every layer holds one unit x beside the coordinates: a step of a list, its test `miss`, or `hit`.
    """

    def __init__(self) -> None:
        self.stages: list[ParkedStage] = []
        self.open: list[Unit] = []
        self.test: tuple[float, float] | None = None
        self.waiting = False

    def layer(self, unit: Unit, into: dict[str, float]) -> None:
        """Read a layer: a step of a list, its test, or the hit after it; `into` is what coordinate 0 reads beside itself."""
        if self.test is not None and not self.waiting:
            unit.expect({"x": -1.0}, bias=1.0)
            self._nothing(into, unit)
            self.waiting = True
        elif self.open and into and not self.waiting:
            rate, drop = -unit.weight("x", sign=-1), -into.get("x", 0.0)
            unit.expect({"x": -rate}, bias=1.0)
            if not drop > 0:
                raise unit.refuse("is a test, but coordinate 0 does not fall with it")
            self.test = rate, drop
        else:
            if self.waiting:
                self.close(into)
            else:
                self._nothing(into, unit)
            self._step(unit)

    def close(self, into: dict[str, float]) -> None:
        """Close the list whose hit coordinate 0 reads now."""
        level = into.get("x", 0.0)
        if not self.waiting or self.test is None or not level > 0:
            raise UnrecognisedNetworkError("coordinate 0 does not rise with a hit after each list")
        rows = self.open[::-1]
        signs = _signs(rows)
        start = [fraction(v) for v in [*rows[0].z.tolist(), rows[0].bias]]
        self.stages.append(ParkedStage(nested_rules(start, rows, signs), pieces_of(rows), signs, *self.test, level))
        self.open, self.test, self.waiting = [], None, False

    def _step(self, unit: Unit) -> None:
        sign = unit.inputs.get("x", 0.0)
        if sign not in ((1.0, -1.0) if self.open else (0.0,)):
            raise unit.refuse("does not join the rules after it with weight 1 or −1")
        unit.expect({"x": sign} if self.open else {}, z=ANY, bias=ANY)
        self.open.append(unit)

    @staticmethod
    def _nothing(into: dict[str, float], unit: Unit) -> None:
        if into:
            raise UnrecognisedNetworkError(f"layer {unit.layer}: coordinate 0 changes where it should be copied", unit.layer)


def _signs(rows: list[Unit]) -> tuple[float, ...]:
    """Return the signs of all rules: `e = g_1 + s_1 x`, then `x = s_t (v_{t+1} − g_t)`; the last one has no meaning."""
    signs: list[float] = []
    for row in rows[:-1]:
        signs.append(row.inputs["x"] * (signs[-1] if signs else 1.0))
    return (*signs, 1.0)
