"""Sets of two parts: T3(c), nets on a sphere and in a ball of orthogonal subspaces; T18, linked rings."""

import math

import numpy as np
from numpy.typing import NDArray

from logwidth.theory.sets.hard_set import HardSet, Made, Parameter

FAR = 2.5


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


def _products(half: int, ratio: float) -> Made:
    """`A = (P, 0) ∪ ((Q, 0) + c)`, `B = (0, Q) ∪ ((0, P) + c)` in `2·half` dimensions, for this ratio `ρ = 2σ/δ`, δ = 1."""
    P, Q = (_pair_nets if half == 1 else _plane_nets)(ratio)
    zero_p, zero_q = np.zeros_like(P), np.zeros_like(Q)
    far = np.full((1, 2 * half), FAR)
    first = np.vstack([np.hstack([P, zero_p]), np.hstack([Q, zero_q]) + far])
    second = np.vstack([np.hstack([zero_q, Q]), np.hstack([zero_p, P]) + far])
    return np.vstack([first, second]), np.repeat([0, 1], [len(first), len(second)])


def _pair_nets(ratio: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P is {±1} itself; Q are points of [−1, 1] with every other within ρ."""
    cells = math.ceil(1.0 / ratio)
    return np.array([[-1.0], [1.0]]), (2.0 * (np.arange(cells) + 0.5) / cells - 1.0)[:, None]


def _plane_nets(ratio: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P: points of the circle within 0.3ρ of every other; Q: centres of squares of diagonal 2·0.95ρ that meet the disc."""
    arcs = math.ceil(math.pi / (2.0 * math.asin(0.15 * ratio)))
    angles = 2.0 * np.pi * np.arange(arcs) / arcs
    side = 0.95 * ratio * math.sqrt(2.0)
    steps = math.ceil(1.0 / side) + 1
    line = side * (np.arange(2 * steps + 1) - steps)
    grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    nearest = np.maximum(np.abs(grid) - 0.5 * side, 0.0)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1), grid[np.hypot(*nearest.T) <= 1.0]


def _products_refuses(rank: int, half: int, ratio: float) -> float:
    """A little above the ratio itself: coordinates of the points are rounded."""
    return ratio * (1.0 + 1e-12) if rank <= 2 * half - 1 else 1.0


PRODUCTS = HardSet(
    "products",
    "nets in two orthogonal subspaces of dimension half, whose differences come within the ratio of every direction",
    {"half": Parameter(1, 1, 2), "ratio": Parameter(0.25, 0.02, 0.99)},
    _products,
    _products_refuses,
    "T3(c)",
)
