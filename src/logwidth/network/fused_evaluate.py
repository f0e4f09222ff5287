"""Evaluating a fused network: matrix products in blocks that stay in the cache until their maxima are taken."""

from collections.abc import Iterator
from concurrent.futures import Executor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.network.evaluate import first_values
from logwidth.network.fused import FusedNetwork

ROWS, PIECES, MOST_ROWS = 256, 512, 2048  # a block of scores takes half a megabyte in float32, more rows of small classes
Floats = NDArray[np.floating]


def class_maxima(network: FusedNetwork, z: Floats, pool: Executor | None = None) -> Floats:
    """Return the largest score of each class at coordinates `z` `(n, m)`, `(n, C)`, in the network's format.

    Each score is a dot product of m products and the bias, in an unspecified order of summation; NaN counts as largest.
    `pool` runs blocks of rows side by side: give every worker one thread of BLAS.
    """
    maxima = np.full((len(z), len(network.sizes)), -np.inf, dtype=network.dtype)
    table = network.table

    def fill(rows: slice) -> None:
        block = np.concatenate([z[rows], np.ones((len(z[rows]), 1), dtype=z.dtype)], axis=1)
        buffer = np.empty(len(block) * PIECES, dtype=network.dtype)
        for label, pieces in _blocks(network):
            scores = buffer[: len(block) * (pieces.stop - pieces.start)].reshape(len(block), -1)
            with np.errstate(over="ignore", invalid="ignore"):  # callers look for what is not finite
                np.matmul(block, table[pieces].T, out=scores)
            np.maximum(maxima[rows, label], scores.max(axis=1), out=maxima[rows, label])

    step = min(MOST_ROWS, ROWS * PIECES // min(PIECES, max(network.sizes)))
    cut = [slice(start, start + step) for start in range(0, len(z), step)]
    for _ in map(fill, cut) if pool is None else pool.map(fill, cut):
        pass
    return maxima


def fused_labels(network: FusedNetwork, inputs: ArrayLike) -> NDArray[np.float64]:
    """Return the label value per row of `inputs` `(n, d)`, `(n,)`; NaN where a coordinate or a score is not finite.

    Raises InputError when `inputs` does not have `d` columns.
    """
    z = first_values(network.first, inputs)
    maxima = class_maxima(network, z)
    labels = np.array(network.values)[np.argmax(maxima, axis=1)]
    finite = np.isfinite(z).all(axis=1) & np.isfinite(maxima).all(axis=1)
    return np.where(finite, labels, np.nan)


def _blocks(network: FusedNetwork) -> Iterator[tuple[int, slice]]:
    """Yield the pieces of each class in runs of at most `PIECES`."""
    for label, (start, size) in enumerate(zip(network.starts.tolist(), network.sizes, strict=True)):
        for k in range(start, start + size, PIECES):
            yield label, slice(k, min(k + PIECES, start + size))
