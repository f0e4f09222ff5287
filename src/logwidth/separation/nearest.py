"""Nearest differently labelled sample of every sample, with rigorous bounds."""

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from operator import attrgetter

import numpy as np

from logwidth.compute.device import device_in_use
from logwidth.compute.memory import working_bytes
from logwidth.compute.threads import MOST_THREADS, thread_pool
from logwidth.errors import InputError
from logwidth.rounding import up
from logwidth.separation.balls import MOST_BLOCKS, Agenda
from logwidth.separation.blocks import Block, blocks, class_order
from logwidth.separation.candidates import Candidates
from logwidth.separation.cascade import cascade_of
from logwidth.separation.frame import Frame
from logwidth.separation.neighborhoods import in_neighborhoods
from logwidth.separation.principal import Directions, principal_directions
from logwidth.separation.recheck import Rechecker
from logwidth.separation.scan import scan
from logwidth.separation.tree import nearest_by_tree, tree_serves
from logwidth.types import FloatArray, FractionProgress, IntArray, silent

LEAST_CLASS = 64
LARGEST = 1024  # side of a tile
ENTRY, SHARED = 32, 48  # bytes of an entry of a tile, for every thread and beside


@dataclass(frozen=True)
class NearestOpposite:
    """Proven bounds on `D_i = min { ‖x_i − x_j‖_p : y_j ≠ y_i }` of every sample, the stored floats taken as exact.

    `lower[i] ≤ D_i ≤ ‖x_i − x_neighbor[i]‖_p ≤ upper[i]`; the relative gap is about `2d · 2⁻⁵³`. `close` lists, as
    rows `(i, j)` with `i < j`, the opposite pairs that may attain `min_i D_i`; if more than 4096 tie to the last digits
    it lists only 4096 of them, and `close_complete` is false.
    """

    norm: float
    lower: FloatArray
    upper: FloatArray
    neighbor: IntArray
    close: IntArray = field(repr=False)
    close_complete: bool = True


def nearest_opposite(
    points: FloatArray,
    labels: IntArray,
    norm: float = 2.0,
    *,
    memory_bytes: int | None = None,
    within: float = math.inf,
    progress: FractionProgress | None = None,
) -> NearestOpposite:
    """Return the nearest differently labelled sample of every sample.

    Shapes: points (N, d) float64, labels (N,). All pairs of different classes are scanned once in tiles: for ℓ2 by
    float32 matrix products with an a-priori error bound, first in a sketch of few dimensions where one pays
    (:class:`Sketch`), other norms by differences. Only pairs that the bounds cannot exclude are computed again in
    float64; ties go to the smaller index. Working memory is about `memory_bytes` (default: `working_bytes()`) beyond
    the input, one float32 copy and sketches of less than another. The result depends neither on the number of threads
    nor on the tiles, nor on the device of :func:`device_of`. For p other than 1, 2 and ∞ the bounds trust the platform's
    pow to 4 ulp.

    In ℓ∞ many samples of few features are looked up in a tree (:func:`nearest_by_tree`), to two floats; ties may then go to
    any of the nearest, and `close` is not complete.

    With `within` only nearer samples count, which is faster: where there is none at that distance or less, `lower` is
    `within`, `upper` infinite and `neighbor` −1, and `close` may be empty.

    Raises InputError for non-finite points or fewer than two classes.

    >>> nearest_opposite(np.array([[0.0], [3.0], [5.0]]), np.array([0, 1, 1])).neighbor
    array([1, 0, 0])
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    order, counts = class_order(np.asarray(labels))
    low, high = _range(points, order, counts)
    if tree_serves(points, np.asarray(labels), norm, within):
        lower, upper, neighbor, close = nearest_by_tree(points, np.asarray(labels))
        return NearestOpposite(norm, lower, upper, neighbor, close, close_complete=False)
    frame = Frame.fit(points, order, low, high)
    recheck = Rechecker(points, frame.scale, norm)
    memory_bytes = working_bytes() if memory_bytes is None else memory_bytes
    limit = up(within * frame.scale, 2)
    with thread_pool() as pool:
        classes = np.repeat(np.arange(len(counts)), counts)
        device = device_in_use() if norm == 2.0 else None
        found = principal_directions(frame, classes, limit) if norm == 2.0 and device is None else None
        large = found is not None or device is not None
        cuts = _cuts(counts, _side(points.shape[1], memory_bytes, large=large), norm)
        frame, agenda = _arranged(frame, cuts, found, (norm, limit), pool)
        candidates = Candidates(frame.order, recheck, pool, max(4096, memory_bytes // 256), limit)
        cascade = cascade_of(frame, found, norm, pool, device)
        scan(cascade, agenda if cascade.prefilter is None else agenda.nearest_first(), candidates, pool, progress or silent)
    back = np.argsort(frame.order)
    best = candidates.best[back]
    lower, upper = recheck.bounds(best)
    lower, upper = np.minimum(lower, within), np.where(np.isinf(best), np.inf, upper)
    return NearestOpposite(norm, lower, upper, candidates.neighbor[back], candidates.close, candidates.close_complete)


def share_within(points: FloatArray, labels: IntArray, within: float) -> float:
    """Return about which share of all pairs an ℓ2 scan of pairs up to the distance `within` looks at. No bound rests on it.

    What is left out are pairs of blocks that lie far apart (:class:`Balls`). Finite points (N, d), at least two classes.

    >>> share_within(np.array([[0.0], [1.0], [9.0], [9.5]]), np.array([0, 0, 1, 1]), 20.0)
    1.0
    """
    order, counts = class_order(labels)
    frame = Frame.fit(points, order, points.min(axis=0), points.max(axis=0))
    with thread_pool() as pool:
        cuts = _cuts(counts, LARGEST, 2.0)
        work = min(Agenda.of(frame, cut, 2.0, up(within * frame.scale, 2), pool).expense for cut in cuts)
    return min(1.0, 2.0 * work / len(points) ** 2)


def _side(d: int, memory_bytes: int, *, large: bool = False) -> int:
    """Return the side of a tile: entries, masks and candidates of a few tiles must fit, and their float64 rows.

    A sieve looks at some columns at a time, and a device elsewhere, for which `large` tiles are quicker; those that they
    refuse must fit all the same.
    """
    most, each = (2 * LARGEST, SHARED + ENTRY * MOST_THREADS) if large else (LARGEST, 800)
    return max(16, min(most, math.isqrt(memory_bytes // each), memory_bytes // (200 * max(1, d))))


def _cuts(counts: IntArray, side: int, norm: float) -> list[list[Block]]:
    """Return the ways to cut the samples that come into question.

    Blocks of the full side; for ℓ2 also blocks small enough for at least half of the classes to have their own, whose balls
    may lie apart, if these are not too small.
    """
    median = int(np.median(counts))
    apart = norm == 2.0 and median >= LEAST_CLASS and int(counts.sum()) <= MOST_BLOCKS * median and 2 * median <= side
    return [blocks(counts, size) for size in ((side, max(16, 2 * median - 1)) if apart else (side,))]


def _arranged(
    frame: Frame, cuts: list[list[Block]], found: Directions | None, ball: tuple[float, float], pool: Executor
) -> tuple[Frame, Agenda]:
    """Return the frame, in neighborhoods if directions were `found`, and the agenda of the cut that is likely the quickest.

    `ball` is the norm and the scaled distance within which pairs count.
    """
    cut: Sequence[Block] = cuts[0]
    if found is None or len(cuts) > 1:
        agenda = min((Agenda.of(frame, cut, *ball, pool) for cut in cuts), key=attrgetter("expense"))
        if found is None:
            return frame, agenda
        cut = agenda.cut
    frame = in_neighborhoods(frame, found.rows, cut, pool)
    return frame, Agenda.of(frame, cut, *ball, pool)


def _range(points: FloatArray, order: IntArray, counts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the least and the largest value of every column of usable points."""
    if points.ndim != 2 or len(order) != len(points) or points.shape[1] == 0:
        raise InputError(f"points must be (N, d), d >= 1, with N labels, not {points.shape} with {len(order)} labels")
    if len(counts) < 2:
        raise InputError(f"distances between classes need samples of at least two classes, not {len(counts)}")
    low, high = points.min(axis=0), points.max(axis=0)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise InputError("points must be finite; remove or replace nan and infinite values")
    return low, high
