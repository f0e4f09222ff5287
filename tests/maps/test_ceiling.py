"""Laws of the ceiling: found ≤ optimum ≤ ceiling, without tolerance, and close where the optimum is known."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwidth.certify import prove_width_bound
from logwidth.certify.lower_bounds.width_proof import check_width_bound
from logwidth.dataset import Dataset, load
from logwidth.errors import InputError
from logwidth.maps import rank_ceiling, search_map, trace_search, working_set
from logwidth.maps.ceiling.ascent import Occupation, ascend_fantope
from logwidth.maps.ceiling.ellipsoid import descend, smoothed
from logwidth.norms import dual_exponent, parse_norm
from logwidth.separation import separation


def opposite_differences(data):
    i, j = np.nonzero(np.triu(data.labels[:, None] != data.labels))
    return [tuple(map(Fraction, row)) for row in (data.points[i] - data.points[j]).tolist()]


def dot(x, y):
    return sum(a * b for a, b in zip(x, y, strict=True))


def line_square(n, differences):
    """Return `min ⟨n,u⟩²/‖n‖²`: the squared distance that the line along n keeps."""
    return min(dot(n, u) ** 2 for u in differences) / dot(n, n)


def plane_square(n, differences):
    """Return the squared distance that the plane normal to n keeps."""
    return min(dot(u, u) - dot(n, u) ** 2 / dot(n, n) for u in differences)


def best_line_square(differences):
    """Return `max_n min_u ⟨n,u⟩²/‖n‖²` in the plane, exactly.

    At the maximum n is parallel to some u or two projections tie, `⟨n, u ± v⟩ = 0`: rational directions all.
    """
    turned = [(-b, a) for a, b in differences]
    ties = [(p[0] + s * q[0], p[1] + s * q[1]) for m, p in enumerate(turned) for q in turned[:m] for s in (1, -1)]
    return max(line_square(n, differences) for n in {*differences, *ties} if any(n))


def proven(data, rank, **options):
    dual = rank_ceiling(data, rank, **options)
    proof = prove_width_bound(data, rank, dual.pairs, dual.weights)
    assert check_width_bound(proof, data) == ()
    return proof


@pytest.mark.parametrize("p", [1, 1.5, 3, "inf"])
def test_in_other_norms_no_line_keeps_more_than_the_ceiling(make_cloud, p):
    data = make_cloud(4, n=14, d=3, classes=2)
    dual = rank_ceiling(data, 1, p)
    proof = prove_width_bound(data, 1, dual.pairs, dual.weights, norm=p, ellipsoid=dual.ellipsoid)
    assert check_width_bound(proof, data) == ()
    assert proof.ratio_excluded == pytest.approx(dual.ratio_estimate, rel=1e-6)
    u = np.array(opposite_differences(data), dtype=float)
    lines = np.vstack([np.random.default_rng(0).standard_normal((2000, 3)), np.eye(3)])
    lines /= np.linalg.norm(lines, ord=dual_exponent(parse_norm(p)), axis=1)[:, None]
    assert np.abs(u @ lines.T).min(axis=0).max() <= 2 * proof.radius_excluded * (1 + 1e-12)


@pytest.mark.parametrize("p", [1, "inf"])
def test_in_other_norms_the_ceiling_at_full_rank_is_delta(make_cloud, p):
    data = make_cloud(4, n=14, d=3, classes=2)
    dual = rank_ceiling(data, 3, p)
    proof = prove_width_bound(data, 3, dual.pairs, dual.weights, norm=p, ellipsoid=dual.ellipsoid)
    delta = separation(data, norm=p).upper
    assert delta <= 2 * proof.radius_excluded <= delta * (1 + 1e-3)


def square(proof):
    return (2 * Fraction(proof.radius_excluded)) ** 2


@given(seed=st.integers(0, 10**6), n=st.integers(3, 8), scale=st.sampled_from([1.0, 2.0**-20, 2.0**20]))
@settings(max_examples=6, deadline=None)
def test_on_the_plane_found_is_below_the_optimum_and_the_optimum_below_the_ceiling(make_cloud, seed, n, scale):
    data = make_cloud(seed, n=n, d=2, classes=2, scale=scale)
    optimum = best_line_square(opposite_differences(data))
    found = search_map(data, 1)
    assert Fraction(found.distance_lower) ** 2 <= optimum <= square(proven(data, 1))


@given(seed=st.integers(0, 10**6))
@settings(max_examples=3, deadline=None)
def test_in_space_no_line_and_no_plane_is_above_the_ceiling(make_cloud, seed):
    data = make_cloud(seed, n=8, d=3, classes=2)
    differences = opposite_differences(data)
    rng = np.random.default_rng(seed)
    normals = [tuple(map(Fraction, row)) for row in rng.integers(-30, 31, (60, 3)).tolist() if any(row)] + differences
    for rank, keeps in ((1, line_square), (2, plane_square)):
        ceiling = square(proven(data, rank))
        assert max(keeps(n, differences) for n in normals) <= ceiling
        assert Fraction(search_map(data, rank).distance_lower) ** 2 <= ceiling


def test_the_ceiling_is_the_fantope_optimum_in_the_plane():
    data = Dataset([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [5.0, 5.0]], [0, 1, 1, 1])
    assert rank_ceiling(data, 1).ratio_estimate == pytest.approx(np.sqrt(0.5), abs=1e-12)


@pytest.mark.parametrize("d", [2, 4])
def test_at_full_rank_the_ceiling_is_delta(make_cloud, d):
    data = make_cloud(3, n=20, d=d)
    delta_square = min(dot(u, u) for u in opposite_differences(data))
    proof = proven(data, d)
    assert delta_square <= square(proof) <= delta_square * (1 + Fraction(1, 10**12))
    assert proof.ratio_excluded == 1.0


@pytest.mark.parametrize(("m", "k"), [(4, 1), (9, 4), (16, 4), (12, 5)])
def test_the_basis_set_has_its_least_rank_to_the_last_bit(m, k):
    data = Dataset(np.vstack([np.zeros(m), np.eye(m)]), [0] + [1] * m)
    assert Fraction(np.nextafter(proven(data, k).ratio_excluded, 0)) ** 2 < Fraction(k, m)


def test_the_ceiling_decreases_with_the_rank(make_cloud):
    data = make_cloud(2, n=40, d=6)
    ceilings = [rank_ceiling(data, k).ratio_estimate for k in range(1, 7)]
    assert all(lower <= upper + 1e-12 for lower, upper in pairwise(ceilings))
    assert ceilings[-1] == pytest.approx(1.0, abs=1e-12)


def test_a_start_from_the_search_leads_to_the_same_ceiling(make_cloud):
    data = make_cloud(5, n=60, d=6)
    trace = trace_search(data, 2)
    warm = rank_ceiling(data, 2, start=(trace.pairs, trace.weights))
    assert warm.ratio_estimate == pytest.approx(rank_ceiling(data, 2).ratio_estimate, abs=1e-3)
    assert warm.ratio_estimate >= trace.map.ratio_lower * (1 - 1e-9)


def test_equal_data_give_equal_bytes(make_cloud):
    data = make_cloud(6, n=50, d=5)
    first, second = rank_ceiling(data, 2), rank_ceiling(data, 2)
    assert first.weights.tobytes() == second.weights.tobytes()
    assert first.pairs.tobytes() == second.pairs.tobytes()
    assert not first.weights.flags.writeable


@pytest.mark.parametrize("scale", [1e6, 1e-6])
def test_the_scale_of_the_data_does_not_matter(make_cloud, scale):
    plain, scaled = make_cloud(4, n=30, d=5), make_cloud(4, n=30, d=5, scale=scale)
    assert proven(scaled, 2).ratio_excluded == pytest.approx(proven(plain, 2).ratio_excluded, rel=1e-3)


def test_two_samples_duplicates_and_an_outlier(make_cloud):
    assert proven(Dataset([[1.0, 2.0], [1.5, 2.0]], ["a", "b"]), 1).ratio_excluded == 1.0
    data = make_cloud(4, n=30, d=5)
    plain = proven(data, 2).ratio_excluded
    twice = Dataset(np.vstack([data.points, data.points]), np.tile(data.labels, 2))
    assert proven(twice, 2).ratio_excluded == pytest.approx(plain, rel=1e-3)
    far = Dataset(np.vstack([data.points, np.full((1, 5), 1e9)]), np.append(data.labels, 0))
    assert proven(far, 2).ratio_excluded == pytest.approx(plain, rel=1e-2)


def test_fewer_samples_than_features():
    rng = np.random.default_rng(3)
    data = Dataset(rng.standard_normal((6, 40)), [0, 1, 0, 1, 2, 2])
    assert proven(data, 2).ratio_excluded < 1.0
    assert proven(data, 5).ratio_excluded == 1.0


@pytest.mark.parametrize("towards", [0.0, 1.0])
def test_a_wanted_ratio_ends_the_work_early(make_cloud, towards):
    data = make_cloud(2, n=60, d=8)
    ceiling = rank_ceiling(data, 3).ratio_estimate
    wanted = 0.5 * (ceiling + towards)
    steps = []
    dual = rank_ceiling(data, 3, wanted_ratio=wanted, progress=lambda *step: steps.append(step))
    assert len(steps) < 10
    assert (dual.ratio_estimate < wanted) == (ceiling < wanted)


@pytest.mark.parametrize("rank", [0, 5])
def test_ranks_out_of_range_are_refused(make_cloud, rank):
    with pytest.raises(InputError, match="rank must be between 1 and the number of features, 4"):
        rank_ceiling(make_cloud(0), rank)


def test_the_chart_of_the_fantope_has_trace_k_and_the_right_gradient():
    rng = np.random.default_rng(0)
    Y, k = rng.standard_normal((7, 5)), 2
    A = rng.standard_normal((7, 7))
    G = A + A.T
    P = Occupation.of(Y, k)
    assert P.share.sum() == pytest.approx(k)
    gradient = P.pulled(G @ P.basis)
    for _ in range(5):
        dY = rng.standard_normal(Y.shape)
        ends = [np.sum(G * (Q.factor @ Q.factor.T)) for Q in (Occupation.of(Y + s * 1e-6 * dY, k) for s in (1, -1))]
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(np.sum(gradient * dY), rel=1e-5, abs=1e-6)


def test_ascent_and_descent_meet():
    rng = np.random.default_rng(1)
    u = rng.standard_normal((40, 6))
    u /= np.linalg.norm(u, axis=1)[:, None]
    P = ascend_fantope(u, rng.standard_normal((6, 6)), 2, 1e-3, 500)
    dual = descend(u, np.full(40, 1 / 40), 2, 1e-5, 50)
    low = np.einsum("ij,ij->i", u @ P.factor, u @ P.factor).min()
    assert low <= dual.eigensum(2) <= low + 0.02
    assert dual.value <= smoothed(u, np.full(40, 1 / 40), 2, 1e-5).value


def test_digits_quickly(digits, digits_separation):
    dual = rank_ceiling(digits, 15, separation=digits_separation, wanted_ratio=0.9965)
    proof = prove_width_bound(digits, 15, dual.pairs, dual.weights, separation=digits_separation)
    assert proof.ratio_excluded <= 0.9965
    assert check_width_bound(proof, digits, separation=digits_separation) == ()


@pytest.mark.slow
@pytest.mark.parametrize(("k", "target"), [(8, 0.7795), (12, 0.926), (15, 0.9936)])
def test_digits_targets(digits, digits_separation, k, target):
    assert proven(digits, k, separation=digits_separation).ratio_excluded <= target


def test_a_few_samples_of_many_prove_nearly_what_all_prove(monkeypatch):
    data = load("codebook:n=300,d=6,classes=8,noise=0.5")
    every = rank_ceiling(data, 3)
    whole = prove_width_bound(data, 3, every.pairs, every.weights).ratio_excluded
    monkeypatch.setattr(working_set, "ALL_SAMPLES_UP_TO", 100)
    monkeypatch.setattr(working_set, "FIRST", 90)
    dual = rank_ceiling(data, 3)
    proof = prove_width_bound(data, 3, dual.pairs, dual.weights)
    assert not check_width_bound(proof, data)
    assert proof.ratio_excluded <= whole + 0.15
    assert proof.ratio_excluded < 1.0
    assert dual.pairs.max() > 200


def test_delegates_take_the_samples_of_a_start_along(monkeypatch):
    data = load("codebook:n=150,d=6,classes=8,noise=0.5")
    monkeypatch.setattr(working_set, "ALL_SAMPLES_UP_TO", 100)
    trace = trace_search(data, 2)
    dual = rank_ceiling(data, 2, start=(trace.pairs, trace.weights))
    assert not check_width_bound(prove_width_bound(data, 2, dual.pairs, dual.weights), data)
