"""Networks with folds: what is proven on a ball is never above the truth, and planted faults are caught (T13)."""

import importlib
import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import onnxruntime
import pytest

import logwidth as lw
from logwidth.certify import Outcome, certify, recognise
from logwidth.certify.balls.ball_proof import BallProof
from logwidth.certify.forms.folded.balls import FoldedBalls
from logwidth.certify.forms.folded.form import read_folded
from logwidth.certify.forms.folded.functions import Wanted, proven_by_slopes
from logwidth.certify.forms.folded.layers import FoldLayers, spectral_norm_upper, steepest
from logwidth.certify.leads.first_layer import SLOP
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.construct import FOLDED, Plan
from logwidth.construct.folded import build_folded
from logwidth.construct.folded_images import FoldedImages
from logwidth.export import to_onnx
from logwidth.network import AffineLayer, ReluNetwork, evaluate
from logwidth.pipeline.builder import build_on_folds
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.request import Request
from logwidth.pipeline.session import Session
from logwidth.rounding import BINARY32, BINARY64


def exactly(layers, x, v, const):
    """⟨v, u_last⟩ + const at x, in rationals."""
    state = [Fraction(float(t)) for t in x]
    for number, (W, b) in enumerate(zip(layers.weights, layers.biases, strict=True)):
        if number:
            state = [max(s, Fraction(0)) for s in state]
        rows = zip(W.tolist(), b.tolist(), strict=True)
        state = [sum((Fraction(w) * s for w, s in zip(row, state, strict=True)), Fraction(c)) for row, c in rows]
    return sum((Fraction(float(a)) * s for a, s in zip(v, state, strict=True)), Fraction(float(const)))


def chain(rng, sizes, fmt=BINARY64):
    weights = tuple(rng.normal(size=(k, n)).astype(fmt.name).astype(float) for n, k in itertools.pairwise(sizes))
    return FoldLayers(weights, tuple(0.5 * rng.normal(size=k).astype(fmt.name).astype(float) for k in sizes[1:]), fmt)


def forward(layers, x):
    u = x @ layers.weights[0].T + layers.biases[0]
    for W, b in zip(layers.weights[1:], layers.biases[1:], strict=True):
        u = np.maximum(u, 0.0) @ W.T + b
    return u


def inside(rng, x, radius, norm, count):
    """Points of the ball, most of them near its boundary, its corners among them."""
    steps = rng.normal(size=(count, len(x)))
    steps[: count // 4] = np.sign(steps[: count // 4])
    steps[count // 4 : count // 2] *= rng.random((count // 2 - count // 4, len(x))) < 0.5
    steps[~steps.any(axis=1)] = 1.0
    share = (1 - 2.0**-30) * rng.random(count) ** 0.05
    return x + steps * (radius * share / np.linalg.norm(steps, ord=norm, axis=1))[:, None]


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
@pytest.mark.parametrize("sizes", [(2, 3, 2), (3, 4, 2), (2, 3, 3, 2), (3, 4, 4, 2), (2, 3, 3, 3, 2)])
def test_what_is_proven_is_never_above_the_truth(sizes, norm):
    rng = np.random.default_rng(sum(sizes) + int(min(norm, 9)))
    layers = chain(rng, sizes)
    points, radius = rng.normal(size=(4, sizes[0])), 0.4
    balls = FoldedBalls.around(layers, points, radius, norm)
    for i, x in enumerate(points):
        v = np.concatenate([rng.normal(size=(6, sizes[-1])), np.eye(sizes[-1]), -np.eye(sizes[-1])])
        const = rng.normal(size=len(v))
        owner = np.full(len(v), i)
        bounds = [balls.lower(owner, v, const, layers.depth - 1, chords=chords) for chords in (False, True)]
        for _ in range(3):  # slopes may be anything
            theta = [rng.normal(size=(len(v), k)) for k in sizes[1:-1]]
            bounds.append(balls.lower(owner, v, const, layers.depth - 1, theta))
        there = inside(rng, x, radius, norm, 400)
        values = forward(layers, there) @ v.T + const
        for k in range(len(v)):
            worst = there[int(np.argmin(values[:, k]))]
            least = exactly(layers, worst, v[k], const[k])
            assert all(Fraction(float(bound[k])) <= least for bound in bounds)
        for layer in range(layers.depth):
            part = FoldLayers(layers.weights[: layer + 1], layers.biases[: layer + 1], layers.format)
            u = forward(part, there)
            assert (balls.low[layer][i] <= u).all()
            assert (u <= balls.high[layer][i]).all()


@pytest.mark.parametrize("seed", range(8))
def test_one_hinge_is_bounded_exactly(seed):
    """With one hinge and the best slope the bound is the least value on the ball; by a fine grid of the disk."""
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(3, 2))
    T = rng.normal(size=(2, 3))
    x = rng.normal(size=2)
    bias = np.array([5.0, 5.0, -float(W[2] @ x) + 0.1 * rng.normal()])
    layers = FoldLayers((W, T), (bias, np.zeros(2)), BINARY64)
    balls = FoldedBalls.around(layers, x[None], 0.5, 2.0)
    assert balls.cut(0).tolist() == [[False, False, True]]
    v, angles = rng.normal(size=(1, 2)), np.linspace(0, 2 * np.pi, 2001)
    circle = np.column_stack([np.cos(angles), np.sin(angles)])
    disk = np.concatenate([x + 0.5 * r * circle for r in np.linspace(0, 1, 60)])
    least = float((forward(layers, disk) @ v[0]).min())
    slopes = [[np.array([[1.0, 1.0, s]])] for s in np.linspace(0, 1, 401)]
    best = max(float(balls.lower(np.zeros(1, dtype=int), v, np.zeros(1), 1, theta)[0]) for theta in slopes)
    assert best <= least + 1e-12
    assert best >= least - 2e-3


def computed(layers, x, rng):
    """u of every layer in the layers' format, summed in any order."""
    kind = np.dtype(layers.format.name)
    state, found = x.astype(kind), []
    for number, (W, b) in enumerate(zip(layers.weights, layers.biases, strict=True)):
        state = np.maximum(state, 0) if number else state
        total = b.astype(kind)
        for k in rng.permutation(W.shape[1]):
            total = (total + W[:, k].astype(kind) * state[k]).astype(kind)
        state = total
        found.append(state.astype(float))
    return found


@pytest.mark.parametrize("radius", [0.5, 2.0**-40])
@pytest.mark.parametrize("fmt", [BINARY32, BINARY64])
def test_bounds_hold_for_computed_values_too(fmt, radius):
    """On tiny balls the roundings are all that the values vary by: nothing else could hide them."""
    rng = np.random.default_rng(5)
    layers = chain(rng, (6, 4, 4, 3), fmt)
    points = (rng.normal(size=(5, 6)) * 10.0).astype(fmt.name).astype(float)
    balls = FoldedBalls.around(layers, points, radius, 2.0)
    for layer in (1, 2):  # what a layer reads is off, and it rounds by itself
        passed_on = balls.errors[layer - 1] @ np.abs(layers.weights[layer]).T
        assert (balls.errors[layer] >= passed_on + balls.local[layer]).all()
    v = np.concatenate([rng.normal(size=(4, 3)), np.eye(3), -np.eye(3)])
    seen = 0.0
    for i, x in enumerate(points):
        bounds = [balls.lower(np.full(len(v), i), v, np.zeros(len(v)), 2, chords=chords) for chords in (False, True)]
        for there in [x] * 10 + list(inside(rng, x, radius, 2.0, 10)):
            states = computed(layers, there, rng)
            for number, state in enumerate(states):
                part = FoldLayers(layers.weights[: number + 1], layers.biases[: number + 1], fmt)
                assert (balls.low[number][i] <= state).all()
                assert (state <= balls.high[number][i]).all()
                for unit in range(len(state)):
                    off = abs(Fraction(state[unit]) - exactly(part, there, np.eye(len(state))[unit], 0.0))
                    assert off <= Fraction(float(balls.errors[number][i, unit]))
                    if number == 0:
                        assert off <= Fraction(float(balls.local[0][i, unit]))
                        seen = max(seen, float(off) / balls.local[0][i, unit])
            for row, *least in zip(v, *bounds, strict=True):
                value = sum(Fraction(float(a)) * Fraction(float(u)) for a, u in zip(row, states[-1], strict=True))
                assert all(Fraction(float(bound)) <= value for bound in least)
    assert seen > 2.0**-8  # the bounds are not idle


@pytest.mark.parametrize("chords", [False, True])
def test_coefficients_that_underflow_are_given_away(chords):
    rng = np.random.default_rng(0)
    for _ in range(40):
        layers = FoldLayers((rng.normal(size=(3, 2)), rng.normal(size=(2, 3))), (np.zeros(3), np.zeros(2)), BINARY64)
        points = rng.normal(size=(1, 2)) * 2.0 ** rng.integers(-5, 60)
        balls = FoldedBalls.around(layers, points, 2.0**-60 * np.abs(points).max(), 2.0)
        v = rng.normal(size=(1, 2)) * 2.0 ** float(rng.integers(-1074, -1030))
        bound = balls.lower(np.zeros(1, dtype=int), v, np.zeros(1), 1, chords=chords)[0]
        assert Fraction(float(bound)) <= exactly(layers, points[0], v[0], 0.0)


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_slopes_that_are_looked_for_prove_what_is_true_and_no_more(norm):
    rng = np.random.default_rng(11)
    layers = chain(rng, (3, 4, 4, 2))
    points, radius = rng.normal(size=(6, 3)), 0.5
    balls = FoldedBalls.around(layers, points, radius, norm)
    owner = np.repeat(np.arange(6), 20)
    v, const = rng.normal(size=(120, 2)), rng.normal(size=120)
    usual = balls.lower(owner, v, const, 2)
    there = [forward(layers, inside(rng, points[i], radius, norm, 400)) for i in owner]
    least = np.array([float((u @ row).min()) for u, row in zip(there, v, strict=True)]) + const
    own = np.arange(120)  # every function on a ball of its own: one that fails takes others on its ball with it
    alone = balls.take(owner)
    assert not proven_by_slopes(alone, Wanted(own, v, const, least + 1e-9)).any()
    assert proven_by_slopes(alone, Wanted(own, v, const, usual)).all()
    between = 0.7 * usual + 0.3 * least
    better = proven_by_slopes(alone, Wanted(own, v, const, between)) & (between > usual + 1e-9)
    assert better.any()


def test_the_steepest_slope_of_all_patterns_is_not_exceeded():
    rng = np.random.default_rng(6)
    layers = chain(rng, (3, 4, 4, 2))
    points = rng.normal(size=(6, 3))
    balls = FoldedBalls.around(layers, points, 0.7, 2.0)
    speed = balls.speed
    for x in points:
        a, b = inside(rng, x, 0.7, 2.0, 300), inside(rng, x, 0.7, 2.0, 300)
        moved = np.linalg.norm(forward(layers, a) - forward(layers, b), axis=1)
        assert (moved <= speed * np.linalg.norm(a - b, axis=1) * (1 + 1e-12)).all()
    J = rng.normal(size=(3, 5))
    assert np.linalg.norm(J, 2) <= spectral_norm_upper(J[None], 0.0) <= np.linalg.norm(J, 2) * (1 + 1e-9)


def test_units_that_cancel_while_both_are_on_count_one_by_one():
    """Steepest where one of two equal units is off: with both on, the layer after them reads their difference, 0."""
    weights = [np.array([[1.0], [1.0]]), np.array([[1.0, -1.0]])]
    either, on, off = np.full((1, 2), 1.0), np.array([[1.0, -1.0]]), np.array([[1.0, 1.0]])
    for low, high, least, most in [
        (-either, either, 1.0, 1.0 + 1e-9),
        (off, either, 0.0, 1e-9),
        (on, either, 1.0, 1.0 + 1e-9),
    ]:
        assert least <= steepest(weights, [low], [high]) <= most
    assert steepest(weights, [-either], [np.array([[1.0, -1.0]])]) >= 1.0


def test_too_many_patterns_are_undecided_not_wrong(monkeypatch):
    rng = np.random.default_rng(7)
    layers = chain(rng, (2, 12, 2))
    balls = FoldedBalls.around(layers, np.zeros((1, 2)), 5.0, 2.0)
    v = rng.normal(size=(3, 2))
    few = balls.lower(np.zeros(3, dtype=int), v, np.zeros(3), 1)
    assert np.isfinite(few).all()
    monkeypatch.setattr(importlib.import_module("logwidth.certify.forms.folded.balls"), "ENTRIES", 1)
    assert (balls.lower(np.zeros(3, dtype=int), v, np.zeros(3), 1) == -np.inf).all()
    monkeypatch.setattr(importlib.import_module("logwidth.certify.forms.folded.layers"), "MOST_PATTERNS", 1)
    assert balls.speed == np.inf


def test_a_layer_that_may_overflow_is_refused():
    layers = FoldLayers((np.full((2, 2), 2.0**70), np.full((1, 2), 2.0**70)), (np.zeros(2), np.zeros(1)), BINARY32)
    with pytest.raises(UnprovableNetworkError, match="layer 2 may overflow"):
        FoldedBalls.around(layers, np.ones((1, 2)), 0.1, 2.0)


# --- whole networks

IRIS = lw.load("iris")


@pytest.fixture(scope="module")
def run_and_folds():
    folds = []

    def seen(setting, start, spec, found):
        folds.append(found)
        return build_on_folds(setting, start, spec, found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("logwidth.pipeline.folded.build_on_folds", seen)
        return lw.memorize(IRIS, ratio=0.9, width=4, construction="folded"), folds[-1]


@pytest.fixture(scope="module")
def run(run_and_folds):
    """Cells behind the folds."""
    return run_and_folds[0]


@pytest.fixture(scope="module")
def scores(run_and_folds):
    """The network of all samples' scores behind the same folds."""
    run, folds = run_and_folds
    radius = run.certificate.radius
    matrix = np.eye(2, IRIS.n_features)
    plan = Plan(IRIS.points, IRIS.labels, IRIS.values, matrix, radius, run.summary["delta"], share_cells=False, folds=folds)
    return build_folded(plan).network


def hinge_units(network, rank=2):
    return range(rank, network.hidden[0].n_outputs)


def test_width_four_where_the_map_of_least_rank_has_three_rows(run):
    assert run.certificate.holds
    assert (run.network.width, run.summary["construction"], run.summary["map_rank"]) == (4, "folded", 2)
    assert run.map.ratio_lower < 0.9  # no wonder: its rank is too small
    form = recognise(run.network)
    assert form.name == "folded"
    assert form.n_pieces == run.summary["n_pieces"] == run.network.depth - form.folds.depth - 2


def test_scores_of_all_samples_are_deeper_and_certified_too(run, scores):
    assert recognise(scores).n_pieces == IRIS.n_samples
    assert scores.width == run.network.width
    assert scores.depth > run.network.depth
    assert (certify(scores, IRIS, run.certificate.radius).status == Outcome.CERTIFIED).all()


def built_on(run_and_folds, pieces):
    """The form behind the folds that the pipeline builds and certifies."""
    run, folds = run_and_folds
    asked = Request(ratio=0.9, width=4, construction="folded", pieces=pieces)
    setting = Setting.of_folds(Problem.of(IRIS, asked, Session.of(IRIS, asked, None)), "float32")
    made = build_on_folds(setting, run.map, FOLDED, folds)
    assert made.certificate.holds
    return type(recognise(made.network).inner).__name__


class TooSmall:
    """Images of balls that are too small: cells whose halfspaces cut the real ones."""

    @staticmethod
    def of(folds, points, radius):
        return FoldedImages.of(folds, points, 0.8 * radius)


def test_cells_that_are_refused_or_not_certified_lead_to_scores(run_and_folds, monkeypatch):
    assert built_on(run_and_folds, "all") == "CollapseForm"
    monkeypatch.setattr("logwidth.construct.folded_cells.FoldedImages", TooSmall)
    assert built_on(run_and_folds, "least") == "CollapseForm"
    monkeypatch.undo()
    monkeypatch.setattr("logwidth.construct.folded_cells.SHARED_ROOM", -1.0)  # no room: refused
    assert built_on(run_and_folds, "least") == "CollapseForm"


def attacked(network, data, radius, rng, count=60):
    """Inputs on the balls, along the gradients of the network's coordinates and at random."""
    steps = rng.normal(size=(count, *data.points.shape))
    W = network.hidden[0].dense().astype(float)
    ways = np.concatenate([W, -W, *(data.points[data.labels == c].mean(axis=0)[None] - data.points[:1] for c in range(3))])
    steps = np.concatenate([steps, np.broadcast_to(ways[:, None], (len(ways), *data.points.shape))])
    for k in range(3):
        towards = np.array([data.points[data.labels == (label + k) % 3].mean(axis=0) for label in data.labels]) - data.points
        steps = np.concatenate([steps, (towards + 0.3 * rng.normal(size=(20, *data.points.shape)))])
    lengths = np.linalg.norm(steps, axis=2, keepdims=True)
    return (data.points + radius * (1 - 2.0**-20) * steps / np.where(lengths > 0, lengths, 1.0)).reshape(-1, data.n_features)


def test_certified_balls_are_right_wherever_they_are_tried(run):
    points = attacked(run.network, IRIS, run.certificate.radius, np.random.default_rng(0))
    expected = np.tile(IRIS.values[IRIS.labels], len(points) // IRIS.n_samples)
    assert (evaluate(run.network, points)[:, 0] == expected).all()
    session = onnxruntime.InferenceSession(run.onnx)
    (output,) = session.run(None, {"X": points[::37].astype(np.float32)})
    assert (output[:, 0] == expected[::37]).all()


def test_no_larger_ball_than_the_asked_one_is_claimed(run):
    assert (run.certificate.radius_lower == run.certificate.radius).all()
    bigger = certify(run.network, IRIS, run.certificate.radius * 1.5)
    assert not (bigger.status == Outcome.CERTIFIED).all()
    proof = BallProof(recognise(run.network), IRIS.points, run.certificate.radius, 2.0)
    assert (proof.domain.room(IRIS.points) == -1.0).all()


def changed(network, number, change):
    hidden = list(network.hidden)
    W, b = hidden[number].dense().astype(float), hidden[number].bias.astype(float)
    change(W, b)
    hidden[number] = AffineLayer.from_dense(W.astype(network.dtype), b.astype(network.dtype))
    return ReluNetwork(tuple(hidden), network.output)


def _folds(network):
    return recognise(network).folds.depth


def drop_a_hinge(network):
    def change(W, _):
        W[:, -1] = 0.0

    return changed(network, _folds(network), change)


def turn_a_hinge(network):
    def change(W, _):
        W[:, -1] *= -1.0

    return changed(network, _folds(network), change)


def move_a_threshold(network):
    """Of the hinge that moves the coordinates most: another may be idle."""
    moves = np.abs(network.hidden[1].dense()[:2]).sum(axis=0)
    hinge = max(hinge_units(network), key=lambda unit: moves[unit])

    def change(W, b):
        b[hinge] -= np.abs(W[hinge]).max()

    return changed(network, 0, change)


def shift_less(network):
    """A linear unit clips on some balls; the next layer gives back what was taken off."""
    first = network.hidden[0]
    off = float(np.median(IRIS.points @ first.dense()[0] + first.bias[0]))

    def less(_, b):
        b[0] -= off

    def more(W, b):
        b[0] += off * W[0, 0]
        b[-1] += off * W[-1, 0]

    return changed(changed(network, 0, less), _folds(network), more)


def another_weight(network):
    def change(W, _):
        W[0, 0] += 0.3 * np.abs(W).max()

    return changed(network, 0, change)


FAULTS = (drop_a_hinge, turn_a_hinge, move_a_threshold, shift_less, another_weight)


@pytest.mark.parametrize("behind", ["cells", "scores"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__)
def test_planted_faults_are_never_certified_wrongly(run, scores, fault, behind):
    network, radius = fault(run.network if behind == "cells" else scores), run.certificate.radius
    found = certify(network, IRIS, radius)
    assert not (found.status == Outcome.CERTIFIED).all()
    points = attacked(network, IRIS, radius, np.random.default_rng(1), 30)
    right = evaluate(network, points)[:, 0].reshape(-1, IRIS.n_samples) == IRIS.values[IRIS.labels]
    assert right[:, found.status == Outcome.CERTIFIED].all()


def test_coordinates_behind_the_folds_that_clip_are_not_proven(run):
    number = _folds(run.network)

    def lower(_, b):
        b[0] -= 0.95 * b[0] + 1.0

    found = certify(changed(run.network, number, lower), IRIS, run.certificate.radius)
    assert (found.status != Outcome.CERTIFIED).all()
    assert "behind the folds" in found.reason or "does not repeat" in found.reason or found.reason


def test_chains_without_a_network_of_scores_are_refused():
    rng = np.random.default_rng(8)
    layers = tuple(AffineLayer.from_dense(rng.normal(size=(3, 3)), rng.normal(size=3)) for _ in range(5))
    network = ReluNetwork(layers, AffineLayer.from_dense(rng.normal(size=(1, 3)), np.zeros(1)))
    with pytest.raises(UnrecognisedNetworkError, match="no network of scores"):
        read_folded(network)


def test_float64_is_certified_too_and_needs_less(run_and_folds):
    run, folds = run_and_folds
    asked = Request(ratio=0.9, width=4, construction="folded", dtype="float64")
    setting = Setting.of_folds(Problem.of(IRIS, asked, Session.of(IRIS, asked, None)), "float64")
    double = build_on_folds(setting, run.map, FOLDED, folds)
    assert double.network.dtype == "float64"
    assert double.certificate.holds
    errors = [recognise(r.network).domain(IRIS.points, r.certificate.radius, 2.0).error.max() for r in (double, run)]
    assert errors[0] < errors[1] * 2.0**-20


def test_a_saved_run_passes_and_every_changed_one_fails(run, tmp_path):
    run.save(tmp_path / "run")
    assert lw.check(tmp_path / "run", IRIS).passed
    assert run.network.width - run.summary["map_rank"] + 1 >= 3
    (tmp_path / "run" / "network.onnx").write_bytes(to_onnx(drop_a_hinge(run.network), {}))
    assert not lw.check(tmp_path / "run", IRIS).passed


def test_required_leads_count_the_rounding_of_the_folds(run, scores):
    """With larger errors of the coordinates nothing is proven any more."""
    form = recognise(scores)
    domain = form.domain(IRIS.points, run.certificate.radius, 2.0)
    tests, _ = form.comparisons(domain)
    first, meter = tests[0], LeadMeter(domain)
    rows = IRIS.points[np.isin(IRIS.values[IRIS.labels], list(first.values))]
    assert first.measure(meter, rows, run.certificate.radius).proven.all()
    asked = replace(first, asked=replace(first.asked, lead=first.asked.lead + 1e3 * SLOP))
    assert not asked.measure(meter, rows, run.certificate.radius).proven.any()


def read_by_two_scores(folds, z, twin, rate):
    """A network of two labels behind folds: 1 where the twin of z is positive, by `rate` times as much."""
    first = AffineLayer.from_dense(np.array([[z[0]], [z[0]]]), np.array([z[1], twin]))
    register = AffineLayer.from_dense(np.array([[0.0, -rate]]), np.ones(1))
    hidden = [AffineLayer.from_dense(np.array([[w]]), np.array([b])) for w, b in folds]
    return ReluNetwork((*hidden, first, register), AffineLayer.from_dense(np.array([[-1.0]]), np.ones(1)))


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_a_chord_whose_slope_underflows_proves_nothing(norm):
    """At x = 1 the hinge is 2^480, and takes the score of sample 0 below 0: a coefficient of 2^-1060 is no nothing."""
    fold = (2.0**500, -(2.0**500) * (1 - 2.0**-20))
    network = read_by_two_scores([fold], (-(2.0**-1060), 2.0**-555), 2.0**-581, 2.0**590)
    assert evaluate(network, [[0.0], [1.0], [10.0]]).ravel().tolist() == [1.0, 0.0, 0.0]
    found = certify(network, lw.Dataset([[0.0], [10.0]], [1, 0]), 1.0, norm=norm)
    assert found.status[0] != Outcome.CERTIFIED


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_a_product_of_layers_that_underflows_is_no_slope_of_0(norm):
    folds = [(2.0**-540, 0.0), (2.0**-540, 0.0), (2.0**500, 0.0), (2.0**380, 0.0)]
    network = read_by_two_scores(folds, (-1.0, 32 * 2.0**100), 2.5 * 2.0**100, 2.0**-50)
    points = np.array([[2.0], [10.0]]) * 2.0**300
    assert evaluate(network, [*points, [3 * 2.0**300]]).ravel().tolist() == [1.0, 0.0, 0.0]
    found = certify(network, lw.Dataset(points, [1, 0]), 2.0**300, norm=norm)
    assert [Outcome(s).name for s in found.status] == ["FALSIFIED", "CERTIFIED"]


def test_what_products_of_layers_err_by_holds_where_they_underflow():
    rng = np.random.default_rng(3)
    for _ in range(40):
        weights = [rng.normal(size=(2, 2)) * 2.0 ** float(e) for e in (*rng.integers(-560, -500, size=2), 500, 400)]
        exact = np.eye(2, dtype=int).astype(object)
        for W in weights:
            exact = np.array([[Fraction(float(w)) for w in row] for row in W]) @ exact
        column = max(sum(entry * entry for entry in exact[:, j]) for j in (0, 1))
        bound = steepest(weights, [np.ones((1, 2))] * 4, [np.ones((1, 2))] * 4)
        assert column <= Fraction(bound) ** 2


def test_a_stored_run_proves_no_radius_around_new_rows_and_says_0(run, tmp_path):
    stored = lw.open_run(run.save(tmp_path / "run"))
    rows = np.concatenate([IRIS.points[:3], [[1e6, 0.0, 0.0, 0.0]]])
    assert stored.radii(rows, stored.class_indices(rows), IRIS).tolist() == [0.0] * 4
