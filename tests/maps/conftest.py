import numpy as np
import pytest
from sklearn.datasets import load_digits

from logwidth.dataset import Dataset
from logwidth.separation import separation


def cloud(seed, n=24, d=4, classes=3, spread=8, scale=1.0):
    """Return small integer data without conflicting rows."""
    rng = np.random.default_rng(seed)
    points = np.unique(rng.integers(-spread, spread + 1, size=(n, d)), axis=0).astype(float)
    labels = rng.permutation(np.arange(len(points)) % classes)
    return Dataset(points * scale, labels)


@pytest.fixture(scope="session", name="make_cloud")
def make_cloud_fixture():
    return cloud


@pytest.fixture(scope="session")
def digits():
    return Dataset(*load_digits(return_X_y=True))


@pytest.fixture(scope="session")
def digits_separation(digits):
    return separation(digits)
