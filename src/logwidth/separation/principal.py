"""Which sketch is worth its cost: principal directions of a sample, and how many. Heuristic; no bound rests on it."""

from dataclasses import dataclass

import numpy as np

from logwidth.separation.frame import Frame
from logwidth.types import BoolArray, FloatArray, IntArray

LEAST_SAMPLES = 8192
LEAST_FEATURES = 64
SAMPLE = 1024
QUERIES = 256
COUNTS = (16, 24, 32, 48, 64, 80, 96, 128, 192)
FINE = 192
ROUNDS = 2
TINY = 2.0**-500
# Costs in columns of a product: what a tile costs anyway, and a pair that the sketch leaves (measured, MNIST).
TILE, SURVIVOR = 16, 4000


@dataclass(frozen=True, eq=False)
class Directions:
    """Directions (K, d), nearly orthonormal, the strongest first, and how many of them a coarse sketch takes."""

    rows: FloatArray
    few: int


def principal_directions(frame: Frame, labels: IntArray, within: float = np.inf) -> Directions | None:
    """Return leading principal directions of samples in class order with these labels; None if no sketch pays.

    Pairs count up to the scaled distance `within` only.

    Subspace iteration on `SAMPLE` samples; the number is chosen by the estimated cost
    `k + TILE + SURVIVOR · (share of the sample's opposite pairs that k directions leave)` against `d + TILE`.
    """
    count, d = frame.shape
    if count < LEAST_SAMPLES or d < LEAST_FEATURES:
        return None
    step = -(-count // SAMPLE)
    rows = np.concatenate([frame.rows(slice(a, a + 1)) for a in range(0, count, step)])
    labels = labels[::step]
    opposite = labels[:: -(-len(labels) // QUERIES), None] != labels
    if not opposite.any():
        return None
    Q = _subspace(rows, min(FINE, d // 2))
    left = _shares_left(rows, Q, opposite, within * frame.zoom)
    if not left:
        return None
    costs = {k: k + TILE + SURVIVOR * left[k] for k in left}
    best = min(costs, key=costs.__getitem__)
    return Directions(Q, best) if costs[best] < d + TILE else None


def _subspace(rows: FloatArray, k: int) -> FloatArray:
    """Return about the k leading principal directions of the rows, strongest first, orthonormal up to rounding."""
    Q = np.random.default_rng(0).standard_normal((rows.shape[1], k))
    for _ in range(ROUNDS):
        Q = rows.T @ (rows @ Q)
        Q /= np.maximum(np.linalg.norm(Q, axis=0), TINY)
    Q = np.linalg.qr(Q)[0]
    image = rows @ Q
    _, turn = np.linalg.eigh(image.T @ image)
    return np.ascontiguousarray((Q @ turn[:, ::-1]).T)


def _shares_left(rows: FloatArray, Q: FloatArray, opposite: BoolArray, within: float) -> dict[int, float]:
    """Return, by number of directions, the share of opposite pairs that the sketch cannot tell from the nearest within."""
    square, y = np.einsum("ij,ij->i", rows, rows), rows @ Q.T
    nearest = np.where(opposite, _square_distances(rows, len(opposite)), np.inf).min(axis=1, keepdims=True)
    nearest = np.minimum(nearest, within * within)
    shares = {}
    for k in (k for k in COUNTS if k <= len(Q)):
        rest = np.sqrt(np.maximum(square - np.einsum("ij,ij->i", y[:, :k], y[:, :k]), 0.0))
        seen = _square_distances(np.column_stack([y[:, :k], rest]), len(opposite))
        shares[k] = float(((seen <= nearest) & opposite).sum() / opposite.sum())
    return shares


def _square_distances(rows: FloatArray, queries: int) -> FloatArray:
    """Return the squared distances (queries, n) of every so-manieth row to all."""
    own = rows[:: -(-len(rows) // queries)]
    square = np.einsum("ij,ij->i", rows, rows)
    return np.asarray(np.einsum("ij,ij->i", own, own)[:, None] + square - 2.0 * own @ rows.T)
