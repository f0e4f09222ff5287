"""Networks that are broken on purpose: what is still certified must be true, and what is falsified must have a witness."""

import importlib.util
import itertools

import numpy as np
import pytest

import kit
from logwidth.certify import Outcome, certify
from logwidth.certify.balls.witness import in_ball
from logwidth.construct import CONSTRUCTIONS, Plan
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.network import evaluate

SMALL = {
    "two classes": Dataset([[0, 0], [4, 1], [1, 5], [6, 6], [-3, 4]], [0, 1, 0, 1, 0]),
    "three classes": Dataset([[0, 0], [4, 1], [1, 5], [6, 6], [-3, 4]], [0, 1, 2, 1, 0]),
    "one line": Dataset([[0], [4], [9], [15]], [0, 1, 1, 0]),
    "lone first": Dataset([[0, 0], [4, 1], [1, 5], [6, 6]], [0, 1, 1, 1]),
    "two samples": Dataset([[0, 0], [4, 1]], [0, 1]),
}
VORONOI = ["register", "parallel", "telescope", "collapse"]  # those built from scores of prototypes
BY_DAY = {  # deep ones, or with most of their code in common
    "chebyshev": ["three classes"],
    "chebyshev-collapse": ["two samples"],
    "manhattan": ["two classes"],
    "manhattan-collapse": ["lone first"],
    "minkowski": ["one line"],
    "minkowski-collapse": ["one line"],
    "sawtooth": ["one line", "two samples"],
}
SMALL_CASES = [
    pytest.param(name, dtype, family, marks=() if family in BY_DAY.get(name, [family]) else pytest.mark.slow)
    for name, spec in CONSTRUCTIONS.items()
    for dtype in spec.dtypes[:1]
    for family in SMALL
    if kit.serves(name, SMALL[family])
]


def _dense_cloud(data, i, radius, norm):
    """Many points of one ball: towards opposite samples and at random, all inside it."""
    steps = kit.rng_of("ball", i).normal(size=(24, data.n_features))
    steps *= radius * (1 - 1e-6) / np.linalg.norm(steps, ord=norm, axis=1, keepdims=True)
    return np.concatenate([kit.worst_points(data, i, radius, norm, share=1 - 1e-6), data.points[i] + steps])


def assert_sound(network, data, radius, norm=2.0):
    """Nothing certified is wrong, every witness is one; return the outcome."""
    found = certify(network, data, radius, norm=norm)
    for i in np.flatnonzero(found.status == Outcome.CERTIFIED):
        value = data.values[data.labels[i]]
        with np.errstate(all="ignore"):
            outputs = evaluate(network, _dense_cloud(data, i, radius, norm))[:, 0]
        assert all(kit.reads(float(y), data.values, found.rule) == value for y in outputs), (i, outputs)
        assert kit.survives_exactly(network, data, i, radius, found.rule, norm)
    for i, witness in found.witnesses.items():
        assert found.status[i] == Outcome.FALSIFIED
        assert in_ball(np.array(witness.point), data.points[i], radius, norm)
        with np.errstate(all="ignore"):
            output = float(evaluate(network, [witness.point])[0, 0])
        assert output == witness.output or np.isnan(output + witness.output)
        assert kit.reads(output, data.values, found.rule) != data.values[data.labels[i]]
    assert set(np.flatnonzero(found.status == Outcome.FALSIFIED)) == set(found.witnesses)
    return found


CHANGES = {
    "sign": lambda w: -w,
    "zero": lambda w: w * 0,
    "double": lambda w: w * 2,
    "half": lambda w: w / 2,
    "ulp up": lambda w: np.nextafter(w, np.inf, dtype=w.dtype),
    "ulp down": lambda w: np.nextafter(w, -np.inf, dtype=w.dtype),
    "much": lambda w: w * w.dtype.type(1e6),
    "one more": lambda w: w + 1,
}


@pytest.mark.parametrize(("name", "dtype", "family"), SMALL_CASES)
def test_no_single_change_of_a_stored_number_makes_a_false_certificate(name, dtype, family):
    data = SMALL[family]
    plan, built = kit.build(name, data, 0.9, dtype)
    outcomes = set()
    for layer, (W, b) in enumerate(kit.dense(built.network)):
        places = [{"weight": place} for place in np.ndindex(W.shape)] + [{"bias": row} for row in range(len(b))]
        if name in BY_DAY:  # every third place
            places = places[layer % 3 :: 3]
        for number, place in enumerate(places):
            changes = list(CHANGES) if place.get("weight") is None or W[place["weight"]] else ["one more"]
            change = changes[(number + layer) % len(changes)]  # every place once, every change many times
            mutant = kit.changed(built.network, layer, **place, to=CHANGES[change])
            found = assert_sound(mutant, data, plan.radius, plan.norm)
            outcomes.add(bool((found.status == Outcome.CERTIFIED).all()))
    assert False in outcomes


@pytest.mark.slow
@pytest.mark.parametrize(("name", "dtype", "family"), SMALL_CASES)
@pytest.mark.parametrize("change", list(CHANGES))
def test_no_change_anywhere_makes_a_false_certificate(name, dtype, family, change):
    data = SMALL[family]
    plan, built = kit.build(name, data, 0.99, dtype)
    for layer, (W, b) in enumerate(kit.dense(built.network)):
        for place in [{"weight": p} for p in np.ndindex(W.shape)] + [{"bias": row} for row in range(len(b))]:
            assert_sound(kit.changed(built.network, layer, **place, to=CHANGES[change]), data, plan.radius, plan.norm)


# --- builders that are wrong in one step


def _altered(monkeypatch, module, name, change):
    original = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *a, **k: change(original(*a, **k)))


def _module(spec):
    return importlib.import_module(CONSTRUCTIONS[spec].build.__module__)


def _one_score_backwards(found):
    weights, biases = (array.copy() for array in found)
    weights[-1] *= -1
    return weights, biases


def _one_bias_flipped(found):
    weights, biases = (array.copy() for array in found)
    biases[-1] *= -1
    return weights, biases


BROKEN_SCORES = {"one score backwards": _one_score_backwards, "one bias flipped": _one_bias_flipped}


@pytest.mark.parametrize("name", VORONOI)
@pytest.mark.parametrize("fault", list(BROKEN_SCORES))
def test_a_wrong_score_is_caught(monkeypatch, name, fault):
    _altered(monkeypatch, _module(name), "scores_relative_to", BROKEN_SCORES[fault])
    data = SMALL["two classes"]
    plan, built = kit.build(name, data, 0.9, CONSTRUCTIONS[name].dtypes[0])
    assert not (assert_sound(built.network, data, plan.radius).status == Outcome.CERTIFIED).all()


@pytest.mark.parametrize("name", list(CONSTRUCTIONS))
def test_a_forgotten_prototype_is_caught(name):
    """The network of four samples is offered for five, the fifth in the middle of the other class."""
    dropped = Dataset(SMALL["two classes"].points[:4], SMALL["two classes"].labels[:4])
    data = Dataset(np.concatenate([dropped.points, [[4, 2]]]), [*dropped.labels, 0])
    plan, built = kit.build(name, dropped, 0.9, CONSTRUCTIONS[name].dtypes[0])
    found = assert_sound(built.network, data, 0.4, plan.norm)
    assert found.status[4] == Outcome.FALSIFIED


@pytest.mark.parametrize("name", VORONOI)
@pytest.mark.parametrize("power", [-40, -8, -3, 3, 8, 20, 60])
def test_a_wrong_gap_is_never_a_false_certificate(monkeypatch, name, power):
    """Too large a gap makes the rate too small; too small a gap drowns in rounding."""
    _altered(monkeypatch, _module(name), "score_gap", lambda gap: gap * 2.0**power)
    data = SMALL["two classes"]
    plan, built = kit.build(name, data, 0.99, CONSTRUCTIONS[name].dtypes[0])
    found = assert_sound(built.network, data, plan.radius)
    if power >= 20:
        assert not (found.status == Outcome.CERTIFIED).all()


@pytest.mark.parametrize("name", list(CONSTRUCTIONS))
def test_a_first_layer_that_clips_is_caught(name):
    """Offsets so small that the first ReLU cuts off part of a ball, and the biases that belong to them."""
    data = SMALL["three classes"] if kit.serves(name, SMALL["three classes"]) else SMALL["two classes"]
    plan, built = kit.build(name, data, 0.9, CONSTRUCTIONS[name].dtypes[0])
    layers = kit.dense(built.network)
    W, b = layers[0]
    lowest = (data.points @ W[: plan.map_rank].T).min(axis=0)
    b[: plan.map_rank] = -lowest + 0.1 * plan.radius * np.linalg.norm(W[: plan.map_rank], axis=1)
    found = assert_sound(kit.of_dense(layers), data, plan.radius, plan.norm)
    assert not (found.status == Outcome.CERTIFIED).any()
    assert "clipped" in found.reason


@pytest.mark.parametrize("name", VORONOI)
@pytest.mark.parametrize("shift", [-0.5, 0.5])
def test_a_wrong_twin_is_caught(name, shift):
    data = SMALL["two samples"] if kit.serves(name, SMALL["two samples"]) else SMALL["two classes"]
    plan, built = kit.build(name, data, 0.99, CONSTRUCTIONS[name].dtypes[0])
    network = kit.changed(built.network, 0, bias=plan.map_rank, to=lambda b: b + b.dtype.type(shift))
    assert not (assert_sound(network, data, plan.radius).status == Outcome.CERTIFIED).all()


def test_wrong_register_increments_are_caught():
    data = SMALL["three classes"]
    plan, built = kit.build("register", data, 0.9)
    m = plan.map_rank
    for layer, change in itertools.product(range(1, built.network.depth), (1.0, -1.0, 0.5)):
        row = m + 2 if layer < built.network.depth - 1 else 0
        network = kit.changed(built.network, layer, bias=row, to=lambda b, change=change: b + b.dtype.type(change))
        assert not (assert_sound(network, data, plan.radius).status == Outcome.CERTIFIED).all()


def test_wrong_parking_levels_are_caught():
    data = SMALL["three classes"]
    plan, built = kit.build("collapse", data, 0.9)
    m, levels = plan.map_rank, 0
    for layer, (W, _) in enumerate(kit.dense(built.network)[1:-2], start=1):
        if W.shape[1] > m and W[0, m] > 0:
            levels += 1
            for change in (lambda w: w / 4, lambda w: w * 1.5, lambda w: w + 1, lambda w: w * 0):
                network = kit.changed(built.network, layer, weight=(0, m), to=change)
                assert not (assert_sound(network, data, plan.radius).status == Outcome.CERTIFIED).all()
    assert levels == 1


def test_labels_that_belong_to_other_samples_are_caught():
    data = SMALL["three classes"]
    for name in CONSTRUCTIONS:
        if not kit.serves(name, data):
            continue
        plan, built = kit.build(name, data, 0.9, CONSTRUCTIONS[name].dtypes[0])
        swapped = Dataset(data.points, [1, 0, 2, 1, 0])
        found = assert_sound(built.network, swapped, plan.radius, plan.norm)
        assert found.status.tolist() == [Outcome.FALSIFIED] * 2 + [Outcome.CERTIFIED] * 3


def test_unknown_networks_are_undecided_or_falsified_with_a_witness():
    data = SMALL["two classes"]
    plan, built = kit.build("register", data, 0.9)
    for mutant in (
        kit.of_dense(
            [(W, b) for W, b in [*kit.dense(built.network)[:1], (np.ones((1, 3), np.float32), np.ones(1, np.float32))]]
        ),
        kit.of_dense([(-W, b) for W, b in kit.dense(built.network)]),
    ):
        found = assert_sound(mutant, data, plan.radius)
        assert not (found.status == Outcome.CERTIFIED).any()
        assert found.form == "unknown"
        assert found.reason


def test_outputs_that_overflow_are_falsified_and_can_be_stored():
    data = SMALL["two classes"]
    plan, built = kit.build("register", data, 0.9)
    network = kit.changed(built.network, built.network.depth, bias=0, to=lambda b: b * 0 + b.dtype.type(3e38))
    network = kit.changed(network, built.network.depth, weight=(0, 0), to=lambda w: w * w.dtype.type(-3e38))
    assert (assert_sound(network, data, plan.radius).status == Outcome.FALSIFIED).any()


@pytest.mark.parametrize("radius", [0.0, -1.0, np.inf, np.nan])
def test_impossible_radii_are_refused(radius):
    data = SMALL["two classes"]
    _, built = kit.build("register", data, 0.9)
    with pytest.raises(InputError, match="positive and finite"):
        certify(built.network, data, radius)


def test_another_number_of_features_is_refused():
    _, built = kit.build("register", SMALL["two classes"], 0.9)
    with pytest.raises(InputError, match="2 features but the data have 1"):
        certify(built.network, SMALL["one line"], 1.0)


def test_plans_are_plain_values():
    plan = kit.plan_of(SMALL["two classes"], 0.9, "float32")
    assert isinstance(plan, Plan)
    assert plan.map_rank == 2


@pytest.mark.parametrize("unit", ["miss", "coordinate 0"])
@pytest.mark.parametrize("share", [64.0, 1024.0])
def test_too_small_rates_of_a_hit_are_caught(unit, share):
    """A hit must clear `miss` and coordinate 0 entirely; what is left of them would be read as part of a label."""
    data = Dataset([[0, 0], [4, 1], [1, 5], [6, 6], [-3, 4]], [0, 1, 2, 3, 0])
    plan, built = kit.build("collapse", data, 0.9)
    m, found = plan.map_rank, 0
    for layer, (W, _) in enumerate(kit.dense(built.network)[1:-2], start=1):
        if W.shape[1] == m + 1 and W[0, m] < 0:
            found += 1
            place = (m, m) if unit == "miss" else (0, m)
            network = kit.changed(built.network, layer, weight=place, to=lambda w: w / w.dtype.type(share))
            assert not (assert_sound(network, data, plan.radius).status == Outcome.CERTIFIED).all()
    assert found == 2


def test_a_telescope_whose_errors_add_up_is_not_certified():
    """In float32 the errors of many layers reach the gap between two labels."""
    data = kit.cloud("long chain", 60, 2, 3, spread=40)
    plan, built = kit.build("telescope", data, 0.99, "float32")
    found = assert_sound(built.network, data, plan.radius)
    assert not (found.status == Outcome.CERTIFIED).any()
    assert "add up to" in found.reason
    assert found.rule == "rounded"


def test_a_register_that_counts_backwards_is_not_certified():
    """Increments −1 and +2 would print 1, 0 and 2 if the register could fall below zero; it cannot."""
    data = SMALL["three classes"]
    plan, built = kit.build("register", data, 0.9)
    layers, wanted = kit.dense(built.network), [-1.0, 2.0]
    for t, (_, b) in enumerate(layers[1:-1], start=1):
        row = plan.map_rank + 2 if t < len(layers) - 2 else 0
        if b[row]:
            b[row] = wanted.pop(0)
    assert not wanted
    shuffled = Dataset(data.points, np.array([1, 0, 2])[data.labels])
    assert not (assert_sound(kit.of_dense(layers), shuffled, plan.radius).status == Outcome.CERTIFIED).any()


@pytest.mark.parametrize("norm", [1.0, 1.5, 2.0, np.inf])
def test_a_witness_that_rounding_moves_out_of_the_ball_does_not_count(norm):
    """float32 has no number within 0.001 of 10⁶ + 1/3: an output found beside the ball says nothing about it."""
    points = np.array([[1e6 + 1 / 3, 0.0], [2e6 + 1 / 3, 5.0]])
    data = Dataset(points, [0, 1])
    always_nine = kit.of_dense(
        [(np.ones((1, 2), np.float32), np.zeros(1, np.float32)), (np.zeros((1, 1), np.float32), np.full(1, 9, np.float32))]
    )
    for radius in (1e-3, 10.0):
        found = certify(always_nine, data, radius, norm=norm)
        assert not (found.status == Outcome.CERTIFIED).any()
        assert bool(found.witnesses) == (radius == 10.0)
        assert all(in_ball(np.array(w.point), data.points[i], radius, norm) for i, w in found.witnesses.items())


@pytest.mark.parametrize("name", ["register", "collapse"])
def test_one_layer_with_a_slow_rate_is_caught(name):
    """The rate that counts is the least of all layers."""
    data = SMALL["three classes"]
    plan, built = kit.build(name, data, 0.99)
    slowed = 0
    for layer, (W, _) in enumerate(kit.dense(built.network)[1:-2], start=1):
        row = plan.map_rank + (2 if name == "register" else 0)
        for column in range(plan.map_rank, W.shape[1]):
            if row < W.shape[0] and W[row, column] < -4:
                slowed += 1
                network = kit.changed(built.network, layer, weight=(row, column), to=lambda w: w / w.dtype.type(2.0**28))
                assert not (assert_sound(network, data, plan.radius).status == Outcome.CERTIFIED).all()
    assert slowed >= 2
