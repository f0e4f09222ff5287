"""Reject: none wherever all samples are farther than R, proven of lists of boxes up to the last float, and caught beyond."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from logwidth.certify import Outcome, certify, is_beyond, prove_rejection, recognise
from logwidth.certify.forms.boxes.near import Cubes, far_problem
from logwidth.construct import BOXES, Plan, Reject
from logwidth.dataset import Dataset, none_value
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork, evaluate
from logwidth.separation import separation


def grid(n, d, classes, seed=0):
    draw = np.random.default_rng(seed)
    points = np.unique(draw.integers(0, 5, size=(3 * n, d)), axis=0).astype(float)
    points = points[draw.permutation(len(points))[:n]]
    return Dataset(points, np.arange(len(points)) % classes)


def full(seed=3):
    points = np.stack(np.meshgrid(np.arange(6.0), np.arange(5.0), indexing="ij"), axis=-1).reshape(-1, 2)
    return Dataset(points, np.random.default_rng(seed).integers(0, 3, 30))


DATA = {
    "grid": lambda: grid(12, 3, 3),
    "full grid": full,
    "two on a line": lambda: Dataset([[0.25], [-7.0]], [0, 1]),
    "shifted": lambda: Dataset(grid(12, 2, 2, 1).points / 3 + 1000.0, np.arange(12) % 2),
    "tiny": lambda: Dataset(grid(12, 2, 2, 2).points * 2.0**-40, np.arange(12) % 2),
    "many features": lambda: Dataset(np.random.default_rng(4).normal(size=(6, 7)), np.arange(6) % 3),
    "negative labels": lambda: Dataset(grid(12, 2, 3, 5).points, np.array([-3, -2, 8])[np.arange(12) % 3]),
    "constant feature": lambda: Dataset(np.c_[np.ones(10), grid(10, 2, 2, 6).points], np.arange(10) % 2),
}


def built(data, reject, ratio=0.8, norm=np.inf, dtype="float32", **more):
    """The plan and the network; `reject` in units of delta."""
    delta = separation(data, norm=norm).lower
    far = Reject(reject * delta, none_value(data.values))
    matrix = np.eye(data.n_features)
    plan = Plan(
        data.points, data.labels, data.values, matrix, ratio * delta / 2, delta, dtype, norm, norm, reject=far, **more
    )
    return plan, BOXES.build(plan).network


def proven(plan, network, data, radius=None):
    radius = plan.reject.radius if radius is None else radius
    return prove_rejection(network, data, radius, norm=plan.norm, value=plan.reject.value)


def directions(network, d, norm):
    """Both ways along the features, all corners (few features), and what the first layer tells apart least."""
    ways = [np.eye(d), np.linalg.svd(network.hidden[0].dense().astype(float))[2]]
    if d <= 4:
        ways.append(np.array(list(itertools.product((-1.0, 1.0), repeat=d))))
    found = np.concatenate(ways)
    found = np.concatenate([found, -found])
    return found / np.linalg.norm(found, ord=norm, axis=1)[:, None]


@pytest.mark.parametrize("reject", [0.45, 2.0])
@pytest.mark.parametrize("name", DATA)
def test_both_halves_are_proven_and_points_just_beyond_get_none_in_every_direction(name, reject):
    data = DATA[name]()
    plan, network = built(data, reject)
    assert (certify(network, data, plan.radius, norm="inf").status == Outcome.CERTIFIED).all()
    far = proven(plan, network, data)
    assert far.holds, far.reason
    assert network.width == data.n_features + 2
    ways = directions(network, data.n_features, np.inf)
    shares = np.array([1 + 1e-6, 2.0, 1e6])[:, None, None, None]
    points = (data.points[None, :, None] + plan.reject.radius * shares * ways).reshape(-1, data.n_features)
    edge = np.array([far.inputs_upper, -far.inputs_upper])[:, None] * np.ones(data.n_features)
    points = np.concatenate([points, edge]).astype(np.float32).astype(float)
    beyond = [is_beyond(point, data, plan.reject.radius, np.inf) for point in points]
    assert sum(beyond) > 4
    assert (evaluate(network, points[beyond])[:, 0] == plan.reject.value).all()


@pytest.mark.parametrize("more", [{"lanes": 3}, {"dtype": "float64"}], ids=["three lanes", "float64"])
@pytest.mark.parametrize("norm", [1.0, 2.0, 3.5, np.inf], ids=["1", "2", "3.5", "inf"])
def test_boxes_reject_in_other_norms_where_their_corners_are_near_enough(norm, more):
    data = grid(14, 2, 2, 7)
    plan, network = built(data, 0.9, 0.8, norm, **more)
    assert (certify(network, data, plan.radius, norm=norm).status == Outcome.CERTIFIED).all()
    assert proven(plan, network, data).holds
    with pytest.raises(InputError, match=r"reject > radius times d\^\(1/p\)"):
        built(data, 0.4 * 2 ** (1 / norm), 0.8, norm, **more)


def test_a_full_grid_needs_no_more_boxes_than_without_reject_but_that_of_the_largest_class():
    data = full()
    plan, network = built(data, 0.6, 0.9)
    plain, few = recognise(network), recognise(BOXES.build(replace(plan, reject=None)).network)
    largest = data.values[np.argmax(np.bincount(data.labels))]
    others = int((plain.values != largest).sum())
    assert others <= few.values.size + 1
    assert int((plain.values == largest).sum()) == 1


def outer(form):
    corners = form.boxes().corners
    return corners.outside_low, corners.outside_high


def test_the_radius_is_proven_up_to_the_outer_corners_and_not_one_float_less():
    data = DATA["two on a line"]()
    plan, network = built(data, 0.6)
    form = recognise(network)
    low, high = outer(form)
    largest = 0.0
    for k in range(form.values.size):
        x = data.points[data.values[data.labels] == form.values[k], 0][0]
        largest = max(largest, Fraction(x) - Fraction(low[k, 0]), Fraction(high[k, 0]) - Fraction(x))
    edge = float(largest)
    assert Fraction(edge) == largest
    assert far_problem(form, data.points, np.inf, np.nextafter(edge, np.inf), plan.reject.value) == ""
    problem = far_problem(form, data.points, np.inf, np.nextafter(edge, 0), plan.reject.value)
    assert "reaches farther" in problem
    ends = np.concatenate([low, high]).ravel()
    outside = evaluate(network, ends[:, None])[:, 0]
    assert (outside == plan.reject.value).all()
    inwards = np.nextafter(ends.astype(np.float32), np.repeat([np.inf, -np.inf], len(low)).astype(np.float32))
    assert (evaluate(network, inwards[:, None].astype(float))[:, 0] != plan.reject.value).all()


def moved(network, layer, unit, step):
    """The network with one bias moved by some whole numbers."""
    old = network.hidden[layer]
    bias = old.bias.copy()
    bias[unit] += np.float32(step)
    return ReluNetwork((*network.hidden[:layer], replace(old, bias=bias), *network.hidden[layer + 1 :]), network.output)


def test_a_side_moved_one_whole_number_beyond_the_radius_is_caught_and_a_witness_is_a_witness():
    data = Dataset([[0.0], [2.0], [4.0], [7.0]], [0, 1, 1, 0])
    plan, network = built(data, 0.6, 0.9)
    low, high = outer(recognise(network))
    tight = max(min(max(x - a, b - x) for x in data.points[:, 0]) for a, b in zip(low[:, 0], high[:, 0], strict=True))
    tight = np.nextafter(tight, np.inf)
    assert proven(plan, network, data, tight).holds
    caught = 0
    for layer in range(3, network.depth, 2):
        for unit in range(network.hidden[layer].n_outputs):
            for step in (1, -1):
                far = proven(plan, moved(network, layer, unit, step), data, tight)
                caught += not far.holds
                if far.outcome == Outcome.FALSIFIED:
                    assert is_beyond(np.array(far.witness["point"]), data, tight, np.inf)
    assert caught > 2


def test_a_class_as_the_default_is_caught_by_proof_and_by_a_witness():
    data = grid(14, 2, 2, 7)
    plan, network = built(data, 0.6)
    old = network.hidden[2]
    first = replace(old, bias=np.where(np.arange(old.bias.size) == 2, np.float32(2.0), old.bias))
    far = proven(plan, ReluNetwork((*network.hidden[:2], first, *network.hidden[3:]), network.output), data)
    assert far.outcome == Outcome.FALSIFIED
    assert "where no box holds" in far.reason
    assert far.witness["output"] in data.values
    unbounded = BOXES.build(replace(plan, reject=None)).network
    assert proven(plan, unbounded, data).outcome == Outcome.FALSIFIED
    assert "value of a class" in prove_rejection(network, data, 1.0, norm=np.inf, value=float(data.values[0])).reason


def test_networks_on_a_map_of_lower_rank_are_refuted_along_its_kernel():
    data = Dataset([[0.0, 0.0], [4.0, 0.0]], [0, 1])
    network = ReluNetwork(
        (AffineLayer.from_rows(2, [{0: 1.0}], [0.0], "float32"),), AffineLayer.from_rows(1, [{0: 0.25}], [0.0], "float32")
    )
    far = prove_rejection(network, data, 1.0, norm=2.0, value=-1.0)
    assert far.outcome == Outcome.FALSIFIED
    assert "no known form" in far.reason


def test_cubes_cover_what_they_cover_against_exact_arithmetic():
    draw = np.random.default_rng(8)
    seen = []
    for _ in range(40):
        points = draw.integers(0, 6, size=(12, 2)) / 2
        radius = float(draw.integers(1, 5)) / 4 + 2.0**-20
        low = draw.integers(0, 5, size=2) / 2 + 0.1
        high = low + draw.integers(1, 4, size=2) / 2
        cubes = Cubes.of(points, radius)
        at = [np.linspace(a, b, 41)[1:-1] for a, b in zip(low, high, strict=True)]
        samples = np.stack(np.meshgrid(*at, indexing="ij"), axis=-1).reshape(-1, 2)
        near = (np.abs(samples[:, None] - points).max(axis=2) <= radius).any(axis=1).all()
        seen.append((bool(cubes.hold(low, high)), bool(near)))
        assert not (seen[-1][0] and not near)
    assert sum(a == b for a, b in seen) >= 38
    assert 5 < sum(a for a, _ in seen) < 35
