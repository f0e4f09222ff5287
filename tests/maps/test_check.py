"""Laws of the check: what a map reports is never more than the exact all-pairs value."""

import importlib.util
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import check_map, pca_map, random_map, search_map, trace_search
from logwidth.maps.check import orthonormal_rows

_spec = importlib.util.spec_from_file_location("exact_quotient", Path(__file__).with_name("exact_quotient.py"))
exact_quotient = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(exact_quotient)


def assert_sound_and_tight(data, found, tightness=1e-9):
    exact = exact_quotient.exact_distance_square(data, found.matrix)
    delta = exact_quotient.exact_delta_square(data)
    assert Fraction(found.distance_lower) ** 2 <= exact
    assert Fraction(found.ratio_lower) ** 2 * delta <= exact
    assert found.ratio_lower <= 1.0
    scale = float(delta) ** 0.5
    assert float(exact) ** 0.5 <= found.distance_lower + tightness * scale


@pytest.mark.parametrize("d", [2, 3, 4])
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 6))])
@pytest.mark.parametrize("scale", [1.0, 1e6, 1e-6, 0.1])
def test_lower_bounds_are_never_above_the_exact_value(make_cloud, d, seed, scale):
    data = make_cloud(seed, n=12, d=d, scale=scale)
    for k in range(1, d + 1):
        assert_sound_and_tight(data, random_map(data, k, rng=seed))
        assert_sound_and_tight(data, pca_map(data, k))


@pytest.mark.parametrize("k", [1, 2])
def test_searched_maps_are_sound(make_cloud, k):
    data = make_cloud(k, n=14, d=3)
    assert_sound_and_tight(data, search_map(data, k))


@pytest.mark.parametrize("defect", [1e-15, 1e-12, 1e-9, 4e-7])
def test_rows_that_are_only_nearly_orthonormal_are_charged_for(make_cloud, defect):
    data = make_cloud(3, d=4)
    Q = orthonormal_rows(np.random.default_rng(0).standard_normal((2, 4)))
    for matrix in (Q * (1.0 + defect / 4), Q * (1.0 - defect / 4), Q + defect / 8):
        assert_sound_and_tight(data, check_map(data, matrix), tightness=1e-9 + 8 * defect)


def test_a_far_offset_costs_nothing_when_it_can_be_subtracted(make_cloud):
    data = make_cloud(1, d=3)
    far = Dataset(data.points + 2.0**40, data.labels)
    assert far.n_samples == data.n_samples
    found = pca_map(far, 2)
    assert_sound_and_tight(far, found)


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e140])
def test_extreme_scales_stay_sound(make_cloud, size):
    data = make_cloud(2, n=10, d=3, scale=size)
    for found in (random_map(data, 2), search_map(data, 2)):
        exact = exact_quotient.exact_distance_square(data, found.matrix)
        assert Fraction(found.distance_lower) ** 2 <= exact
        assert Fraction(found.ratio_lower) ** 2 * exact_quotient.exact_delta_square(data) <= exact


def test_full_rank_loses_nothing(digits, digits_separation):
    for found in (
        random_map(digits, 64, separation=digits_separation),
        pca_map(digits, 61, separation=digits_separation),
        check_map(digits, np.eye(64), separation=digits_separation),
    ):
        assert 1.0 - 1e-11 < found.ratio_lower <= 1.0


def test_the_result_is_a_frozen_value(make_cloud):
    data = make_cloud(0)
    matrix = np.eye(4)[:2]
    found = check_map(data, matrix, method="mine")
    matrix[0, 0] = 7.0
    assert (found.rank, found.n_features, found.norm, found.method) == (2, 4, 2.0, "mine")
    assert found.matrix[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        found.matrix[0, 0] = 0.0


@pytest.mark.parametrize(
    ("matrix", "advice"),
    [
        (np.eye(3), r"shape \(rank, 4\)"),
        (np.eye(5, 4), "between 1 and the number of features, 4, not 5"),
        (np.zeros((0, 4)), "between 1 and"),
        (2.0 * np.eye(2, 4), "orthonormal_rows"),
        (np.full((1, 4), np.nan), "finite"),
        (np.full((1, 4), np.inf), "finite"),
        (np.ones((2, 4)) / 2, "orthonormal"),
    ],
)
def test_bad_matrices_are_refused_with_advice(make_cloud, matrix, advice):
    with pytest.raises(InputError, match=advice):
        check_map(make_cloud(0), matrix)


@pytest.mark.parametrize("norm", [1, "inf", 1.5])
def test_other_norms_are_refused(make_cloud, norm):
    data = make_cloud(0)
    for call in (lambda: random_map(data, 2, norm=norm), lambda: pca_map(data, 2, norm=norm)):
        with pytest.raises(InputError, match="use norm=2"):
            call()
    with pytest.raises(InputError, match="use norm=2"):
        trace_search(data, 2, norm)


@pytest.mark.parametrize("rank", [0, -1, 5])
def test_ranks_outside_the_space_are_refused(make_cloud, rank):
    data = make_cloud(0)
    for make in (random_map, pca_map, search_map):
        with pytest.raises(InputError, match=f"between 1 and the number of features, 4, not {rank}"):
            make(data, rank)
