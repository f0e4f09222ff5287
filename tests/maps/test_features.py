"""Laws of feature maps in any ℓp: sound against exact rationals, feasible at every ratio, reproducible."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from logwidth.dataset import Dataset, load
from logwidth.errors import InputError
from logwidth.maps import check_map, search_map, smallest_rank_map
from logwidth.maps.features.coordinates import coordinates_lower
from logwidth.maps.features.smallest import feature_map, smallest_feature_map
from logwidth.separation import separation


def opposite_differences(data):
    for i, j in itertools.combinations(range(data.n_samples), 2):
        if data.labels[i] != data.labels[j]:
            yield [Fraction(a) - Fraction(b) for a, b in zip(data.points[i], data.points[j], strict=True)]


def exact_norm(u, p):
    return max(map(abs, u)) if math.isinf(p) else sum(map(abs, u))


def exact_delta(data, p):
    return min(exact_norm(u, p) for u in opposite_differences(data))


def quotient_upper(T, u, p):
    """Return `‖v‖_p` for a rational `v` with `T v = T u` exactly: at least the quotient norm, and near it.

    `v` is the solution of a float linear program, moved back onto the affine space in exact arithmetic.
    """
    k, d = T.shape
    if math.isinf(p):
        cost, A = np.r_[np.zeros(d), 1.0], np.hstack([np.vstack([np.eye(d), -np.eye(d)]), -np.ones((2 * d, 1))])
        equal = np.hstack([T, np.zeros((k, 1))])
    else:
        cost = np.r_[np.zeros(d), np.ones(d)]
        A = np.vstack([np.hstack([np.eye(d), -np.eye(d)]), np.hstack([-np.eye(d), -np.eye(d)])])
        equal = np.hstack([T, np.zeros((k, d))])
    x = linprog(cost, A, np.zeros(2 * d), equal, T @ np.array(u, dtype=float), bounds=(None, None)).x[:d]
    return exact_norm(moved_onto([[Fraction(float(t)) for t in row] for row in T], u, [Fraction(float(v)) for v in x]), p)


def moved_onto(T, u, v):
    """Return `v + Tᵀ(T Tᵀ)⁻¹ T(u − v)`, exactly, for rows in general position; zero steps where they are not."""
    residual = [sum(t * (a - b) for t, a, b in zip(row, u, v, strict=True)) for row in T]
    rows = [[sum(a * b for a, b in zip(r, s, strict=True)) for s in T] + [e] for r, e in zip(T, residual, strict=True)]
    for i in range(len(rows)):
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for j in range(len(rows)):
            if j != i:
                rows[j] = [x - rows[j][i] * y for x, y in zip(rows[j], rows[i], strict=True)]
    return [b + sum(row[-1] * t[m] for row, t in zip(rows, T, strict=True)) for m, b in enumerate(v)]


def assert_sound(data, found, p):
    exact = min(quotient_upper(found.matrix, u, p) for u in opposite_differences(data))
    assert Fraction(found.distance_lower) <= exact
    assert Fraction(found.ratio_lower) * exact_delta(data, p) <= exact
    assert found.ratio_lower <= 1.0
    assert found.norm == p
    return exact


@pytest.mark.parametrize("p", [1.0, math.inf])
@pytest.mark.parametrize(("d", "seed"), [(2, 0), (3, 1), (4, 2)])
def test_searched_features_are_never_above_the_exact_quotient_norm(make_cloud, p, d, seed):
    data = make_cloud(seed, n=6, d=d)
    for rank in (1, d - 1, d):
        assert_sound(data, feature_map(data, rank, p, rng=seed, wanted_ratio=0.6), p)


@pytest.mark.parametrize("p", [1.0, math.inf])
@pytest.mark.parametrize("scale", [1.0, 0.1, 1e6, 1e-6])
@pytest.mark.parametrize("seed", range(2))
def test_any_given_matrix_is_checked_soundly(make_cloud, p, scale, seed):
    data = make_cloud(seed, n=6, d=4, scale=scale)
    rng = np.random.default_rng(seed)
    for k in (1, 2, 3):
        assert_sound(data, check_map(data, rng.standard_normal((k, 4)), norm=p), p)
        assert_sound(data, check_map(data, rng.integers(0, 2, (k, 4)) + np.eye(k, 4), norm=p), p)


@pytest.mark.parametrize("p", [1.0, math.inf])
def test_disjoint_rows_are_checked_to_the_last_digits(make_cloud, p):
    data = make_cloud(3, n=10, d=4)
    T = np.array([[0.5, 0.5, 0, 0], [0, 0, 1, 0]]) if math.isinf(p) else np.array([[1.0, -1, 0, 0], [0, 0, 1, 0]])
    exact = assert_sound(data, check_map(data, T, norm=p), p)
    assert float(exact) <= check_map(data, T, norm=p).distance_lower * (1 + 1e-12) + 1e-300


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("ratio", [0.0, 0.7, 1 - 1e-9])
def test_every_ratio_is_reached_with_at_most_d_rows(make_cloud, p, ratio):
    data = make_cloud(5, n=10, d=4)
    found = smallest_feature_map(data, ratio, p)
    assert found.rank <= 4
    assert found.ratio_lower >= ratio
    coordinates = [found] if found.method == "coordinates" else []
    assert all(coordinates_lower(data, ratio, p) <= f.rank for f in coordinates)


@pytest.mark.parametrize("p", [1.0, 1.5, 3.0, math.inf])
def test_square_invertible_maps_keep_everything(make_cloud, p):
    data = make_cloud(2, n=16, d=4)
    hadamard = np.array([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    for T in (np.eye(4), hadamard, np.random.default_rng(0).standard_normal((4, 4))):
        assert check_map(data, T, norm=p).ratio_lower > 1 - 1e-11
    assert check_map(data, np.ones((4, 4)), norm=p).ratio_lower < 1


def test_the_basis_set_needs_every_coordinate_in_the_maximum_norm():
    data = Dataset(np.vstack([np.zeros(5), np.eye(5)]), [0, 1, 1, 1, 1, 1])
    assert smallest_feature_map(data, 0.6, "inf").rank == 5
    assert coordinates_lower(data, 0.6, "inf") == 5


def test_sign_rows_beat_coordinates_in_l1():
    """Origin against the basis: one row of ones keeps it, in ℓ1, where coordinates need all of d."""
    data = Dataset(np.vstack([np.zeros(6), np.eye(6)]), [0, 1, 1, 1, 1, 1, 1])
    found = smallest_feature_map(data, 0.9, 1)
    assert (found.rank, found.method) == (1, "features")
    assert coordinates_lower(data, 0.9, 1) == 6
    assert smallest_feature_map(data, 0.9, 1.5).rank == 6


def test_greedy_is_beaten_by_swaps_where_it_is_known_to_fail():
    """Two coordinates cover all pairs; the greedy choice of the third, which covers most, needs three."""
    cover = np.array([[1, 0, 0], [1, 0, 1], [1, 0, 1], [0, 1, 1], [0, 1, 1], [0, 1, 0]], dtype=float)
    data = Dataset(np.vstack([np.zeros(3), 9 * cover + 0.001 * np.arange(6)[:, None]]), [0, 1, 1, 1, 1, 1, 1])
    assert smallest_feature_map(data, 0.9, "inf").rank <= 2
    assert coordinates_lower(data, 0.9, "inf") == 2


@pytest.mark.parametrize("p", [1.0, math.inf])
def test_equal_seeds_give_equal_bytes(make_cloud, p):
    data = make_cloud(8, n=10, d=3)
    for make in (lambda: feature_map(data, 2, p, 3, wanted_ratio=0.5), lambda: smallest_feature_map(data, 0.7, p, 3)):
        first, second = make(), make()
        assert first.matrix.tobytes() == second.matrix.tobytes()
        assert first.ratio_lower == second.ratio_lower
        assert not first.matrix.flags.writeable


@pytest.mark.parametrize("p", [1.0, math.inf])
@pytest.mark.parametrize("scale", [1e6, 1e-6])
def test_the_scale_of_the_data_does_not_matter(make_cloud, p, scale):
    plain, scaled = make_cloud(4, n=8, d=3), make_cloud(4, n=8, d=3, scale=scale)
    assert smallest_feature_map(scaled, 0.5, p).rank == smallest_feature_map(plain, 0.5, p).rank


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e140])
@pytest.mark.parametrize("p", [1.0, math.inf])
def test_extreme_scales_stay_sound(make_cloud, p, size):
    data = make_cloud(2, n=8, d=3, scale=size)
    found = check_map(data, np.array([[0.5, 0.5, 0], [0, 0.5, 0.5]]), norm=p)
    delta = exact_delta(data, p)
    scaled = Dataset(data.points / size, data.labels)
    exact = min(quotient_upper(found.matrix, u, p) for u in opposite_differences(scaled))
    assert float(Fraction(found.ratio_lower) * delta) <= float(exact) * size * (1 + 1e-9)
    assert feature_map(data, 2, p).ratio_lower >= 0


@pytest.mark.parametrize("p", [1, 1.5, 2, "inf"])
def test_two_samples_need_one_row(p):
    data = Dataset([[1.0, 2.0, 3.0], [1.5, 2.0, 2.0]], ["a", "b"])
    found = smallest_feature_map(data, 0.6, p)
    assert found.rank == 1
    assert feature_map(data, 2, p).ratio_lower > 1 - 1e-12
    assert feature_map(data, 3, p).rank == 2


@pytest.mark.parametrize("norm", [1, "inf", 1.5])
def test_the_searches_take_any_norm(make_cloud, norm):
    data = make_cloud(1)
    stages = []
    found = smallest_rank_map(data, 0.4, norm=norm, progress=lambda *step: stages.append(step))
    assert found.norm == float(norm)
    assert found.ratio_lower >= 0.4
    assert all(0.0 <= fraction <= 1.0 for _, fraction in stages)
    few = search_map(data, 3, norm=norm, wanted_ratio=0.01)
    assert few.ratio_lower >= 0.01
    assert few.matrix.tobytes() == feature_map(data, 3, norm, wanted_ratio=0.01).matrix.tobytes()


def test_a_known_separation_is_used(make_cloud):
    data = make_cloud(1)
    sep = separation(data, norm="inf")
    known = feature_map(data, 3, "inf", separation=sep, wanted_ratio=0.1)
    assert known.ratio_lower == feature_map(data, 3, "inf", wanted_ratio=0.1).ratio_lower


def test_bad_input_is_refused_with_advice(make_cloud):
    data = make_cloud(0)
    with pytest.raises(InputError, match="between 1 and the number of features, 4, not 5"):
        feature_map(data, 5, "inf")
    with pytest.raises(InputError, match="at least 0 and below 1"):
        smallest_feature_map(data, 1.0, 1)
    with pytest.raises(InputError, match="real number p >= 1"):
        feature_map(data, 2, "max")
    with pytest.raises(InputError, match=r"no map of rank 1 or less .* in norm inf; the best one keeps .* at rank 1"):
        smallest_feature_map(data, 0.99, "inf", max_rank=1)
    for matrix in (np.zeros((1, 4)), np.full((1, 4), np.nan)):
        with pytest.raises(InputError, match="finite and nonzero"):
            check_map(data, matrix, norm=1)


def test_digits_quickly(digits):
    sep = separation(digits, norm="inf")
    found = feature_map(digits, 21, "inf", separation=sep, wanted_ratio=0.7)
    assert found.ratio_lower >= 0.7
    assert check_map(digits, found.matrix, norm="inf", separation=sep).ratio_lower == found.ratio_lower


@pytest.mark.slow
@pytest.mark.parametrize(("norm", "ratio", "rank"), [("inf", 0.99, 21), ("inf", 0.5, 10), (1, 0.99, 21), (1, 0.5, 8)])
def test_digits_targets(digits, norm, ratio, rank):
    assert smallest_feature_map(digits, ratio, norm).rank <= rank


@pytest.mark.parametrize("rank", [6, 7, 8])
def test_rows_that_vanish_are_dropped(rank):
    """Unit vectors against the origin need one row in l1: the others may go to zero on the way."""
    data = load("basis:d=9")
    found = feature_map(data, rank, 1, rng=1)
    assert found.ratio_lower > 0.999
    assert (np.abs(found.matrix).max(axis=1) > 0).all()
