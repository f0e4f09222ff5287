"""Reading decision lists of boxes, layer by layer, until no sum is left that could round."""

import numpy as np

from logwidth.certify.forms.boxes.corners import Snapping
from logwidth.certify.forms.boxes.form import BoxForm
from logwidth.certify.forms.boxes.lanes import LaneReader, Side
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.certify.leads.first_layer import FirstLayer, read_first_layer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork

BITS = {"float32": 24, "float64": 53}
FRONT, LEAST = 3, 6  # layers that make whole numbers; layers of one box of one side


def read_boxes(network: ReluNetwork) -> BoxForm:
    """Return the form of a stored decision list of boxes; raise UnrecognisedNetworkError where it departs from it.

    Layers 1 to 3 hold `z = s x + b`, `y = B + M − z`, `w = M − y`, and the register with a code. A run is some layers with q
    lanes, one that closes the register, one that asks whether it is 0: those that follow read it with the run's code there.
    """
    first = read_first_layer(network.hidden[0], [])
    snapping = Snapping.of(first)
    if snapping is None:
        raise UnrecognisedNetworkError("layer 1 does not read single features times powers of two", 1)
    if network.depth < LEAST:
        raise UnrecognisedNetworkError(f"{network.depth} layers are too few for boxes", 1)
    m, top = first.m, 2.0 ** BITS[network.dtype]
    _turn(network.hidden[1], m, m, top * 0.75, 2)
    _turn(network.hidden[2], m, m + 1, top / 4, 3)
    if network.hidden[2].row(m):
        raise UnrecognisedNetworkError("layer 3 has a register that reads something", 3)
    runs = _Runs(Trace(network, m, ("k",), after=FRONT), top, float(network.hidden[2].bias[m]))
    return runs.form(first, snapping)


def _turn(layer: AffineLayer, m: int, units: int, bias: float, number: int) -> None:
    """Check that the first m of so many units are `bias` less the unit before each."""
    if layer.n_inputs != m or layer.n_outputs != units:
        raise UnrecognisedNetworkError(f"layer {number} has {layer.n_outputs} units where {units} were expected", number)
    for j in range(m):
        if layer.row(j) != {j: -1.0} or layer.bias[j] != bias:
            raise UnrecognisedNetworkError(f"layer {number} does not hold {bias!r} less unit {j}", number)


class _Runs:
    """The runs of boxes, read in order, with their codes; `k` is the register, `f` asks whether it is 0."""

    def __init__(self, trace: Trace, top: float, register: float) -> None:
        self.trace, self.top = trace, top
        self.codes: list[float] = [register]
        self.boxes: list[list[list[Side]]] = []
        self.rates: list[float] = []
        self.widest = 1
        while trace.left:
            self._run()
        self.output = trace.output()
        if not self.boxes:
            raise trace.refuse("holds no run of boxes")
        self._code(self.output, bias=ANY)

    def _run(self) -> None:
        """Read one run, with the layers that close it; the last one of all carries on no coordinates at its end."""
        trace, m = self.trace, self.trace.m
        units_in_run = trace.units_ahead
        lanes = [LaneReader(f"x{k}", self.top) for k in range(units_in_run - m - 1)]
        if not lanes:
            raise trace.refuse("has no lanes")
        names = [*(lane.name for lane in lanes), "k"]
        self.widest = max(self.widest, len(lanes))
        begun = False
        while trace.units_ahead == units_in_run:
            *steps, register = trace.carry(*names)
            if begun:
                self._register(register, lanes)
            elif self.boxes:
                self._code(register, bias=0.0)
            else:
                register.expect({"k": 1.0})
            if not begun:
                self.boxes.append([])
            begun = True
            for lane, unit in zip(lanes, steps, strict=True):
                lane.step(unit)
        ends = trace.units_ahead == 1
        (register,) = trace.last("k") if ends else trace.carry("k")
        self._register(register, lanes)
        for lane in lanes:
            lane.finish(register)
        asks, register = trace.last("f", "k") if ends else trace.carry("f", "k")
        asks.expect({"k": -1.0}, bias=1.0)
        register.expect({"k": 1.0})
        if ends and trace.left:
            raise trace.refuse("follows the last run")

    def _code(self, unit: Unit, *, bias: float | None) -> None:
        """Read the code that the register gets where a box of the last run held."""
        self.codes.append(unit.weight("f", sign=+1))
        unit.expect({"f": self.codes[-1], "k": 1.0}, bias=bias)

    def _register(self, unit: Unit, lanes: list[LaneReader]) -> None:
        """Read the register within a run: it loses a rate times what has ended in some lanes."""
        ended = [lane.name for lane in lanes if lane.name in unit.inputs]
        rates = [-unit.weight(name, sign=-1) for name in ended]
        unit.expect({"k": 1.0} | {name: -rate for name, rate in zip(ended, rates, strict=True)})
        self.rates += rates
        for lane in lanes:
            if lane.name in ended:
                self.boxes[-1].append(lane.end(unit))
            else:
                lane.stay(unit)

    def form(self, first: FirstLayer, snapping: Snapping) -> BoxForm:
        """Return what was read, once the codes, the rates and the output are checked.

        Codes are whole numbers from 1 to R, rates at least R: `k − rate e ≤ 0` for e ≥ 1 in any order of the lanes, since
        rounding keeps order, and k where all e are 0.
        """
        largest, output = max(self.codes), self.output
        numbers = np.array([*self.codes, output.bias])
        if not (numbers == np.round(numbers)).all() or min(self.codes) < 1 or not largest + abs(output.bias) < self.top:
            raise output.refuse("reads codes that are not positive whole numbers which the format holds")
        if not self.rates or min(self.rates) < largest:
            raise output.refuse("reads a register that a box may leave above 0")
        if not (max(self.rates) * (self.top + 1) * self.widest + largest) * 4 < first.format.largest:
            raise output.refuse("reads a register that may overflow")
        boxes = [sides for run in self.boxes for sides in run]
        lower, upper = (np.full((len(boxes), first.m), end) for end in (-np.inf, np.inf))
        for k, sides in enumerate(boxes):
            for unit, sign, theta in sides:
                if sign > 0:
                    lower[k, unit] = max(lower[k, unit], theta)
                else:
                    upper[k, unit] = min(upper[k, unit], theta)
        values = np.repeat(np.array(self.codes[1:]), [len(run) for run in self.boxes]) + output.bias
        return BoxForm(first, snapping, lower, upper, values, self.codes[0] + output.bias, self.top / 2)
