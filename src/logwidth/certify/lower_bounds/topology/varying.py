"""The features that vary: data lie in a plane of as many dimensions, and balls around them meet it in balls."""

import numpy as np

from logwidth.dataset import Dataset
from logwidth.types import IntArray


def varying_features(data: Dataset) -> IntArray:
    """Return the numbers of the features that do not have one and the same value in all samples."""
    return np.flatnonzero((data.points != data.points[:1]).any(axis=0))
