"""Evaluation in exact rationals: the oracle for every float evaluator."""

from collections.abc import Sequence
from fractions import Fraction

from logwidth.errors import InputError
from logwidth.network.layer import AffineLayer
from logwidth.network.relu import ReluNetwork


def evaluate_exactly(network: ReluNetwork, point: Sequence[Fraction | float | int]) -> list[Fraction]:
    """Return `f(x)` in real arithmetic: weights are the rationals that the stored floats are.

    Slow (about 10⁶ rational operations a second); for tests, witnesses and close calls.
    """
    if len(point) != network.n_inputs:
        raise InputError(f"the network takes {network.n_inputs} features, not {len(point)}")
    value = [Fraction(x) for x in point]
    for layer in network.hidden:
        value = [max(v, Fraction(0)) for v in _affine(layer, value)]
    return _affine(network.output, value)


def _affine(layer: AffineLayer, value: list[Fraction]) -> list[Fraction]:
    out = []
    for i, bias in enumerate(layer.bias.tolist()):
        total = Fraction(bias)
        for column, weight in layer.row(i).items():
            total += value[column] if weight == 1.0 else Fraction(weight) * value[column]
        out.append(total)
    return out
