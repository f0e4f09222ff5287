"""Two linked rings in space: as many units as features are too few (T18), with 14 samples and more."""

import math

import numpy as np

from logwidth.theory.sets.hard_set import HardSet, Made, Parameter


def _rings(n: int) -> Made:
    """Two regular polygons in unit circles, each through the other's centre; all opposite distances are at least 1."""
    angles = 2.0 * np.pi * np.arange(n) / n
    cos, sin, zero = np.cos(angles), np.sin(angles), np.zeros(n)
    points = np.vstack([np.column_stack([cos, sin, zero]), np.column_stack([1.0 - cos, zero, sin])])
    return points, np.repeat([0, 1], n)


def _rings_refuse(rank: int, n: int) -> float:
    """The ratio at which balls cover the edges; a map of rank 2 would give a network of width 3 (T5d).

    Corners are rounded: an edge of length 2π/n and more may be some 1e-15 longer, δ as much shorter.
    """
    return min(2.0 * math.sin(math.pi / n) * (1.0 + 1e-12 + n * 1e-15), 1.0) if rank < 3 else 1.0


RINGS = HardSet(
    "rings",
    "two linked regular polygons of n corners in space, one class each: width 4 is needed, and exists",
    {"n": Parameter(12, 7, 10**5)},
    _rings,
    _rings_refuse,
    "T18",
)
