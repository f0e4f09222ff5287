"""Where a wall may stand: the gaps between the images of all balls, coordinate by coordinate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from logwidth.types import FloatArray, IntArray

Wall = tuple[int, int]  # a coordinate, and the number of a gap in it, counted from below


@dataclass(frozen=True, eq=False)
class Gaps:
    """The gaps of images `z` `(N, m)` that stay free where every ball takes `clear` `(m,)` on both sides of its image.

    `below` `(N, m)` counts for every sample the gaps below it: wall `(j, s)` has the samples with `below[i, j] > s` above
    it. `low[j]`, `high[j]` are the ends of the gaps of coordinate j, the balls' shares taken off.
    """

    below: NDArray[np.int32]
    low: Sequence[FloatArray]
    high: Sequence[FloatArray]

    @classmethod
    def of(cls, images: FloatArray, clear: FloatArray, least: FloatArray) -> Self:
        """Return the gaps that are longer than `least` `(m,)` once the balls' shares are taken off.

        >>> gaps = Gaps.of(np.array([[0.0], [1.0], [3.0]]), np.array([0.5]), np.array([0.1]))
        >>> gaps.below.ravel().tolist(), gaps.low[0].tolist(), gaps.high[0].tolist()
        ([0, 0, 1], [1.5], [2.5])
        """
        below = np.zeros(images.shape, dtype=np.int32)
        low, high = [], []
        for j, column in enumerate(images.T):
            order = np.argsort(column, kind="stable")
            values = column[order]
            starts, ends = values[:-1] + clear[j], values[1:] - clear[j]
            free = ends - starts > least[j]
            below[order[1:], j] = np.cumsum(free)
            low.append(starts[free])
            high.append(ends[free])
        return cls(below, tuple(low), tuple(high))

    def above(self, walls: Sequence[Wall], rows: IntArray | slice = slice(None)) -> NDArray[np.bool_]:
        """Return which samples lie above which walls, `(n, W)`."""
        places = np.array(walls, dtype=np.intp).reshape(-1, 2)
        return np.asarray(self.below[rows][:, places[:, 0]] > places[:, 1])


def cells_of(codes: NDArray[np.bool_] | NDArray[np.int32]) -> IntArray:
    """Return for every row of `codes` `(N, k)` the number of its cell, equal for equal rows and only for these.

    >>> cells_of(np.array([[0, 1], [2, 2], [0, 1]], dtype=np.int32)).tolist()
    [0, 1, 0]
    """
    if codes.shape[1] == 0:
        return np.zeros(len(codes), dtype=np.int64)
    packed = np.ascontiguousarray(np.packbits(codes, axis=1) if codes.dtype == np.bool_ else codes)
    rows = packed.view(np.dtype((np.void, packed.dtype.itemsize * packed.shape[1]))).ravel()
    return np.unique(rows, return_inverse=True)[1].ravel().astype(np.int64)


def mixed_pairs(cells: IntArray, labels: IntArray) -> IntArray:
    """Return pairs `(P, 2)` of samples of one cell and different labels, at least one of every cell that mixes labels.

    They are neighbours once every cell is sorted by label, and the first against the last: empty where no cell mixes.

    >>> mixed_pairs(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])).tolist()
    [[0, 1]]
    """
    order = np.lexsort((labels, cells))
    same = cells[order[1:]] == cells[order[:-1]]
    places = np.flatnonzero(same & (labels[order[1:]] != labels[order[:-1]]))
    return np.stack([order[places], order[places + 1]], axis=1).astype(np.int64)
