"""Stacked rows of many layers, as one Scan runs them, taken apart into the layers they stand for."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.onnx.graph import Array, layer_of
from logwidth.network import AffineLayer

Ints = NDArray[np.intp]


def unpadded(stored: list[tuple[Array, Array]], sizes: list[int], inputs: int) -> list[AffineLayer]:
    """Drop the units beyond `sizes`, which must be zero: then the function stays the same in every arithmetic."""
    if len(sizes) != len(stored):
        raise ValueError("hidden_sizes does not list every layer")
    kept = []
    for (weights, bias), size in zip(stored, sizes, strict=True):
        if not 0 < size <= len(bias) or weights[size:].any() or bias[size:].any():
            raise ValueError("a padded unit is not zero")
        if inputs > weights.shape[1] or weights[:size, inputs:].any():
            raise ValueError("a unit reads padding")
        kept.append(layer_of(weights[:size, :inputs], bias[:size]))
        inputs = size
    return kept


class CarriedStack:
    """The rows `s ← A_t z + B_t s + b_t`, t = 1 … L, of states of at most e units beside m carried coordinates."""

    def __init__(self, A: Array, B: Array, b: Array) -> None:
        """Take A `(L, e, m)`, B `(L, e, e)`, b `(L, e)`; raise ValueError for other shapes, empty ones, or mixed formats."""
        if A.ndim != 3 or not A.size or B.shape != (*A.shape[:2], A.shape[1]) or b.shape != A.shape[:2]:
            raise ValueError("the parts of its stack do not fit")
        if len({A.dtype, B.dtype, b.dtype}) != 1:
            raise ValueError("the parts of its stack differ in format")
        self.weights, self.bias, self.carried = np.concatenate([A, B], axis=2), b, A.shape[2]

    @property
    def depth(self) -> int:
        """Number L of layers."""
        return len(self.bias)

    @property
    def state(self) -> int:
        """Number e of units of a state, padding included."""
        return int(self.bias.shape[1])

    def layers(self, units: Ints) -> Iterator[AffineLayer]:
        """Yield the layers, each of which copies the coordinates and has its rows below them.

        `units[t]` is the number of units of state t, 0 being the first; the others must be zero. A layer that reads padding
        has a column too many, which no AffineLayer takes.
        """
        padding = np.arange(self.state) >= units[1:, None]
        if (padding & (self.weights.any(axis=2) | (self.bias != 0))).any():
            raise ValueError("a padded unit is not zero")
        m, (layer, row, column) = self.carried, np.nonzero(self.weights)
        each = np.bincount(layer * self.state + row, minlength=self.depth * self.state).reshape(self.depth, -1)
        counts = np.concatenate([np.ones((self.depth, m), dtype=np.int32), each], axis=1, dtype=np.int32)
        ends = np.cumsum(counts, axis=1, dtype=np.int32)
        starts = np.concatenate([[0], np.cumsum(ends[:, -1], dtype=np.intp)])
        place = np.arange(len(layer)) + m * (layer + 1)  # every layer before this row, and this one, begins with m copies
        copies = (starts[:-1, None] + np.arange(m)).ravel()
        columns = np.empty(starts[-1], dtype=np.int32)
        values = np.ones(starts[-1], dtype=self.weights.dtype)
        columns[copies], columns[place] = np.tile(np.arange(m, dtype=np.int32), self.depth), column
        values[place] = self.weights[layer, row, column]
        bias = np.concatenate([np.zeros((self.depth, m), dtype=self.bias.dtype), self.bias], axis=1)
        indptr = np.concatenate([np.zeros((self.depth, 1), dtype=np.int32), ends], axis=1)
        sizes = (m + units).tolist()
        for t, (start, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
            size = sizes[t + 1]
            yield AffineLayer(sizes[t], indptr[t, : size + 1], columns[start:end], values[start:end], bias[t, :size])
