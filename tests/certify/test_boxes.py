"""Decision lists of boxes: exact at every float, certified up to the edge of their corners and not one float beyond."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwidth.certify import Outcome, certify, recognise
from logwidth.certify.forms.boxes.form import BoxTest
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.construct import BOXES, Plan
from logwidth.dataset import Dataset
from logwidth.network import AffineLayer, ReluNetwork, evaluate, evaluate_exactly
from logwidth.separation import separation

rng = np.random.default_rng(22)


def grid(n, d, classes, seed=0):
    draw = np.random.default_rng(seed)
    points = np.unique(draw.integers(0, 7, size=(3 * n, d)), axis=0).astype(float)
    points = points[draw.permutation(len(points))[:n]]
    return Dataset(points, np.arange(len(points)) % classes)


DATA = {
    "grid": lambda: grid(60, 3, 3),
    "two on a line": lambda: Dataset([[0.25], [-7.0]], [0, 1]),
    "lone class in the middle": lambda: Dataset([[0.0], [1.0], [2.0], [3.0]], [0, 7, 7, 0]),
    "shifted": lambda: Dataset(grid(30, 2, 2, 1).points / 3 + 1000.0, np.arange(30) % 2),
    "tiny": lambda: Dataset(grid(30, 2, 2, 2).points * 2.0**-40, np.arange(30) % 2),
    "huge": lambda: Dataset(grid(30, 2, 2, 3).points * 2.0**60, np.arange(30) % 2),
    "many features": lambda: Dataset(np.random.default_rng(4).normal(size=(40, 9)), np.arange(40) % 4),
    "labels far apart": lambda: Dataset(grid(30, 2, 3, 5).points, np.array([-1000, 70000, 0])[np.arange(30) % 3]),
    "constant feature": lambda: Dataset(np.c_[np.ones(20), grid(20, 2, 2, 6).points], np.arange(20) % 2),
}


def built(data, ratio=0.9, dtype="float32", **more):
    delta = separation(data, norm="inf").lower
    matrix = np.eye(data.n_features)
    plan = Plan(data.points, data.labels, data.values, matrix, ratio * delta / 2, delta, dtype, np.inf, np.inf, **more)
    return plan, BOXES.build(plan)


@pytest.mark.parametrize(
    ("dtype", "more"),
    [
        pytest.param("float32", {}, id="float32-narrow"),
        pytest.param("float64", {}, id="float64-narrow"),
        pytest.param("float32", {"lanes": 3}, id="float32-three lanes"),
        pytest.param("float64", {"lanes": 3}, id="float64-three lanes", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", DATA)
def test_every_ball_is_certified_with_the_stated_width_and_the_fewest_layers(name, dtype, more):
    data = DATA[name]()
    plan, made = built(data, dtype=dtype, **more)
    found = certify(made.network, data, plan.radius, norm="inf")
    assert (found.status == Outcome.CERTIFIED).all(), found.reason
    form = recognise(made.network)
    sides = np.isfinite(form.lower).sum() + np.isfinite(form.upper).sum()
    classes = data.n_classes - 1
    assert made.network.width == max(form.snapping.features.size + more.get("lanes", 1) + 1, 2)
    assert made.n_pieces == form.values.size
    if not more:
        assert made.network.depth == 3 + sides + 2 * classes
    for p in (1, 2, 3.5):  # a ball reaches its radius along a feature, in every norm
        assert (certify(made.network, data, plan.radius, norm=p).status == Outcome.CERTIFIED).all()


@pytest.mark.parametrize("name", DATA)
def test_the_network_is_the_list_at_every_float(name):
    data = DATA[name]()
    _, made = built(data)
    form = recognise(made.network)
    spread = np.ptp(data.points, axis=0)
    x = data.points.min(axis=0) - spread + 3 * spread * rng.random((400, data.n_features))
    x = np.concatenate([x, data.points, 1e6 * (x - x.mean(axis=0)), np.zeros((1, data.n_features))]).astype(np.float32)
    snap = form.snapping
    z = snap.scales.astype(np.float32) * x[:, snap.features] + snap.offsets.astype(np.float32)
    w = np.clip(z.astype(float) - form.base, 0, form.base / 2)
    holds = ((w[:, None] >= form.lower) & (w[:, None] <= form.upper)).all(axis=2)
    expected = np.full(len(x), form.default)
    for k, value in enumerate(form.values):
        expected[holds[:, k]] = value
    assert np.array_equal(evaluate(made.network, x).ravel(), expected)
    behind = behind_whole_numbers(made.network)
    assert [float(evaluate_exactly(behind, row.tolist())[0]) for row in w[::97]] == expected[::97].tolist()


def behind_whole_numbers(network):
    """The network behind its whole numbers: they come in as they are."""
    m = network.hidden[2].n_inputs
    eye = AffineLayer.from_rows(m, [{j: 1.0} for j in range(m)], [0.0] * m, "float32")
    third = network.hidden[2]
    rows = [{j: 1.0} for j in range(m)] + [{}]
    bias = [0.0] * m + [float(third.bias[m])]
    return ReluNetwork((eye, AffineLayer.from_rows(m, rows, bias, "float32"), *network.hidden[3:]), network.output)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from(["float32", "float64"]))
def test_corners_are_exact_and_one_float_beyond_is_not_claimed(seed, dtype):
    draw = np.random.default_rng(seed)
    points = np.unique(draw.integers(-20, 20, size=(8, 2)), axis=0) / 4
    data = Dataset(points, np.arange(len(points)) % 2)
    _, made = built(data, 0.5, dtype)
    form = recognise(made.network)
    corners, snap = form.boxes().corners, form.snapping
    kind = np.dtype(dtype).type
    for k, j in zip(*np.nonzero(np.isfinite(form.lower)), strict=True):
        scale, offset = Fraction(float(snap.scales[j])), Fraction(float(snap.offsets[j]))
        above, below = kind(corners.inside_low[k, j]), kind(corners.outside_low[k, j])
        assert np.nextafter(below, kind(np.inf)) == above
        level = form.base + form.lower[k, j]
        for x, reached in ((above, True), (below, False)):
            above_tie = Fraction(float(x)) * scale + offset - Fraction(level) + Fraction(1, 2)  # whole numbers below 2 B
            assert above_tie >= 0 if reached else above_tie <= 0


def granted(made, data, i):
    """The test of a sample, and the largest radius that exact arithmetic grants it."""
    form = recognise(made.network)
    test = BoxTest(form.boxes(), frozenset([float(data.values[data.labels[i]])]))
    return test, float(test.measure(None, data.points[i : i + 1], 1e-9).radius_lower[0])


def test_a_radius_is_granted_up_to_the_corner_and_not_one_float_farther():
    data = grid(40, 2, 3)
    _, made = built(data, 0.9)
    seen = 0
    for i in range(data.n_samples):
        test, radius = granted(made, data, i)
        value = float(data.values[data.labels[i]])
        if not np.isfinite(radius):
            continue
        assert test.holds(data.points[i], radius, value)
        largest = radius
        while test.holds(data.points[i], np.nextafter(largest, np.inf), value):
            largest = np.nextafter(largest, np.inf)
        assert largest <= radius * (1 + 2.0**-50)
        assert test.measure(None, data.points[i : i + 1], largest).proven[0]
        assert not test.measure(None, data.points[i : i + 1], np.nextafter(largest, np.inf)).proven[0]
        seen += 1
    assert seen > 10


def stepped(network, layer, unit, step):
    """The network with one bias moved by one unit in the last place."""
    old = network.hidden[layer]
    bias = old.bias.copy()
    bias[unit] = np.nextafter(bias[unit], np.float32(np.inf * step))
    return ReluNetwork((*network.hidden[:layer], replace(old, bias=bias), *network.hidden[layer + 1 :]), network.output)


def test_a_threshold_moved_by_one_ulp_over_the_edge_is_caught():
    """At the exact edge of a sample's ball: the sample that was certified is not, and is right or wrong there as proven."""
    data = Dataset([[0.0], [2.0], [4.0], [7.0]], [0, 1, 1, 0])
    _, made = built(data, 0.9)
    whole = certify(made.network, data, 0.9, norm="inf")
    assert (whole.status == Outcome.CERTIFIED).all()
    radius = float(whole.radius_lower.min())
    caught = 0
    for layer in (0, *range(3, made.network.depth)):
        for unit in range(made.network.hidden[layer].n_outputs):
            for step in (1, -1):
                moved = stepped(made.network, layer, unit, step)
                found = certify(moved, data, radius, norm="inf")
                ends = np.concatenate([data.points - radius, data.points, data.points + radius]).astype(np.float32)
                right = (evaluate(moved, ends).ravel() == np.tile(data.values[data.labels], 3)).reshape(3, -1).all(axis=0)
                assert not ((found.status == Outcome.CERTIFIED) & ~right).any()
                caught += int((found.status != Outcome.CERTIFIED).any())
    assert caught > 5


def refused(network, text):
    from logwidth.certify.forms.boxes.reader import read_boxes

    with pytest.raises(UnrecognisedNetworkError, match=text):
        read_boxes(network)


def changed(network, layer, unit, weights=None, bias=None):
    old = network.layers[layer]
    rows = [old.row(i) for i in range(old.n_outputs)]
    biases = old.bias.astype(float).tolist()
    if weights is not None:
        rows[unit] = weights(rows[unit])
    if bias is not None:
        biases[unit] = bias(biases[unit])
    new = AffineLayer.from_rows(old.n_inputs, rows, biases, old.dtype)
    layers = [*network.layers]
    layers[layer] = new
    return ReluNetwork(tuple(layers[:-1]), layers[-1])


def test_what_is_not_a_list_of_boxes_is_refused():
    _, made = built(grid(20, 2, 3), 0.5)
    network, m = made.network, made.map_rank
    assert m == 2
    refused(changed(network, 0, 0, weights=lambda w: {k: 3 * v for k, v in w.items()}), "power of two")
    refused(changed(network, 0, 0, weights=lambda w: {0: 1.0, 1: 1.0}), "single features")
    refused(changed(network, 1, 0, bias=lambda b: b + 1), "does not hold")
    refused(changed(network, 2, 1, bias=lambda b: b - 1), "does not hold")
    refused(changed(network, 2, m, weights=lambda w: {0: 1.0}), "register that reads")
    refused(changed(network, 3, m, bias=lambda b: b + 0.5), "whole numbers")
    refused(changed(network, 3, m, weights=lambda w: {0: 1.0, 1: 1.0}), "not of one feature|may be rounded")
    refused(changed(network, 3, m, weights=lambda w: {k: 2 * v for k, v in w.items()}), "not of one feature|may be rounded")
    refused(changed(network, 3, m, bias=lambda b: 2.0**24 * np.sign(b)), "beyond the whole|may be rounded")
    last = network.depth - 1
    refused(changed(network, last, 0, bias=lambda b: 0.5), "bias")
    refused(changed(network, last - 1, 0, weights=lambda w: {k: v / 1024 for k, v in w.items()}), "weights|above 0")
    refused(changed(network, last + 1, 0, bias=lambda b: 0.25), "codes")
    refused(changed(network, last - 1, 0, weights=lambda w: {k: v if v > 0 else v / 1024 for k, v in w.items()}), "above 0")
    cut = ReluNetwork(network.hidden[:-1], AffineLayer.from_rows(1, [{0: 1.0}], [0.0], "float32"))
    refused(cut, "end too early")
