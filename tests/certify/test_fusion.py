"""Laws of taking all scores at once: where a row is clear the chain returns the same label, in any order of summation."""

from dataclasses import replace

import numpy as np
import pytest

import kit
from logwidth.certify import UnrecognisedNetworkError, recognise
from logwidth.certify.runs.fusion import fuse
from logwidth.certify.runs.stored_run import StoredRun
from logwidth.construct import CONSTRUCTIONS
from logwidth.dataset import Dataset
from logwidth.network import AffineLayer, FusedNetwork, ReluNetwork, class_maxima, evaluate, evaluate_exactly, first_values

FORMS = ["register", "collapse", "telescope", "parallel", "lanes"]
SERVED = [
    (name, family) for name in FORMS for family in ["plane", "space", "copies"] if kit.serves(name, kit.FAMILIES[family]())
]
FEW = ["two samples", "plane", "lone and many", "all alone", "seven classes", "copies", "tiny", "far from zero"]
CASES = [
    pytest.param(name, family, marks=() if family in FEW else pytest.mark.slow)
    for name in FORMS
    for family in kit.FAMILIES
    if kit.serves(name, kit.FAMILIES[family]())
]


def fused(network):
    return fuse(network, recognise(network))


def rows_near(data, reach, name, n=60):
    """Random inputs within `reach` of samples, the i-th near sample i modulo N."""
    rng = kit.rng_of("fusion", name)
    steps = rng.normal(size=(n, data.n_features))
    steps *= reach * rng.random((n, 1)) / np.linalg.norm(steps / np.abs(steps).max(), axis=1, keepdims=True)
    return data.points[np.arange(n) % data.n_samples] + steps / np.abs(steps).max(initial=1.0) * reach


def after_first(network):
    """The chain from its second layer on: its first one copies what it is given."""
    n, kind = network.hidden[0].n_outputs, np.dtype(network.dtype)
    copy = AffineLayer.from_dense(np.eye(n, dtype=kind), np.zeros(n, dtype=kind))
    return ReluNetwork((copy, *network.hidden[1:]), network.output)


def wrong_rows(network, fusion, points, exact=True):
    """Clear rows on which the chain, going on from the same first layer, returns another label in some arithmetic."""
    values, clear = fusion.read(points)
    rows, rest = np.flatnonzero(clear), after_first(network)
    given = first_values(network.hidden[0], points[rows])
    labels = sorted(set(values))
    outputs = [kit.adversary(rest, given, order, fused=False)[0] for order in kit.ORDERS[:3]]
    if network.dtype == "float32":
        outputs.append(kit.adversary(rest, given, "backward", fused=True)[0])
    if exact:
        outputs.append([evaluate_exactly(rest, row.tolist())[0] for row in given])
    every = sorted({*fusion.network.values, *labels})
    return [
        int(i)
        for k, i in enumerate(rows)
        if any(kit.reads(float(y[k]), every, fusion.form.rule) != values[i] for y in outputs)
    ], clear


@pytest.mark.parametrize(("name", "family"), CASES)
def test_clear_rows_have_the_chains_label_in_every_arithmetic(name, family):
    data = kit.FAMILIES[family]()
    plan, built = kit.build(name, data, 0.9, CONSTRUCTIONS[name].dtypes[0])
    fusion = fused(built.network)
    for reach in (plan.radius, 8 * plan.radius):
        wrong, clear = wrong_rows(built.network, fusion, rows_near(data, reach, family))
        assert wrong == []
        assert clear.mean() > 0.5


@pytest.mark.parametrize(("name", "family"), SERVED)
def test_on_certified_balls_the_label_is_the_samples(name, family):
    data = kit.FAMILIES[family]()
    plan, built = kit.build(name, data, 0.999, CONSTRUCTIONS[name].dtypes[0])
    run = StoredRun(built.network, data.classes, data.values, _certificate(recognise(built.network).rule), {})
    for i in range(data.n_samples):
        points = kit.worst_points(data, i, plan.radius)
        assert (run.class_indices(points) == data.labels[i]).all()
        values, clear = fused(built.network).read(points)
        assert (values == data.values[data.labels[i]]).all()  # even where the chain is asked to be sure
        assert clear[0]


def _certificate(rule):
    class Stub:
        pass

    found = Stub()
    found.rule = rule
    return found


@pytest.mark.parametrize("name", FORMS)
def test_every_output_is_the_chains_on_random_rows(name):
    data = kit.cloud("fusion", 40, 3, 2)
    plan, built = kit.build(name, data, 0.9, CONSTRUCTIONS[name].dtypes[0])
    run = StoredRun(built.network, data.classes, data.values, _certificate(recognise(built.network).rule), {})
    points = np.concatenate([rows_near(data, 50 * plan.radius, name, 3000), 1e6 * rows_near(data, 1.0, name, 50)])
    assert np.array_equal(run.class_indices(points), run.class_indices(points, chain=True))
    assert fused(built.network).read(points)[1].mean() > 0.5


@pytest.mark.parametrize("name", FORMS)
def test_between_two_classes_no_row_is_clear(name):
    data = Dataset([[0.0, 0.0], [3.0, 4.0], [0.0, -20.0], [3.0, 24.0]], [0, 1, 0, 1])
    _, built = kit.build(name, data, 0.9, CONSTRUCTIONS[name].dtypes[0])
    middle = np.array([[1.5, 2.0], [1.5 + 4e-8, 2.0 - 3e-8]])
    assert not fused(built.network).read(middle)[1].any()
    assert fused(built.network).read(middle + np.array([0.3, 0.4]))[1].all()


@pytest.mark.parametrize("name", FORMS)
def test_no_single_change_of_a_stored_number_makes_a_clear_row_wrong(name):
    data = Dataset([[0, 0], [4, 1], [1, 5], [6, 6], [-3, 4], [9, 9]], [0, 1, 2, 1, 0, 1])
    data = Dataset(data.points, data.labels % 2) if name == "parallel" else data
    plan, built = kit.build(name, data, 0.9, CONSTRUCTIONS[name].dtypes[0])
    points = np.concatenate([rows_near(data, reach * plan.radius, name, 12) for reach in (1, 8)])
    changes = [lambda w: -w, lambda w: w * 0, lambda w: w * 2, lambda w: w / 2, lambda w: w + 1, lambda w: w * 1e6]
    read = 0
    for layer, (W, b) in enumerate(kit.dense(built.network)):
        places = [{"weight": place} for place in np.argwhere(W).tolist()] + [{"bias": row} for row in range(len(b))]
        for number, place in enumerate(places[layer % 2 :: 2]):
            where = {key: tuple(at) if isinstance(at, list) else at for key, at in place.items()}
            change = changes[(number + layer) % len(changes)]
            mutant = kit.changed(built.network, layer, **where, to=lambda w, c=change: w.dtype.type(c(w)))
            try:
                fusion = fused(mutant)
            except UnrecognisedNetworkError:
                continue
            wrong, clear = wrong_rows(mutant, fusion, points, exact=False)
            assert wrong == [], (layer, where)
            read += clear.any()
    assert read > 3


def test_a_clipped_twin_is_left_to_the_chain():
    """A twin with the larger offset goes on where its coordinate is clipped: the score read off the coordinate is wrong."""
    data = Dataset([[0.0], [10.0], [20.0]], [0, 1, 0])
    _, built = kit.build("register", data, 0.9)
    layers = kit.dense(built.network)
    layers[0][1][1] = layers[0][1][0] + 7.0  # the twin's offset
    mutant = kit.of_dense(layers)
    far = np.linspace(-400.0, 60.0, 47)[:, None]
    wrong, clear = wrong_rows(mutant, fused(mutant), far)
    assert wrong == []
    clipped = first_values(mutant.hidden[0], far)
    assert not clear[(clipped[:, 0] == 0) & (clipped[:, 1] > 0)].any()
    assert ((clipped[:, 0] == 0) & (clipped[:, 1] > 0)).any()


def test_pieces_that_a_later_collapse_test_stores_otherwise_count_as_drift():
    data = kit.FAMILIES["all alone"]()
    plan, built = kit.build("collapse", data, 0.9)
    fusion = fused(built.network)
    assert 0 < fusion.scores.drift_upper(np.full(plan.map_rank, 1.0)) < 1e-3 * np.abs(fusion.scores.pieces.weights).max()
    shifted = replace(
        fusion.form.stages[1], later=replace(fusion.form.stages[1].later, biases=fusion.form.stages[1].later.biases + 5)
    )
    stages = (fusion.form.stages[0], shifted, *fusion.form.stages[2:])
    assert replace(fusion.form, stages=stages).scores().drift_bias >= 10
    fewer = replace(shifted, later=shifted.later.take(slice(1, None)))
    with pytest.raises(UnrecognisedNetworkError, match="all pieces"):
        replace(fusion.form, stages=(fusion.form.stages[0], fewer)).scores()


def test_class_maxima_are_those_of_the_plain_formula_whatever_the_blocks():
    rng = kit.rng_of("maxima")
    sizes = (1, 700, 3, 1200)
    pieces = AffineLayer.from_dense(rng.normal(size=(sum(sizes), 5)), rng.normal(size=sum(sizes)))
    first = AffineLayer.from_dense(rng.normal(size=(5, 7)), rng.normal(size=5))
    network = FusedNetwork(first, pieces, sizes, (3.0, 1.0, 0.0, 2.0))
    points = rng.normal(size=(600, 7))
    z = first_values(first, points)
    scores = np.maximum(points @ first.dense().T + first.bias, 0) @ pieces.dense().T + pieces.bias
    plain = np.array([part.max(axis=1) for part in np.split(scores, np.cumsum(sizes)[:-1], axis=1)]).T
    assert class_maxima(network, z) == pytest.approx(plain, rel=1e-12)


def test_forms_without_scores_are_left_to_the_chain():
    data = kit.FAMILIES["plane"]()
    _, built = kit.build("cells", data)
    with pytest.raises(UnrecognisedNetworkError, match="class-wise"):
        fused(built.network)
    run = StoredRun(built.network, data.classes, data.values, _certificate("exact"), {})
    assert np.array_equal(run.outputs(data.points), evaluate(built.network, data.points)[:, 0])
