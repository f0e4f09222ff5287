"""Reading lists of balls, layer by layer: sums of hinges on whole numbers, until none is left that could round."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.balls.form import BallForm, Hinges
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.certify.leads.first_layer import FirstLayer, read_first_layer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork

BITS = {"float32": 24, "float64": 53}
FRONT, LEAST = 3, 7
Hinge = tuple[int, float, float, float]  # unit, sign, threshold, weight


def read_balls(network: ReluNetwork) -> BallForm:
    """Return the form of a stored list of balls; raise UnrecognisedNetworkError where it departs from it.

    Layers 1 to 3 hold `z = s x + b`, `y = B + M − z`, `w = M − y`, and the register with a code. A run is some layers with q
    hinges `ReLU(±(w_j − t))` and the sum `a ← ReLU(a − Σ g h)`, which begins with a level, one that closes the register, one
    that asks whether it is 0: those that follow read it with the run's code there.
    """
    first = read_first_layer(network.hidden[0], [])
    single = (np.count_nonzero(first.T, axis=1) == 1).all() and first.T.shape[0] == first.T.shape[1]
    scales = first.T.max(axis=1)
    if not (
        single and np.array_equal(np.argmax(first.T, axis=1), np.arange(first.m)) and (np.frexp(scales)[0] == 0.5).all()
    ):
        raise UnrecognisedNetworkError("layer 1 does not read each feature once, times a power of two", 1)
    if network.depth < LEAST:
        raise UnrecognisedNetworkError(f"{network.depth} layers are too few for balls", 1)
    m, top = first.m, 2.0 ** BITS[network.dtype]
    _turn(network.hidden[1], m, m, top * 0.75, 2)
    _turn(network.hidden[2], m, m + 1, top / 4, 3)
    if network.hidden[2].row(m):
        raise UnrecognisedNetworkError("layer 3 has a register that reads something", 3)
    runs = _Runs(Trace(network, m, ("k",), after=FRONT), top, float(network.hidden[2].bias[m]))
    return runs.form(first)


def _turn(layer: AffineLayer, m: int, units: int, bias: float, number: int) -> None:
    """Check that the first m of so many units are `bias` less the unit before each."""
    if layer.n_inputs != m or layer.n_outputs != units:
        raise UnrecognisedNetworkError(f"layer {number} has {layer.n_outputs} units where {units} were expected", number)
    for j in range(m):
        if layer.row(j) != {j: -1.0} or layer.bias[j] != bias:
            raise UnrecognisedNetworkError(f"layer {number} does not hold {bias!r} less unit {j}", number)


@dataclass
class _Open:
    """What is known of the layer read last: its hinges, the sum that it holds, and whether that sum is begun."""

    hinges: dict[str, tuple[int, float, float]]
    level: float = 0.0
    sum: list[Hinge] | None = None


class _Runs:
    """The runs of balls, read in order, with their codes; `a` is the sum, `k` the register, `f` asks whether it is 0."""

    def __init__(self, trace: Trace, top: float, register: float) -> None:
        self.trace, self.top = trace, top
        self.codes: list[float] = [register]
        self.balls: list[list[tuple[float, list[Hinge]]]] = []
        self.rates: list[float] = []
        while trace.left:
            self._run()
        self.output = trace.output()
        if not self.balls:
            raise trace.refuse("holds no run of balls")
        self._code(self.output, bias=ANY)

    def _run(self) -> None:
        """Read one run, with the layers that close it; the last one of all carries on no coordinates at its end."""
        trace, m = self.trace, self.trace.m
        units = trace.units_ahead
        names = [f"h{i}" for i in range(units - m - 2)]
        if not names:
            raise trace.refuse("has no hinges")
        state = _Open({})
        begun = False
        while trace.units_ahead == units:
            *hinges, total, register = trace.carry(*names, "a", "k")
            if begun:
                self._register(register, state)
            elif self.balls:
                self._code(register, bias=0.0)
            else:
                register.expect({"k": 1.0})
            if not begun:
                self.balls.append([])
            begun = True
            state = self._next(state, dict(zip(names, hinges, strict=True)), total)
        ends = trace.units_ahead == 1
        (register,) = trace.last("k") if ends else trace.carry("k")
        if state.hinges:
            raise register.refuse("closes a run in the middle of a ball")
        self._register(register, state)
        asks, register = trace.last("f", "k") if ends else trace.carry("f", "k")
        asks.expect({"k": -1.0}, bias=1.0)
        register.expect({"k": 1.0})
        if ends and trace.left:
            raise trace.refuse("follows the last run")

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

    def _register(self, unit: Unit, state: _Open) -> None:
        """Read the register within a run: it loses a rate times the sum that ended, if one did."""
        if "a" not in unit.inputs:
            unit.expect({"k": 1.0})
            return
        rate = -unit.weight("a", sign=-1)
        unit.expect({"k": 1.0, "a": -rate})
        if state.sum is None:
            raise unit.refuse("reads a sum that is none")
        self.rates.append(rate)
        self.balls[-1].append((state.level, state.sum))

    def _code(self, unit: Unit, *, bias: float | None) -> None:
        """Read the code that the register gets where a ball of the last run held."""
        self.codes.append(unit.weight("f", sign=+1))
        unit.expect({"f": self.codes[-1], "k": 1.0}, bias=bias)

    def form(self, first: FirstLayer) -> BallForm:
        """Return what was read, once the codes, the rates and the output are checked.

        Codes are whole numbers from 1 to R, rates at least R: `k − rate a ≤ 0` for a ≥ 1, and k where a is 0.
        """
        largest, output = max(self.codes), self.output
        numbers = np.array([*self.codes, output.bias])
        if not (numbers == np.round(numbers)).all() or min(self.codes) < 1 or not largest + abs(output.bias) < self.top:
            raise output.refuse("reads codes that are not positive whole numbers which the format holds")
        if not self.rates or min(self.rates) < largest:
            raise output.refuse("reads a register that a ball may leave above 0")
        balls = [ball for run in self.balls for ball in run]
        sums = max(sum(g for *_, g in hinges) for _, hinges in balls)
        if not max(*self.rates, sums) * self.top**2 < first.format.largest / 4:
            raise output.refuse("reads sums that may overflow")
        values = np.repeat(np.array(self.codes[1:]), [len(run) for run in self.balls]) + output.bias
        levels = np.array([level for level, _ in balls])
        hinges = Hinges.of([hinges for _, hinges in balls], first.m)
        return BallForm(first, hinges, levels, values, self.codes[0] + output.bias, self.top)


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
