"""Nearest opposite samples by a tree: the same distances as by all pairs, with true bounds."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from logwidth.separation import nearest_opposite
from logwidth.separation.tree import LEAST_SAMPLES, nearest_by_tree, tree_serves

DATA = {
    "grid": lambda draw: draw.integers(0, 9, size=(300, 3)).astype(float),
    "plane": lambda draw: draw.normal(size=(300, 2)),
    "line": lambda draw: draw.normal(size=(200, 1)) * 2.0**-1030,
    "far from zero": lambda draw: draw.normal(size=(200, 4)) + 2.0**40,
    "copies": lambda draw: np.repeat(draw.normal(size=(20, 2)), 10, axis=0),
}


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("classes", [2, 5])
def test_bounds_hold_the_least_distance_and_the_neighbour_attains_it(name, classes):
    draw = np.random.default_rng([classes, len(name)])
    points = DATA[name](draw)
    labels = np.arange(len(points)) % classes
    lower, upper, neighbor, close = nearest_by_tree(points, labels)
    whole = nearest_opposite(points, labels, np.inf)
    computed = cdist(points, points, "chebyshev")
    computed[labels[:, None] == labels] = np.inf
    assert np.array_equal(computed[np.arange(len(points)), neighbor], computed.min(axis=1))
    assert (lower <= whole.upper).all()
    assert (upper >= whole.lower).all()
    for i in range(0, len(points), 17):
        rivals = np.flatnonzero(labels != labels[i])
        exact = min(max(abs(Fraction(a) - Fraction(b)) for a, b in zip(points[i], points[j], strict=True)) for j in rivals)
        assert lower[i] <= exact <= upper[i]
    assert computed[tuple(close.T)].max() == computed.min()


def test_it_serves_many_samples_of_few_features_in_l_infinity_alone():
    points, labels = np.random.default_rng(0).normal(size=(LEAST_SAMPLES + 1, 3)), np.arange(LEAST_SAMPLES + 1) % 3
    assert tree_serves(points, labels, np.inf, np.inf)
    assert not tree_serves(points, labels, 2.0, np.inf)
    assert not tree_serves(points, labels, np.inf, 1.0)
    assert not tree_serves(points[:-1], labels[:-1], np.inf, np.inf)
    assert not tree_serves(np.tile(points, 3), labels, np.inf, np.inf)
    assert not tree_serves(points * 2.0**1020, labels, np.inf, np.inf)
    found = nearest_opposite(points, labels, np.inf)
    assert not found.close_complete
    assert (found.upper <= found.lower * (1 + 2.0**-50)).all()
