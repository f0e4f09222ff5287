"""Where a search for folds begins: hinges along principal directions, and further folds on what is found."""

import numpy as np

from logwidth.maps.folding.climb import ScaledData
from logwidth.maps.folding.weights import FoldWeights, passed
from logwidth.types import FloatArray

LEADING = 12  # principal directions that first hinges are drawn from


def first_fold(scaled: ScaledData, matrix: FloatArray, hinges: int, rng: np.random.Generator, size: float) -> FoldWeights:
    """Return the linear map `matrix` `(r, n)` with random hinges that move its image by about `size`."""
    samples, n = scaled.points.shape
    _, axes = np.linalg.eigh(scaled.points.T @ scaled.points)
    leading = axes[:, -min(LEADING, n) :]
    A = rng.normal(size=(hinges, leading.shape[1])) @ leading.T
    A /= np.linalg.norm(A, axis=1)[:, None]
    t = np.array([np.quantile(scaled.points @ a, rng.uniform(0.35, 0.65)) for a in A])
    rank = len(matrix)
    return FoldWeights(
        P=np.array(matrix, dtype=np.float64),
        A=A,
        t=t[None],
        B=np.zeros((0, hinges, rank)),
        b=np.zeros((0, hinges, hinges)),
        E=size * rng.normal(size=(1, rank, hinges)),
        steepness=np.ones((1, hinges)),
        moves=np.zeros((samples, rank)),
        offsets=np.zeros(samples),
        tilts=np.zeros((samples, 1, hinges)),
    )


def further_fold(scaled: ScaledData, w: FoldWeights, rng: np.random.Generator, size: float) -> FoldWeights:
    """Return the weights with one fold more, whose random hinges move the image by about `size`."""
    forward = passed(w, scaled.points)
    values, axes = np.linalg.eigh(np.cov(forward.y.T).reshape(w.rank, w.rank))
    shares = np.maximum(values / values[-1], 0.0) ** 0.15
    B = (rng.normal(size=(w.hinges, w.rank)) * shares) @ axes.T
    B /= np.linalg.norm(B, axis=1)[:, None]
    b = 0.3 * rng.normal(size=(w.hinges, w.hinges))
    u = forward.p[-1] @ B.T + forward.h[-1] @ b.T
    t = np.array([np.quantile(column, rng.uniform(0.3, 0.7)) for column in u.T])
    return w.grown(B, b, t, size * rng.normal(size=(w.rank, w.hinges)), 1.0)
