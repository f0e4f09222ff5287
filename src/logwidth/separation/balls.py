"""Balls around blocks: two blocks whose balls are far apart hold no pair that matters."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from logwidth.rounding import BINARY64, gamma_upper
from logwidth.separation.blocks import Block
from logwidth.separation.frame import Frame
from logwidth.separation.table import squares
from logwidth.types import FloatArray, IntArray

MOST_BLOCKS = 5_000
UNDERFLOW = 2.0**-500
TILE = 1.5e5  # entries that take as long as what a tile costs beside its own (measured on two cores)
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, eq=False)
class Balls:
    """A Euclidean ball around every block, in scaled coordinates: `centres` (B, d) as stored, `radii` (B,) from above.

    Theorem. `‖x − y‖ ≥ ‖c_a − c_b‖ − r_a − r_b` for x in ball a and y in ball b (triangle inequality). A computed norm of
    a difference errs by a relative `γ_{d+6}`, and by less than 2⁻⁵⁰⁰ through underflow (d ≤ 2⁴⁰); any centres will do.
    """

    centres: FloatArray
    radii: FloatArray
    relative: float

    @classmethod
    def around(cls, frame: Frame, cut: Sequence[Block], pool: Executor) -> "Balls":
        """Return the balls around the means of the blocks."""
        relative = gamma_upper(frame.shape[1] + 6, BINARY64.unit)
        centres, radii = np.empty((len(cut), frame.shape[1])), np.empty(len(cut))

        def enclose(k: int) -> None:
            rows = frame.scaled(cut[k].where)
            centres[k] = rows.mean(axis=0)
            rows -= centres[k]
            radii[k] = np.sqrt(squares(rows).max()) * (1.0 + 2 * relative) + UNDERFLOW

        for _ in pool.map(enclose, range(len(cut))):
            pass
        return cls(centres, radii, relative)

    def apart(self, number: int) -> FloatArray:
        """Return the distances (B,) of one block's centre to all centres, as computed."""
        return np.asarray(np.linalg.norm(self.centres - self.centres[number], axis=1))

    def gaps(self, number: int, apart: FloatArray) -> FloatArray:
        """Return lower bounds (B,) on the scaled distances between samples of one block and of every block."""
        apart = apart * (1.0 - 2 * self.relative)
        reach = (self.radii + self.radii[number]) * (1.0 + 2.0**-50)
        return np.asarray(np.maximum((apart - reach) * (1.0 - 2.0**-50) - UNDERFLOW, 0.0))


@dataclass(frozen=True, eq=False)
class Agenda:
    """The tiles to look at, by increasing `gaps` (T,), lower bounds on the distances in them; `ends` (T, 2) are blocks.

    `apart` (T,) are about the distances of the blocks' centres; `work` about the multiplications that all tiles take.
    """

    cut: Sequence[Block]
    ends: IntArray
    gaps: FloatArray
    apart: FloatArray
    work: float

    @classmethod
    def of(cls, frame: Frame, cut: Sequence[Block], norm: float, within: float, pool: Executor) -> "Agenda":
        """Return all tiles that hold opposite pairs, for ℓ2 without those whose pairs are surely farther than `within`."""
        balls = Balls.around(frame, cut, pool) if norm == 2.0 and len(cut) <= MOST_BLOCKS else None
        labels, mixed = np.array([b.label for b in cut]), np.array([b.mixed for b in cut])
        ends, gaps, apart = [np.empty((0, 2), dtype=np.int64)], [np.empty(0)], [np.empty(0)]
        for a in range(len(cut)):
            far = np.zeros(len(cut)) if balls is None else balls.apart(a)
            gap = far if balls is None else balls.gaps(a, far)
            opposite = mixed[a] | mixed | (labels != labels[a])
            opposite[:a], opposite[a] = False, mixed[a]
            others = np.flatnonzero(opposite & (gap <= within))
            ends.append(np.stack([np.full(len(others), a), others], axis=1))
            gaps.append(np.where(others == a, 0.0, gap[others]))
            apart.append(far[others])
        found = np.concatenate(gaps)
        order = np.argsort(found, kind="stable")
        pairs, sizes = np.concatenate(ends), np.array([b.stop - b.start for b in cut], dtype=np.float64)
        work = float(sizes[pairs].prod(axis=1).sum()) * frame.shape[1]
        return cls(cut, pairs[order], found[order], np.concatenate(apart)[order], work)

    @property
    def expense(self) -> float:
        """Return about what a scan costs, in entries of tiles. Heuristic; no bound rests on it.

        A block's samples are taken to be as far from the other classes as its centre from the next one: tiles that are
        farther apart will be left out.
        """
        between = self.ends[:, 0] != self.ends[:, 1]
        next_one = np.zeros(len(self.cut)) if not between.any() else np.full(len(self.cut), np.inf)
        for ends in self.ends[between].T:
            np.minimum.at(next_one, ends, self.apart[between])
        left = (self.gaps[:, None] <= next_one[self.ends]).any(axis=1)
        sizes = np.array([block.stop - block.start for block in self.cut], dtype=np.float64)
        return float((sizes[self.ends[left]].prod(axis=1) + TILE).sum())

    def nearest_first(self) -> "Agenda":
        """Return the agenda with, among tiles of equal gap, the nearest of every block first, then its second, and so on.

        So all bounds become good early. Tiles that tie are spread over all blocks.
        """
        block, apart = self.ends.T.ravel(), np.tile(self.apart, 2)
        order = np.lexsort((apart, block))
        first = np.searchsorted(block[order], np.arange(len(self.cut)))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order)) - first[block[order]]
        spread = np.modf((self.ends[:, 1] - self.ends[:, 0]) * GOLDEN)[0]
        order = np.lexsort((spread, rank.reshape(2, -1).min(axis=0), self.gaps))
        return replace(self, ends=self.ends[order], gaps=self.gaps[order], apart=self.apart[order])

    def __len__(self) -> int:
        return len(self.gaps)
