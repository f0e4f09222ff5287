"""Reading lists of balls, layer by layer: sums of hinges on whole numbers, until none is left that could round."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.balls.form import BallForm, Hinges
from logwidth.certify.forms.shared.coded_runs import CodedRuns, read_front
from logwidth.certify.forms.shared.trace import Unit
from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import ReluNetwork

LEAST = 7  # layers of one ball
Hinge = tuple[int, float, float, float]  # unit, sign, threshold, weight


def read_balls(network: ReluNetwork) -> BallForm:
    """Return the form of a stored list of balls; raise UnrecognisedNetworkError where it departs from it.

    A layer of a run holds q hinges `ReLU(±(w_j − t))` and the sum `a ← ReLU(a − Σ g h)`, which begins with a level. Features
    are all read, in their order.
    """
    first = read_front(network, LEAST)
    if first.T.shape[0] != first.T.shape[1] or np.count_nonzero(np.diag(first.T)) != first.m:
        raise UnrecognisedNetworkError("layer 1 does not read each feature once, in order", 1)
    return _Runs(network, first.m).form(first)


@dataclass
class _Open:
    """What is known of the layer read last: its hinges, the sum that it holds, and whether that sum is begun."""

    hinges: dict[str, tuple[int, float, float]]
    level: float = 0.0
    sum: list[Hinge] | None = None


class _Runs(CodedRuns):
    """The runs of balls; `a` is the sum."""

    def __init__(self, network: ReluNetwork, m: int) -> None:
        self.names: list[str] = []
        self.state = _Open({})
        self.balls: list[tuple[float, list[Hinge]]] = []
        super().__init__(network, m)

    def _begin(self, units: int) -> list[str]:
        self.names, self.state = [f"h{i}" for i in range(units - 1)], _Open({})
        if not self.names:
            raise self.trace.refuse("has no hinges")
        return [*self.names, "a"]

    def _step(self, units: Sequence[Unit]) -> None:
        self.state = self._next(self.state, dict(zip(self.names, units[:-1], strict=True)), units[-1])

    def _ended(self, register: Unit) -> list[str]:
        if "a" not in register.inputs:
            return []
        if self.state.sum is None:
            raise register.refuse("reads a sum that is none")
        self.balls.append((self.state.level, self.state.sum))
        return ["a"]

    def _finish(self, register: Unit) -> None:
        if self.state.hinges:
            raise register.refuse("closes a run in the middle of a ball")

    def _next(self, before: _Open, hinges: dict[str, Unit], total: Unit) -> _Open:
        """Return what a layer holds, which follows `before`: its sum goes on, begins, or is nothing."""
        found = _Open({name: _hinge(unit, self.top) for name, unit in hinges.items() if unit.z.any() or unit.bias != 0.0})
        for unit in hinges.values():
            if unit.inputs:
                raise unit.refuse("is no hinge of a coordinate")
        weights = {name: -weight for name, weight in total.inputs.items() if name != "a"}
        goes_on = "a" in total.inputs
        if goes_on and (before.sum is None or total.inputs["a"] != 1.0 or total.bias != 0.0):
            raise total.refuse("does not go on with a sum")
        if total.z.any() or set(weights) != set(before.hinges):
            raise total.refuse("does not read all hinges before it, and nothing else")
        if not weights:
            if goes_on or total.bias != 0.0:
                raise total.refuse("belongs to no ball")
            return found
        if not all(g == round(g) and 1 <= g <= self.top for g in weights.values()):
            raise total.refuse("reads hinges with other than positive whole numbers")
        found.sum = [(*before.hinges[name], g) for name, g in weights.items()]
        if goes_on:
            found.sum, found.level = [*(before.sum or []), *found.sum], before.level
        else:
            found.level = total.bias
            if not (found.level == round(found.level) and 1 <= found.level <= self.top):
                raise total.refuse("begins with a level that is no positive whole number of the format")
        return found

    def form(self, first: FirstLayer) -> BallForm:
        """Return what was read, once codes, rates and sums are checked."""
        values, default = self.values()
        sums = max(sum(g for *_, g in hinges) for _, hinges in self.balls)
        if not max(*self.rates, sums) * self.top**2 < first.format.largest / 4:
            raise self.output.refuse("reads sums that may overflow")
        levels = np.array([level for level, _ in self.balls])
        return BallForm(first, Hinges.of([hinges for _, hinges in self.balls], first.m), levels, values, default, self.top)


def _hinge(unit: Unit, top: float) -> tuple[int, float, float]:
    """Return unit, sign and threshold of the hinge `ReLU(± (w_j − threshold))`."""
    units = np.flatnonzero(unit.z)
    if units.size != 1 or abs(unit.z[units[0]]) != 1:
        raise unit.refuse("is no hinge of one coordinate")
    sign = float(unit.z[units[0]])
    threshold = -sign * unit.bias
    if not (threshold == round(threshold) and abs(threshold) <= top / 2):
        raise unit.refuse("has a threshold that is no whole number within reach")
    return int(units[0]), sign, threshold
