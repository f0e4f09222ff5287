"""Simplices that balls around their corners cover, decided in exact rationals."""

import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.lower_bounds.topology.solving import solved
from logwidth.dataset import Dataset
from logwidth.rounding import fraction
from logwidth.types import FloatArray, IntArray

Point = tuple[Fraction, ...]


def varying_features(data: Dataset) -> IntArray:
    """Return the numbers of the features that do not have one and the same value in all samples."""
    return np.flatnonzero((data.points != data.points[:1]).any(axis=0))


def one_per_cell(points: FloatArray, rows: IntArray, radius: float) -> IntArray:
    """Return one of the samples `rows` in each cell of a grid of side radius/2: fewer, nearly as dense for their balls."""
    cells = np.floor(points[rows] / (0.5 * radius))
    return np.asarray(rows[np.sort(np.unique(cells, axis=0, return_index=True)[1])])


def exact_point(row: NDArray[np.float64]) -> Point:
    """Return the coordinates of a sample as fractions."""
    return tuple(fraction(value) for value in row)


def is_segment_covered(first: Point, second: Point, radius: Fraction, norm: float) -> bool:
    """Whether lp balls of `radius` around both ends cover the segment: `‖b − a‖_p ≤ 2 radius`.

    Exact for p ∈ {1, 2, ∞}; for other p decided by a larger norm, ℓ1 or ℓ2, so that True is always right.
    """
    gaps = [abs(b - a) for a, b in zip(first, second, strict=True)]
    return length_within(gaps, 2 * radius, norm)


def is_simplex_covered(corners: Sequence[Point], radius: Fraction, norm: float) -> bool:
    """Whether lp balls of `radius` around the corners are shown to cover their convex hull; False means: not shown.

    If all corners v lie within r of one point c in ℓ2, balls of radius r around them cover their hull: for `z = Σ λ_v v`,
    `Σ λ_v |z − v|² = Σ λ_v |c − v|² − |z − c|² ≤ r²`, so some `|z − v| ≤ r`. The least such r is that of the smallest ball
    around the corners. An ℓ2 ball of radius r lies in the lp ball of radius r for p ≥ 2, and of radius `√d r` for p ≥ 1.
    """
    if len(corners) == 2:
        return is_segment_covered(corners[0], corners[1], radius, norm)
    larger = 1 if norm >= 2.0 else len(corners[0])
    most = radius * radius / larger
    centre = _near_centre(corners)
    if centre is not None and all(squared_distance(centre, corner) <= most for corner in corners):
        return True
    return smallest_ball_square(corners) <= most


def smallest_ball_square(corners: Sequence[Point]) -> Fraction:
    """Return the square of the radius of the smallest ℓ2 ball around a few points.

    It is the least circumscribed ball of some of them that holds the others.

    >>> smallest_ball_square([(Fraction(0), Fraction(0)), (Fraction(2), Fraction(0)), (Fraction(1), Fraction(1, 2))])
    Fraction(1, 1)
    """
    found = []
    for size in range(1, len(corners) + 1):
        for some in itertools.combinations(corners, size):
            centre = _circumcentre(some)
            if centre is not None:
                square = squared_distance(centre, some[0])
                if all(squared_distance(centre, corner) <= square for corner in corners):
                    found.append(square)
    return min(found)


def squared_distance(first: Point, second: Point) -> Fraction:
    """Return `|a − b|²`."""
    return sum(((a - b) ** 2 for a, b in zip(first, second, strict=True)), Fraction(0))


def length_within(gaps: Sequence[Fraction], radius: Fraction, norm: float) -> bool:
    """Return whether `‖gaps‖_p ≤ radius`, exactly for p ∈ {1, 2, ∞}; other p by the larger ℓ1 or ℓ2 norm."""
    if np.isinf(norm):
        return max(gaps) <= radius
    if norm >= 2.0:
        return sum((g * g for g in gaps), Fraction(0)) <= radius * radius
    return sum(gaps, Fraction(0)) <= radius


def _near_centre(corners: Sequence[Point]) -> Point | None:
    """Return a point near the circumcentre, found in floats, or near the middle of the longest edge if that is nearer."""
    points = np.array([[float(value) for value in corner] for corner in corners])
    steps = points[1:] - points[0]
    shares = np.linalg.lstsq(2.0 * steps @ steps.T, (steps * steps).sum(axis=1), rcond=None)[0]
    ends = max(itertools.combinations(points, 2), key=lambda pair: float(np.linalg.norm(pair[0] - pair[1])))
    found = min(
        (points[0] + shares @ steps, (ends[0] + ends[1]) / 2.0),
        key=lambda centre: float(np.linalg.norm(points - centre, axis=1).max()),
    )
    return exact_point(found) if np.isfinite(found).all() else None


def _circumcentre(corners: Sequence[Point]) -> Point | None:
    """Return the point of the corners' affine hull that is equally far from all, None where their hull is too small."""
    base, *others = corners
    steps = [[a - b for a, b in zip(corner, base, strict=True)] for corner in others]
    gram = [[_dot(row, column) for column in steps] for row in steps]
    shares = solved(gram, [gram[i][i] / 2 for i in range(len(gram))])
    if shares is None:
        return None
    moves = [_dot(shares, [step[i] for step in steps]) for i in range(len(base))]
    return tuple(b + move for b, move in zip(base, moves, strict=True))


def _dot(first: Sequence[Fraction], second: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(first, second, strict=True)), Fraction(0))
