"""Sets whose differences are spread over all directions: evenly, where T2 keeps exactly `√(k/d)`, or at random."""

import math

import numpy as np
from numpy.typing import NDArray

from logwidth.theory.sets.hard_set import HardSet, Made, Parameter

N = Parameter(200, 2, 10**6)
D = Parameter(16, 1, 4096)
SEED = Parameter(0, 0, 2**32 - 1)


def _basis(d: int) -> Made:
    return np.vstack([np.zeros((1, d)), np.eye(d)]), np.repeat([0, 1], [1, d])


def _basis_refuses(rank: int, d: int) -> float:
    return math.sqrt(rank / d) if rank < d else 1.0


def _simplex(d: int) -> Made:
    return np.eye(d), np.arange(d)


def _simplex_refuses(rank: int, d: int) -> float:
    return math.sqrt(rank / (d - 1)) if rank < d - 1 else 1.0


def _frame(n: int, d: int) -> Made:
    """The harmonic frame: `√(2/d)(cos 2πjl/n, sin 2πjl/n)`, l = 1, …, ⌊d/2⌋, and `1/√d` if d is odd."""
    n = max(n, d + 1)
    angles = 2.0 * np.pi * np.outer(np.arange(n), np.arange(1, d // 2 + 1)) / n
    columns = [np.sqrt(2.0 / d) * np.cos(angles), np.sqrt(2.0 / d) * np.sin(angles)]
    if d % 2:
        columns.append(np.full((n, 1), 1.0 / np.sqrt(d)))
    return np.vstack([np.zeros((1, d)), np.hstack(columns)]), np.repeat([0, 1], [1, n])


def _frame_refuses(rank: int, n: int, d: int) -> float:
    del n  # Σ u uᵀ = (n/d) I whatever n is
    return _basis_refuses(rank, d)


BASIS = HardSet(
    "basis",
    "the origin against the d unit vectors: rank ⌊ρ²d⌋ + 1 is needed, and suffices",
    {"d": Parameter(16, 1, 4096)},
    _basis,
    _basis_refuses,
    "T3(a)",
)
SIMPLEX = HardSet(
    "simplex",
    "the d unit vectors, one class each: all distances are equal",
    {"d": Parameter(8, 2, 4096)},
    _simplex,
    _simplex_refuses,
    "T2 with equal weights on all pairs",
)
FRAME = HardSet(
    "frame",
    "the origin against n vectors of a harmonic tight frame in d dimensions (n > d)",
    {"n": Parameter(40, 2, 10**6), "d": Parameter(16, 1, 4096)},
    _frame,
    _frame_refuses,
    "T2 with equal weights",
)


def _unit_rows(n: int, d: int, rng: np.random.Generator) -> NDArray[np.float64]:
    rows = rng.standard_normal((n, d))
    return np.asarray(rows / np.linalg.norm(rows, axis=1)[:, None])


def _sphere(n: int, d: int, seed: int) -> Made:
    """T3(b): the centre and n − 1 uniform points of the unit sphere."""
    points = _unit_rows(n - 1, d, np.random.default_rng(seed))
    return np.vstack([np.zeros((1, d)), points]), np.repeat([0, 1], [1, n - 1])


def _differences(n: int, d: int, seed: int) -> Made:
    """T3(d): two classes of uniform points of one sphere."""
    return _unit_rows(n, d, np.random.default_rng(seed)), np.arange(n) % 2


def _spheres(n: int, d: int, classes: int, seed: int) -> Made:
    """Concentric spheres of radii 1, …, C; class c on the c-th."""
    labels = np.arange(n) % min(classes, n)
    return _unit_rows(n, d, np.random.default_rng(seed)) * (labels + 1.0)[:, None], labels


def _moons(n: int, d: int, noise: float, seed: int) -> Made:
    """Two interleaved half circles in a random plane, with Gaussian noise in all d ≥ 2 dimensions."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    angle = np.pi * rng.random(n)
    flat = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    flat[labels == 1] = np.array([1.0, 0.5]) - flat[labels == 1]
    plane = np.linalg.qr(rng.standard_normal((d, 2)))[0]
    return flat @ plane.T + noise * rng.standard_normal((n, d)), labels


SPHERE = HardSet("sphere", "n − 1 random points of a sphere against its centre", {"n": N, "d": D, "seed": SEED}, _sphere)
DIFFERENCES = HardSet(
    "differences", "two classes of random points of one sphere, n in all", {"n": N, "d": D, "seed": SEED}, _differences
)
SPHERES = HardSet(
    "spheres",
    "random points of concentric spheres of radii 1, 2, …, one class each",
    {"n": N, "d": D, "classes": Parameter(2, 2, 1000), "seed": SEED},
    _spheres,
)
MOONS = HardSet(
    "moons",
    "two half circles in a random plane with noise in all dimensions",
    {"n": N, "d": Parameter(16, 2, 4096), "noise": Parameter(0.01, 0.0, 1.0), "seed": SEED},
    _moons,
)
