"""One tile: compute, take minima, list what may be nearest. All tiles: by an executor, which cannot change the result."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from logwidth.compute.executor import executor_for
from logwidth.separation.balls import Agenda
from logwidth.separation.blocks import Block, mask_classes
from logwidth.separation.candidates import Candidates
from logwidth.separation.cascade import Cascade, Entries
from logwidth.separation.envelope import Envelope
from logwidth.separation.tile import TileBounds, TileResult
from logwidth.types import BoolArray, FloatArray, FractionProgress, IntArray

TILE, ENTRY = 1e6, 16  # multiplications that a tile, and an entry of it, take about as long as, beside its products
Tile = tuple[Block, Block, TileBounds]


def scan(cascade: Cascade, agenda: Agenda, candidates: Candidates, pool: Executor, progress: FractionProgress) -> None:
    """Add to the candidates from all tiles but those that are farther apart than all bounds of their lines.

    A tile sees the bounds of the tiles a fixed number before it and no others, whatever the threads do; so every number is
    reproducible.
    """
    cut = agenda.cut
    number = {block.start: k for k, block in enumerate(cut)}
    farthest = np.array([candidates.upper[block.where].max() for block in cut])
    bounds: dict[int, FloatArray] = {}

    def known(k: int) -> FloatArray:
        """Return a copy of a block's bounds; the same one until a tile of the block has yielded, so that it is sent once."""
        if k not in bounds:
            bounds[k] = candidates.upper[cut[k].where].copy()
        return bounds[k]

    def tasks() -> Iterator[Tile]:
        for done, ((a, b), gap) in enumerate(zip(agenda.ends.tolist(), agenda.gaps.tolist(), strict=True)):
            if gap <= farthest[a] or gap <= farthest[b]:
                yield cut[a], cut[b], TileBounds(known(a), known(b), candidates.slack)
                progress(done / len(agenda))

    def weigh(tile: Tile) -> float:
        return TILE + len(tile[2].rows) * len(tile[2].cols) * (ENTRY + cascade.first_columns)

    for result in executor_for(pool, work=agenda.work).run(scan_tile, cascade, tasks(), weigh=weigh):
        candidates.add(result)
        for where in (result.rows, result.cols):
            k = number[where.start]
            farthest[k] = candidates.upper[where].max()
            bounds.pop(k, None)
    candidates.recheck_waiting()
    progress(1.0)


def scan_tile(cascade: Cascade, tile: Tile) -> TileResult:
    """Return better bounds for the lines of a tile and every pair that may be as near as these bounds.

    The prefilter comes first, if there is one. If a stage leaves more than four candidates a line, the tile goes to
    the next, more accurate one.
    """
    rows, cols, known = tile
    if cascade.prefilter is not None and (seen := cascade.prefilter.tile_result(rows, cols, known)) is not None:
        return seen
    few = 4 * (len(known.rows) + len(known.cols))
    for stage in cascade.stages:
        g = stage.entries(rows.where, cols.where)
        if rows is cols:
            mask_classes(g, rows)
        by_row = _hits_of(g, 0, stage.envelope(rows.where, cols.where), known.rows, known.slack)
        by_col = _hits_of(g, 1, stage.envelope(cols.where, rows.where), known.cols, known.slack)
        if by_row.count() + by_col.count() <= few or stage is cascade.stages[-1]:
            break
    (i, j, low), (col, row, col_low) = by_row.pairs(), by_col.pairs()
    return TileResult(
        rows.where,
        cols.where,
        by_row.upper,
        by_col.upper,
        np.concatenate([i + rows.start, col + cols.start]),
        np.concatenate([j + cols.start, row + rows.start]),
        np.concatenate([low, col_low]),
    )


@dataclass(frozen=True)
class Hits:
    """The entries of a tile hit by a threshold per line, and a new upper bound for every line (along `axis`).

    `hit` covers only these `lines`, `kept` holds their entries.
    """

    axis: int
    upper: FloatArray
    lines: IntArray
    kept: Entries
    hit: BoolArray
    envelope: Envelope

    def count(self) -> int:
        """Return the number of hits."""
        return int(np.count_nonzero(self.hit))

    def pairs(self) -> tuple[IntArray, IntArray, FloatArray]:
        """Return line, other and a lower bound of the distance of every hit."""
        flat = np.flatnonzero(self.hit)
        line, other = np.divmod(flat, self.hit.shape[1])[:: 1 if self.axis == 0 else -1]
        line = self.lines[line]
        return line, other, self.envelope.distance_lower(self.kept.ravel()[flat].astype(np.float64), line)


def _hits_of(g: Entries, axis: int, envelope: Envelope, known: FloatArray, slack: float) -> Hits:
    lowest = g.min(axis=1 - axis).astype(np.float64)
    upper = np.minimum(envelope.distance_upper(lowest), known)
    threshold = envelope.entry_limit(upper * slack, g.dtype)
    lines = np.flatnonzero(lowest <= threshold)
    if 4 * len(lines) > len(threshold):
        lines, kept = np.arange(len(threshold)), g
    else:
        kept = g[lines] if axis == 0 else g[:, lines]
    return Hits(axis, upper, lines, kept, kept <= np.expand_dims(threshold[lines], 1 - axis), envelope)
