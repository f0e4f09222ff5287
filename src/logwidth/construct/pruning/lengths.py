"""Dual norms of weight differences: how fast a lead shrinks inside an ℓp ball."""

import numpy as np
from scipy.spatial.distance import cdist

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
    return np.asarray(np.linalg.norm(U, ord=power, axis=1))


def smooth_lengths(U: FloatArray, power: float) -> tuple[FloatArray, FloatArray]:
    """Return lengths of rows `(n,)` that are at least `‖u‖_q`, nearly equal and differentiable, and their gradients.

    q = 1: `Σ √(u² + ε)`; q = ∞: the norm of power 16; else the norm itself.
    """
    if power == 2.0:
        length = np.sqrt(np.maximum((U * U).sum(axis=1), LEAST))
        return length, U / length[:, None]
    if power == 1.0:
        sizes = np.sqrt(U * U + KNEE)
        return sizes.sum(axis=1), U / sizes
    q = min(power, STEEP)
    largest = np.abs(U).max(axis=1, keepdims=True) + LEAST
    shares = np.abs(U) / largest
    total = (shares**q).sum(axis=1, keepdims=True) + LEAST
    return (largest * total ** (1.0 / q))[:, 0], np.sign(U) * shares ** (q - 1.0) * total ** (1.0 / q - 1.0)
