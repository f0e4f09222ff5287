"""Reading steps on a key: where it passes a threshold, registers change by a constant, and nothing is rounded (T17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from logwidth.certify.forms.lattice.memory import RunMemory
from logwidth.certify.forms.lattice.walls import whole
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.types import IntArray


@dataclass(eq=False)
class Register:
    """A register that holds `rows[i]` once i thresholds are passed; it is no unit before the first one is tested.

    One that `follows` the key is a unit from the beginning, and holds the key and its row.
    """

    name: str
    top: float
    follows: bool = False
    rows: list[int] = field(default_factory=list)

    def step(self, unit: Unit, *, kept: bool, shift: float | None = 0.0) -> float:
        """Read `y ← y + c − c f`, from a constant instead of y unless it is `kept`; return what is added beside.

        With `shift=ANY` an output may add any whole number beside.
        """
        c = -unit.inputs.get("f", 0.0)
        unit.expect(({self.name: 1.0} if kept else {}) | ({"f": -c} if c else {}), bias=ANY)
        beside = unit.bias - c
        whole(unit, unit.bias, c, beside, most=self.top / 2)
        if not kept:
            self.rows, beside = ([int(beside)], 0.0) if shift is not ANY else ([0], beside)
        elif shift is not ANY and beside != shift:
            raise unit.refuse("does not change a register by what a threshold adds")
        whole(unit, self.rows[-1] + c, most=self.top / 2)
        self.rows.append(self.rows[-1] + int(c))
        return beside

    def check(self, unit: Unit, thresholds: IntArray, held: int) -> None:
        """Refuse the first `held` rows, which a unit has held, if the ReLU may have clipped one."""
        rows = np.array(self.rows[:held], dtype=np.int64)
        least = rows + np.concatenate([[0], thresholds])[:held] if self.follows else rows
        if (least < 0).any():
            raise unit.refuse(f"holds a register {self.name!r} that may have been clipped")


class StepReader:
    """Layers with `q_i = ReLU(key − t_i + 1)`, `f_i = ReLU(1 − q_i)`, which is 1 exactly for keys below t_i, and registers.

    The key is a whole number from 0 to `top/2`; it reads the units `key` of the layer before. Thresholds are between 1 and
    `top/2` and increase: all partial sums are whole numbers of size `top` at most.
    """

    def __init__(self, trace: Trace, key: Mapping[str, float], top: float) -> None:
        self.trace, self.key, self.top = trace, dict(key), top
        self._passed: list[int] = []

    @property
    def thresholds(self) -> IntArray:
        """The thresholds read so far."""
        return np.array(self._passed, dtype=np.int64)

    def read(self, registers: Sequence[Register]) -> None:
        """Read all layers of the steps. The last threshold is tested, but registers have not yet changed by it."""
        names = [register.name for register in registers if register.follows]
        q, *others = self.trace.last("q", *names)
        q.expect(self.key, bias=ANY)
        for unit in others:
            unit.expect(self.key)
        self._threshold(q, 1.0 - q.bias)
        while self._next(registers):
            pass

    def _threshold(self, unit: Unit, threshold: float) -> None:
        whole(unit, unit.bias, threshold, most=self.top / 2)
        if threshold <= (self._passed[-1] if self._passed else 0):
            raise unit.refuse("counts down to a threshold that is not above the one before")
        self._passed.append(int(threshold))

    def _next(self, registers: Sequence[Register]) -> bool:
        """Read one more layer; return whether there is one after it."""
        trace, before = self.trace, self.trace.names
        trace.begin(carries=False)
        q = trace.take_if("q", {"q": 1.0})
        trace.take("f").expect({"q": -1.0}, bias=1.0)
        for register in registers:
            if "f" in before:
                register.step(trace.take(register.name), kept=register.name in before)
            elif register.follows:
                trace.take(register.name).expect({register.name: 1.0})
        trace.end()
        if q is not None:
            self._threshold(q, self._passed[-1] - q.bias)
        return q is not None


def read_runs(steps: StepReader) -> RunMemory:
    """Return the table of a network whose output is a register that steps change."""
    y = Register("y", steps.top / 2)  # with the output's constant three numbers are added
    steps.read([y])
    kept, output = "y" in steps.trace.names, steps.trace.output()
    y.check(output, steps.thresholds, len(y.rows))
    shift = y.step(output, kept=kept, shift=ANY)
    return RunMemory(steps.thresholds, np.array(y.rows, dtype=np.float64) + shift)
