"""Cells behind folds: no ball is said to be held or kept out that is not, at points looked for and in rationals (T13)."""

import itertools
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.certify import Outcome, certify, recognise
from logwidth.certify.forms.cells.requirement import Cells, CellTest
from logwidth.certify.forms.folded.balls import FoldedBalls
from logwidth.certify.forms.folded.cells import FoldedCells
from logwidth.certify.forms.folded.layers import FoldLayers
from logwidth.certify.forms.folded.requirement import FoldedDomain
from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.pieces import Pieces
from logwidth.network import AffineLayer, ReluNetwork, evaluate
from logwidth.rounding import BINARY64

SIZES = [(2, 3, 2), (3, 4, 2), (2, 3, 3, 2)]


def exactly(layers, x):
    """u of the last layer at x, in rationals."""
    state = [Fraction(float(t)) for t in x]
    for number, (W, b) in enumerate(zip(layers.weights, layers.biases, strict=True)):
        if number:
            state = [max(s, Fraction(0)) for s in state]
        rows = zip(W.tolist(), b.tolist(), strict=True)
        state = [sum((Fraction(w) * s for w, s in zip(row, state, strict=True)), Fraction(c)) for row, c in rows]
    return state


def forward(layers, x):
    u = x @ layers.weights[0].T + layers.biases[0]
    for W, b in zip(layers.weights[1:], layers.biases[1:], strict=True):
        u = np.maximum(u, 0.0) @ W.T + b
    return u


def sides(cells, z):
    """The halfspaces' values `(n, H)` in floats, or of one point in rationals."""
    h = cells.halfspaces
    if isinstance(z, np.ndarray):
        return z @ h.weights.T + h.biases
    rows = zip(h.weights.tolist(), h.biases.tolist(), strict=True)
    return [sum((Fraction(w) * t for w, t in zip(row, z, strict=True)), Fraction(c)) for row, c in rows]


def failing(test, z):
    """How far a point is from what the test asks for, in floats; negative where it fails."""
    later = sides(test.later, z) + test.later.halfspaces.errors
    out = np.minimum.reduceat(later, test.later.starts, axis=1).max(axis=1)
    own = sides(test.own, z) - test.own.halfspaces.errors - test.lead
    held = np.minimum.reduceat(own, test.own.starts, axis=1).max(axis=1)
    return np.minimum(-out, held)


def kept_exactly(test, z):
    """Whether the test holds at a point, in rationals."""

    def parts(cells):
        ends = [*cells.starts.tolist(), cells.halfspaces.size]
        values, errors = sides(cells, z), [Fraction(float(e)) for e in cells.halfspaces.errors]
        return [list(zip(values[a:b], errors[a:b], strict=True)) for a, b in itertools.pairwise(ends)]

    lead = Fraction(float(test.lead))
    out = all(any(value <= -error for value, error in cell) for cell in parts(test.later))
    return out and any(all(value >= lead + error for value, error in cell) for cell in parts(test.own))


def some_cells(rng, count, centre, spread, inside):
    """Cells of two or three halfspaces, around a centre or beside it, with errors."""
    weights, biases, starts = [], [], []
    for _ in range(count):
        starts.append(len(weights))
        for _ in range(rng.integers(2, 4)):
            w = rng.normal(size=len(centre))
            weights.append(w)
            biases.append(-w @ centre + (1.0 if inside else rng.choice([-1.0, 1.0])) * spread * rng.random())
    errors = 1e-3 * rng.random(len(weights))
    return Cells(Pieces(np.array(weights), np.array(biases), errors), np.array(starts))


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_what_is_proven_holds_wherever_it_is_tried(sizes, norm):
    rng = np.random.default_rng(len(sizes) + int(min(norm, 7)))
    proven = tried = 0
    for _ in range(6):
        weights = tuple(rng.normal(size=(k, n)) for n, k in itertools.pairwise(sizes))
        layers = FoldLayers(weights, tuple(0.5 * rng.normal(size=k) for k in sizes[1:]), BINARY64)
        points, radius = rng.normal(size=(5, sizes[0])), 0.15
        domain = domain_of(layers, points, radius, norm)
        centre, spread = forward(layers, points)[0], 2.0
        test = CellTest(
            some_cells(rng, 3, centre, spread, True), some_cells(rng, 2, centre, spread, False), frozenset([1.0]), 0.01
        )
        found = FoldedCells(test).measure(LeadMeter(domain), points, radius)
        assert (found.radius_lower == np.where(found.proven, radius, -1.0)).all()
        for x, good in zip(points, found.proven, strict=True):
            steps = rng.normal(size=(2000, sizes[0]))
            steps[:500] = np.sign(steps[:500])
            steps[500:700] *= rng.random((200, sizes[0])) < 0.5
            steps[~steps.any(axis=1)] = 1.0
            around = x + steps * ((1 - 2.0**-40) * radius / np.linalg.norm(steps, ord=norm, axis=1))[:, None]
            room = failing(test, forward(layers, np.concatenate([x[None], around])))
            tried += int((room >= 0.05).all())
            proven += int(good)
            if good:
                worst = np.concatenate([x[None], around])[int(np.argmin(room))]
                assert kept_exactly(test, exactly(layers, worst))
    assert proven >= 3
    assert proven >= 0.6 * tried  # not idle: what holds with room is mostly proven


def domain_of(layers, points, radius, norm):
    first = FirstLayer(layers.weights[-1], layers.biases[-1], (), layers.format)
    zero = np.zeros(first.m)
    return FoldedDomain(
        first, norm, radius, zero, zero, zero, zero, zero, zero, zero, FoldedBalls.around(layers, points, radius, norm)
    )


def test_a_later_cell_may_be_kept_out_by_any_halfspace_and_an_own_one_needs_all():
    """Identity behind a hinge that is off: the plane. One ball at the origin, cells beside it and around it."""
    layers = FoldLayers((np.eye(2), np.eye(2)), (np.full(2, 9.0), np.full(2, -9.0)), BINARY64)
    points, radius = np.zeros((1, 2)), 1.0
    domain = domain_of(layers, points, radius, 2.0)

    def cell(*sides):
        table = np.array(sides, dtype=float)
        return Cells(Pieces(table[:, :2], table[:, 2], np.zeros(len(table))), np.array([0]))

    def proven(own, later, lead=0.5):
        test = CellTest(own, later, frozenset([1.0]), lead)
        return bool(FoldedCells(test).measure(LeadMeter(domain), points, radius).proven[0])

    around, beside = cell((1, 0, 2), (0, 1, 2)), cell((1, 0, 5), (0, -1, -2))
    assert proven(around, beside)
    assert proven(None, beside)
    assert not proven(around, beside, lead=1.5)
    assert not proven(cell((1, 0, 2), (0, 1, 0.9)), beside)
    assert not proven(around, cell((1, 0, 5), (0, -1, -0.9)))
    none = replace(beside, halfspaces=beside.halfspaces.take(np.zeros(0, dtype=int)), starts=np.zeros(0, dtype=int))
    assert proven(around, none)


# --- whole networks


@pytest.fixture(scope="module")
def built():
    return kit.behind_a_fold()


def attacked(network, data, radius):
    rng = np.random.default_rng(2)
    steps = rng.normal(size=(200, *data.points.shape))
    points = data.points + radius * (1 - 2.0**-20) * steps / np.linalg.norm(steps, axis=2, keepdims=True)
    return evaluate(network, points.reshape(-1, 3))[:, 0].reshape(200, -1) == data.values[data.labels]


def test_few_cells_behind_a_fold_are_certified_and_right(built):
    data, radius, made = built
    assert (made.name, made.network.width, made.network.depth) == ("folded", 4, made.n_pieces + 3)
    assert made.n_pieces < data.n_samples
    assert (certify(made.network, data, radius).status == Outcome.CERTIFIED).all()
    assert attacked(made.network, data, radius).all()
    assert not (certify(made.network, data, 4 * radius).status == Outcome.CERTIFIED).all()


def changed(network, number, change):
    hidden = list(network.hidden)
    W, b = hidden[number].dense().astype(float), hidden[number].bias.astype(float)
    change(W, b)
    hidden[number] = AffineLayer.from_dense(W.astype(network.dtype), b.astype(network.dtype))
    return ReluNetwork(tuple(hidden), network.output)


def push_in(W, b):
    b[2] -= 2.0 * np.abs(W[2, :2]).sum()


def push_out(W, b):
    b[2] += 2.0 * np.abs(W[2, :2]).sum()


def turn(W, b):
    W[2, :2] *= -1.0
    b[2] *= -1.0


def forget(W, b):
    W[2, :2] = 0.0
    b[2] = 1.0


@pytest.mark.parametrize("fault", [push_in, push_out, turn, forget], ids=lambda f: f.__name__)
def test_planted_faults_in_halfspaces_are_never_certified_wrongly(built, fault):
    data, radius, made = built
    some = 0
    for number in range(2, made.network.depth - 1):
        network = changed(made.network, number, fault)
        found = certify(network, data, radius).status == Outcome.CERTIFIED
        assert attacked(network, data, radius)[:, found].all()
        some += int(not found.all())
    assert some >= (made.network.depth - 3) // 2


def test_the_reader_accounts_for_every_number(built):
    _, _, made = built
    form = recognise(made.network)
    assert (form.name, form.n_pieces) == ("folded", made.n_pieces)

    def another_wire(W, _):
        W[0, 2] += 1.0  # a coordinate that reads the running minimum

    with pytest.raises(lw.UnrecognisedNetworkError):
        recognise(changed(made.network, 3, another_wire))
