"""Reading the walls of a lattice, units that are exactly 0 or 1 off a wall, their sum, and the registers behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from logwidth.certify.forms.lattice.memory import RunMemory
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.types import IntArray

BITS = {"float32": 24, "float64": 53}


@dataclass(frozen=True)
class Wall:
    """`a = ReLU(slope z_j + bias)`, slope a power of two and bias < 0, and what the key gets where `f = ReLU(1 − a)` is 1.

    For every computed `z_j ≤ low` a is 0, and for every `z_j ≥ high` it is at least 1, in floats, fused or not.
    """

    coordinate: int
    slope: float
    bias: float
    weight: int = 0

    @property
    def low(self) -> float:
        """`−bias/slope`: the product is exact or the sum is nearer to the bias, and rounding keeps signs."""
        return -self.bias / self.slope

    @property
    def high(self) -> float:
        """`(1 − bias)/slope`, rounded up: from there on the exact sum is at least 1, which is a float."""
        return float(np.nextafter((1.0 - self.bias) / self.slope, np.inf))


def whole(unit: Unit, *numbers: float, most: float) -> None:
    """Refuse a unit unless these numbers are whole and at most `most` in size."""
    if not all(abs(number) <= most and number == round(number) for number in numbers):
        raise unit.refuse(f"has numbers {numbers} that are not whole, or too large for sums without rounding")


@dataclass(eq=False)
class WallReader:
    """The layers of the walls, read from the first one to the last unit f.

    A layer holds copies of coordinates `c…` that later walls read, units a of walls, units f that read the a of the layer
    before, and the key so far: `k ← k + Σ weight f` over all f of the layer before.
    """

    trace: Trace
    top: float
    walls: list[Wall] = field(default_factory=list)
    total: int = 0

    def read(self) -> Mapping[str, float]:
        """Return the key as weights on the units of the last layer read."""
        trace = self.trace
        while any(name[0] in "ca" for name in trace.names):
            units = [trace.peek(place) for place in range(trace.units_ahead)]
            names = self._named(units)
            trace.last(*names)
        if not self.walls:
            raise trace.refuse("holds no wall")
        key = trace.peek(0).inputs
        self._weigh(trace.peek(0), trace.names, bias=ANY)
        return key

    def _named(self, units: Sequence[Unit]) -> list[str]:
        """Return the names of the units of a layer, each checked; every a must go on as f, and every f into the key."""
        before, names = self.trace.names, list[str]()
        for unit in units:
            names.append(self._name(unit))
        if len(set(names)) != len(names):
            raise self.trace.refuse("holds a coordinate, a test or the key twice")
        tested = {f"f{name[1:]}" for name in before if name[0] == "a"}
        held = any(name == "k" or name[0] == "f" for name in before)
        if not tested <= set(names) or held != ("k" in names):
            raise self.trace.refuse("drops a wall or the key")
        return names

    def _name(self, unit: Unit) -> str:
        first = next(iter(unit.inputs), "")
        if first.startswith("c"):
            return self._coordinate(unit, first)
        if first.startswith("a"):
            unit.expect({first: -1.0}, bias=1.0)
            return f"f{first[1:]}"
        self._weigh(unit, self.trace.names, bias=0.0)
        return "k"

    def _coordinate(self, unit: Unit, name: str) -> str:
        """Return the name of a unit that reads a coordinate: its copy, or a new wall."""
        slope = unit.inputs[name]
        if len(unit.inputs) == 1 and slope == 1.0 and unit.bias == 0.0:
            return name
        unit.expect({name: slope}, bias=ANY)
        if not (slope > 0 and np.frexp(slope)[0] == 0.5 and unit.bias < 0):
            raise unit.refuse("is no wall: its slope is no power of two, or its bias not negative")
        wall = Wall(int(name[1:]), slope, unit.bias)
        if wall.low * slope != -unit.bias or not wall.low < wall.high:
            raise unit.refuse("is a wall whose place overflows or underflows")
        self.walls.append(wall)
        return f"a{len(self.walls) - 1}"

    def _weigh(self, unit: Unit, names: Sequence[str], *, bias: float | None) -> None:
        """Read what the key gets from all tests of the layer before: positive whole numbers, at most `top/2` in all."""
        tests = [name for name in names if name[0] == "f"]
        weights = {name: unit.weight(name, sign=+1) for name in tests}
        whole(unit, *weights.values(), most=self.top / 2)
        unit.expect(weights | ({"k": 1.0} if "k" in names else {}), bias=bias)
        for name, weight in weights.items():
            place = int(name[1:])
            old = self.walls[place]
            self.walls[place] = Wall(old.coordinate, old.slope, old.bias, int(weight))
        self.total = sum(wall.weight for wall in self.walls)
        if self.total > self.top / 2:
            raise unit.refuse("adds up keys that are too large for sums without rounding")


def exact_top(dtype: str) -> float:
    """Return `2^p`: all whole numbers up to it are floats of the format."""
    if dtype not in BITS:
        raise UnrecognisedNetworkError(f"lattices are not known in {dtype}", 1)
    return 2.0 ** BITS[dtype]


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
