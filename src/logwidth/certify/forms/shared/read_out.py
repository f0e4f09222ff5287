"""How forms print a label: a constant less the register, or one of two values by `1 − y`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.shared.running_maximum import exact_integers
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.types import FloatArray


def read_register_top(network: ReluNetwork, increments: Sequence[float]) -> float:
    """Return the constant of an output `top − κ`, κ the only unit of the last hidden layer, which adds up `increments`.

    Raises UnrecognisedNetworkError for any other output, and where :func:`check_increments` does.
    """
    last, output = network.hidden[-1], network.output
    if last.n_outputs != 1 or output.n_outputs != 1 or output.row(0) != {0: -1.0}:
        raise UnrecognisedNetworkError("the output is not a constant minus the register", network.depth + 1)
    top = float(output.bias[0])
    check_increments(increments, top, network)
    return top


def check_increments(increments: Sequence[float], top: float, network: ReluNetwork) -> None:
    """Refuse a register unless all values that it can add up to, and `top` less these, are exact integers and not all one.

    A register starts from 0 and only ever grows by an increment; so none may be negative, and some must be positive.
    """
    exact_integers([*increments, sum(increments), top, top - sum(increments)], network.dtype, network.depth + 1)
    if min(increments) < 0 or sum(increments) <= 0:
        raise UnrecognisedNetworkError("the register counts nothing or backwards", network.depth + 1)


def values_after(increments: Sequence[float], top: float) -> FloatArray:
    """Return the label value `(P,)` of every piece: `top` less all increments still to come.

    >>> values_after((0.0, 0.0, 1.0, 0.0, 2.0), 5.0)
    array([2., 2., 3., 3., 5.])
    """
    later: FloatArray = np.cumsum(np.array([*increments[1:], 0.0])[::-1])[::-1]
    return top - later


@dataclass(frozen=True, eq=False)
class RegisterReadOut:
    """What an output makes of a register κ: `bias + Σ_j weights_j · ReLU(κ − thresholds_j)`, all of them integers."""

    thresholds: FloatArray
    weights: FloatArray
    bias: float

    def values(self, counts: FloatArray) -> FloatArray:
        """Return what is printed where the register is one of `counts` `(n,)`.

        >>> RegisterReadOut(np.array([0.0, 1.0]), np.array([2.0, -3.0]), 5.0).values(np.array([0.0, 1.0, 2.0]))
        array([5., 7., 6.])
        """
        return np.maximum(counts[:, None] - self.thresholds, 0.0) @ self.weights + self.bias


def read_register_units(trace: Trace, units: Sequence[Unit], increments: Sequence[float]) -> RegisterReadOut:
    """Read an output that reads the register κ as it is, `units[0]`, and less some thresholds, the other ones.

    All these units read the same, so where κ is cleared each of them is 0: its bias is no larger. Raises
    UnrecognisedNetworkError where they do not, and unless all that is added up is an integer that the format holds exactly.
    """
    first, output = units[0], trace.output()
    for unit in units[1:]:
        unit.expect(first.inputs, bias=ANY)
    thresholds = first.bias - np.array([unit.bias for unit in units])
    if not (np.diff(thresholds) > 0).all():
        raise output.refuse("reads units of the register whose biases do not fall")
    weights = np.array([output.inputs.get(name, 0.0) for name in trace.names])
    total = float(sum(increments))
    numbers = [*increments, total, *(unit.bias for unit in units), *thresholds, *weights, output.bias]
    numbers += read_out_range(total, thresholds, weights, output.bias)
    exact_integers(numbers, trace.network.dtype, trace.network.depth + 1)
    if min(increments) < 0 or total <= 0:
        raise UnrecognisedNetworkError("the register counts nothing or backwards", trace.network.depth + 1)
    return RegisterReadOut(thresholds, weights, output.bias)


def read_out_range(total: float, thresholds: FloatArray, weights: FloatArray, bias: float) -> tuple[float, float]:
    """Return the least and the largest value of `Σ_j weights_j · ReLU(κ − thresholds_j) + bias`, κ in `[0, total]`, and of
    all parts of this sum, in whatever order it is added up.

    >>> read_out_range(3.0, np.array([0.0, 1.0]), np.array([2.0, -5.0]), 4.0)
    (-10.0, 10.0)
    """
    terms = weights * np.maximum(total - thresholds, 0.0)
    return float(np.minimum(terms, 0.0).sum()) + min(bias, 0.0), float(np.maximum(terms, 0.0).sum()) + max(bias, 0.0)


def read_two_values(trace: Trace) -> tuple[Unit, tuple[float, float]]:
    """Read the last layers `y`, `ReLU(1 − y)` and the output; return the unit y, and the values where it is 0 and 1.

    What y reads is for the caller to check. Raises UnrecognisedNetworkError where both values are the same, or the values
    and their difference are no integers that the format holds exactly.
    """
    (y,) = trace.last("y")
    (other,) = trace.last("1 - y")
    other.expect({"y": -1.0}, bias=1.0)
    output = trace.output()
    if "1 - y" not in output.inputs:
        raise output.refuse("has the same value for both classes")
    step, base = output.inputs["1 - y"], output.bias
    exact_integers([step, base, base + step], trace.network.dtype, output.layer)
    output.expect({"1 - y": step}, bias=ANY)
    return y, (base + step, base)
