"""Frames to start a climb from. Heuristics: a bad start costs time, never truth."""

import numpy as np

from logwidth.maps.span import SpanCoordinates
from logwidth.types import FloatArray, IntArray

Rng = np.random.Generator | int


def generator(rng: Rng) -> np.random.Generator:
    """Return `rng` itself or the generator seeded by it."""
    return rng if isinstance(rng, np.random.Generator) else np.random.default_rng(rng)


def drawn_seed(rng: Rng) -> int:
    """Return a seed drawn from `rng`: whatever follows depends on it alone, not on what was drawn before."""
    return int(generator(rng).integers(2**63))


def haar_frame(dimension: int, rank: int, rng: np.random.Generator) -> FloatArray:
    """Return an orthonormal (dimension, rank) frame, uniformly distributed.

    The Q of a Gaussian matrix with the signs of R's diagonal made positive (Mezzadri, Notices AMS 54, 2007).
    """
    Q, R = np.linalg.qr(rng.standard_normal((dimension, rank)))
    return np.ascontiguousarray(Q * np.where(np.diag(R) < 0.0, -1.0, 1.0))


def moved_frame(frame: FloatArray, size: float, rng: np.random.Generator) -> FloatArray:
    """Return a frame (r, k) whose columns are moved by Gaussian steps of expected length `size`."""
    step = rng.standard_normal(frame.shape) * (size / np.sqrt(len(frame)))
    return np.ascontiguousarray(np.linalg.qr(frame + step)[0])


def principal_frame(span: SpanCoordinates, rank: int) -> FloatArray:
    """Return the first `rank` principal directions of the data."""
    return np.eye(span.dimension, rank)


def weighted_frame(differences: FloatArray, weights: FloatArray, rank: int) -> FloatArray:
    """Return the top eigenvectors of the T2 matrix `Σ w u uᵀ`, largest first."""
    _, E = np.linalg.eigh(differences.T @ (weights[:, None] * differences))
    return np.ascontiguousarray(E[:, ::-1][:, :rank])


def neighbour_frame(span: SpanCoordinates, neighbor: IntArray, rank: int) -> FloatArray:
    """Return the top principal directions of the unit differences to the nearest opposite samples."""
    u = span.coordinates - span.coordinates[neighbor]
    lengths = np.linalg.norm(u, axis=1)
    return weighted_frame(u, 1.0 / lengths**2, rank)


def resized_frame(frame: FloatArray, differences: FloatArray, weights: FloatArray, rank: int) -> FloatArray:
    """Return a frame of another rank: drop the directions that the weighted pairs use least, or add the best others.

    Both are top eigenvectors of `M = Σ w u uᵀ`, restricted to the frame's space or to its complement.
    """
    r, k = frame.shape
    if rank == k:
        return frame
    u = differences @ frame
    if rank < k:
        return np.ascontiguousarray(frame @ weighted_frame(u, weights, rank))
    others = np.linalg.svd(frame, full_matrices=True)[0][:, k:]
    added = others @ weighted_frame(differences @ others, weights, min(rank - k, r - k))
    return np.ascontiguousarray(np.hstack([frame, added]))
