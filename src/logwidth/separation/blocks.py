"""The samples in class order, cut into blocks; pairs of blocks are the tiles that cover every opposite pair once."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from logwidth.types import IntArray

Lines = slice | IntArray  # positions in class order


@dataclass(frozen=True)
class Block:
    """A run of positions in class order that holds one class, or several whole classes.

    `runs` are the half-open runs, relative to `start`, on which the class is constant.
    """

    start: int
    stop: int
    runs: tuple[tuple[int, int], ...]
    label: int

    @property
    def mixed(self) -> bool:
        """Whether the block holds more than one class."""
        return len(self.runs) > 1

    @property
    def where(self) -> slice:
        """The positions as a slice."""
        return slice(self.start, self.stop)

    @property
    def classes(self) -> IntArray:
        """The number of the run that each position belongs to."""
        return np.repeat(np.arange(len(self.runs)), [b - a for a, b in self.runs])


def class_order(labels: IntArray) -> tuple[IntArray, IntArray]:
    """Return the stable permutation that sorts by class, and the number of samples of every class.

    >>> class_order(np.array([5, 1, 5, 1]))
    (array([1, 3, 0, 2]), array([2, 2]))
    """
    _, counts = np.unique(labels, return_counts=True)
    return np.argsort(labels, kind="stable").astype(np.int64), counts.astype(np.int64)


def blocks(counts: IntArray, side: int) -> list[Block]:
    """Cut classes of the given sizes into blocks of at most `side` samples.

    A class larger than half a block is cut evenly into pure blocks; smaller classes are gathered whole. So two
    different blocks are either pieces of one class or hold no class in common.

    >>> [(b.start, b.stop, b.mixed) for b in blocks(np.array([5, 1, 1, 4]), 4)]
    [(0, 2, False), (2, 5, False), (5, 7, True), (7, 11, False)]
    """
    done: list[Block] = []
    start, runs = 0, list[tuple[int, int]]()
    for label, count in enumerate(int(c) for c in counts):
        size = runs[-1][1] if runs else 0
        large = 2 * count > side
        if runs and (large or size + count > side):
            done.append(Block(start, start + size, tuple(runs), label - 1))
            start, size, runs = start + size, 0, []
        if large:
            done.extend(_pieces(start, count, side, label))
            start += count
        else:
            runs.append((size, size + count))
    if runs:
        done.append(Block(start, start + runs[-1][1], tuple(runs), len(counts) - 1))
    return done


def tiles(cut: list[Block]) -> Iterator[tuple[Block, Block]]:
    """Yield the pairs of blocks that hold opposite pairs, every unordered pair of blocks once.

    Only a tile `(b, b)` of a mixed block with itself contains pairs of equal label.
    """
    for i, first in enumerate(cut):
        if first.mixed:
            yield first, first
        for second in cut[i + 1 :]:
            if first.mixed or second.mixed or first.label != second.label:
                yield first, second


def positions(lines: Lines) -> IntArray:
    """Return positions as an array."""
    return np.arange(lines.start, lines.stop) if isinstance(lines, slice) else lines


def mask_classes(g: NDArray[np.floating], block: Block) -> None:
    """Make the entries of pairs within one class infinite, in the tile of a block with itself."""
    for a, b in block.runs:
        g[a:b, a:b] = np.inf


def _pieces(start: int, count: int, side: int, label: int) -> Iterator[Block]:
    number = -(-count // side)
    edges = [start + count * k // number for k in range(number + 1)]
    for a, b in pairwise(edges):
        yield Block(a, b, ((0, b - a),), label)
