"""Units scaled by powers of two: the same values bit by bit, the same proof, no certificate where scaling loses numbers."""

import itertools
import json

import numpy as np
import onnx
import pytest

import kit
from logwidth.certify import Outcome, UnprovableNetworkError, UnrecognisedNetworkError, certify, read_onnx, recognise
from logwidth.construct import bounded_weights
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import to_onnx
from logwidth.network import AffineLayer, ReluNetwork, evaluate
from logwidth.network.unit_scales import with_unit_scales, without_unit_scales

FORMS = [
    ("register", "float32"),
    ("cells", "float32"),
    ("lanes", "float32"),
    ("telescope", "float64"),
    ("collapse", "float32"),
]


def largest(network):
    return max(float(np.abs(part).max(initial=0.0)) for layer in network.layers for part in (layer.weights, layer.bias))


def least_bound(network):
    """The least bound that an error names."""
    with pytest.raises(InputError, match="the least that powers of two on its units reach is") as refused:
        bounded_weights(network, 1.0)
    return float(str(refused.value).rsplit(" ", 1)[1])


def scaled_by_hand(network, exponents):
    """The same function with any exponents, by this file's own code."""
    before, layers = np.zeros(network.n_inputs), []
    for layer, after in zip(network.layers, [*exponents, np.zeros(network.n_outputs)], strict=True):
        weights = layer.dense().astype(np.float64) * 2.0 ** (after[:, None] - before[None, :])
        kind = np.dtype(layer.dtype)
        layers.append(AffineLayer.from_dense(weights.astype(kind), (layer.bias * 2.0**after).astype(kind)))
        before = after
    return ReluNetwork(tuple(layers[:-1]), layers[-1])


def around(data, radius):
    """Points of the balls in l2, the centres and steps along the axes."""
    steps = np.concatenate([np.eye(data.n_features), -np.eye(data.n_features)]) * radius * 0.99
    return np.concatenate([data.points, *(data.points + step for step in steps)])


@pytest.mark.parametrize(("form", "dtype"), FORMS, ids=[form for form, _ in FORMS])
def test_a_scaled_network_computes_the_same_bits_and_is_certified_from_its_file(form, dtype):
    data = kit.FAMILIES["plane"]()
    plan, built = kit.build(form, data, 0.9, dtype)
    bound = least_bound(built.network)
    assert 1 <= bound < largest(built.network)
    stored = read_onnx(to_onnx(bounded_weights(built.network, bound))).network
    assert largest(stored) <= bound
    points = around(data, plan.radius)
    np.testing.assert_array_equal(evaluate(stored, points), evaluate(built.network, points))
    one, other = (certify(network, data, plan.radius) for network in (stored, built.network))
    assert (other.status == Outcome.CERTIFIED).all()
    assert one.form == form
    np.testing.assert_array_equal(one.status, other.status)
    np.testing.assert_allclose(one.radius_lower, other.radius_lower, rtol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_the_least_bound_is_the_least_of_all_exponents(seed):
    """Against all exponents from -5 to 5 of a network of three layers."""
    rng = np.random.default_rng(seed)
    rows = [[{0: w} for w in 2.0 ** rng.integers(-3, 9, 2)], [{0: 5.0, 1: 3.0}], [{0: 3 * 2.0 ** rng.integers(0, 9)}]]
    layers = [AffineLayer.from_rows(n, row, [0.0] * len(row), "float32") for n, row in zip((1, 2, 1), rows, strict=True)]
    network = ReluNetwork(tuple(layers[:2]), layers[2])

    def allowed(found):
        powers = [np.abs(layer.dense()) for layer in network.layers]
        kept = [
            np.abs(layer.dense())[(np.frexp(p)[0] == 0.5) & (p >= 1)] for layer, p in zip(found.layers, powers, strict=True)
        ]
        return all((sizes >= 1).all() for sizes in kept)

    tried = (scaled_by_hand(network, [np.array(e[:2]), np.array(e[2:])]) for e in itertools.product(range(-5, 6), repeat=3))
    best = min(largest(found) for found in tried if allowed(found))
    if best >= largest(network):
        assert bounded_weights(network, best) is network
        return
    assert largest(bounded_weights(network, best)) <= best
    assert least_bound(network) == pytest.approx(best, rel=1e-3)
    with pytest.raises(InputError, match="out of reach"):
        bounded_weights(network, float(np.nextafter(best, 0)))


def renamed(content, change):
    """The bytes of a file whose note on scaled units is changed."""
    model = onnx.ModelProto.FromString(content)
    (note,) = [entry for entry in model.metadata_props if entry.key == "unit_scales"]
    note.value = json.dumps(change(json.loads(note.value)))
    return model.SerializeToString()


@pytest.fixture(scope="module")
def scaled():
    data = kit.FAMILIES["plane"]()
    plan, built = kit.build("register", data, 0.9)
    return data, plan, built.network, bounded_weights(built.network, 65504.0)


DAMAGE = {
    "no list": lambda runs: 5,
    "a layer too few": lambda runs: runs[1:],
    "a count of none": lambda runs: [[0, []], *runs],
    "a unit too few": lambda runs: [[runs[0][0], runs[0][1][1:]], *runs[1:]],
    "half a power": lambda runs: [[runs[0][0], [0.5, *runs[0][1][1:]]], *runs[1:]],
    "true is no number": lambda runs: [[runs[0][0], [True, *runs[0][1][1:]]], *runs[1:]],
    "beyond the range": lambda runs: [[runs[0][0], [33, *runs[0][1][1:]]], *runs[1:]],
    "beyond any range": lambda runs: [[runs[0][0], [10**30, *runs[0][1][1:]]], *runs[1:]],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_scales_that_are_none_are_refused_by_the_reader(scaled, damage):
    content = to_onnx(scaled[3])
    assert read_onnx(renamed(content, lambda runs: runs)).network.unit_exponents
    with pytest.raises(InputError):
        read_onnx(renamed(content, DAMAGE[damage]))


@pytest.mark.parametrize("which", range(4))
def test_scales_that_are_not_those_of_the_units_certify_nothing(scaled, which):
    """Any scales name some network; of another one than a register nothing is believed."""
    data, plan, _, network = scaled

    def other(runs):
        count, exponents = runs[len(runs) // 2]
        place = which * (len(exponents) - 1) // 3
        moved = [e + (k == place) for k, e in enumerate(exponents)]
        return [*runs[: len(runs) // 2], [count, moved], *runs[len(runs) // 2 + 1 :]]

    stored = read_onnx(renamed(to_onnx(network), other)).network
    assert not (certify(stored, data, plan.radius).status == Outcome.CERTIFIED).any()


def test_steps_that_must_be_exact_are_not_scaled_down(scaled):
    """A copy on a weight of 1/2 may round where numbers are smallest; no proof speaks of that."""
    _, _, network, _ = scaled
    exponents = [np.zeros(layer.n_outputs, dtype=np.int64) for layer in network.hidden]
    exponents[0][0] += 1  # the next layer copies this unit
    with pytest.raises(UnrecognisedNetworkError, match="must be exact"):
        recognise(with_unit_scales(network, exponents))


def test_forms_whose_proofs_know_one_format_only_are_not_certified_with_scales():
    data = kit.FAMILIES["plane"]()
    _, built = kit.build("chebyshev", data, 0.9, norm=np.inf)
    exponents = [np.zeros(layer.n_outputs, dtype=np.int64) for layer in built.network.hidden]
    with pytest.raises(UnprovableNetworkError, match="not for chebyshev"):
        recognise(with_unit_scales(built.network, exponents))


def levels(network, of_coordinates, of_tests=0):
    """One exponent for the coordinates of all layers of a network of cells, another for the units that test."""
    m = network.hidden[0].n_outputs
    found = [np.zeros(layer.n_outputs, dtype=np.int64) for layer in network.hidden]
    for level in found[:-1]:
        level[:m], level[m : m + 1] = of_coordinates, of_tests
    return found


def without_offsets(network):
    """The same up to rounding on z less the offsets of the first layer, where that is not negative."""
    layers = kit.dense(network)
    offsets, m = layers[0][1].copy(), len(layers[0][1])
    layers[0][1][:] = 0
    for number, (W, b) in enumerate(layers[1:-1], start=2):
        rows = slice(m if number < len(layers) - 1 else 0, None)
        if W.shape[1] >= m:
            b[rows] += W[rows, :m] @ offsets
    return kit.of_dense(layers)


@pytest.mark.parametrize(("by_hand", "tests", "named"), [(-117, -60, -32), (95, 60, 32)], ids=["underflow", "overflow"])
def test_scales_that_lose_numbers_are_not_certified(by_hand, tests, named):
    """A network whose numbers are small (or large), but fit, is scaled until they do not: labels are wrong then."""
    plane = kit.FAMILIES["plane"]()
    data = Dataset((plane.points + np.array([-57.0, 41.0])) * (2.0**-60 if named < 0 else 2.0**60), plane.labels)
    plan, built = kit.build("cells", data, 0.9)
    network = without_offsets(built.network)
    fits = scaled_by_hand(network, levels(network, by_hand, tests))
    assert (certify(fits, data, plan.radius).status == Outcome.CERTIFIED).all()
    stored = with_unit_scales(fits, levels(fits, named, 0))
    points, own = data.points, data.values[data.labels]
    with np.errstate(all="ignore"):
        assert (evaluate(fits, points)[:, 0] == own).all()
        assert (evaluate(stored, points)[:, 0] != own).any()
    assert not (certify(stored, data, plan.radius).status == Outcome.CERTIFIED).any()


def test_undoing_is_the_inverse(scaled):
    _, _, network, stored = scaled
    again = without_unit_scales(stored)
    assert all(np.array_equal(a.dense(), b.dense()) for a, b in zip(again.layers, network.layers, strict=True))
    assert again.unit_exponents is None
    with pytest.raises(InputError, match="scaled already"):
        with_unit_scales(stored, stored.unit_exponents)
