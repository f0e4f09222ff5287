"""Balls around blocks: two blocks whose balls are far apart hold no pair that matters."""

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from logwidth.rounding import BINARY32, BINARY64, gamma_upper
from logwidth.separation.blocks import Block
from logwidth.separation.frame import Frame
from logwidth.separation.table import Single, squares
from logwidth.separation.tile import View
from logwidth.types import FloatArray, IntArray

MOST_BLOCKS = 5_000
UNDERFLOW = 2.0**-500
SHORT = 2.0**-400
LEAST_ROWS = 32  # samples a block, on average: for smaller ones the table of directions takes as much as all pairs
TILE = 1.5e5  # entries that take as long as what a tile costs beside its own (measured on two cores)
GOLDEN = 0.6180339887498949


@dataclass(frozen=True, eq=False)
class Balls:
    """A Euclidean ball around every block, in scaled coordinates: `centres` (B, d) as stored, `radii` (B,) from above.

    `towards[a, b]` (B, B), in units of `r_a`, bounds from above how far block a goes in the direction of the centre of
    block b: `max_x ⟨x − c_a, e⟩/‖e‖`, `e = c_b − c_a`, and is 1 where nobody asks, as the balls themselves are far apart;
    None where that table would be large or blocks are small.

    Theorem. `‖x − y‖ ≥ ⟨y − x, e⟩/‖e‖ ≥ ‖c_a − c_b‖ − r_a towards[a, b] − r_b towards[b, a]` for x in block a and y in block
    b. A computed norm of a difference errs by a relative `γ_{d+6}`, and by less than 2⁻⁵⁰⁰ through underflow (d ≤ 2⁴⁰); any
    centres will do. The products are taken in float32, of `(x − c_a)/r_a` and `e/‖e‖`: with their conversions they err by
    at most `γ_{d+6}` and d underflows of 2⁻¹²⁴, and what is stored by as much again. Where `‖e‖` is so small that its
    square may underflow, the radius stands.
    """

    centres: FloatArray
    radii: FloatArray
    relative: float
    towards: Single | None

    @classmethod
    def around(cls, frame: Frame, cut: Sequence[Block], pool: Executor, within: float = math.inf) -> "Balls":
        """Return the balls around the means of the blocks; those farther apart than `within` are not looked at closer."""
        count, d = len(cut), frame.shape[1]
        relative = gamma_upper(d + 6, BINARY64.unit)
        centres, radii = np.empty((count, d)), np.empty(count)
        serves = count**2 <= 2 * frame.points.size and LEAST_ROWS * count <= frame.shape[0]
        towards = np.ones((count, count), dtype=np.float32) if serves else None

        def enclose(k: int) -> None:
            rows = frame.scaled(cut[k].where)
            centres[k] = rows.mean(axis=0)
            rows -= centres[k]
            radii[k] = np.sqrt(squares(rows).max()) * (1.0 + 2 * relative) + UNDERFLOW

        def look(k: int) -> None:
            if towards is not None:
                far = centres - centres[k]
                near = np.flatnonzero(np.sqrt(squares(far)) <= within + radii + radii[k])
                towards[k, near] = _farthest((frame.scaled(cut[k].where) - centres[k]) / radii[k], far[near])

        for work in (enclose, look)[: 1 if towards is None else 2]:
            for _ in pool.map(work, range(count)):
                pass
        return cls(centres, radii, relative, towards)

    def apart(self, number: int) -> FloatArray:
        """Return the distances (B,) of one block's centre to all centres, as computed."""
        return np.asarray(np.linalg.norm(self.centres - self.centres[number], axis=1))

    def view(self, a: int, b: int, slack: float) -> View | None:
        """Return how two blocks look from each other; None without a table, and around one centre.

        With `e = c_b − c_a` and its computed unit vector v, `‖x − y‖ ≥ ⟨y − x, e⟩/‖e‖`, and `⟨y, e⟩/‖e‖` is no less than
        `⟨c_b, e⟩/‖e‖ − r_b towards[b, a]`. Scaled samples and centres have coordinates below 1: the four products with v
        that are computed, and its own error, move that by less than `16 γ_{d+6} √d`.
        """
        if self.towards is None:
            return None
        e = self.centres[b] - self.centres[a]
        length = float(np.sqrt(e @ e))
        if length <= SHORT:
            return None
        v = e / length
        error = 16.0 * self.relative * math.sqrt(len(v)) + UNDERFLOW
        far_a, far_b = self.radii[a] * float(self.towards[a, b]), self.radii[b] * float(self.towards[b, a])
        return View(v, float(self.centres[b] @ v) - far_b - error, float(self.centres[a] @ v) + far_a + error, slack)

    def gaps(self, number: int, apart: FloatArray) -> FloatArray:
        """Return lower bounds (B,) on the scaled distances between samples of one block and of every block."""
        apart = apart * (1.0 - 2 * self.relative)
        own, others = self.radii[number], self.radii
        if self.towards is not None:
            own = own * np.minimum(self.towards[number].astype(np.float64), 1.0)
            others = others * np.minimum(self.towards[:, number].astype(np.float64), 1.0)
        reach = (own + others) * (1.0 + 2.0**-50)
        return np.asarray(np.maximum((apart - reach) * (1.0 - 2.0**-50) - UNDERFLOW, 0.0))


def _farthest(rows: FloatArray, others: FloatArray) -> FloatArray:
    """Return upper bounds (B,) on `max ⟨x, e⟩/‖e‖` over `rows` x (n, d) of length at most 1, for each row e of `others`."""
    error = gamma_upper(rows.shape[1] + 6, BINARY32.unit) + rows.shape[1] * 2.0**-124
    length = np.sqrt(squares(others))
    far = length > SHORT
    directions = (others / np.where(far, length, 1.0)[:, None]).astype(np.float32)
    found = (rows.astype(np.float32) @ directions.T).max(axis=0).astype(np.float64)
    return np.where(far, np.maximum(found, 0.0) + 2.0 * error, 1.0)


@dataclass(frozen=True, eq=False)
class Agenda:
    """The tiles to look at, by increasing `gaps` (T,), lower bounds on the distances in them; `ends` (T, 2) are blocks.

    `apart` (T,) are about the distances of the blocks' centres; `work` about the multiplications that all tiles take.
    `balls` are those of the blocks, where there are any.
    """

    cut: Sequence[Block]
    ends: IntArray
    gaps: FloatArray
    apart: FloatArray
    work: float
    balls: Balls | None = None

    @classmethod
    def of(cls, frame: Frame, cut: Sequence[Block], norm: float, within: float, pool: Executor) -> "Agenda":
        """Return all tiles that hold opposite pairs, for ℓ2 without those whose pairs are surely farther than `within`."""
        balls = Balls.around(frame, cut, pool, within) if norm == 2.0 and len(cut) <= MOST_BLOCKS else None
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
        return cls(cut, pairs[order], found[order], np.concatenate(apart)[order], work, balls)

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
