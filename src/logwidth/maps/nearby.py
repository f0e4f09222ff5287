"""The shortest opposite pairs of an image: where constraint generation gets its constraints."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logwidth.maps.preserving import FloatArray
from logwidth.maps.scene import IntArray

BLOCK_ENTRIES = 2**22
SINGLE_LIMIT = 2000.0
FAR = 1e120


def shortest_pairs(images: FloatArray, labels: IntArray, limit: int) -> IntArray:
    """Return about `limit` opposite pairs `i < j` that are closest in the image, sorted, as an (n, 2) array.

    `images` are in units of δ. Heuristic: squares are taken in float32 where its error stays below about 1e-4 δ², so
    near ties at the cut may fall either way. Every pair is visited once (samples sorted by class, each row block
    against the later classes), in blocks of bounded memory.
    """
    order = np.argsort(labels, kind="stable")
    sorted_labels = labels[order]
    Z = _compact(images[order])
    squares = np.einsum("ij,ij->i", Z, Z)
    basket = _Basket(limit)
    for start, stop, end in _row_blocks(sorted_labels):
        gaps = squares[start:stop, None] - 2.0 * (Z[start:stop] @ Z[end:].T) + squares[None, end:]
        basket.take(gaps, start, end)
    i, j = order[basket.i], order[basket.j]
    pairs = np.stack([np.minimum(i, j), np.maximum(i, j)], axis=1)
    return unique_pairs(pairs, len(labels))


def _compact(images: FloatArray) -> NDArray[np.floating]:
    """Return the images in float32 if they are close enough to the origin, clipped where squares would overflow."""
    largest = min(float(np.abs(images).max()), FAR)
    if images.shape[1] * largest**2 < SINGLE_LIMIT:
        return images.astype(np.float32)
    return np.clip(images, -FAR, FAR)


def unique_pairs(pairs: IntArray, n_samples: int) -> IntArray:
    """Return the distinct rows of an (n, 2) array of pairs of samples, sorted."""
    keys = np.unique(pairs[:, 0] * n_samples + pairs[:, 1])
    return np.stack([keys // n_samples, keys % n_samples], axis=1)


def _row_blocks(sorted_labels: IntArray) -> list[tuple[int, int, int]]:
    """Return `(start, stop, end)`: rows of one class against the columns from `end`, the end of that class."""
    n = len(sorted_labels)
    ends = np.append(np.flatnonzero(np.diff(sorted_labels)) + 1, n)
    blocks = []
    first = 0
    for end in ends[:-1]:
        rows = max(1, BLOCK_ENTRIES // (n - int(end)))
        blocks += [(start, min(start + rows, int(end)), int(end)) for start in range(first, int(end), rows)]
        first = int(end)
    return blocks


@dataclass
class _Basket:
    """Keeps the `limit` smallest entries of the blocks it is shown."""

    limit: int
    threshold: float = np.inf
    i: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    j: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    gaps: NDArray[np.floating] = field(default_factory=lambda: np.empty(0, dtype=np.float32))

    def take(self, block: NDArray[np.floating], row: int, column: int) -> None:
        flat = block.ravel()
        chosen = np.flatnonzero(flat <= self.threshold)
        if len(chosen) > self.limit:
            chosen = np.sort(chosen[np.argpartition(flat[chosen], self.limit)[: self.limit]])
        rows, columns = np.divmod(chosen, block.shape[1])
        self.i = np.concatenate([self.i, rows + row])
        self.j = np.concatenate([self.j, columns + column])
        self.gaps = np.concatenate([self.gaps, flat[chosen]])
        self._shrink()

    def _shrink(self) -> None:
        if len(self.gaps) < self.limit:
            return
        kept = np.argpartition(self.gaps, self.limit - 1)[: self.limit]
        self.i, self.j, self.gaps = self.i[kept], self.j[kept], self.gaps[kept]
        self.threshold = float(self.gaps.max())
