"""Inputs inside given balls: worst directions, extreme points, random ones, and their neighbours in the float format."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from logwidth.norms import lengths
from logwidth.types import FloatArray

EDGE = 1.0 - 2.0**-20
SURE = 1.0 - 2.0**-40


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
