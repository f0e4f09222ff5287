"""The nearest sample wins: a running maximum of `a_t = K − D_t(z)` with exact carry, and the label that follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from logwidth.construct.chain import Chain, Unit
from logwidth.construct.plan import Plan, thin_rate
from logwidth.network import ReluNetwork
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False)
class AffineReading:
    """An affine reading `a = ⟨z_weights, z⟩ + Σ inputs[name]·value(name) + bias` of the last layer: K less a distance."""

    z_weights: FloatArray
    bias: float
    inputs: Mapping[str, float]


@dataclass(eq=False)
class NearestSampleMaximum:
    """Layers that hold `S = max(0, a_1, …, a_t)`: `r ← ReLU(a_t − S)`, then `S ← S + r`, both exact when nothing changes.

    With a register (any number of classes) every increment r also resets the label: `κ ← ReLU(κ + inc − λ r)`. With a
    collapse (two classes, one unit less, one layer more) only class 0 raises S, and r of class 1 takes it to 0:
    `S ← ReLU(S − λ r)`. `level` is K and `gap` what the own distance leads by.
    """

    chain: Chain
    plan: Plan
    level: float
    gap: float
    collapse: bool
    begin: AffineReading | None = None
    raised: dict[str, float] = field(default_factory=dict)  # S of the next layer
    held: dict[str, float] = field(default_factory=dict)  # the maximum as the last layer holds it
    register: Unit | None = None

    @property
    def rate(self) -> float:
        """The rate λ at which an increment clears the register, or the collapsing maximum."""
        span = float(self.plan.values[-1] - self.plan.values[0])
        return thin_rate((4 * self.level if self.collapse else 16 * span) / self.gap)

    def start(self, reading: AffineReading) -> None:
        """Let the next layer hold `S = ReLU(a_1)`."""
        self.begin = reading

    def layer(self, inner: Sequence[Unit]) -> None:
        """Add a layer that carries the state, brings it up to date and holds the units `inner`."""
        self.chain.carry([*self._state(), *inner])
        self.held = {"S": 1.0}

    def test(self, reading: AffineReading, label: int, ticks: float, inner: Sequence[Unit] = ()) -> None:
        """Add a layer that also holds `r = ReLU(a − S)` for a sample of class `label`; `ticks` if its class starts here."""
        less = {name: -w for name, w in self.held.items()}
        r = Unit("r", {**reading.inputs, **less}, reading.bias, reading.z_weights)
        kept = {"k": 1.0} if self.register is not None else {}
        self.chain.carry([*self._state(), r, *inner])
        if self.collapse and label == 1:
            self.raised, self.held = {"S": 1.0, "r": -self.rate}, {"S": 1.0}
        else:
            self.raised = self.held = {"S": 1.0, "r": 1.0}
        if not self.collapse:
            self.register = Unit("k", {**kept, "r": -self.rate}, ticks)

    def _state(self) -> list[Unit]:
        """Return S and κ of the next layer."""
        units = []
        if self.begin is not None:
            units.append(Unit("S", self.begin.inputs, self.begin.bias, self.begin.z_weights))
            self.begin, self.raised = None, {"S": 1.0}
        elif self.raised:
            units.append(Unit("S", self.raised))
            self.raised = {"S": 1.0}
        if self.register is not None:
            units.append(self.register)
            self.register = Unit("k", {"k": 1.0})
        return units

    def finish(self) -> ReluNetwork:
        """Add the last layers and return the network."""
        values = self.plan.values
        if not self.collapse:
            assert self.register is not None
            return self.chain.finish([self.register], Unit("label", {"k": -1.0}, float(values[-1])))
        self.chain.last([Unit("S", self.raised)])
        miss = Unit("miss", {"S": -4.0 / self.level}, 1.0)
        return self.chain.finish([miss], Unit("label", {"miss": float(values[1] - values[0])}, float(values[0])))
