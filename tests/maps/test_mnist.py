"""MNIST: what the search must find, and a kill in the middle."""

import os

import numpy as np
import pytest

from logwidth.dataset import Dataset
from logwidth.maps import search_map

pytestmark = [
    pytest.mark.mnist,
    pytest.mark.skipif("LOGWIDTH_MNIST" not in os.environ, reason="LOGWIDTH_MNIST does not name mnist_train.npz"),
]


@pytest.fixture(scope="module")
def mnist():
    with np.load(os.environ["LOGWIDTH_MNIST"]) as stored:
        return Dataset(stored["X"].reshape(len(stored["X"]), -1) / 255.0, stored["y"])


def test_twenty_four_directions_keep_95_percent_even_after_a_kill(mnist, tmp_path):
    path, calls = tmp_path / "mnist.npz", []

    def kill(stage, fraction):
        calls.append(stage)
        if len(calls) == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search_map(mnist, 24, progress=kill, checkpoint=path)
    assert path.exists()
    assert search_map(mnist, 24, checkpoint=path).ratio_lower >= 0.95
