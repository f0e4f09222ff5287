"""Lists of balls: exact at every float, labels up to their inner radii, none beyond their outer ones, faults caught."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify import Outcome, certify, is_beyond, prove_rejection, recognise
from logwidth.certify.forms.balls.reader import read_balls
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.certify.runs.ball_reading import BallReading
from logwidth.construct import BALLS, Plan, Reject
from logwidth.dataset import Dataset, none_value
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork, evaluate, evaluate_exactly
from logwidth.separation import separation

draw = np.random.default_rng(15)
WORDS = np.unique(draw.integers(0, 2, size=(9, 8)), axis=0).astype(float)
DATA = {
    "words": lambda: Dataset(WORDS, np.arange(len(WORDS)) % 4),
    "two on a line": lambda: Dataset([[0.25], [-7.0]], [0, 1]),
    "far from zero": lambda: Dataset(np.array([[0.0, 0], [1, 0], [0, 2], [3, 3]]) / 3 + 1000.0, [5, -2, 5, 1]),
    "constant feature": lambda: Dataset([[1.0, 0.0], [1.0, 1.0], [1.0, 3.0]], ["a", "b", "a"]),
}


def built(data, norm=1.0, ratio=0.6, reject=0.5, dtype="float32", **more):
    """The plan and the network; `reject` in units of delta."""
    delta = separation(data, norm=norm).lower
    far, matrix = Reject(reject * delta, none_value(data.values)), np.eye(data.n_features)
    plan = Plan(
        data.points, data.labels, data.values, matrix, ratio * delta / 2, delta, dtype, norm, norm, reject=far, **more
    )
    return plan, BALLS.build(plan).network


def ways(d, norm, n=20):
    free = np.concatenate([draw.normal(size=(n, d)), np.eye(d), -np.eye(d), draw.choice([-1.0, 1.0], size=(4, d))])
    return free / np.linalg.norm(free, ord=norm, axis=1)[:, None]


@pytest.mark.parametrize("more", [{}, {"lanes": 5}, {"dtype": "float64"}], ids=["narrow", "five hinges", "float64"])
@pytest.mark.parametrize("norm", [1.0, 2.0], ids=["1", "2"])
@pytest.mark.parametrize("name", DATA)
def test_both_halves_are_proven_and_hold_in_every_direction(name, norm, more):
    data = DATA[name]()
    plan, network = built(data, norm, **more)
    assert network.width == data.n_features + more.get("lanes", 1) + 2
    assert (certify(network, data, plan.radius, norm=norm).status == Outcome.CERTIFIED).all()
    far = prove_rejection(network, data, plan.reject.radius, norm=norm, value=plan.reject.value)
    assert far.holds, far.reason
    steps = ways(data.n_features, norm)
    near = (data.points[:, None] + plan.radius * (1 - 1e-6) * steps).reshape(-1, data.n_features)
    assert (evaluate(network, near)[:, 0] == np.repeat(data.values[data.labels], len(steps))).all()
    shares = np.array([1 + 1e-6, 3.0, 1e9])[:, None, None, None]
    away = (data.points[None, :, None] + plan.reject.radius * shares * steps).reshape(-1, data.n_features)
    away = np.concatenate([away, np.full((1, data.n_features), far.inputs_upper)]).astype(network.dtype).astype(float)
    beyond = [is_beyond(point, data, plan.reject.radius, norm) for point in away]
    assert sum(beyond) > len(steps)
    assert (evaluate(network, away[beyond])[:, 0] == plan.reject.value).all()


@pytest.mark.parametrize("norm", [1.0, 2.0], ids=["1", "2"])
def test_the_edge_of_every_ball_lies_between_its_radii(norm):
    data = DATA["words"]()
    _, network = built(data, norm, 0.7, 0.45, lanes=32)
    reaches = recognise(network).reaches(norm)
    assert (reaches.inner > 0).all()
    assert (reaches.outer < np.inf).all()
    for centre, inner, outer in zip(reaches.centres[:4], reaches.inner, reaches.outer, strict=False):
        inside = evaluate(network, centre[None])[0, 0]
        steps = ways(data.n_features, norm, 4)
        low, high = np.zeros(len(steps)), np.full(len(steps), 2 * outer)
        for _ in range(40):
            middle = (low + high) / 2
            same = evaluate(network, centre + middle[:, None] * steps)[:, 0] == inside
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        assert (inner * (1 - 1e-9) - 1e-6 <= low).all()
        assert (low <= outer * (1 + 1e-9) + 1e-6).all()


@pytest.mark.parametrize("norm", [1.0, 2.0], ids=["1", "2"])
def test_the_network_is_the_list_at_every_float_and_so_is_the_quick_reading(norm):
    data = DATA["words"]()
    _, network = built(data, norm, lanes=7)
    form = recognise(network)
    x = np.concatenate([data.points + 0.3 * draw.normal(size=data.points.shape) for _ in range(12)])
    x = np.concatenate([x, data.points, 1e5 * x[:20], 1e30 * x[:5], np.zeros((1, 8))]).astype(np.float32).astype(float)
    whole, fine = form.at(x)
    assert fine.all()
    expected = np.full(len(x), form.default)
    for k in range(form.outputs.size):
        holds = form.hinges.sums(np.full(len(x), k), whole) <= form.levels[k] - 1
        expected[holds] = form.outputs[k]
    assert np.array_equal(evaluate(network, x).ravel(), expected)
    assert len(np.unique(expected)) == 5
    values, clear = BallReading(form, norm).read(x)
    assert clear.all()
    assert np.array_equal(values, expected)
    for row, value in zip(whole[::40], expected[::40], strict=True):
        assert float(evaluate_exactly(behind_whole_numbers(network), row.tolist())[0]) == value


def behind_whole_numbers(network):
    """The network behind its whole numbers: they come in as they are."""
    m, third = network.hidden[2].n_inputs, network.hidden[2]
    eye = [{j: 1.0} for j in range(m)]
    first = AffineLayer.from_rows(m, eye, [0.0] * m, "float32")
    second = AffineLayer.from_rows(m, [*eye, {}], [*[0.0] * m, float(third.bias[m])], "float32")
    return ReluNetwork((first, second, *network.hidden[3:]), network.output)


def test_radii_are_sound_against_exact_sums_on_a_line():
    data = DATA["two on a line"]()
    _, network = built(data, 1.0, 0.8, 0.45)
    form = recognise(network)
    reaches, first = form.reaches(1.0), form.first
    scale, offset = Fraction(float(first.T[0, 0])), Fraction(float(first.b[0]))
    for k in range(2):
        centre = Fraction(float(reaches.centres[k, 0]))
        for radius, holds in ((reaches.inner[k], True), (reaches.outer[k], False)):
            for sign in (1, -1):
                u = scale * (centre + sign * Fraction(float(radius))) + offset - Fraction(form.top / 2)
                away = abs(u - Fraction(float(form.hinges.centres[k, 0])))
                edge = Fraction(float(form.levels[k]))
                assert away + Fraction(1, 2) <= edge - 1 if holds else away - Fraction(1, 2) >= edge


def changed(network, layer, unit, weights=None, bias=None):
    old = network.layers[layer]
    rows, biases = [old.row(i) for i in range(old.n_outputs)], old.bias.astype(float).tolist()
    rows[unit] = rows[unit] if weights is None else weights(rows[unit])
    biases[unit] = biases[unit] if bias is None else bias(biases[unit])
    layers = [*network.layers]
    layers[layer] = AffineLayer.from_rows(old.n_inputs, rows, biases, old.dtype)
    return ReluNetwork(tuple(layers[:-1]), layers[-1])


def test_what_is_not_a_list_of_balls_is_refused():
    _, network = built(DATA["far from zero"](), lanes=2)
    faults = [
        (0, 0, lambda w: {k: -v for k, v in w.items()}, None, "positive power of two"),
        (0, 0, lambda w: {1: 2.0**20}, None, "each feature once"),
        (3, 2, lambda w: {0: 1.0, 1: 1.0}, None, "no hinge of one"),
        (3, 2, lambda w: {0: 2.0}, None, "no hinge of one"),
        (3, 2, None, lambda b: b + 0.5, "no whole number"),
        (4, 4, lambda w: dict.fromkeys(w, -0.5), None, "positive whole"),
        (4, 4, lambda w: {k: -v for k, v in w.items()}, None, "positive whole"),
        (4, 4, lambda w: dict([*w.items()][:1]), None, "all hinges"),
        (4, 4, lambda w: {**w, 0: 1.0}, None, "all hinges"),
        (4, 4, lambda w: dict.fromkeys(w, -1.5), None, "positive whole"),
        (4, 4, None, lambda b: b + 0.5, "level"),
        (4, 4, None, lambda b: -b, "level"),
        (5, 4, lambda w: {k: 2.0 if v == 1 else v for k, v in w.items()}, None, "go on"),
        (network.depth, 0, None, lambda b: b + 0.25, "codes"),
        (network.depth - 1, 0, None, lambda b: 0.5, "bias"),
        (network.depth - 2, 0, lambda w: {k: v if v > 0 else v / 1024 for k, v in w.items()}, None, "above 0"),
    ]
    for layer, unit, weights, bias, text in faults:
        with pytest.raises(UnrecognisedNetworkError, match=text):
            read_balls(changed(network, layer, unit, weights, bias))


def test_a_ball_that_is_too_large_too_small_or_a_class_by_default_is_caught():
    data = DATA["far from zero"]()
    plan, network = built(data, 1.0, 0.6, 0.5, lanes=4)
    reaches = recognise(network).reaches(1.0)
    _, far = reaches.distances(data.points)
    tight = float((far + reaches.outer).min(axis=0).max() * (1 + 2.0**-40))
    for radius, bias, fault in ((tight, 3.0, "reject"), (plan.radius, -1e6, "label")):
        wrong = changed(network, 4, 6, bias=lambda b, step=bias: b + step)
        whole = prove_rejection(wrong, data, radius, norm=1.0, value=plan.reject.value)
        balls = certify(wrong, data, plan.radius, norm=1.0)
        assert whole.holds == (fault != "reject") or fault == "label"
        assert (balls.status == Outcome.CERTIFIED).all() == (fault != "label")
    assert prove_rejection(network, data, tight, norm=1.0, value=plan.reject.value).holds
    assert not prove_rejection(network, data, tight / 1.01, norm=1.0, value=plan.reject.value).holds
    default = changed(network, 2, 2, bias=lambda b: b + 1)
    assert prove_rejection(default, data, 1.0, norm=1.0, value=plan.reject.value).outcome == Outcome.FALSIFIED
    one_sided = changed(network, 3, 2, lambda w: {}, lambda b: 0.0)
    with pytest.raises(UnrecognisedNetworkError):
        read_balls(one_sided)
    with pytest.raises(UnprovableNetworkError, match="l1 and l2"):
        recognise(network).reaches(3.0)


def test_a_later_ball_that_reaches_a_sample_of_another_class_is_seen():
    data = DATA["far from zero"]()
    plan, network = built(data, 1.0, 0.6, 0.5, lanes=4)
    begins = [k for k in range(3, network.depth) if network.layers[k].n_outputs == 8 and network.layers[k].bias[6] > 0]
    for at in begins:
        wide = changed(network, at, 6, bias=lambda b: 20 * b)
        certified = certify(wide, data, plan.radius, norm=1.0).status == Outcome.CERTIFIED
        right = evaluate(wide, data.points)[:, 0] == data.values[data.labels]
        assert not (certified & ~right).any()
    assert not right.all()


def test_what_balls_cannot_do_is_refused_in_one_line():
    data = DATA["far from zero"]()
    for wish, text in (
        ({"norm": 3}, r"boxes need reject > radius times d\^\(1/p\)"),
        ({"norm": 3, "construction": "balls"}, "boxes serve there"),
        ({"norm": 1, "max_depth": 5}, "no network of these balls has depth 5"),
        ({"norm": 2, "reject": 0.1400001}, "leave no room"),
        ({"norm": 1, "reject": None, "construction": "balls"}, "ask for --reject"),
    ):
        with pytest.raises(InputError, match=text):
            lw.memorize(data, **{"radius": 0.14, "reject": 0.15, **wish})


def test_without_a_name_boxes_are_taken_where_their_corners_are_near_and_balls_elsewhere():
    data = DATA["words"]()
    run = lw.memorize(data, norm=1, radius=0.4, reject=0.6, lanes=16)
    assert run.summary.construction == "balls"
    assert lw.memorize(data, norm=1, radius=0.05, reject=0.6).summary.construction == "boxes"
    assert run.certificate.holds
    flipped = data.points + 0.39 * np.eye(8)[0]
    assert run.predict(np.concatenate([flipped, data.points + 0.7])).tolist() == [
        *data.original_labels(),
        *[None] * data.n_samples,
    ]
    assert (run.stored.outputs(flipped) == run.stored.outputs(flipped, chain=True)).all()
    assert replace(run.certificate, rejection=None).holds
