"""Laws of the lanes between one running maximum per class and one piece per lane."""

import math
from dataclasses import replace

import numpy as np
import pytest

import kit
from logwidth.certify import Outcome, certify, recognise
from logwidth.construct import CONSTRUCTIONS, Extent, within_depth
from logwidth.construct.scores.lanes import fewest_lanes, lane_layers
from logwidth.dataset import Dataset, load
from logwidth.errors import InputError

LANES = [1, 2, 3]
FEW = ["plane", "lone and many", "all alone", "seven classes", "copies", "tiny"]


def built_with(data, lanes, ratio=0.99, dtype="float32"):
    plan = replace(kit.plan_of(data, ratio, dtype), lanes=lanes)
    return plan, CONSTRUCTIONS["lanes"].build(plan)


@pytest.mark.parametrize("lanes", LANES)
@pytest.mark.parametrize("family", [pytest.param(f, marks=() if f in FEW else pytest.mark.slow) for f in kit.FAMILIES])
def test_every_number_of_lanes_is_certified_survives_and_has_its_formulas(family, lanes):
    data = kit.FAMILIES[family]()
    plan, built = built_with(data, lanes)
    extent = Extent(kit.sizes_in_order("lanes", plan), built.n_pieces, plan.map_rank, 0.99, lanes)
    assert built.network.width == CONSTRUCTIONS["lanes"].width(extent)
    assert built.network.depth == CONSTRUCTIONS["lanes"].depth(extent)
    found = certify(built.network, data, plan.radius)
    assert (found.status == Outcome.CERTIFIED).all()
    assert found.form == "lanes"
    assert not kit.overlaps(data, found.radius_lower)
    for i in range(0, data.n_samples, 1 + data.n_samples // 3):
        assert kit.survives_exactly(built.network, data, i, found.radius_lower[i], "exact")
        assert kit.survives_floats(built.network, data, i, plan.radius, "exact")


@pytest.mark.parametrize("lanes", LANES)
def test_the_stored_network_says_which_scores_have_which_label(lanes):
    data = kit.FAMILIES["seven classes"]()
    _, built = built_with(data, lanes)
    form = recognise(built.network)
    assert form.pieces.size == built.n_pieces == data.n_samples
    assert sorted(form.values) == sorted(data.values[data.labels])
    # the score that is highest at a sample is its own
    scores = (data.points @ form.first.T.T + form.first.b) @ form.pieces.weights.T + form.pieces.biases
    assert (form.values[scores.argmax(axis=1)] == data.values[data.labels]).all()


@pytest.mark.parametrize("lanes", [1, 2])
def test_no_single_change_of_a_stored_number_makes_a_false_certificate(lanes):
    data = Dataset([[0, 0], [4, 1], [1, 5], [6, 6], [-3, 4], [9, 9]], [0, 1, 2, 1, 0, 1])
    plan, built = built_with(data, lanes, 0.9)
    changes = [lambda w: -w, lambda w: w * 0, lambda w: w * 2, lambda w: w / 2, lambda w: w + 1, lambda w: w * 1e6]
    lost = 0
    for layer, (W, b) in enumerate(kit.dense(built.network)):
        places = [{"weight": place} for place in np.ndindex(W.shape)] + [{"bias": row} for row in range(len(b))]
        for number, place in enumerate(places[layer % 2 :: 2]):
            zero = place.get("weight") is not None and not W[place["weight"]]
            change = changes[4 if zero else number % len(changes)]
            mutant = kit.changed(built.network, layer, **place, to=lambda w, c=change: w.dtype.type(c(w)))
            found = certify(mutant, data, plan.radius)
            lost += (found.status != Outcome.CERTIFIED).any()
            for i in np.flatnonzero(found.status == Outcome.CERTIFIED):
                assert kit.survives_exactly(mutant, data, i, plan.radius, "exact")
    assert lost > 10


def faulty(change):
    """A network of two classes, four pieces each, one per lane, with its dense layers changed."""
    data = kit.cloud("faults", 8, 2, 2)
    plan, built = built_with(data, None, 0.9)
    layers = kit.dense(built.network)
    change(layers)
    return certify(kit.of_dense(layers), data, plan.radius)


def _same_codes(layers):
    layers[-2][1][:] = 0


def _half_code(layers):
    layers[-2][1][1] = 0.5


def _slow_rate(layers):
    layers[-2][0][1] /= 2.0**30


def _huge_rate(layers):
    layers[-2][0][:] = np.where(layers[-2][0] < 0, -(2.0**126), layers[-2][0])


def _swapped_read_out(layers):
    layers[-1][0][:] *= 2


def _stale_maximum(layers):
    layers[2][0][1] = layers[2][0][0]


def _lifted_match(layers):
    layers[2][1][1] += 1e6


def _lifted_defeat(layers):
    layers[4][1][2] += 1e6


def _idle_unit(layers):
    (W, b), (V, c) = layers[2:4]
    layers[2] = np.concatenate([W, W[:1]]), np.append(b, b[:1])
    layers[3] = np.concatenate([V, np.zeros_like(V[:, :1])], axis=1), c


FAULTS = [
    _same_codes, _half_code, _slow_rate, _huge_rate, _swapped_read_out, _stale_maximum, _lifted_match, _lifted_defeat,
    _idle_unit,
]  # fmt: skip


@pytest.mark.parametrize("change", FAULTS)
def test_a_faulty_tournament_is_not_certified(change):
    assert (faulty(lambda _: None).status == Outcome.CERTIFIED).all()
    assert not (faulty(change).status == Outcome.CERTIFIED).any()


def test_the_fewest_lanes_within_a_depth_are_the_fewest():
    for sizes in ([1, 1], [3, 2], [8, 8], [7, 1, 4], [13, 2, 2, 5, 9]):
        depths = {q: len(lane_layers(3, sizes, q)) for q in range(1, max(sizes) + 1)}
        for most in range(1, max(depths.values()) + 3):
            least = min((q for q, depth in depths.items() if depth <= most), default=None)
            found = fewest_lanes(sizes, most)
            assert (found is None) == (least is None)
            assert found is None or (depths[found] <= most and found == least)


def test_within_a_depth_the_narrowest_construction_is_chosen_or_the_least_depth_named():
    plan = kit.plan_of(kit.cloud("budget", 40, 3, 2), 0.5, "float32")
    sizes = [20, 20]
    deepest = len(lane_layers(3, sizes))
    widths = []
    for most in range(deepest, 46):
        spec, order = within_depth(plan, most)
        network = spec.build(order).network
        assert network.depth <= most
        widths.append(network.width)
    assert widths == sorted(widths, reverse=True)
    assert widths[0] <= 40
    assert widths[-1] == plan.map_rank + 2
    with pytest.raises(InputError, match=f"least depth is {deepest}"):
        within_depth(plan, deepest - 1)


def test_the_depth_is_logarithmic():
    for n in (10, 100, 1000):
        assert len(lane_layers(8, [n, n, n])) == 5 + math.ceil(math.log2(n))


def test_digits_at_ratio_099_in_at_most_40_layers():
    data = load("digits")
    plan = kit.plan_of(data, 0.99, "float32")
    for most in (40, 15):
        spec, order = within_depth(plan, most)
        network = spec.build(order).network
        assert network.depth <= most
        assert network.width <= 2200
        found = certify(network, data, plan.radius)
        assert (found.status == Outcome.CERTIFIED).sum() == 1797
