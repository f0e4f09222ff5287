"""Laws of the nearest-sample networks and of decision lists: widths and depths, equivariance, limits, honest refusals."""

import itertools

import numpy as np
import pytest
from scipy.spatial.distance import cdist

import kit
from logwidth.certify import Outcome, certify
from logwidth.construct import CONSTRUCTIONS, Plan
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.network import evaluate, evaluate_exactly

EXACT = {np.inf: ("chebyshev", "chebyshev-collapse"), 1.0: ("manhattan", "manhattan-collapse")}
POWERS = dict.fromkeys((1.0, 1.5, 2.0, 3.0), ("minkowski", "minkowski-collapse"))
NORMS = [1.0, 1.5, 2.0, 3.0, np.inf]


def made(name, data, norm, ratio=0.9, dtype="float32"):
    return kit.build(name, data, ratio, dtype, norm=norm)


def distances(points, data, norm):
    metric = {"metric": "chebyshev"} if np.isinf(norm) else {"metric": "minkowski", "p": norm}
    return cdist(points, data.points, **metric)


def names_for(norm, classes):
    found = EXACT.get(norm, ()) + POWERS.get(norm, ())
    return [name for name in found if classes == 2 or not name.endswith("collapse")]


@pytest.mark.parametrize(("norm", "d"), list(itertools.product(NORMS, (1, 2, 4))))
def test_labels_are_right_on_rational_points_of_every_ball(norm, d):
    for classes in (2, 3):
        data = kit.cloud("rational", 5, d, classes)
        for name in names_for(norm, classes):
            plan, built = made(name, data, norm)
            found = certify(built.network, data, plan.radius, norm=norm)
            assert (found.status == Outcome.CERTIFIED).all()
            for i in range(data.n_samples):
                assert kit.survives_exactly(built.network, data, i, plan.radius, "exact", norm)


@pytest.mark.parametrize(("norm", "m", "n"), [(p, m, n) for p in EXACT for m in (1, 2, 3) for n in (4, 9)])
def test_widths_and_depths_are_those_of_theorem_t7(norm, m, n):
    two, three = kit.cloud("T7", n, m, 2), kit.cloud("T7", n, m, 3)
    register, collapse = EXACT[norm]
    found = [made(collapse, two, norm)[1], made(register, two, norm)[1], made(register, three, norm)[1]]
    shapes = [(b.network.width, b.network.depth) for b in found]
    if np.isinf(norm):
        assert shapes == [(m + 2, 2 * m * n + 1), (m + 3, 2 * m * n), (m + 3, 2 * m * n)]
    else:
        assert shapes == [(m + 3, m * n + 3), (m + 4, m * n + 2), (m + 4, m * n + 2)]


@pytest.mark.parametrize("p", [1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 16.0])
def test_general_p_stays_within_six_units_of_the_map(p):
    data = kit.cloud("general", 8, 3, 2)
    for name, extra, layers in (("minkowski", 5, 3), ("minkowski-collapse", 4, 4)):
        _, built = made(name, data, p)
        assert built.network.width == 3 + extra <= 3 + 6
        assert built.n_pieces % (3 * 8) == 0
        assert built.network.depth == built.n_pieces + layers


@pytest.mark.parametrize("norm", list(EXACT))
def test_the_exact_ones_are_the_nearest_sample_rule_near_the_samples(norm):
    data = kit.cloud("rule", 12, 3, 3)
    plan, built = made(EXACT[norm][0], data, norm)
    rng = kit.rng_of("near", norm)
    points = np.repeat(data.points, 40, axis=0)
    points = points + rng.uniform(-1, 1, points.shape) * plan.distance / 3
    gaps = np.array([distances(points, data, norm)[:, data.labels == c].min(axis=1) for c in range(3)])
    order = np.sort(gaps, axis=0)
    clear = (order[1] - order[0] >= plan.distance - 2 * plan.radius) & (order[0] < plan.distance)
    assert clear.sum() > 50
    assert (evaluate(built.network, points[clear])[:, 0] == data.values[gaps.argmin(axis=0)[clear]]).all()


@pytest.mark.parametrize("norm", list(EXACT))
def test_each_sample_is_certified_up_to_nearly_half_its_own_distance(norm):
    """The certificate loses no more than rounding and the gap that the rates assume, as far as the domain reaches."""
    data = kit.cloud("own distance", 10, 3, 2)
    for name in EXACT[norm]:
        plan, built = made(name, data, norm, 0.5, "float64")
        radii = certify(built.network, data, plan.radius, norm=norm).radius_lower
        far = distances(data.points, data, norm)
        far[data.labels[:, None] == data.labels[None, :]] = np.inf
        limit = np.minimum(far.min(axis=1) / 2, 1.5 * plan.radius)
        assert (radii <= far.min(axis=1) / 2).all()
        assert (radii >= 0.8 * limit).all()


@pytest.mark.parametrize("name", ["chebyshev", "manhattan", "minkowski", "list"])
def test_scaling_by_a_power_of_two_changes_nothing(name):
    data = kit.cloud("scaling", 8, 3, 2)
    scaled = Dataset(data.points * 2.0**7, data.labels)
    plan, built = kit.build(name, data)
    large, other = kit.build(name, scaled)
    assert large.radius == plan.radius * 2.0**7
    assert built.network.depth == other.network.depth
    points = np.concatenate([data.points, data.points + plan.radius / 2])
    assert (evaluate(built.network, points) == evaluate(other.network, points * 2.0**7)).all()


@pytest.mark.parametrize("name", ["chebyshev", "chebyshev-collapse", "manhattan", "minkowski", "minkowski-collapse", "list"])
def test_order_of_samples_and_of_features_changes_no_label(name):
    data = kit.cloud("order", 9, 3, 2)
    plan, built = kit.build(name, data)
    rng = kit.rng_of("order", name)
    rows, columns = rng.permutation(9), rng.permutation(3)
    other_plan, other = kit.build(name, Dataset(data.points[rows][:, columns], data.labels[rows]))
    assert other_plan.radius == pytest.approx(plan.radius)
    assert (other.network.width, other.n_pieces) == (built.network.width, built.n_pieces) or name == "list"
    points = np.repeat(data.points, 5, axis=0) + rng.uniform(-0.5, 0.5, (45, 3)) * plan.radius
    assert (evaluate(built.network, points) == evaluate(other.network, points[:, columns])).all()


def test_large_p_approaches_the_maximum_norm_from_the_safe_side():
    """ImageBalls grow with p: what is certified in ℓp is certified in no more than the ℓ∞ radius, and comes close to it."""
    data = kit.cloud("large p", 8, 3, 2)
    limit, _ = made("chebyshev", data, np.inf, 0.9)
    radii = []
    for p in (4.0, 16.0, 64.0):
        plan, built = made("minkowski", data, p, 0.9)
        assert (certify(built.network, data, plan.radius, norm=p).status == Outcome.CERTIFIED).all()
        assert plan.radius >= limit.radius * (1 - 1e-9)
        inside = certify(built.network, data, plan.radius * 3 ** (-1 / p), norm=np.inf)
        assert (inside.status == Outcome.CERTIFIED).all()
        assert not kit.overlaps(data, inside.radius_lower, np.inf)
        radii.append(plan.radius)
    assert radii == sorted(radii, reverse=True)
    assert radii[-1] == pytest.approx(limit.radius, rel=0.05)


def test_knots_grow_with_the_ratio_and_the_dimension():
    counts = [made("minkowski", kit.cloud("knots", 6, 2, 2), 2.0, ratio)[1].n_pieces for ratio in (0.5, 0.9, 0.99)]
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]


# --- refusals


def test_images_too_close_for_the_maximum_norm_are_refused_with_advice():
    with pytest.raises(InputError, match=r"linf distances .* --construction cells"):
        made("chebyshev", Dataset([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]], [0, 1]), 1.0)


def test_maps_that_keep_no_lp_distances_are_refused_with_advice():
    data = kit.cloud("features", 10, 6, 2)
    with pytest.raises(InputError, match=r"raw features.*--construction cells or chebyshev"):
        kit.build("minkowski", data, 0.5, "float32", kit.rng_of("rows").normal(size=(3, 6)), 3.0)


def test_the_maximum_norm_has_a_construction_of_its_own():
    with pytest.raises(InputError, match="--construction chebyshev"):
        made("minkowski", kit.cloud("inf", 6, 2, 2), np.inf)


def test_too_many_layers_are_refused_with_their_size():
    points = kit.rng_of("deep").normal(size=(5000, 30))
    with pytest.raises(InputError, match=r"300,000 layers .* GiB stored.*--construction cells"):
        made("chebyshev", Dataset(points, np.arange(5000) % 2), np.inf, 0.5)


# --- decision lists


def test_separable_classes_need_one_rule_and_no_unit_beside_the_coordinates():
    data = Dataset([[0.0, 0], [1, 1], [0, 1], [9, 0], [9, 1], [8, 1]], [0, 0, 0, 1, 1, 1])
    _, built = kit.build("list", data)
    assert (built.n_pieces, built.network.width, built.network.depth) == (1, 2, 3)


@pytest.mark.parametrize(("norm", "d"), list(itertools.product(NORMS, (1, 2, 4))))
def test_lists_are_certified_and_right_on_rational_points(norm, d):
    data = kit.cloud("lists", 8, d, 2)
    plan, built = kit.build("list", data, 0.8, norm=norm)
    assert built.network.depth == built.n_pieces + 2
    assert built.network.width == d + (built.n_pieces > 1)
    assert (certify(built.network, data, plan.radius, norm=norm).status == Outcome.CERTIFIED).all()
    for i in range(data.n_samples):
        assert kit.survives_exactly(built.network, data, i, plan.radius, "exact", norm)


def test_a_data_set_without_a_list_is_refused_and_says_how_many_remain():
    """The XOR of four balls: no halfspace holds one class's ball and none of the other's, once the balls are large."""
    angles = 2 * np.pi * np.arange(12) / 12
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    data = Dataset(np.concatenate([ring, [[2.0, 2.0]]]) * 10, [*(np.arange(12) % 2), 0])
    with pytest.raises(InputError, match=r"after \d+ rules 1[0-3] of 13 samples remain.*--construction collapse"):
        kit.build("list", data, 0.99)


def test_a_list_that_is_asked_on_the_line_alternates():
    data = Dataset([[0.0], [1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1, 0])
    plan, built = kit.build("list", data, 0.9)
    assert built.n_pieces == 4
    assert built.network.width == 2
    for x, y in zip(data.points, data.labels, strict=True):
        for step in (-plan.radius, plan.radius):
            assert evaluate_exactly(built.network, (x + step).tolist()) == [y]


@pytest.mark.parametrize(("norm", "classes"), list(itertools.product(NORMS, (3, 5))))
def test_lists_of_more_classes_park_their_hits_and_are_right_on_rational_points(norm, classes):
    data = kit.cloud("parked", 12, 3, classes)
    plan, built = kit.build("list", data, 0.8, norm=norm)
    assert (built.network.width, built.network.depth) == (4, built.n_pieces + 3 * classes - 2)
    assert (certify(built.network, data, plan.radius, norm=norm).status == Outcome.CERTIFIED).all()
    for i in range(data.n_samples):
        assert kit.survives_exactly(built.network, data, i, plan.radius, "exact", norm)


def test_peeling_that_would_take_hours_is_refused_at_once():
    points = kit.rng_of("many").normal(size=(40_000, 12))
    data = Dataset(points, np.arange(40_000) % 3)
    plan = Plan(data.points, data.labels, data.values, np.eye(12), 1e-6, 1e-5)
    with pytest.raises(InputError, match=r"40,000 samples at rank 12 .* --construction collapse"):
        CONSTRUCTIONS["list"].build(plan)


def test_collapses_of_nearest_samples_are_for_two_classes_only():
    assert not CONSTRUCTIONS["chebyshev-collapse"].serves([2, 2, 2])
