"""Nearest opposite samples in ℓ∞ of many samples with few features: by a search tree instead of all pairs."""

import math

import numpy as np
from scipy.spatial import cKDTree

from logwidth.types import FloatArray, IntArray

MOST_FEATURES, LEAST_SAMPLES, MOST_CLASSES = 6, 4_000, 32
MOST_CLOSE, LARGEST = 4096, 2.0**1000  # no difference of numbers below it overflows


def tree_serves(points: FloatArray, labels: IntArray, norm: float, within: float) -> bool:
    """Return whether a tree is the quicker way: ℓ∞, few features and classes, many samples."""
    n, d = points.shape
    few = d <= MOST_FEATURES and n > LEAST_SAMPLES and float(np.abs(points).max()) < LARGEST
    return math.isinf(norm) and math.isinf(within) and few and np.unique(labels).size <= MOST_CLASSES


def nearest_by_tree(points: FloatArray, labels: IntArray) -> tuple[FloatArray, FloatArray, IntArray, IntArray]:
    """Return `lower`, `upper`, `neighbor` `(N,)` and some pairs `(k, 2)` that may be the closest ones.

    Every class asks a tree of all others. Distances in ℓ∞ are `max_k fl(|x_k − y_k|)`, and rounding keeps order: so the
    least computed distance is the least distance, rounded, and the neighbouring floats bound it. A tree leaves out parts
    that lie beyond a split by a difference that is computed in the same way. Of several nearest samples it returns one,
    the same at every call.
    """
    neighbor = np.empty(len(points), dtype=np.int64)
    for label in np.unique(labels):
        others = np.flatnonzero(labels != label)
        mine = np.flatnonzero(labels == label)
        _, found = cKDTree(points[others]).query(points[mine], p=np.inf, workers=-1)
        neighbor[mine] = others[found]
    distance = np.abs(points - points[neighbor]).max(axis=1)
    rows = np.flatnonzero(distance == distance.min())[:MOST_CLOSE]
    pairs = np.unique(np.sort(np.stack([rows, neighbor[rows]], axis=1), axis=1), axis=0)
    return np.maximum(np.nextafter(distance, -np.inf), 0.0), np.nextafter(distance, np.inf), neighbor, pairs
