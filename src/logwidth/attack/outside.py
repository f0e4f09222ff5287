"""Points inside given balls, points far from all samples, and the nearest input with another label."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.attack.classifier import Classifier
from logwidth.certify import Rejection, beyond_points, is_beyond
from logwidth.dataset import Dataset
from logwidth.norms import lengths
from logwidth.types import BoolArray, FloatArray, IndexArray, IntArray

EDGE = 1.0 - 2.0**-20
SURE = 1.0 - 2.0**-40
SECTIONS = 15
NEAR_ONE = np.sort(np.concatenate([1 - 2.0 ** -np.arange(4, 26, 3), [1.0], 1 + 2.0 ** -np.arange(2, 26.0)]))
NEAR = (1 + 1e-6, 1 + 2.0**-20, 1.01, 2.0, 1e2, 1e4)
SAMPLES, WAYS, RANDOM = 32, 16, 256


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


@dataclass(frozen=True, eq=False)
class FarAttack:
    """How many inputs beyond the radius were tried, and those that got another output than none, `broken` `(k, d)`."""

    evaluations: int
    changes: int
    broken: FloatArray


def attack_far(
    classifier: Classifier, data: Dataset, claim: Rejection, norm: float, weights: FloatArray, evaluations: int, rng: int = 0
) -> FarAttack:
    """Try about `evaluations` inputs beyond the radius of a claim: along features, to corners, along kernels, near samples.

    `weights` `(m, d)` are those of the first layer: what they tell apart least is followed farthest. That an input is
    beyond the radius is decided exactly where its output is another than none.
    """
    tried, broken = 0, list[FloatArray]()
    for points in _blocks(data, claim, norm, weights, classifier.dtype, rng):
        if tried >= evaluations:
            break
        part = points[: evaluations - tried]
        tried += len(part)
        outputs = classifier.outputs(part)
        wrong = outputs.reshape(len(part), -1)[:, 0].astype(np.float64) != claim.value
        inside = (np.abs(part) <= claim.inputs_upper).all(axis=1)
        broken += [point for point in part[wrong & inside] if is_beyond(point, data, claim.radius, norm)]
    return FarAttack(tried, len(broken), np.array(broken).reshape(-1, data.n_features))


def _blocks(
    data: Dataset, claim: Rejection, norm: float, weights: FloatArray, dtype: np.dtype, rng: int
) -> Iterator[FloatArray]:
    """Yield inputs of the format, of which all but a few are beyond the radius."""
    yield _kernel(data, claim, norm, weights, dtype)
    draw, d = np.random.default_rng(rng), data.n_features
    while True:
        yield beyond_points(data, claim.radius, norm, str(dtype), int(draw.integers(1 << 31)))
        rows = draw.integers(data.n_samples, size=(RANDOM, 2))
        towards = data.points[rows[:, 1]] - data.points[rows[:, 0]] + 1e-9 * draw.normal(size=(RANDOM, d))
        towards *= draw.choice([-1.0, 1.0], size=(RANDOM, 1)) / lengths(towards, norm)[:, None]
        yield _of_format(data.points[rows[:, 0]] + claim.radius * (1 + 1e-6) * towards, dtype)
        low, high = data.points.min(axis=0) - 2 * claim.radius, data.points.max(axis=0) + 2 * claim.radius
        yield _of_format(draw.uniform(low, high, size=(RANDOM, d)), dtype)


def _kernel(data: Dataset, claim: Rejection, norm: float, weights: FloatArray, dtype: np.dtype) -> FloatArray:
    """Return points away from samples along the directions that the first layer tells apart least, its kernel first."""
    scale = np.abs(weights).max(axis=1, keepdims=True)
    ways = np.linalg.svd(weights / np.where(scale > 0, scale, 1.0), full_matrices=True)[2][::-1][:WAYS]
    ways = np.concatenate([ways, -ways]) / lengths(np.concatenate([ways, ways]), norm)[:, None]
    rows = data.points[np.linspace(0, data.n_samples - 1, min(SAMPLES, data.n_samples)).astype(int)]
    shares = np.array(NEAR)[:, None, None, None]
    found = rows[None, :, None, :] + claim.radius * shares * ways[None, None, :, :]
    return _of_format(found.reshape(-1, data.n_features), dtype)


def _of_format(points: FloatArray, dtype: np.dtype) -> FloatArray:
    rounded = points.astype(dtype).astype(np.float64)
    return rounded[np.isfinite(rounded).all(axis=1)]
