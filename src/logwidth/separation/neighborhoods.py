"""Samples of a class that are near one another, side by side, so that blocks are small. Heuristic; no bound rests on it."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np

from logwidth.separation.blocks import Block
from logwidth.separation.frame import Frame
from logwidth.types import FloatArray, IntArray

COORDINATES = 12


def in_neighborhoods(frame: Frame, directions: FloatArray, cut: Sequence[Block], pool: Executor) -> Frame:
    """Return the frame with the samples of every class that fills several blocks of `cut` rearranged among these.

    A run of blocks is split at a block's edge along that of the first coordinates in which it varies most, again and again.
    """
    first = directions[:COORDINATES]
    seen = np.concatenate(list(pool.map(lambda where: frame.rows(where) @ first.T, frame.chunks())))
    return replace(frame, order=frame.order[np.concatenate([_split(seen, run) for run in _runs(cut)])])


def _runs(cut: Sequence[Block]) -> Iterator[Sequence[Block]]:
    """Yield runs of blocks of one and the same class; a block that holds several classes is a run of its own."""
    start = 0
    for k in range(1, len(cut) + 1):
        if k == len(cut) or cut[start].mixed or cut[k].mixed or cut[k].label != cut[start].label:
            yield cut[start:k]
            start = k


def _split(seen: FloatArray, run: Sequence[Block]) -> IntArray:
    """Return the positions of a run, rearranged."""
    return _arranged(seen, np.arange(run[0].start, run[-1].stop), [block.stop - run[0].start for block in run])


def _arranged(seen: FloatArray, members: IntArray, stops: Sequence[int]) -> IntArray:
    """Return the members in an order in which the parts that end at `stops` vary little."""
    if len(stops) == 1:
        return members
    half = len(stops) // 2
    edge = stops[half - 1]
    own = seen[members]
    turn = np.argpartition(own[:, own.var(axis=0).argmax()], edge - 1)
    low, high = members[turn[:edge]], members[turn[edge:]]
    return np.concatenate(
        [_arranged(seen, low, stops[:half]), _arranged(seen, high, [stop - edge for stop in stops[half:]])]
    )
