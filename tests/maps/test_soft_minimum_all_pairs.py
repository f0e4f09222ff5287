"""The soft minimum over all pairs equals its definition, and its gradient the differences of it."""

import numpy as np
import pytest

from logwidth.dataset import Dataset
from logwidth.maps.soft_minimum_all_pairs import AllPairsSoftMinimum
from logwidth.maps.softmin import soft_minimum
from logwidth.maps.span import span_coordinates
from logwidth.maps.starts import haar_frame


@pytest.mark.parametrize("classes", [2, 3, 60])
def test_crowd_is_the_soft_minimum_of_all_opposite_pairs(classes):
    rng = np.random.default_rng(classes)
    data = Dataset(rng.standard_normal((60, 6)), np.arange(60) % classes)
    view = span_coordinates(data, 1.0)
    V = haar_frame(6, 2, rng)
    i, j = np.nonzero(np.triu(data.labels[:, None] != data.labels))
    u = view.coordinates[i] - view.coordinates[j]
    Y = u @ V
    value, weights = soft_minimum((Y * Y).sum(axis=1), 0.3)
    found, gradient = AllPairsSoftMinimum(view).objective(V, 0.3)
    assert found == pytest.approx(value, abs=1e-4)
    np.testing.assert_allclose(gradient, 2.0 * u.T @ (weights[:, None] * Y), atol=1e-4)
