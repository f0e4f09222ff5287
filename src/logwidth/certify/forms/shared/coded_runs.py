"""Lists on whole numbers: the front layers that make these, and runs of balls or boxes with a code each."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.certify.leads.first_layer import FirstLayer, read_first_layer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.types import FloatArray, IndexArray

BITS = {"float32": 24, "float64": 53}
FRONT = 3  # layers that make whole numbers


def single_features(rows: FloatArray) -> tuple[IndexArray, FloatArray]:
    """Return which feature each row reads `(m,)`, and the weight `(m,)` on it, ± a power of two.

    Raises UnrecognisedNetworkError where a row of layer 1 reads no feature or several, or has another weight.
    """
    features = np.argmax(np.abs(rows), axis=1)
    weights = rows[np.arange(len(rows)), features]
    if not ((np.count_nonzero(rows, axis=1) == 1).all() and (np.frexp(np.abs(weights))[0] == 0.5).all()):
        raise UnrecognisedNetworkError("layer 1 does not read single features, each times a power of two", 1)
    return features, weights


def read_front(network: ReluNetwork, least: int) -> FirstLayer:
    """Return layer 1 `z = s x + b` of a list of at least so many layers, once layers 2 and 3 are checked.

    They hold `y = B + M − z`, `w = M − y`, and the register with the code of the default. s > 0 are powers of two.
    """
    first = read_first_layer(network.hidden[0], [])
    if (single_features(first.T)[1] < 0).any():
        raise UnrecognisedNetworkError("layer 1 does not read single features, each times a positive power of two", 1)
    if network.depth < least:
        raise UnrecognisedNetworkError(f"{network.depth} layers are too few for such a list", 1)
    m, top = first.m, 2.0 ** BITS[network.dtype]
    _turn(network.hidden[1], m, m, top * 0.75, 2)
    _turn(network.hidden[2], m, m + 1, top / 4, 3)
    if network.hidden[2].row(m):
        raise UnrecognisedNetworkError("layer 3 has a register that reads something", 3)
    return first


def _turn(layer: AffineLayer, m: int, units: int, bias: float, number: int) -> None:
    """Check that the first m of so many units are `bias` less the unit before each."""
    if layer.n_inputs != m or layer.n_outputs != units:
        raise UnrecognisedNetworkError(f"layer {number} has {layer.n_outputs} units where {units} were expected", number)
    for j in range(m):
        if layer.row(j) != {j: -1.0} or layer.bias[j] != bias:
            raise UnrecognisedNetworkError(f"layer {number} does not hold {bias!r} less unit {j}", number)


class CodedRuns(ABC):
    """The runs of a list, read in order, with their codes; `k` is the register, `f` asks whether it is 0.

    A run is some layers with the same units, one that closes the register, one that asks whether it is 0: those that follow
    read it with the run's code there. What its units hold is read by a kind of list: `_begin`, `_step`, `_ended`, `_finish`.
    `counts` are the numbers of balls or boxes of the runs.
    """

    def __init__(self, network: ReluNetwork, m: int) -> None:
        self.trace, self.top = Trace(network, m, ("k",), after=FRONT), 2.0 ** BITS[network.dtype]
        self.codes = [float(network.hidden[FRONT - 1].bias[m])]
        self.counts: list[int] = []
        self.rates: list[float] = []
        while self.trace.left:
            self._run()
        self.output = self.trace.output()
        if not self.counts:
            raise self.trace.refuse("holds no run")
        self._code(self.output, bias=ANY)

    @abstractmethod
    def _begin(self, units: int) -> list[str]:
        """Return the names of so many units of a new run, without coordinates and register."""

    @abstractmethod
    def _step(self, units: Sequence[Unit]) -> None:
        """Read the units of one layer."""

    @abstractmethod
    def _ended(self, register: Unit) -> list[str]:
        """Return the names of the units in which something has ended that the register reads, and note what it is."""

    @abstractmethod
    def _finish(self, register: Unit) -> None:
        """Refuse what is still open at the end of a run."""

    def _run(self) -> None:
        """Read one run, with the layers that close it; the last one of all carries on no coordinates at its end."""
        trace = self.trace
        width = trace.units_ahead
        names = self._begin(width - trace.m - 1)
        begun = False
        while trace.units_ahead == width:
            *units, register = trace.carry(*names, "k")
            if begun:
                self._register(register)
            elif self.counts:
                self._code(register, bias=0.0)
            else:
                register.expect({"k": 1.0})
            if not begun:
                self.counts.append(0)
            begun = True
            self._step(units)
        ends = trace.units_ahead == 1
        (register,) = trace.last("k") if ends else trace.carry("k")
        self._register(register)
        self._finish(register)
        asks, register = trace.last("f", "k") if ends else trace.carry("f", "k")
        asks.expect({"k": -1.0}, bias=1.0)
        register.expect({"k": 1.0})
        if ends and trace.left:
            raise trace.refuse("follows the last run")

    def _code(self, unit: Unit, *, bias: float | None) -> None:
        """Read the code that the register gets where something in the last run held."""
        self.codes.append(unit.weight("f", sign=+1))
        unit.expect({"f": self.codes[-1], "k": 1.0}, bias=bias)

    def _register(self, unit: Unit) -> None:
        """Read the register within a run: it loses a rate times what has ended."""
        ended = self._ended(unit)
        rates = [-unit.weight(name, sign=-1) for name in ended]
        unit.expect({"k": 1.0} | {name: -rate for name, rate in zip(ended, rates, strict=True)})
        self.rates += rates
        self.counts[-1] += len(ended)

    def values(self) -> tuple[FloatArray, float]:
        """Return the label values `(P,)` and that of the default, once codes, rates and the output are checked.

        Codes are whole numbers from 1 to R, rates at least R: `k − rate e ≤ 0` for e ≥ 1 in any order of the units e, since
        rounding keeps order, and k where all e are 0.
        """
        largest, output = max(self.codes), self.output
        numbers = np.array([*self.codes, output.bias])
        if not (numbers == np.round(numbers)).all() or min(self.codes) < 1 or not largest + abs(output.bias) < self.top:
            raise output.refuse("reads codes that are not positive whole numbers which the format holds")
        if not self.rates or min(self.rates) < largest:
            raise output.refuse("reads a register that may be left above 0")
        return np.repeat(np.array(self.codes[1:]), self.counts) + output.bias, self.codes[0] + output.bias
