"""One tile: compute, take minima, list what may be nearest. All tiles: by an executor, which cannot change the result."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from logwidth.compute.executor import executor_for
from logwidth.separation.balls import Agenda
from logwidth.separation.blocks import Block, Lines, mask_classes, positions
from logwidth.separation.candidates import Candidates
from logwidth.separation.cascade import Cascade, Entries
from logwidth.separation.envelope import Envelope
from logwidth.separation.tile import TileBounds, TileResult
from logwidth.types import BoolArray, FloatArray, FractionProgress, IntArray

TILE, ENTRY = 1e6, 16  # multiplications that a tile, and an entry of it, take about as long as, beside its products
SMALL = 3e5  # entries: a smaller tile is computed whole in the time that it takes to see what may be left out
Tile = tuple[Block, Block, TileBounds]


def scan(cascade: Cascade, agenda: Agenda, candidates: Candidates, pool: Executor, progress: FractionProgress) -> None:
    """Add to the candidates from all tiles but those that are farther apart than all bounds of their lines.

    A tile sees the bounds of the tiles a fixed number before it and no others, whatever the threads do; so every number is
    reproducible.
    """
    cut = agenda.cut
    number = {block.start: k for k, block in enumerate(cut)}
    farthest = np.array([candidates.upper[block.where].max() for block in cut])
    sizes = [block.stop - block.start for block in cut]
    bounds: dict[int, FloatArray] = {}
    balls = agenda.balls if cascade.prefilter is None else None

    def known(k: int) -> FloatArray:
        """Return a copy of a block's bounds; the same one until a tile of the block has yielded, so that it is sent once."""
        if k not in bounds:
            bounds[k] = candidates.upper[cut[k].where].copy()
        return bounds[k]

    def tasks() -> Iterator[Tile]:
        for done, ((a, b), gap) in enumerate(zip(agenda.ends.tolist(), agenda.gaps.tolist(), strict=True)):
            if gap <= farthest[a] or gap <= farthest[b]:
                worth = gap > 0.0 and sizes[a] * sizes[b] > SMALL
                view = balls.view(a, b, candidates.slack) if balls is not None and worth else None
                yield cut[a], cut[b], TileBounds(known(a), known(b), candidates.slack, view)
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
    if known.view is None:
        return _scanned(cascade, rows, cols, known, (rows.where, cols.where))
    x, y = cascade.frame.scaled(rows.where), cascade.frame.scaled(cols.where)
    i, j = known.view.near(x, y, known.rows, known.cols)
    if 2 * len(i) * len(j) > len(known.rows) * len(known.cols):
        return _scanned(cascade, rows, cols, known, (rows.where, cols.where))
    row_upper, col_upper = known.rows.copy(), known.cols.copy()
    none = np.empty(0, dtype=np.int64)
    if not (len(i) and len(j)):
        return TileResult(rows.where, cols.where, row_upper, col_upper, none, none, np.empty(0))
    lines = i + rows.start, j + cols.start
    part = _scanned(cascade, rows, cols, replace(known, rows=known.rows[i], cols=known.cols[j]), lines)
    row_upper[i], col_upper[j] = part.row_upper, part.col_upper
    return replace(part, row_upper=row_upper, col_upper=col_upper)


def _scanned(cascade: Cascade, rows: Block, cols: Block, known: TileBounds, lines: tuple[Lines, Lines]) -> TileResult:
    """Return what these rows and columns of a tile yield, by one stage after the other."""
    few, (own, others) = 4 * (len(known.rows) + len(known.cols)), lines
    for stage in cascade.stages:
        g = stage.entries(own, others)
        if rows is cols:
            mask_classes(g, rows)
        by_row = _hits_of(g, 0, stage.envelope(own, others), known.rows, known.slack)
        by_col = _hits_of(g, 1, stage.envelope(others, own), known.cols, known.slack)
        if by_row.count() + by_col.count() <= few or stage is cascade.stages[-1]:
            break
    (i, j, low), (col, row, col_low) = by_row.pairs(), by_col.pairs()
    row_at, col_at = positions(own), positions(others)
    return TileResult(
        rows.where,
        cols.where,
        by_row.upper,
        by_col.upper,
        np.concatenate([row_at[i], col_at[col]]),
        np.concatenate([col_at[j], row_at[row]]),
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
