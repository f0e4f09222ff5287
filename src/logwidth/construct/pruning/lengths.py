"""Dual norms of weight differences: how fast a lead shrinks inside an ℓp ball."""

import numpy as np
from scipy.spatial.distance import cdist

from logwidth.norms import lengths
from logwidth.types import FloatArray

LEAST = 1e-12
KNEE = 1e-8  # where |x| is rounded off for the descent
STEEP = 16.0  # the power that stands for the largest entry in the descent


def pairwise(W: FloatArray, V: FloatArray, power: float) -> FloatArray:
    """Return `‖w_s − v_j‖_q` `(len(W), len(V))`, q = `power`."""
    if power != 2.0:
        metric = {"metric": "chebyshev"} if np.isinf(power) else {"metric": "minkowski", "p": power}
        return np.asarray(cdist(W, V, **metric))
    squares = (-2.0 * W) @ V.T
    squares += (W * W).sum(axis=1)[:, None]
    squares += (V * V).sum(axis=1)
    np.maximum(squares, 0.0, out=squares)
    return np.asarray(np.sqrt(squares, out=squares))


def row_lengths(U: FloatArray, power: float) -> FloatArray:
    """Return `‖u‖_q` of the rows `(n,)`, q = `power`."""
    if power == 2.0:
        return np.asarray(np.sqrt(np.einsum("ij,ij->i", U, U)))
    return np.asarray(lengths(U, power))


def smooth_lengths(U: FloatArray, power: float) -> FloatArray:
    """Return lengths of rows `(n,)` that are at least `‖u‖_q`, nearly equal and differentiable.

    q = 1: `Σ √(u² + ε)`; q = ∞: the norm of power 16; else the norm itself.
    """
    if power == 2.0:
        return np.asarray(np.sqrt(np.maximum(np.einsum("ij,ij->i", U, U), LEAST)))
    if power == 1.0:
        return np.asarray(np.sqrt(U * U + KNEE).sum(axis=1))
    largest, _, total = _shares(U, power)
    return np.asarray((largest * total ** (1.0 / min(power, STEEP)))[:, 0])


def length_slopes(U: FloatArray, length: FloatArray, power: float) -> FloatArray:
    """Return the gradients `(n, m)` of :func:`smooth_lengths`, whose values are `length`."""
    if power == 2.0:
        return np.asarray(U / length[:, None])
    if power == 1.0:
        return np.asarray(U / np.sqrt(U * U + KNEE))
    q, (_, shares, total) = min(power, STEEP), _shares(U, power)
    return np.asarray(np.sign(U) * shares ** (q - 1.0) * total ** (1.0 / q - 1.0))


def _shares(U: FloatArray, power: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the largest entry of each row, all in shares of it, and the sum of their powers."""
    largest = np.abs(U).max(axis=1, keepdims=True) + LEAST
    shares = np.abs(U) / largest
    return largest, shares, (shares ** min(power, STEEP)).sum(axis=1, keepdims=True) + LEAST
