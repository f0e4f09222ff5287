"""The nearest input with another label: along given directions, and by walks along the boundary."""

from dataclasses import dataclass

import numpy as np

from logwidth.attack.classifier import Classifier
from logwidth.norms import lengths
from logwidth.types import BoolArray, FloatArray, IndexArray, IntArray

SECTIONS = 15
NEAR_ONE = np.sort(np.concatenate([1 - 2.0 ** -np.arange(4, 26, 3), [1.0], 1 + 2.0 ** -np.arange(2, 26.0)]))


@dataclass(eq=False)
class Nearest:
    """Per sample the nearest input with another label found so far: `points` `(n, d)`, as the network reads them.

    `distance` `(n,)` is in float64 and only for choosing (∞: none found yet).
    """

    points: FloatArray
    distance: FloatArray

    def offer(self, rows: IndexArray, points: FloatArray, distance: FloatArray) -> None:
        """Keep what is nearer."""
        better = distance < self.distance[rows]
        self.points[rows[better]] = points[better]
        self.distance[rows[better]] = distance[better]


class BoundarySearch:
    """The search around samples `centres` `(n, d)` with class indices `labels`, in ℓp."""

    def __init__(self, classifier: Classifier, centres: FloatArray, labels: IntArray, norm: float) -> None:
        self.classifier, self.centres, self.labels, self.norm = classifier, centres, labels, norm
        self.nearest = Nearest(centres.copy(), np.full(len(centres), np.inf))

    def along(self, rows: IndexArray, steps: FloatArray, shares: FloatArray, rounds: int = 4) -> None:
        """Look for the first other label at `x + t·step`, `t` in rising `shares`, then section the interval before it."""
        grid = np.broadcast_to(shares, (len(rows), len(shares)))
        low = np.zeros(len(rows))
        for _ in range(rounds):
            low, high, found = self._first(rows, steps, grid, low)
            rows, steps, low, high = rows[found], steps[found], low[found], high[found]
            if not rows.size:
                return
            parts = np.arange(1, SECTIONS + 1) / SECTIONS
            grid = low[:, None] + (high - low)[:, None] * parts[None, :]

    def _first(
        self, rows: IndexArray, steps: FloatArray, grid: FloatArray, low: FloatArray
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        points = self.centres[rows][:, None, :] + grid[:, :, None] * steps[:, None, :]
        points = points.astype(self.classifier.dtype).astype(np.float64)
        flat = points.reshape(-1, points.shape[2])
        other = (self.classifier.classes(flat) != np.repeat(self.labels[rows], grid.shape[1])).reshape(grid.shape)
        found, at = other.any(axis=1), np.argmax(other, axis=1)
        here = np.arange(len(rows))
        size = lengths(points[here, at] - self.centres[rows], self.norm)
        self.nearest.offer(rows[found], points[here, at][found], size[found])
        return np.where(at > 0, grid[here, np.maximum(at - 1, 0)], low), grid[here, at], found

    def boundary_walk(self, rounds: int, rng: np.random.Generator) -> None:
        """Step along the boundary: a random turn of the nearest input found, a little nearer; steps adapt to success."""
        rows = np.flatnonzero(np.isfinite(self.nearest.distance) & (self.nearest.distance > 0))
        turn, pull = np.full(len(rows), 0.3), np.full(len(rows), 0.03)
        for _ in range(rounds if rows.size else 0):
            offset = self.nearest.points[rows] - self.centres[rows]
            noise = rng.normal(size=offset.shape)
            noise *= (np.linalg.norm(offset, axis=1) / np.linalg.norm(noise, axis=1) * turn)[:, None]
            tried = offset + noise
            size = lengths(tried, self.norm)
            tried *= ((1 - pull) * self.nearest.distance[rows] / size)[:, None]
            points = (self.centres[rows] + tried).astype(self.classifier.dtype).astype(np.float64)
            other = self.classifier.classes(points) != self.labels[rows]
            distance = lengths(points - self.centres[rows], self.norm)
            self.nearest.offer(rows[other], points[other], distance[other])
            turn *= np.where(other, 1.2, 0.9)
            pull *= np.where(other, 1.3, 0.85)
            np.clip(turn, 1e-6, 1.0, out=turn)
            np.clip(pull, 1e-9, 0.5, out=pull)


def towards_others(data_points: FloatArray, labels: IntArray, i: int, norm: float, most: int) -> FloatArray:
    """Return the differences `(≤ most, d)` to the nearest samples of other classes."""
    shift = data_points[labels != labels[i]] - data_points[i]
    distance = lengths(shift, norm)
    nearest: FloatArray = shift[np.argsort(distance, kind="stable")[:most]]
    return nearest
