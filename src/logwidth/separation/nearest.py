"""Nearest differently labelled sample of every sample, with rigorous bounds."""

import math
from dataclasses import dataclass, field

import numpy as np

from logwidth.errors import InputError
from logwidth.separation.blocks import blocks, class_order, tiles
from logwidth.separation.ledger import Ledger
from logwidth.separation.recheck import Rechecker
from logwidth.separation.scan import scan
from logwidth.separation.stages import stages
from logwidth.separation.types import FloatArray, IntArray, Progress


@dataclass(frozen=True)
class NearestOpposite:
    """Proven bounds on `D_i = min { ‖x_i − x_j‖_p : y_j ≠ y_i }` of every sample, the stored floats taken as exact.

    `lower[i] ≤ D_i ≤ ‖x_i − x_neighbor[i]‖_p ≤ upper[i]`; the relative gap is about `2d · 2⁻⁵³`. `close` lists, as
    rows `(i, j)` with `i < j`, opposite pairs among which is one that attains `min_i D_i`.
    """

    norm: float
    lower: FloatArray
    upper: FloatArray
    neighbor: IntArray
    close: IntArray = field(repr=False)


def nearest_opposite(
    points: FloatArray,
    labels: IntArray,
    norm: float = 2.0,
    *,
    memory_bytes: int = 2**30,
    progress: Progress | None = None,
) -> NearestOpposite:
    """Return the nearest differently labelled sample of every sample.

    Shapes: points (N, d) float64, labels (N,). All pairs of different classes are scanned once in tiles: for ℓ2 by
    float32 matrix products with an a-priori error bound, other norms by differences. Only pairs that the bounds
    cannot exclude are computed again in float64; ties go to the smaller index. Working memory is about `memory_bytes`
    beyond the input and one float32 copy. The result depends neither on the number of threads nor on the tiles. For p
    other than 1, 2 and ∞ the bounds trust the platform's pow to 4 ulp.

    Raises InputError for non-finite points or fewer than two classes.

    >>> nearest_opposite(np.array([[0.0], [3.0], [5.0]]), np.array([0, 1, 1])).neighbor
    array([1, 0, 0])
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    order, counts = class_order(np.asarray(labels))
    _check(points, order, counts)
    recheck = Rechecker(points, norm, memory_bytes)
    work = list(tiles(blocks(counts, _side(points.shape[1], memory_bytes))))
    ledger = Ledger(order, recheck, max(4096, memory_bytes // 256))
    scan(stages(points, order, recheck.scale, norm), work, ledger, progress)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    lower, upper = recheck.bounds(ledger.best[back])
    return NearestOpposite(norm, lower, upper, ledger.neighbor[back], ledger.close)


def _side(d: int, memory_bytes: int) -> int:
    """Return the side of a tile: entries, masks and candidates of a few tiles must fit, and their float64 rows."""
    return max(16, min(1024, math.isqrt(memory_bytes // 800), memory_bytes // (200 * max(1, d))))


def _check(points: FloatArray, order: IntArray, counts: IntArray) -> None:
    if points.ndim != 2 or len(order) != len(points):
        raise InputError(f"points must be (N, d) with N labels, not {points.shape} with {len(order)} labels")
    if len(counts) < 2:
        raise InputError(f"distances between classes need samples of at least two classes, not {len(counts)}")
    if not np.isfinite([points.max(initial=0.0), points.min(initial=0.0)]).all():
        raise InputError("points must be finite; remove or replace nan and infinite values")
