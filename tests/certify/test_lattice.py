"""Lattices: exact 0 or 1 off the walls, whole numbers behind them, and nothing is certified that a changed number breaks."""

from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify import Outcome, certify, recognise
from logwidth.certify.forms.lattice.form import LatticeForm
from logwidth.certify.forms.lattice.memory import RunMemory, WordMemory
from logwidth.certify.forms.lattice.reader import read_lattice
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.construct import LATTICE, Plan
from logwidth.construct.chain import Chain, Unit
from logwidth.construct.lattice.layers import Step, add_runs, add_walls, add_words, groups_of
from logwidth.construct.lattice.memory import Runs, Words
from logwidth.dataset import Dataset
from logwidth.network import AffineLayer, ReluNetwork, evaluate, evaluate_exactly
from logwidth.separation import separation


def code_book(n, d, classes, seed=0, most=3):
    draw = np.random.default_rng(seed)
    points = np.unique(draw.integers(0, most, size=(4 * n, d)), axis=0).astype(float)
    points = points[draw.permutation(len(points))[:n]]
    return Dataset(points, draw.permutation(np.arange(len(points)) % classes))


DATA = {
    "code book": lambda: code_book(40, 5, 3),
    "two on a line": lambda: Dataset([[0.25], [-7.0]], [0, 1]),
    "shifted": lambda: Dataset(code_book(30, 3, 2, 1).points / 3 + 1000.0, code_book(30, 3, 2, 1).labels),
    "tiny": lambda: Dataset(code_book(30, 3, 2, 2).points * 2.0**-40, code_book(30, 3, 2, 2).labels),
    "huge": lambda: Dataset(code_book(30, 3, 2, 3).points * 2.0**60, code_book(30, 3, 2, 3).labels),
    "many features": lambda: Dataset(np.random.default_rng(4).normal(size=(25, 9)), np.arange(25) % 4),
    "labels far apart": lambda: Dataset(code_book(30, 3, 3, 5).points, np.array([-1000, 70000, 0])[np.arange(26) % 3]),
    "constant feature": lambda: Dataset(np.c_[np.ones(20), code_book(20, 3, 2, 6).points], np.arange(20) % 2),
}


def built(data, ratio=0.1, dtype="float32", norm=2.0, **more):
    delta = separation(data, norm=norm).lower
    eye = np.eye(data.n_features)
    plan = Plan(data.points, data.labels, data.values, eye, ratio * delta / 2, delta, dtype, norm, norm, **more)
    return plan, LATTICE.build(plan)


@cache
def book():
    return built(DATA["code book"]())


@cache
def in_words(dtype="float32"):
    """A lattice whose memory is words: all cells of a grid with labels at random."""
    draw = np.random.default_rng(7)
    points = np.stack(np.meshgrid(*[np.arange(4.0)] * 4), axis=-1).reshape(-1, 4)
    data = Dataset(points, draw.integers(0, 2, len(points)))
    return data, *built(data, 0.5, dtype)


NORMS = ((2.0, None), (1.0, 3), (np.inf, None), (3.0, 2))
CASES = [
    (name, ["float32", "float64"][k % 2], *NORMS[(k // 2 + more) % 4]) for k, name in enumerate(DATA) for more in (0, 2)
]


@pytest.mark.parametrize(("name", "dtype", "norm", "lanes"), CASES)
def test_every_ball_is_certified_in_every_norm(name, dtype, norm, lanes):
    data = DATA[name]()
    plan, made = built(data, dtype=dtype, norm=norm, lanes=lanes)
    found = certify(made.network, data, plan.radius, norm=norm)
    assert (found.status == Outcome.CERTIFIED).all(), found.reason
    assert (found.radius_lower >= plan.radius).all()
    assert made.network.dtype == dtype
    assert np.array_equal(evaluate(made.network, data.points.astype(dtype)).ravel(), data.values[data.labels])


@pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
def test_words_are_exact_for_every_key(dtype):
    data, plan, made = in_words(dtype)
    form = recognise(made.network)
    assert isinstance(form.memory, WordMemory)
    assert (certify(made.network, data, plan.radius).status == Outcome.CERTIFIED).all()
    assert np.array_equal(evaluate(made.network, data.points.astype(dtype)).ravel(), data.labels)


def laid_out(weights, memory):
    """A lattice of one wall at 1/2 in each of some features between 0 and 1, with these weights of the key."""
    n = len(weights)
    chain = Chain(0, "float32")
    chain.layers.append(AffineLayer.from_rows(n, [{j: 1.0} for j in range(n)], [1.0] * n, "float32"))
    chain.names = {f"c{j}": j for j in range(n)}
    key = add_walls(chain, groups_of([Step(j, 4.0, 0.5 - 4.0 * 1.5, w) for j, w in enumerate(weights)], 1))
    inputs, constant = (add_runs if isinstance(memory, Runs) else add_words)(chain, key, memory)
    return chain.output(Unit("label", inputs, constant))


@pytest.mark.parametrize("words", [(2**23 - 1, 0, 2**23 - 1), (0, 2**23 - 1, 0), (2**22, 1, 1)])
def test_the_longest_words_may_follow_each_other_in_any_way(words):
    network = laid_out([2**k for k in range(7)], Words(np.array([0, 23, 50]), words, 23, 1))
    form = read_lattice(network)
    bits = (np.arange(128)[:, None] >> np.arange(7)) & 1
    found = evaluate(network, 1.0 - bits.astype(np.float32)).ravel()
    assert np.array_equal(found, form.memory.values(np.arange(128)))
    for key in range(128):
        i = (key >= 23) + (key >= 50)
        assert found[key] == words[i] >> (22 - min(key - (0, 23, 50)[i], 22)) & 1


def test_keys_that_add_up_to_more_than_half_of_the_format_are_refused():
    runs = Runs(np.array([5]), np.array([0, 1]))
    read_lattice(laid_out([2**21] * 3, runs))
    with pytest.raises(UnrecognisedNetworkError, match="adds up keys"):
        read_lattice(laid_out([2**22] * 3, runs))


def behind_walls(network):
    """The network from its key on, which comes in as it is: the layer that counts down the key reads one input."""
    at = next(k for k, layer in enumerate(network.hidden) if k and _counts_down(network, k, layer))
    first = network.hidden[at]
    rows = [{0: 1.0} for _ in range(first.n_outputs)]
    return ReluNetwork(
        (AffineLayer.from_rows(1, rows, first.bias.tolist(), network.dtype), *network.hidden[at + 1 :]), network.output
    )


def _counts_down(network, k, layer):
    """Whether this is the first layer behind the walls: the one before holds tests and the key only, none reads one a."""
    trace_walls = len(recognise(network).walls)
    coordinates = recognise(network).first.m
    return trace_walls and coordinates and k == 2 + trace_walls


@pytest.mark.parametrize("which", ["runs", "words"])
def test_the_memory_is_what_the_layers_compute_at_every_key(which):
    made = book()[1] if which == "runs" else in_words()[2]
    form = recognise(made.network)
    assert isinstance(form.memory, RunMemory if which == "runs" else WordMemory)
    most = sum(wall.weight for wall in form.walls)
    keys = np.unique(np.linspace(0, most, 300).astype(int))
    chain = behind_walls(made.network)
    assert np.array_equal(evaluate(chain, keys[:, None].astype(np.float32)).ravel(), form.memory.values(keys))
    for key in keys[::299].tolist():
        assert evaluate_exactly(chain, [Fraction(key)]) == [Fraction(float(form.memory.values(np.array([key]))[0]))]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["shifted", "tiny", "many features"])
def test_a_wall_is_exact_at_its_last_floats(name, dtype):
    _, made = built(DATA[name](), dtype=dtype)
    kind = np.dtype(dtype).type
    for wall in recognise(made.network).walls:
        low, high = kind(wall.low), kind(wall.high)
        high = high if float(high) >= wall.high else np.nextafter(high, kind(np.inf))
        for z, below in ((low, True), (np.nextafter(low, kind(0)), True), (high, False), (kind(2) * high, False)):
            for a in (kind(kind(wall.slope) * z) + kind(wall.bias), kind(float(wall.slope) * float(z) + wall.bias)):
                f = max(kind(1) - max(kind(a), kind(0)), kind(0))
                assert f == (1 if below else 0)
            exact = Fraction(wall.slope) * Fraction(float(z)) + Fraction(wall.bias)
            assert exact <= 0 if below else exact >= 1


def test_corners_of_cells_keep_their_label_in_exact_arithmetic():
    data = DATA["code book"]()
    plan, made = built(data, 0.3, norm=np.inf)
    radii = certify(made.network, data, plan.radius, norm=np.inf).radius_lower
    draw = np.random.default_rng(3)
    for i in range(0, data.n_samples, 5):
        signs = draw.choice([-1, 1], size=data.n_features)
        corner = [
            Fraction(float(x)) + int(s) * Fraction(float(radii[i])) for x, s in zip(data.points[i], signs, strict=True)
        ]
        assert evaluate_exactly(made.network, corner) == [Fraction(float(data.values[data.labels[i]]))]


@pytest.mark.parametrize("name", ["shifted", "many features"])
def test_radii_leave_room_for_what_the_first_layer_rounds(name):
    data = DATA[name]()
    plan, made = built(data, norm=np.inf)
    found = certify(made.network, data, plan.radius, norm=np.inf).radius_lower
    form = recognise(made.network)
    error = 0.9 * form.domain(data.points, plan.radius, np.inf).error  # larger balls of fewer samples err a little less
    for i in range(0, data.n_samples, 4):
        for wall in form.walls:
            row = [Fraction(float(t)) for t in form.first.T[wall.coordinate]]
            z = sum(t * Fraction(float(x)) for t, x in zip(row, data.points[i], strict=True))
            z += Fraction(float(form.first.b[wall.coordinate]))
            away = max(Fraction(wall.low) - z, z - Fraction(wall.high)) - Fraction(float(error[wall.coordinate]))
            assert Fraction(float(found[i])) * sum(map(abs, row)) <= away


def with_layer(network, k, layer):
    layers = [*network.hidden, network.output]
    layers[k] = layer
    return ReluNetwork(tuple(layers[:-1]), layers[-1])


def damaged(network, draw, count):
    """Networks with one stored number behind the first layer changed: by one, doubled, negated, halved, or another sign."""
    layers = [*network.hidden, network.output]
    for _ in range(count):
        k = int(draw.integers(1, len(layers)))
        layer, change = layers[k], int(draw.integers(5))
        numbers = np.concatenate([layer.weights, layer.bias])
        at = int(draw.integers(numbers.size))
        old = float(numbers[at])
        new = [old + 1, old - 1, 2 * old, -old, old / 2][change]
        if new in (0.0, old) and at < layer.weights.size:
            continue
        numbers[at] = new
        weights, bias = np.split(numbers, [layer.weights.size])
        yield with_layer(network, k, replace(layer, weights=weights, bias=bias))


@pytest.mark.parametrize("which", ["runs", pytest.param("words", marks=pytest.mark.slow)])
def test_a_changed_number_is_refused_or_harmless(which):
    data, plan, made = (code_book(12, 3, 2, 8), *built(code_book(12, 3, 2, 8))) if which == "runs" else in_words()
    draw, refused, kept = np.random.default_rng(11), 0, 0
    values = data.values[data.labels]
    rows = np.arange(data.n_samples)[:: 1 if which == "runs" else 20]
    some = Dataset(data.points[rows], values[rows].astype(int))
    for network in damaged(made.network, draw, 50 if which == "runs" else 30):
        try:
            recognise(network)
        except UnrecognisedNetworkError:
            refused += 1
            continue
        found = certify(network, some, plan.radius)
        held = found.status == Outcome.CERTIFIED
        kept += 1
        away = draw.normal(size=(len(rows), 3, data.n_features))
        away *= plan.radius * (1 - 1e-6) / np.linalg.norm(away, axis=2, keepdims=True)
        inside = np.concatenate([some.points[:, None], some.points[:, None] + away], axis=1).astype(np.float32)
        out = evaluate(network, inside.reshape(-1, data.n_features)).reshape(len(rows), -1)
        assert (out[held] == values[rows][held][:, None]).all()
    assert refused > 10
    assert kept > 1


def edited(network, k, change):
    """The network with the stored weights and biases of one layer changed by a function of both."""
    layer = network.hidden[k] if k < network.depth else network.output
    weights, bias = change(layer.weights.copy(), layer.bias.copy())
    return with_layer(network, k, replace(layer, weights=weights, bias=bias))


def _first_wall(network, slope, bias):
    def change(weights, biases):
        at = int(np.flatnonzero(weights != 1)[0])
        row = int(np.flatnonzero(biases)[0])
        weights[at] *= slope
        biases[row] *= bias
        return weights, biases

    return edited(network, 1, change)


def _bias(network, k, unit, to):
    return edited(network, k, lambda weights, bias: (weights, np.where(np.arange(bias.size) == unit, to(bias), bias)))


def refused_edits():
    """Edits of a lattice with runs, each with what the refusal says; layer 2 + W counts down the key."""
    return {
        "slope": (lambda n, _at: _first_wall(n, 3.0, 1.0), "is no wall"),
        "falling wall": (lambda n, _at: _first_wall(n, -1.0, 1.0), "is no wall"),
        "wall at nothing": (lambda n, _at: _first_wall(n, 1.0, -1.0), "is no wall"),
        "key in halves": (lambda n, at: edited(n, at, lambda w, b: (w * np.float32(0.5), b)), "were expected|not whole"),
        "threshold in halves": (lambda n, at: _bias(n, at, 0, lambda b: b + np.float32(0.5)), "not whole"),
        "threshold below 1": (lambda n, at: _bias(n, at, 0, lambda b: 0 * b + 3), "not above"),
        "threshold goes back": (lambda n, at: _bias(n, at + 1, 0, lambda b: 0 * b + 7), "not above"),
        "register below 0": (lambda n, at: _bias(n, at + 2, 2, lambda b: b - 3), "clipped"),
        "test at 2": (lambda n, at: _bias(n, at + 1, 1, lambda b: b + 1), "bias"),
        "output in halves": (lambda n, _at: _bias(n, n.depth, 0, lambda b: b + np.float32(0.5)), "not whole"),
    }


@pytest.mark.parametrize("name", refused_edits())
def test_the_reader_refuses(name):
    made = book()[1]
    at = 2 + len(read_lattice(made.network).walls)
    edit, said = refused_edits()[name]
    with pytest.raises(UnrecognisedNetworkError, match=said):
        read_lattice(edit(made.network, at))


@pytest.mark.parametrize("k", [2, 4])
def test_a_wall_that_no_layer_reads_on_is_refused(k):
    """The first one, before there is a key, and one beside the key."""
    made = book()[1]
    layer, after = made.network.hidden[k], made.network.hidden[k + 1]
    rows = [layer.row(n) for n in range(layer.n_outputs)]
    gone = next(n for n, row in enumerate(rows) if list(row.values()) == [-1.0])  # tests the wall of the layer before
    shorter = AffineLayer.from_rows(
        layer.n_inputs, rows[:gone] + rows[gone + 1 :], np.delete(layer.bias, gone).tolist(), "float32"
    )
    left = [{c - (c > gone): w for c, w in after.row(n).items() if c != gone} for n in range(after.n_outputs)]
    behind = AffineLayer.from_rows(layer.n_outputs - 1, left, after.bias.tolist(), "float32")
    with pytest.raises(UnrecognisedNetworkError, match="drops a wall"):
        read_lattice(with_layers(made.network, {k: shorter, k + 1: behind}))


def with_layers(network, changed):
    layers = [changed.get(k, layer) for k, layer in enumerate(network.hidden)]
    return ReluNetwork(tuple(layers), network.output)


def test_two_labels_on_one_key_are_caught():
    data = DATA["code book"]()
    plan, made = book()
    form = read_lattice(made.network)
    most = max(form.walls, key=lambda wall: wall.weight)
    network = made.network
    for k, layer in enumerate(network.hidden[1:], start=1):
        weights = layer.weights.copy()
        hit = (weights == most.weight) & (
            np.diff(layer.indptr)[np.repeat(np.arange(layer.n_outputs), np.diff(layer.indptr))] >= 1
        )
        if k <= 2 + len(form.walls) and hit.any() and most.weight > 2:
            weights[hit] = 1.0
            network = with_layer(network, k, replace(layer, weights=weights))
    assert (certify(network, data, plan.radius).status != Outcome.CERTIFIED).any()


def test_a_wall_through_a_ball_is_undecided():
    data = DATA["code book"]()
    plan, made = book()
    form = certify(made.network, data, plan.radius)
    assert (form.status == Outcome.CERTIFIED).all()
    too_large = float(form.radius_lower.min()) * 40
    wide = certify(made.network, data, min(too_large, plan.distance / 2.001))
    assert (wide.status != Outcome.CERTIFIED).any()


def test_keys_that_are_too_large_are_refused():
    _, made = book()
    network = made.network
    form = read_lattice(network)
    at = 2 + len(form.walls)
    layer = network.hidden[at]
    weights = np.where(layer.weights > 0, layer.weights * np.float32(2.0**24), layer.weights)
    with pytest.raises(UnrecognisedNetworkError, match=r"too large|other"):
        read_lattice(with_layer(network, at, replace(layer, weights=weights.astype(np.float32))))


def test_end_to_end(tmp_path):
    run = lw.memorize(lw.load("iris"), ratio=0.3, construction="lattice")
    assert run.certificate.holds
    assert isinstance(recognise(run.network), LatticeForm)
    run.save(tmp_path / "iris")
    assert lw.check(tmp_path / "iris", lw.load("iris")).passed
    report = lw.attack_run(tmp_path / "iris", lw.load("iris"), evaluations=500)
    assert report.label_changes == 0
    assert np.isfinite(report.radius_upper).mean() > 0.9
    assert (report.radius_upper >= report.radius_lower).all()
