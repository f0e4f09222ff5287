"""Evaluation one layer at a time, in floats or exact rationals: a deep network never stands in memory densely."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.errors import InputError
from logwidth.network.layer import AffineLayer
from logwidth.network.relu import ReluNetwork
from logwidth.types import FractionProgress

BATCH = 1024
STRIDE = 256


def evaluate(
    network: ReluNetwork,
    inputs: ArrayLike,
    *,
    dtype: str | None = None,
    progress: FractionProgress | None = None,
) -> NDArray[np.floating]:
    """Return `f(x)` for every row of `inputs` `(n, d)`, shape `(n, n_outputs)`; `progress` is told the share that is done.

    Arithmetic is in `dtype` (default: the network's own); inputs are rounded to it first. In float32 and float64
    every dot product is a NumPy product, whose order of summation is unspecified: certificates cover any order.

    Raises InputError when `inputs` does not have `d` columns.
    """
    points, kind = _checked(network.hidden[0], inputs), np.dtype(dtype or network.dtype)
    blocks = range(0, max(len(points), 1), BATCH)
    done = []
    for number, start in enumerate(blocks):
        share = _shares(progress, number, len(blocks), network.depth)
        done.append(_evaluate_block(network, points[start : start + BATCH].astype(kind), kind, share))
    return np.concatenate(done)


def first_values(layer: AffineLayer, inputs: ArrayLike) -> NDArray[np.floating]:
    """Return `ReLU(W x + b)` for every row of `inputs` `(n, d)`, shape `(n, units)`, in the layer's format.

    The products are those that :func:`evaluate` computes for its first layer, block by block.

    Raises InputError when `inputs` does not have `d` columns.
    """
    points, kind = _checked(layer, inputs), np.dtype(layer.dtype)
    values = np.empty((len(points), layer.n_outputs), dtype=kind)
    for start in range(0, len(points), BATCH):
        image = _affine(layer, points[start : start + BATCH].astype(kind).T, kind)
        np.maximum(image.T, 0, out=values[start : start + BATCH])
    return values


def _checked(first: AffineLayer, inputs: ArrayLike) -> NDArray[np.floating]:
    points = np.asarray(inputs)
    if points.ndim != 2 or points.shape[1] != first.n_inputs:
        raise InputError(f"the network takes rows of {first.n_inputs} features, not an array of shape {points.shape}")
    return points


def _shares(progress: FractionProgress | None, number: int, blocks: int, depth: int) -> Callable[[int], None]:
    """Return a function of the layers done in block `number` that reports every `STRIDE`-th one and the last."""
    if progress is None:
        return lambda _: None
    return lambda t: progress((number + t / depth) / blocks) if t % STRIDE == 0 or t == depth else None


def _evaluate_block(
    network: ReluNetwork, block: NDArray[np.floating], kind: np.dtype, done: Callable[[int], None]
) -> NDArray[np.floating]:
    value = block.T
    for number, layer in enumerate(network.hidden, start=1):
        value = _affine(layer, value, kind)
        np.maximum(value, 0, out=value)
        done(number)
    return _affine(network.output, value, kind).T


def _affine(layer: AffineLayer, value: NDArray[np.floating], kind: np.dtype) -> NDArray[np.floating]:
    image: NDArray[np.floating] = layer.dense().astype(kind, copy=False) @ value
    image += layer.bias.astype(kind, copy=False)[:, None]
    return image


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
        value, one = _affine_exactly(layer, value, one)
        value = [max(v, 0) for v in value]
    value, one = _affine_exactly(network.output, value, one)
    return [Fraction(v, one) for v in value]


def _affine_exactly(layer: AffineLayer, value: list[int], one: int) -> tuple[list[int], int]:
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
