"""Which features and samples matter: data lie in the plane of the features that vary; of crowded samples a few do."""

import numpy as np

from logwidth.dataset import Dataset
from logwidth.types import FloatArray, IntArray


def varying_features(data: Dataset) -> IntArray:
    """Return the numbers of the features that do not have one and the same value in all samples."""
    return np.flatnonzero((data.points != data.points[:1]).any(axis=0))


def one_per_cell(points: FloatArray, rows: IntArray, radius: float) -> IntArray:
    """Return one of the samples `rows` in each cell of a grid of side radius/2: fewer, nearly as dense for their balls."""
    cells = np.floor(points[rows] / (0.5 * radius))
    return np.asarray(rows[np.sort(np.unique(cells, axis=0, return_index=True)[1])])
