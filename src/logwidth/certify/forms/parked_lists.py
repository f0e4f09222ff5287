"""Proving networks of one decision list a class, whose hits are parked in the first carried coordinate (T5d)."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.collapse import CONSTANT_SLACK
from logwidth.certify.forms.shared.nested import ListTest, with_errors
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import exact_integers
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer
from logwidth.certify.leads.pieces import Pieces, dot_error
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.rounding import fraction


@dataclass(frozen=True, eq=False)
class ParkedStage:
    """One list as stored: its rules and their signs, then `e ← ReLU(v_1)`, and what happens to whoever has `e > 0`.

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
