"""How often a ray crosses a closed surface and a ring passes through another, modulo 2, in exact rationals."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TypeVar

from logwidth.certify.lower_bounds.topology.covered import Point
from logwidth.certify.lower_bounds.topology.solving import solved

Part = TypeVar("Part")
DIRECTIONS = 20  # tries of a direction or apex in general position; almost every one is


def is_closed(faces: Sequence[tuple[int, ...]]) -> bool:
    """Whether every side of a face belongs to an even number of faces, as it does in a closed surface.

    >>> is_closed([(0, 1), (1, 2), (2, 0)]), is_closed([(0, 1), (1, 2)])
    (True, False)
    """
    sides = Counter(frozenset(side) for face in faces for side in itertools.combinations(face, len(face) - 1))
    return all(count % 2 == 0 for count in sides.values())


def is_enclosed(point: Point, faces: Sequence[Sequence[Point]]) -> bool:
    """Whether a ray from the point crosses the faces of a closed surface an odd number of times; False: not shown.

    Only rays in general position decide: they meet no side of a face and no face along itself.
    """
    for direction in _general(len(point)):
        sides = {corner: _beside(point, direction, corner) for face in faces for corner in face}
        near = [face for face in faces if not _misses([sides[corner] for corner in face])]
        crossed = [_crosses(point, direction, face) for face in near]
        if None not in crossed:
            return sum(map(bool, crossed)) % 2 == 1
    return False


def are_linked(first: Sequence[Point], second: Sequence[Point]) -> bool:
    """Whether two closed polygons of R³ have an odd linking number; False: not shown.

    The cone over one from an apex in general position is crossed by the edges of the other that many times.
    """
    for direction in _general(3):
        for ring, other in ((first, second), (second, first)):
            apex = tuple(a + step for a, step in zip(ring[0], direction, strict=True))
            parity = _crossings(apex, ring, other)
            if parity is not None:
                return parity % 2 == 1
    return False


def _general(dimension: int) -> Iterator[Point]:
    """Yield directions on a curve of which no plane through 0 holds more than `dimension` points."""
    for n in range(1, DIRECTIONS + 1):
        start = Fraction(2 * n + 1, 7)
        yield tuple(start**power for power in range(dimension))


def _beside(point: Point, direction: Point, corner: Point) -> tuple[int, ...]:
    """Return on which sides of some hyperplanes through the ray a corner lies, and of the one across its start."""
    step = [a - b for a, b in zip(corner, point, strict=True)]
    turned = (direction[0] * step[i] - direction[i] * step[0] for i in range(1, len(step)))
    along = sum((a * b for a, b in zip(step, direction, strict=True)), Fraction(0))
    return (*((value > 0) - (value < 0) for value in turned), -1 if along < 0 else 0)


def _misses(sides: Sequence[tuple[int, ...]]) -> bool:
    """Whether all corners lie strictly on one side of one of the hyperplanes: then the ray does not meet their hull."""
    return any(abs(sum(column)) == len(sides) for column in zip(*sides, strict=True))


def _crosses(point: Point, direction: Point, face: Sequence[Point]) -> bool | None:
    """Whether `point + t direction`, t > 0, meets the inside of a simplex; None where that is not in general position."""
    dimension = len(point)
    matrix = [[corner[i] for corner in face] + [-direction[i]] for i in range(dimension)]
    matrix.append([Fraction(1)] * dimension + [Fraction(0)])
    found = solved(matrix, [*point, Fraction(1)])
    if found is None or min(found) < 0:
        return None if found is None else False
    return True if all(found) else None


def _crossings(apex: Point, ring: Sequence[Point], other: Sequence[Point]) -> int | None:
    """Return how many edges of `other` cross the cone over `ring`; None where something is not in general position."""
    count = 0
    for a, b in _edges(ring):
        sides = [_side(apex, a, b, corner) for corner in other]
        if 0 in sides:
            return None
        for (start, end), (before, after) in zip(_edges(other), _edges(sides), strict=True):
            if before != after:
                turns = {_side(start, end, apex, a), _side(start, end, a, b), _side(start, end, b, apex)}
                if 0 in turns:
                    return None
                count += len(turns) == 1
    return count


def _edges(ring: Sequence[Part]) -> list[tuple[Part, Part]]:
    return list(zip(ring, [*ring[1:], ring[0]], strict=True))


def _side(a: Point, b: Point, c: Point, d: Point) -> int:
    """Return the sign of the determinant of `b − a`, `c − a`, `d − a`."""
    u, v, w = ([y - x for x, y in zip(a, corner, strict=True)] for corner in (b, c, d))
    value = u[0] * (v[1] * w[2] - v[2] * w[1]) - u[1] * (v[0] * w[2] - v[2] * w[0]) + u[2] * (v[0] * w[1] - v[1] * w[0])
    return (value > 0) - (value < 0)
