"""The kernel's manners: progress, input errors, read-only and non-contiguous arrays, ties, memory."""

import numpy as np
import pytest

from logwidth.errors import InputError
from logwidth.separation import nearest_opposite


def cloud(n=200, d=3, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.integers(0, classes, n)


def test_progress_is_monotone_and_ends_at_one():
    seen = []
    nearest_opposite(*cloud(), memory_bytes=1, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[0] >= 0.0
    assert seen[-1] == 1.0
    assert len(seen) > 10


def test_ties_go_to_the_smaller_index():
    points = np.array([[0.0], [1.0], [-1.0], [1.0]])
    assert nearest_opposite(points, np.array([0, 1, 1, 1])).neighbor.tolist() == [1, 0, 0, 0]


def test_equal_opposite_samples_are_at_distance_zero():
    result = nearest_opposite(np.zeros((4, 2)), np.array([0, 1, 0, 1]))
    assert result.lower.tolist() == result.upper.tolist() == [0.0] * 4
    assert result.neighbor.tolist() == [1, 0, 1, 0]


def test_many_ties_stay_within_memory():
    points = np.repeat(np.eye(40), 8, axis=0) * 0.1
    labels = np.repeat(np.arange(40), 8)
    result = nearest_opposite(points, labels, memory_bytes=1)
    assert np.all(result.neighbor == np.where(labels == 0, 8, 0))


def test_layout_does_not_matter():
    points, labels = cloud()
    frozen = np.asfortranarray(points)
    frozen.setflags(write=False)
    assert np.array_equal(nearest_opposite(frozen, labels).upper, nearest_opposite(points, labels).upper)


@pytest.mark.parametrize("n", [2, 3, 50])
def test_every_sample_its_own_class(n):
    points, _ = cloud(n)
    d = np.linalg.norm(points[:, None] - points, axis=2) + np.diag(np.full(n, np.inf))
    assert np.array_equal(nearest_opposite(points, np.arange(n)).neighbor, d.argmin(axis=1))


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        (np.zeros((3, 2)), np.zeros(3), "two classes"),
        (np.array([[np.nan], [0.0]]), np.array([0, 1]), "finite"),
        (np.array([[-np.inf], [0.0]]), np.array([0, 1]), "finite"),
        (np.zeros(3), np.array([0, 1, 1]), r"\(N, d\)"),
        (np.zeros((3, 1)), np.array([0, 1]), "2 labels"),
    ],
)
def test_unusable_input_is_named(points, labels, message):
    with pytest.raises(InputError, match=message):
        nearest_opposite(points, labels)
