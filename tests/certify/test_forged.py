"""Networks forged by hand that differ from a form in one place: nothing wrong may be certified."""

import numpy as np
import onnxruntime
import pytest

import kit
from logwidth.certify import certify, recognise, two_sided_radii
from logwidth.certify.forms.nearest.distances import DistanceShape, image_reach
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import to_onnx
from logwidth.network import evaluate


def test_an_output_that_reads_a_coordinate_instead_of_the_register_is_refused():
    data = kit.FAMILIES["plane"]()
    plan, built = kit.build("sawtooth", data)
    *layers, (W, b), _ = kit.dense(built.network)
    m = W.shape[1] - 2
    wide = np.concatenate([np.eye(m, W.shape[1], dtype=W.dtype), W])
    output = np.array([[-1.0, *[0.0] * m]], dtype=W.dtype)
    top = kit.dense(built.network)[-1][1]
    forged = kit.of_dense([*layers, (wide, np.array([*[0] * m, *b], dtype=W.dtype)), (output, top)])
    assert (certify(forged, data, plan.radius).status != 0).all()


@pytest.mark.parametrize("layer", [3, 4, 5])
def test_a_maximum_that_carries_on_a_coordinate_is_refused(layer):
    data = kit.FAMILIES["plane"]()
    plan, built = kit.build("register", data)
    layers = kit.dense(built.network)
    m = layers[0][0].shape[0] - 1
    layers[layer][0][m, [0, m]] = 1, 0
    assert (certify(kit.of_dense(layers), data, plan.radius).status != 0).all()


def test_tiny_first_layers_do_not_make_balls_overlap():
    data = kit.FAMILIES["plane"]()
    plan, built = kit.build("minkowski-collapse", data, dtype="float64", norm=2.0)
    layers, far, near = kit.dense(built.network), 2.0**485, 2.0**-60
    layers = [(W, b * near) for W, b in layers[:-2]] + layers[-2:]
    layers[0] = (layers[0][0] * near / far, layers[0][1])
    layers[-2] = (layers[-2][0] / near, layers[-2][1])
    wide = Dataset(data.points * far, data.labels)
    found = certify(kit.of_dense(layers), wide, plan.radius * far)
    assert not kit.overlaps(wide, np.maximum(found.radius_lower, 0))


def test_reaches_and_distances_survive_underflow():
    assert image_reach(np.full((2, 2), 2.0**-560), 2.0, 2.0) >= 2.0**-559
    tiny = 1.6e-162  # its square is subnormal
    shape = DistanceShape("power", np.array([0.0, tiny]), np.array([1.0, 20.0]))
    spread = np.sqrt(100.0) * tiny  # a hundred coordinates at the knot: their sum is a hundred times φ(knot)
    assert shape.lower(np.array([spread]), 2.0)[0] <= 100 * tiny


@pytest.mark.parametrize("name", ["cells", "list", "register"])
def test_slopes_that_overflow_prove_nothing(name):
    """Infinity less infinity is not a number, and that is neither below nor above any bound."""
    data, network, radius = kit.rescaled(name, "plane", inputs=-520, scores=520)
    session = onnxruntime.InferenceSession(to_onnx(network, form="chain"))
    values, far = data.values[data.labels], 2.0**520

    def read(points):
        return session.run(None, {"X": points})[0][:, 0]

    assert (read(data.points) == values).all()
    gaps = [far * (data.points[data.labels != label] - x) for x, label in zip(data.points, data.labels, strict=True)]
    steps = np.array([g[np.argmin(np.linalg.norm(g, axis=1))] for g in gaps])
    wrong = read(data.points + 2.9 * radius * steps / np.linalg.norm(steps, axis=1, keepdims=True)) != values
    assert wrong.any()
    for norm in (2.0, np.inf):
        found = certify(network, data, 3 * radius, norm=norm)
        sides = two_sided_radii(recognise(network), data.points, values, (3 * radius, norm))
        assert found.form == name
        assert not (found.status[wrong] == 0).any()
        assert (sides.radius_lower[wrong] < 2.9 * radius).all()


def test_rules_that_underflow_when_they_are_formed_prove_nothing():
    """A weight over a large rate is no float64; what the reader makes of it is another network."""
    data, network, radius = kit.rescaled("list", "lone and many", z=186, scores=-915)
    session = onnxruntime.InferenceSession(to_onnx(network, form="chain"))
    wrong = session.run(None, {"X": data.points})[0][:, 0] != data.values[data.labels]
    assert wrong.any()
    assert not (certify(network, data, radius, norm=2.0).status[wrong] == 0).any()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cells", "list", "register"])
def test_nothing_wrong_is_proven_in_any_units(name):
    """Inputs, coordinates and scores in units from the smallest numbers to the largest, and radii that are too large."""
    rng = kit.rng_of("units", name)
    for _ in range(120):
        units = {"inputs": rng.integers(-490, 480), "z": rng.integers(-1000, 1000), "scores": rng.integers(-1000, 1000)}
        units = {what: int(power) for what, power in units.items() if rng.random() < 0.7}
        family = str(rng.choice(["plane", "line", "lone and many"]))
        try:
            data, network, radius = kit.rescaled(name, family, **units)
        except InputError:  # a weight overflows
            continue
        radius *= float(rng.choice([1.0, 1.3, 3.0, 10.0]))
        for norm in (2.0, np.inf):
            found = certify(network, data, radius, norm=norm)
            radii = np.where(found.status == 0, np.maximum(found.radius_lower, radius), -1.0)
            assert not kit.overlaps(data, radii, norm), units
            for i in np.flatnonzero(radii > 0):
                points = kit.worst_points(data, i, radii[i], norm, share=1 - 1e-6)
                assert (evaluate(network, points)[:, 0] == data.values[data.labels[i]]).all(), units
