"""Networks whose units are scaled by powers of two: the same function, by the positive homogeneity of ReLU."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError
from logwidth.network.layer import AffineLayer
from logwidth.network.relu import ReluNetwork

Exponents = NDArray[np.int64]
FARTHEST = 32  # units are scaled by 2^-32 to 2^32: what the proofs of exact steps allow for


def with_unit_scales(network: ReluNetwork, exponents: Sequence[Exponents]) -> ReluNetwork:
    """Return the network in which unit u of hidden layer t computes `2^exponents[t][u]` times what it does in `network`.

    Weights from unit v to unit u become `2^(e_u − e_v)` times as large and biases `2^e_u` times; inputs and outputs stay
    (`ReLU(c a) = c ReLU(a)` for c > 0). Every number changes by a power of two, exactly.

    Raises InputError where a number would leave the float format, or an exponent `±FARTHEST`.

    >>> one = AffineLayer.from_rows(1, [{0: 1.0}], [3.0])
    >>> f = with_unit_scales(ReluNetwork((one,), one), [np.array([4])])
    >>> f.hidden[0].row(0), f.hidden[0].bias.tolist(), f.output.row(0), f.output.bias.tolist()
    ({0: 16.0}, [48.0], {0: 0.0625}, [3.0])
    """
    if network.unit_exponents is not None:
        raise InputError("the units of this network are scaled already")
    return replace(_scaled(network, exponents), unit_exponents=tuple(exponents))


def without_unit_scales(network: ReluNetwork) -> ReluNetwork:
    """Return the network of which this one is the scaled form; undoes :func:`with_unit_scales`, exactly.

    Raises InputError where that is not exact.
    """
    exponents = network.unit_exponents
    if exponents is None:
        return network
    return _scaled(replace(network, unit_exponents=None), [-e for e in exponents])


def _scaled(network: ReluNetwork, exponents: Sequence[Exponents]) -> ReluNetwork:
    if [e.shape for e in exponents] != [layer.bias.shape for layer in network.hidden]:
        raise InputError("scales of units: one exponent is needed for every hidden unit")
    if max(int(np.abs(e).max(initial=0)) for e in exponents) > FARTHEST:
        raise InputError(f"scales of units: exponents lie between -{FARTHEST} and {FARTHEST}")
    before, layers = np.zeros(network.n_inputs, dtype=np.int64), []
    for layer, after in zip(network.layers, [*exponents, np.zeros(network.n_outputs, dtype=np.int64)], strict=True):
        layers.append(_between(layer, before, after))
        before = after
    return replace(network, hidden=tuple(layers[:-1]), output=layers[-1])


def _between(layer: AffineLayer, before: Exponents, after: Exponents) -> AffineLayer:
    """Return a layer that reads units scaled by `2^before` and whose own are scaled by `2^after`."""
    rows = np.repeat(np.arange(layer.n_outputs), np.diff(layer.indptr))
    weights = _times(layer.weights, after[rows] - before[layer.indices])
    return replace(layer, weights=weights, bias=_times(layer.bias, after))


def _times(numbers: NDArray[np.floating], exponents: Exponents) -> NDArray[np.floating]:
    """Return `2^exponents` times the numbers; raise InputError where one does not stay a normal number of its format."""
    with np.errstate(over="ignore", under="ignore"):
        found: NDArray[np.floating] = np.ldexp(numbers, exponents)
    kind = np.finfo(numbers.dtype)
    sizes = np.abs(found[numbers != 0])
    if not ((sizes >= kind.smallest_normal) & (sizes <= kind.max)).all():
        raise InputError("scales of units: a number times its power of two leaves the float format")
    return found
