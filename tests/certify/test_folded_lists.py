"""Lists behind folds: no ball is said to be on a side that it is not, at points looked for and in rationals (T13)."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.certify import Outcome, certify, recognise
from logwidth.certify.forms.folded.balls import FoldedBalls
from logwidth.certify.forms.folded.layers import FoldLayers
from logwidth.certify.forms.folded.lists import FoldedList, Mixtures
from logwidth.certify.forms.folded.requirement import FoldedDomain
from logwidth.certify.forms.shared.nested import ListTest
from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.pieces import Pieces
from logwidth.construct.folded import build_folded_list
from logwidth.network import AffineLayer, ReluNetwork, evaluate
from logwidth.rounding import BINARY64


def forward(layers, x):
    u = x @ layers.weights[0].T + layers.biases[0]
    for W, b in zip(layers.weights[1:], layers.biases[1:], strict=True):
        u = np.maximum(u, 0.0) @ W.T + b
    return u


def exactly(layers, x):
    """u of the last layer at x, in rationals."""
    state = [Fraction(float(t)) for t in x]
    for number, (W, b) in enumerate(zip(layers.weights, layers.biases, strict=True)):
        if number:
            state = [max(s, Fraction(0)) for s in state]
        rows = zip(W.tolist(), b.tolist(), strict=True)
        state = [sum((Fraction(w) * s for w, s in zip(row, state, strict=True)), Fraction(c)) for row, c in rows]
    return state


def room(test, z):
    """By how much `side · v_1` exceeds the lead where every rule errs as badly as it may; z `(n, m)`, or in rationals."""
    w, b, e = (part.tolist() for part in vars(test.rules).values())
    if isinstance(z, np.ndarray):
        g = [test.side * (z @ np.array(row) + c) - err for row, c, err in zip(w, b, e, strict=True)]
        larger, smaller, lead = np.maximum, np.minimum, test.lead
    else:
        dots = [
            sum((Fraction(a) * t for a, t in zip(row, z, strict=True)), Fraction(c)) for row, c in zip(w, b, strict=True)
        ]
        g = [test.side * dot - Fraction(err) for dot, err in zip(dots, e, strict=True)]
        larger, smaller, lead = max, min, Fraction(test.lead)
    v = g[-1]
    for sign, part in zip(test.signs[-2::-1], g[-2::-1], strict=True):
        v = larger(part, v) if sign == test.side else smaller(part, v)
    return v - lead


def domain_of(layers, points, radius, norm):
    first = FirstLayer(layers.weights[-1], layers.biases[-1], (), layers.format)
    zero = np.zeros(first.m)
    balls = FoldedBalls.around(layers, points, radius, norm)
    return FoldedDomain(first, norm, radius, zero, zero, zero, zero, zero, zero, zero, balls)


def some_list(rng, centre, rules=5):
    """Rules whose borders run through a ball or beside it, with errors; sometimes two that share it begin."""
    weights = rng.normal(size=(rules, len(centre)))
    signs, side, offsets = rng.choice([-1.0, 1.0], rules), int(rng.choice([-1, 1])), 0.6 * rng.normal(size=rules)
    if rng.random() < 0.5:
        weights[1] = 0.1 * weights[1] - weights[0]
        signs[:2], offsets[:2] = side, side * 0.3 * rng.random(2)
    weights /= np.linalg.norm(weights, axis=1)[:, None]
    halfspaces = Pieces(weights, offsets - weights @ centre, 1e-3 * rng.random(rules))
    return ListTest(halfspaces, tuple(signs.tolist()), frozenset([1.0]), side, 0.01)


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
@pytest.mark.parametrize("sizes", [(2, 3, 2), (3, 4, 3, 2)], ids=str)
def test_what_is_proven_holds_wherever_it_is_tried(sizes, norm, monkeypatch):
    rng = np.random.default_rng(len(sizes) + int(min(norm, 7)))
    proven = tried = mixed = 0
    for _ in range(12):
        weights = tuple(rng.normal(size=(k, n)) for n, k in itertools.pairwise(sizes))
        layers = FoldLayers(weights, tuple(0.5 * rng.normal(size=k) for k in sizes[1:]), BINARY64)
        points, radius = rng.normal(size=(3, sizes[0])), 0.3
        meter = LeadMeter(domain_of(layers, points, radius, norm))
        test = some_list(rng, forward(layers, points)[0])
        found = FoldedList(test).measure(meter, points, radius)
        assert (found.radius_lower == np.where(found.proven, radius, -1.0)).all()
        with monkeypatch.context() as patch:
            patch.setattr(Mixtures, "proven", lambda self: np.zeros(len(self.ball), dtype=bool))
            mixed += int((found.proven & ~FoldedList(test).measure(meter, points, radius).proven).sum())
        for x, good in zip(points, found.proven, strict=True):
            steps = rng.normal(size=(1000, sizes[0]))
            steps[:300] = np.sign(steps[:300])
            around = x + steps * ((1 - 2.0**-40) * radius / np.linalg.norm(steps, ord=norm, axis=1))[:, None]
            around = np.concatenate([x[None], around, (x + around[500:]) / 2])
            rooms = room(test, forward(layers, around))
            tried += int((rooms >= 0.05).all())
            proven += int(good)
            if good:
                assert room(test, exactly(layers, around[int(np.argmin(rooms))])) >= 0
    assert proven >= 8
    assert proven >= 0.8 * tried  # not idle: what holds with room is mostly proven
    assert mixed >= 1


def plane(test):
    """Whether a ball of radius 1 around the origin is proven, in the plane as it is, behind a hinge that is off."""
    layers = FoldLayers(
        (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), np.array([[1.0, 0.0, 0.7], [0.0, 1.0, 0.3]])),
        (np.array([9.0, 9.0, -9.0]), np.array([-9.0, -9.0])),
        BINARY64,
    )
    points = np.zeros((1, 2))
    return bool(FoldedList(test).measure(LeadMeter(domain_of(layers, points, 1.0, 2.0)), points, 1.0).proven[0])


def rules(*given, signs, side=1, lead=0.0):
    array = np.array(given, dtype=float)
    return ListTest(Pieces(array[:, :2], array[:, 2], np.zeros(len(array))), tuple(signs), frozenset([1.0]), side, lead)


def test_rules_may_share_a_ball_as_long_as_no_point_slips_through():
    left, right = (-1, 0, 0.1), (1, 0, 0.1)  # both halves, which overlap a little
    assert plane(rules(left, right, (0, 0, -1), signs=(1, 1, 1)))
    assert plane(rules(left, right, (0, 0, -1), signs=(1, 1, 1), lead=0.09))
    assert not plane(rules(left, right, (0, 0, -1), signs=(1, 1, 1), lead=0.11))
    assert not plane(rules((-1, 0, -0.1), right, (0, 0, -1), signs=(1, 1, 1)))  # a strip is left
    assert not plane(rules(left, (0, 0, -1), signs=(1, 1)))
    wide = np.radians(170)  # halves that do not quite face each other: least 0.1 - cos(85°) = 0.013 where both are alike
    halves = [(1, 0, 0.1), (np.cos(wide), np.sin(wide), 0.1), (0, 0, -1)]
    assert plane(rules(*halves, signs=(1, 1, 1), lead=0.005))
    assert not plane(rules(*halves, signs=(1, 1, 1), lead=0.05))


def test_a_rule_of_the_other_side_may_touch_only_what_is_taken_before():
    held, cap = (-1, 0, 0.1), (-1, 0, 0.05)  # of the own side where x < 0.1; of the other one where x > 0.05
    assert plane(rules(held, cap, (0, 0, 1), signs=(1, -1, 1))) is False  # beyond 0.1 the other one fires
    own = (1, 0, 0.0)  # x > 0
    assert plane(rules(own, cap, (0, 0, 1), signs=(1, -1, 1)))
    assert not plane(rules(cap, own, (0, 0, 1), signs=(-1, 1, 1)))  # asked first, it takes what is not its own
    triple = [(np.cos(a), np.sin(a), 0.01) for a in (0.0, 2.1, 4.2)]
    assert plane(rules(*triple, (0, 0, -1), signs=(1, 1, 1, 1)))
    assert not plane(rules(*triple[:2], (0, 0, -1), triple[2], signs=(1, 1, -1, 1)))


# --- whole networks


@pytest.fixture(scope="module")
def ring():
    return kit.ring_behind_a_fold()


@pytest.fixture(scope="module")
def parked():
    return kit.behind_a_fold(build=build_folded_list)


def attacked(network, data, radius):
    rng = np.random.default_rng(2)
    steps = rng.normal(size=(200, *data.points.shape))
    points = data.points + radius * (1 - 2.0**-20) * steps / np.linalg.norm(steps, axis=2, keepdims=True)
    return evaluate(network, points.reshape(-1, 3))[:, 0].reshape(200, -1) == data.values[data.labels]


def certified(network, data, radius):
    return certify(network, data, radius).status == Outcome.CERTIFIED


def test_a_list_that_cuts_balls_is_certified_and_right(ring, monkeypatch):
    data, radius, made = ring
    assert (made.name, made.network.width, made.network.depth) == ("folded", 3, made.n_pieces + 3)
    assert certified(made.network, data, radius).all()
    assert attacked(made.network, data, radius).all()
    assert not certified(made.network, data, 1.2 * radius).all()
    monkeypatch.setattr(Mixtures, "proven", lambda self: np.zeros(len(self.ball), dtype=bool))
    assert not certified(made.network, data, radius).any()


def test_more_classes_have_a_list_each(parked):
    data, radius, made = parked
    assert (made.network.width, made.network.depth) == (4, made.n_pieces + 3 * data.n_classes - 1)  # two hinges
    assert certified(made.network, data, radius).all()
    assert attacked(made.network, data, radius).all()
    form = recognise(made.network)
    assert (form.name, form.n_pieces) == ("folded", made.n_pieces + 1)  # the guard of the second list


def changed(network, number, change):
    hidden = list(network.hidden)
    W, b = hidden[number].dense().astype(float), hidden[number].bias.astype(float)
    change(W, b)
    hidden[number] = AffineLayer.from_dense(W.astype(network.dtype), b.astype(network.dtype))
    return ReluNetwork(tuple(hidden), network.output)


def push_in(W, b):
    b[-1] -= 0.3 * np.abs(W[-1]).sum()


def push_out(W, b):
    b[-1] += 0.3 * np.abs(W[-1]).sum()


def turn(W, b):
    W[-1, :2], b[-1] = -W[-1, :2], -b[-1]


def forget(W, b):
    W[-1, :2], b[-1] = 0.0, 1.0


@pytest.mark.parametrize("fault", [push_in, push_out, turn, forget], ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", ["ring", "parked"])
def test_planted_faults_in_rules_are_never_certified_wrongly(name, fault, request):
    data, radius, made = request.getfixturevalue(name)
    some = 0
    for number in np.linspace(2, made.network.depth - 3, 3).astype(int):
        network = changed(made.network, number, fault)
        try:
            found = certified(network, data, radius)
        except (lw.UnrecognisedNetworkError, lw.UnprovableNetworkError):
            some += 1
            continue
        assert attacked(network, data, radius)[:, found].all()
        some += int(not found.all())
    assert some >= 1


def test_a_hinge_that_is_dropped_is_noticed(ring):
    data, radius, made = ring

    def drop(W, b):
        W[2], b[2] = 0.0, 0.0

    assert not certified(changed(made.network, 0, drop), data, radius).all()


def test_two_rules_in_the_wrong_order_are_noticed(ring):
    data, radius, made = ring
    some = 0
    for number in np.linspace(3, made.network.depth - 5, 4).astype(int):
        hidden = list(made.network.hidden)
        hidden[number], hidden[number + 1] = hidden[number + 1], hidden[number]
        network = ReluNetwork(tuple(hidden), made.network.output)
        found = certified(network, data, radius)
        assert attacked(network, data, radius)[:, found].all()
        some += int(not found.all())
    assert some >= 2


def test_the_reader_accounts_for_every_number(ring):
    _, _, made = ring

    def another_wire(W, _):
        W[0, 2] += 1.0  # a coordinate that reads the list's unit

    with pytest.raises(lw.UnrecognisedNetworkError):
        recognise(changed(made.network, 4, another_wire))
