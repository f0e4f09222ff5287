"""The shortest opposite pairs of an image: where constraint generation gets its constraints."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from logwidth.compute.threads import thread_pool
from logwidth.separation.blocks import Block, blocks, class_order, tiles
from logwidth.types import FloatArray, IntArray

SIDE = 1024
SINGLE_LIMIT = 2000.0
FAR = 1e120
SHRINK_FACTOR = 4

Entries = NDArray[np.floating]


def shortest_pairs(images: FloatArray, labels: IntArray, limit: int, known: IntArray | None = None) -> IntArray:
    """Return about `limit` opposite pairs `i < j` that are closest in the image, sorted, as an (n, 2) array.

    `images` are in units of δ. Heuristic: squares are taken in float32 where its error stays below about 1e-4 δ², so
    near ties at the cut may fall either way. Every pair is visited once, by matrix products of augmented rows
    `[−2z, 1, ‖z‖²] · [z', ‖z'‖², 1]` on tiles in class order, side by side on the cores; the result does not depend
    on the number of threads. Some `known` opposite pairs, at least `limit` of them, save time: no pair farther than the
    farthest of the closest is looked at.
    """
    order, counts = class_order(labels)
    scan = _Scan(_compact(images[order]), _Smallest(limit, len(labels), _reach(images, known, limit)))
    work = list(tiles(blocks(counts, SIDE)))
    if len(work) <= 2:
        scan.visit(work)
    else:
        with thread_pool() as pool:
            for _ in pool.map(scan.visit, ([tile] for tile in work)):
                pass
    i, j = (order[end] for end in np.divmod(scan.found.smallest(), len(labels)))
    return unique_pairs(np.stack([np.minimum(i, j), np.maximum(i, j)], axis=1), len(labels))


def unique_pairs(pairs: IntArray, n_samples: int) -> IntArray:
    """Return the distinct rows of an (n, 2) array of pairs of samples, sorted."""
    keys = np.unique(pairs[:, 0] * n_samples + pairs[:, 1])
    return np.stack([keys // n_samples, keys % n_samples], axis=1)


def _reach(images: FloatArray, known: IntArray | None, limit: int) -> float:
    """Return a square that at least `limit` pairs do not exceed, with room for rounding, if the known pairs show one."""
    if known is None or len(known) < limit:
        return math.inf
    gaps = images[known[:, 0]] - images[known[:, 1]]
    squares = np.partition(np.einsum("ij,ij->i", gaps, gaps), limit - 1)
    return float(squares[limit - 1]) * (1.0 + 1e-3) + 1e-3


def _compact(images: FloatArray) -> Entries:
    """Return the images in float32 if they are close enough to the origin, clipped where squares would overflow."""
    largest = min(float(np.abs(images).max()), FAR)
    if images.shape[1] * largest**2 < SINGLE_LIMIT:
        return images.astype(np.float32)
    return np.clip(images, -FAR, FAR)


@dataclass
class _Smallest:
    """Keeps the `limit` smallest entries that it is shown; equal ones in the order of their keys `i·n + j`.

    No entry above `threshold` is needed any more; so the order in which the entries arrive does not matter.
    """

    limit: int
    n_samples: int
    threshold: float
    held: int = 0
    keys: list[IntArray] = field(default_factory=list)
    gaps: list[Entries] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def take(self, keys: IntArray, gaps: Entries) -> None:
        with self.lock:
            self.keys.append(keys)
            self.gaps.append(gaps)
            self.held += len(keys)
            if self.held > SHRINK_FACTOR * self.limit:
                self._shrink()

    def smallest(self) -> IntArray:
        self._shrink()
        return self.keys[0]

    def _shrink(self) -> None:
        keys, gaps = np.concatenate(self.keys), np.concatenate(self.gaps)
        kept = _first(gaps, keys, self.limit)
        self.keys, self.gaps, self.held = [keys[kept]], [gaps[kept]], len(kept)
        if len(kept) >= self.limit:
            self.threshold = min(self.threshold, float(gaps[kept].max()))


@dataclass(frozen=True)
class _Scan:
    """The images in class order and the smallest squares met so far."""

    images: Entries
    found: _Smallest
    left: Entries = field(init=False)
    right: Entries = field(init=False)

    def __post_init__(self) -> None:
        Z = self.images
        squares = np.einsum("ij,ij->i", Z, Z)[:, None]
        object.__setattr__(self, "left", np.hstack([-2.0 * Z, np.ones_like(squares), squares]).astype(Z.dtype))
        object.__setattr__(self, "right", np.hstack([Z, squares, np.ones_like(squares)]))

    def visit(self, work: Iterable[tuple[Block, Block]]) -> None:
        for rows, columns in work:
            gaps = self.left[rows.where] @ self.right[columns.where].T
            if rows is columns:
                _mask(gaps, rows)
            flat = gaps.ravel()
            hits = np.flatnonzero(flat <= self.found.threshold) if math.isfinite(self.found.threshold) else _finite(flat)
            if len(hits) > self.found.limit:
                hits = hits[_first(flat[hits], hits, self.found.limit)]
            if len(hits):
                i, j = np.divmod(hits, gaps.shape[1])
                self.found.take((i + rows.start) * self.found.n_samples + j + columns.start, flat[hits])


def _finite(flat: Entries) -> IntArray:
    return np.flatnonzero(flat < np.inf)


def _mask(gaps: Entries, block: Block) -> None:
    """Leave out pairs of one class and the second visit of the others."""
    gaps[np.tri(len(gaps), dtype=bool)] = np.inf
    for a, b in block.runs:
        gaps[a:b, a:b] = np.inf


def _first(gaps: Entries, keys: IntArray, limit: int) -> IntArray:
    """Return where the `limit` smallest gaps are, the smaller key first among equals."""
    if len(gaps) <= limit:
        return np.arange(len(gaps))
    cut = np.partition(gaps, limit - 1)[limit - 1]
    near = np.flatnonzero(gaps <= cut)
    return np.asarray(near[np.lexsort((keys[near], gaps[near]))[:limit]])
