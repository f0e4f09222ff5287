"""Points inside given balls, and the nearest input with another label: along directions, and by walks along the boundary."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.attack.classifier import Classifier
from logwidth.norms import lengths
from logwidth.types import BoolArray, FloatArray, IndexArray, IntArray

EDGE = 1.0 - 2.0**-20
SURE = 1.0 - 2.0**-40
SECTIONS = 15
NEAR_ONE = np.sort(np.concatenate([1 - 2.0 ** -np.arange(4, 26, 3), [1.0], 1 + 2.0 ** -np.arange(2, 26.0)]))


def inside_points(
    centre: FloatArray, radius: float, norm: float, towards: FloatArray, dtype: np.dtype, rng: np.random.Generator
) -> Iterator[FloatArray]:
    """Yield blocks of inputs of the format `dtype` inside `B_p(centre, radius)`, without end.

    The first block goes along the given directions `(k, d)`, to the edge of the ball and a little within; then their
    neighbours in the float format with signed zeros and subnormal numbers, extreme points of the ball, random points.
    Only points whose distance, with its rounding, is below the radius are yielded.
    """
    d = centre.size
    size = lengths(towards, norm) if len(towards) else np.zeros(0)
    known = towards[size > 0] / size[size > 0, None]
    while True:
        spread = rng.normal(size=(16, d))
        mixed = known[rng.integers(len(known), size=16)] + 0.3 * spread / np.sqrt(d) if len(known) else spread
        directions = np.concatenate([known, mixed, spread, _corners(d, norm, rng)])
        directions /= lengths(directions, norm)[:, None]
        shares = np.concatenate([np.full(len(known), EDGE), rng.uniform(0.9, EDGE, len(directions) - len(known))])
        points = centre + radius * shares[:, None] * directions
        yield _within(np.concatenate([points.astype(dtype), _neighbours(points, centre, dtype, rng)]), centre, radius, norm)


def _corners(d: int, norm: float, rng: np.random.Generator) -> FloatArray:
    """Return extreme points of the unit ball for p = 1 and ∞, and faces of the cube for other p."""
    if norm == 1.0:
        which, signs = rng.integers(d, size=16), rng.choice([-1.0, 1.0], size=16)
        return np.asarray(np.eye(d)[which] * signs[:, None])
    return np.asarray(rng.choice([-1.0, 1.0], size=(16, d)))


def _neighbours(points: FloatArray, centre: FloatArray, dtype: np.dtype, rng: np.random.Generator) -> NDArray[np.floating]:
    """Return the points with coordinates moved to adjacent floats; near zero some are signed zeros or subnormal numbers."""
    rows: NDArray[np.floating] = points.astype(dtype)
    moved = np.nextafter(rows, (np.inf * rng.choice([-1, 1], size=rows.shape)).astype(dtype))
    moved = np.where(rng.random(rows.shape) < 0.5, moved, rows)
    tiny = np.finfo(dtype).smallest_subnormal * rng.integers(-4, 5, size=rows.shape).astype(dtype)
    small = np.where(tiny == 0, dtype.type(-0.0), tiny)
    near_zero = (np.abs(centre) < 1e-6)[None, :] & (rng.random(rows.shape) < 0.3)
    return np.where(near_zero | (np.abs(moved) < 1e-30), small, moved).astype(dtype)


def _within(points: NDArray[np.floating], centre: FloatArray, radius: float, norm: float) -> FloatArray:
    rows = points.astype(np.float64)
    shift = rows - centre
    scale = float(np.abs(shift).max(initial=0.0)) or 1.0
    kept: FloatArray = rows[lengths(shift / scale, norm) * scale <= radius * SURE]
    return kept


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
