"""Evaluation in floats: one layer at a time, so that a deep network never stands in memory densely."""

from collections.abc import Callable

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
