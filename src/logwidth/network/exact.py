"""Evaluation in exact rationals: the oracle for every float evaluator."""

import math
from collections.abc import Sequence
from fractions import Fraction

from logwidth.errors import InputError
from logwidth.network.layer import AffineLayer
from logwidth.network.relu import ReluNetwork


def evaluate_exactly(network: ReluNetwork, point: Sequence[Fraction | float | int]) -> list[Fraction]:
    """Return `f(x)` in real arithmetic: weights are the rationals that the stored floats are.

    Slow (about 10⁶ products of whole numbers a second); for tests, witnesses and close calls.
    """
    if len(point) != network.n_inputs:
        raise InputError(f"the network takes {network.n_inputs} features, not {len(point)}")
    given = [Fraction(x) for x in point]
    one = math.lcm(*(x.denominator for x in given))
    value = [x.numerator * (one // x.denominator) for x in given]
    for layer in network.hidden:
        value, one = _affine(layer, value, one)
        value = [max(v, 0) for v in value]
    value, one = _affine(network.output, value, one)
    return [Fraction(v, one) for v in value]


def _affine(layer: AffineLayer, value: list[int], one: int) -> tuple[list[int], int]:
    """Return `Wx + b` for `x = value / one` as whole numbers, and what 1 is among them: floats are m / 2^s."""
    weights = [w.as_integer_ratio() for w in layer.weights.tolist()]
    biases = [b.as_integer_ratio() for b in layer.bias.tolist()]
    unit = max((q for _, q in (*weights, *biases)), default=1)
    columns, ends = layer.indices.tolist(), layer.indptr.tolist()
    terms = [p * (unit // q) * value[column] for (p, q), column in zip(weights, columns, strict=True)]
    found = [p * (unit // q) * one + sum(terms[ends[i] : ends[i + 1]]) for i, (p, q) in enumerate(biases)]
    one *= unit
    halves = one
    for v in found:
        halves |= v
    common = (halves & -halves).bit_length() - 1  # so often all of them can be halved
    return [v >> common for v in found], one >> common
