"""Reading the state of networks in which the nearest sample wins: the carried maximum, and the register or the collapse."""

from dataclasses import InitVar, dataclass, field

import numpy as np

from logwidth.certify.forms.shared.read_out import read_register_top, values_after
from logwidth.certify.forms.shared.running_maximum import exact_integers
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.types import FloatArray


@dataclass(frozen=True)
class Ending:
    """What becomes of an increment: a register with its increments, or a collapse, where S times `read_out` says 0 or 1.

    `rates` are the least and the largest λ; `values` the first and the last label value.
    """

    collapse: bool
    rates: tuple[float, float]
    read_out: float
    increments: tuple[float, ...]
    values: tuple[float, float]

    @property
    def span(self) -> float:
        """The largest value of the register."""
        return float(sum(self.increments))

    def piece_values(self, sides: list[bool]) -> FloatArray:
        """Return the label value of every sample; `sides` says which of the second and later ones a collapse takes down."""
        if self.collapse:
            return np.where([False, *sides], self.values[1], self.values[0])
        return values_after(self.increments, self.values[1])


@dataclass(eq=False)
class Walk:
    """The layers in order, their units named as they are read: coordinates, S and κ once they exist, r, then inner ones."""

    network: ReluNetwork
    m: int
    names: InitVar[list[str]]
    trace: Trace = field(init=False)
    collapse: bool = field(init=False)
    maximum: bool = False
    register: bool = False
    fresh: bool = False
    falling: bool = False
    rates: list[float] = field(default_factory=list)
    increments: list[float] = field(default_factory=list)
    sides: list[bool] = field(default_factory=list)

    def __post_init__(self, names: list[str]) -> None:
        if self.network.depth < 4:
            raise UnrecognisedNetworkError("two distances need at least four layers")
        self.collapse = self.network.hidden[-2].n_outputs == 1
        self.trace = Trace(self.network, self.m, names)

    @property
    def left(self) -> int:
        """Number of layers to come before the last ones."""
        return self.trace.left - (2 if self.collapse else 1)

    def next(self, inner: list[str], *, test: bool = False, start: bool = False) -> dict[str, Unit]:
        """Read one layer with the inner units named; `test`: it holds r too; `start`: S is read from the inner units.

        Returns the inner units, r and the first S; those that carry the state have been checked.
        """
        state = ["S"] if self.maximum or start else []
        kept = self._kept
        state += ["k"] if self.register else []
        names = [*state, *(["r"] if test else []), *inner]
        units = dict(zip(names, self.trace.carry(*names), strict=True))
        if self.maximum and not start:
            self._raised(units["S"])
        if self.register:
            self._counted(units["k"], kept)
        self.maximum = self.maximum or start
        self.fresh = test
        self.register = self.register or (test and not self.collapse)
        return units

    @property
    def _kept(self) -> dict[str, float]:
        """What an update of the register keeps: κ, once it exists."""
        return {"k": 1.0} if "k" in self.trace.names else {}

    @property
    def standing(self) -> dict[str, float]:
        """How the last layer holds the maximum: as S, or as S + r."""
        return {"S": 1.0, "r": 1.0} if self.fresh and not self._falls() else {"S": 1.0}

    def _falls(self) -> bool:
        """Return whether the last r belongs to the second class of a collapse: its next layer says so."""
        if not (self.collapse and self.fresh):
            return False
        return self.trace.peek(0 if self.trace.units_ahead == 1 else self.m).inputs.get("r", 0.0) < 0

    def _raised(self, unit: Unit) -> None:
        """Check the update of S: carried, raised by r, or taken down by r at some rate."""
        down = unit.inputs.get("r", 0.0) if self.fresh else 0.0
        if self.collapse and down < 0:
            self.falling = True
            self.sides.append(True)
            self.rates.append(-down)
            unit.expect({"S": 1.0, "r": down})
            return
        if self.falling and self.fresh:
            raise unit.refuse("raises a maximum that the other class has taken down")
        if self.fresh:
            self.sides.append(False)
        unit.expect({"S": 1.0, "r": 1.0} if self.fresh else {"S": 1.0})

    def _counted(self, unit: Unit, kept: dict[str, float]) -> None:
        """Check the update of κ: carried, or lowered by r at some rate with an increment."""
        if not self.fresh:
            unit.expect(kept)
            return
        rate = -unit.weight("r", sign=-1)
        unit.expect({**kept, "r": -rate}, bias=ANY)
        self.rates.append(rate)
        self.increments.append(unit.bias)

    def end(self) -> Ending:
        """Read the last layers and the output."""
        if self.left != 0:
            raise self.trace.refuse("is not the last of the comparisons")
        kept = self._kept
        (unit,) = self.trace.last("S" if self.collapse else "k")
        if self.collapse:
            return self._collapse_end(unit)
        self._counted(unit, kept)
        increments = (0.0, *self.increments)
        top = read_register_top(self.network, increments)
        return Ending(False, (min(self.rates), max(self.rates)), 1.0, increments, (top - sum(increments), top))

    def _collapse_end(self, unit: Unit) -> Ending:
        """Read the last S, then `miss ← ReLU(1 − rate · S)` and the output `base + step · miss`."""
        self._raised(unit)
        if not self.falling or self.sides[-1] is not True:
            raise unit.refuse("ends a collapse in which no sample of a second class takes the maximum down")
        (miss,) = self.trace.last("miss")
        read = -miss.weight("S", sign=-1)
        miss.expect({"S": -read}, bias=1.0)
        output = self.trace.output()
        step, base = output.inputs.get("miss", 0.0), output.bias
        exact_integers([step, base, base + step], self.network.dtype, output.layer)
        output.expect({"miss": step}, bias=ANY)
        return Ending(True, (min(self.rates), max(self.rates)), read, (), (base, base + step))
