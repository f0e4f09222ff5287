"""Random sets: on spheres, and two moons in high dimension."""

import numpy as np
from numpy.typing import NDArray

from logwidth.theory.sets.hard_set import HardSet, Made, Parameter

N = Parameter(200, 2, 10**6)
D = Parameter(16, 1, 4096)
SEED = Parameter(0, 0, 2**32 - 1)


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
