"""The separation of a data set."""

from importlib import import_module

import numpy as np
import pytest

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.separation import least_distance, separation


@pytest.mark.parametrize("norm", [1, 2, "inf", 2.5])
def test_separation_reports_the_closest_pair(norm):
    rng = np.random.default_rng(0)
    data = Dataset(rng.standard_normal((150, 4)), rng.integers(0, 3, 150))
    result = separation(data, norm=norm)
    i, j = result.pair
    distance = np.linalg.norm(data.points[i] - data.points[j], ord=float(norm)) if norm != 2.5 else result.upper
    assert data.labels[i] != data.labels[j]
    assert result.lower == pytest.approx(distance, rel=1e-14)
    assert result.lower <= result.upper <= result.lower * (1 + 1e-13)
    assert result.sample_lower.min() <= result.upper
    assert result.lower <= result.sample_upper.min()
    assert result.norm == float(norm)


@pytest.mark.parametrize("norm", [1, 2, "inf", 2.5])
@pytest.mark.parametrize("share", [-1.0, 0.0, 0.5, 1.0 - 2.0**-30, 1.0, 1.0 + 2.0**-20, 3.0, np.inf, np.nan])
def test_the_separation_alone_is_the_same_whatever_was_guessed(norm, share):
    rng = np.random.default_rng(1)
    points = np.concatenate([rng.standard_normal((80, 5)), [[9.0, 0, 0, 0, 0], [9.01, 0, 0, 0, 0]]])
    data = Dataset(points, np.append(rng.integers(0, 3, 80), [0, 1]))
    whole = separation(data, norm=norm)
    assert least_distance(data, norm=norm, guess=share * whole.upper) == (whole.lower, whole.upper)


@pytest.mark.parametrize("norm", [1, 2, "inf", 2.5])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
def test_samples_whose_balls_lie_far_apart_hide_no_closest_pair(norm, share):
    """Balls of half the distance to the nearest opposite sample, or less, do not meet; that of the closest pair is found."""
    rng = np.random.default_rng(2)
    data = Dataset(rng.standard_normal((150, 3)), rng.integers(0, 4, 150))
    whole = separation(data, norm=norm)
    apart = 0.5 * share * whole.sample_lower * (1 - 2.0**-40)
    apart[::7] = 0.0
    for guess in (1.0 + 2.0**-20, 1.5, 0.9):
        lower, upper = least_distance(data, norm=norm, guess=guess * whole.upper, apart=apart)
        assert lower == pytest.approx(whole.lower, rel=1e-14)
        assert upper == pytest.approx(whole.upper, rel=1e-14)


def test_the_closest_pair_is_found_beside_one_of_which_less_is_known():
    data = Dataset(np.array([[0.0], [1.0], [10.0], [11.2], [30.0]]), np.array([0, 1, 0, 1, 0]))
    apart = np.array([0.49, 0.49, 0.0, 0.0, 1.2])
    assert least_distance(data, guess=1.5, apart=apart) == (1.0, 1.0)


def test_a_known_separation_is_exact():
    data = Dataset(np.array([[0.0, 0.0], [3.0, 4.0], [9.0, 9.0]]), np.array([0, 1, 1]))
    result = separation(data)
    assert (result.lower, result.upper, result.pair) == (5.0, 5.0, (0, 1))


def test_a_bad_norm_is_named():
    data = Dataset(np.array([[0.0], [1.0]]), np.array([0, 1]))
    with pytest.raises(InputError, match="norm"):
        separation(data, norm=0.5)


def test_every_public_name_is_documented():
    room = import_module("logwidth.separation")
    for name in room.__all__:
        assert getattr(room, name).__doc__
