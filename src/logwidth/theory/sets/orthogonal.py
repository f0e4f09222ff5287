"""Sets whose differences are spread evenly over all directions: T2 with equal weights keeps exactly `√(k/d)`."""

import math

import numpy as np

from logwidth.theory.sets.hard_set import HardSet, Made, Parameter


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
