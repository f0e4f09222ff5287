"""The slow road: the quotient norm of Fact 1 in exact rationals, over all opposite pairs."""

from fractions import Fraction

import numpy as np

from logwidth.dataset import Dataset


def exact_distance_square(data: Dataset, matrix: np.ndarray) -> Fraction:
    """Return `min (Tu)ᵀ (T Tᵀ)⁻¹ (Tu)` over opposite pairs, exactly."""
    T = [[Fraction(float(v)) for v in row] for row in matrix]
    inverse = _inverse([[_dot(a, b) for b in T] for a in T])
    X = [[Fraction(float(v)) for v in row] for row in data.points]
    values = []
    for i in range(len(X)):
        for j in range(i):
            if data.labels[i] != data.labels[j]:
                image = [_dot(row, [a - b for a, b in zip(X[i], X[j], strict=True)]) for row in T]
                values.append(_dot(image, [_dot(row, image) for row in inverse]))
    return min(values)


def exact_delta_square(data: Dataset) -> Fraction:
    """Return δ² exactly."""
    return exact_distance_square(data, np.eye(data.n_features))


def _dot(a: list[Fraction], b: list[Fraction]) -> Fraction:
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def _inverse(G: list[list[Fraction]]) -> list[list[Fraction]]:
    """Return the inverse of a positive definite matrix by Gauss–Jordan elimination."""
    k = len(G)
    A = [row + [Fraction(int(i == j)) for j in range(k)] for i, row in enumerate(G)]
    for p in range(k):
        A[p] = [v / A[p][p] for v in A[p]]
        for i in range(k):
            if i != p:
                A[i] = [v - A[i][p] * w for v, w in zip(A[i], A[p], strict=True)]
    return [row[k:] for row in A]
