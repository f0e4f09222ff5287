"""Covers leave no close pair, are smallest for two classes, and never smaller than their bound."""

import itertools

import numpy as np
import pytest

from logwidth.dataset import Dataset
from logwidth.separation import close_pairs, separation, smallest_cover


def smallest_by_trying(pairs, n):
    for size in range(n + 1):
        for rows in itertools.combinations(range(n), size):
            if all(i in rows or j in rows for i, j in pairs.tolist()):
                return size
    return n


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("classes", [2, 3])
def test_covers_cover_and_bounds_bound(seed, classes):
    rng = np.random.default_rng(seed)
    n = 9
    labels = np.arange(n) % classes
    edges = [(i, j) for i, j in itertools.combinations(range(n), 2) if labels[i] != labels[j] and rng.random() < 0.3]
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    cover = smallest_cover(pairs, labels)
    best = smallest_by_trying(pairs, n)
    assert all(i in cover.rows or j in cover.rows for i, j in edges)
    assert cover.at_least <= best <= len(cover.rows)
    if classes == 2:
        assert cover.smallest
    for row in cover.rows:
        rest = set(cover.rows.tolist()) - {int(row)}
        assert any(i not in rest and j not in rest for i, j in edges)


@pytest.mark.parametrize("norm", [1.0, 1.5, 2.0, np.inf])
def test_what_is_left_is_far_enough_apart(norm):
    rng = np.random.default_rng(1)
    points, labels = rng.integers(0, 8, (80, 2)) + rng.random((80, 2)), rng.integers(0, 3, 80)
    distance = 0.5
    pairs = close_pairs(points, labels, norm, distance)
    slow = [
        (i, j)
        for i, j in itertools.combinations(range(80), 2)
        if labels[i] != labels[j] and np.linalg.norm(points[i] - points[j], ord=norm) <= distance
    ]
    assert slow == sorted(map(tuple, pairs.tolist()))
    assert slow
    keep = np.setdiff1d(np.arange(80), smallest_cover(pairs, labels).rows)
    assert separation(Dataset(points[keep], labels[keep]), norm=norm).lower > distance


def test_pairs_at_the_very_distance_count():
    pairs = close_pairs(np.array([[0.0], [1.0], [3.0]]), np.array([0, 1, 0]), 2.0, 1.0)
    assert pairs.tolist() == [[0, 1]]
