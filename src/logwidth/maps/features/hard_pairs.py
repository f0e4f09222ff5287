"""The opposite pairs that a search over features has met so far, in units of the separation."""

import numpy as np

from logwidth.dataset import Dataset
from logwidth.separation import Separation, nearest_opposite
from logwidth.types import FloatArray, IntArray

MOST_FRESH = 1000
FARTHEST = 1e150


class HardPairs:
    """A growing set of opposite pairs: constraint generation for covers and features.

    `points` are `(x − c)/δ`, shape (N, d), cut off at ±1e150; `differences` are `u_ij/δ` of the pairs met, shape (n, d).
    It starts with the nearest opposite of every sample; :meth:`scan` adds what a map fails to keep apart.
    """

    def __init__(self, data: Dataset, sep: Separation) -> None:
        centre = 0.5 * (data.points.min(axis=0) + data.points.max(axis=0))
        with np.errstate(over="ignore"):
            self.points: FloatArray = np.clip((data.points - centre) / sep.upper, -FARTHEST, FARTHEST)
        self.labels, self.norm = data.labels, sep.norm
        self.pairs: IntArray = np.empty((0, 2), dtype=np.int64)
        self.differences: FloatArray = np.empty((0, data.n_features))
        self._add(np.arange(data.n_samples), sep.neighbor)

    def scan(self, rows: FloatArray, r: float, goal: float) -> float:
        """Return `min ‖T u‖_r/δ` over all opposite pairs (to rounding) and add violated pairs, one a sample at most."""
        nearest = nearest_opposite(self.points @ rows.T, self.labels, r)
        worst = np.argsort(nearest.lower, kind="stable")[:MOST_FRESH]
        worst = worst[nearest.lower[worst] < goal]
        self._add(worst, nearest.neighbor[worst])
        return float(nearest.lower.min())

    def _add(self, i: IntArray, j: IntArray) -> None:
        fresh = np.stack([np.minimum(i, j), np.maximum(i, j)], axis=1)
        self.pairs = np.unique(np.concatenate([self.pairs, fresh]), axis=0)
        self.differences = self.points[self.pairs[:, 0]] - self.points[self.pairs[:, 1]]
