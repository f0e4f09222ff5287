"""Laws of evaluation: the network is the nearest-prototype rule; floats and rationals agree where floats are exact."""

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kit
from logwidth.construct import CONSTRUCTIONS
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork, evaluate, evaluate_exactly

VORONOI = ("register", "collapse", "telescope", "parallel")


def _mixtures(data, count):
    """Points of the convex hull: nothing is clipped there and no coordinate looks parked."""
    rng = kit.rng_of("mixtures", data.sha256)
    shares = rng.dirichlet(np.full(data.n_samples, 0.3), size=count)
    return np.concatenate([shares @ data.points, data.points])


def _squares(points, data):
    return ((points[:, None, :] - data.points[None, :, :]) ** 2).sum(axis=2)


@pytest.mark.parametrize(("name", "dtype", "family"), [case for case in kit.CASES if case.values[0] in VORONOI])
def test_network_is_the_nearest_prototype_rule_wherever_the_lead_is_clear(name, dtype, family):
    data = kit.FAMILIES[family]()
    plan, built = kit.build(name, data, 0.9, dtype)
    points = _mixtures(data, 300)
    squares = _squares(points, data)
    best = np.array([squares[:, data.labels == c].min(axis=1) for c in range(data.n_classes)])
    order = np.sort(best, axis=0)
    clear = order[1] - order[0] >= plan.distance * (plan.distance - 2 * plan.radius)
    assert clear.sum() >= data.n_samples
    outputs = evaluate(built.network, points[clear])[:, 0]
    truth = data.values[best.argmin(axis=0)[clear]]
    assert [kit.reads(float(y), data.values, built.rule) for y in outputs] == truth.tolist()


@pytest.mark.parametrize(("name", "dtype", "family"), kit.CASES)
def test_rational_evaluation_reads_the_same_labels_on_the_data(name, dtype, family):
    data = kit.FAMILIES[family]()
    _, built = kit.build(name, data, 0.9, dtype)
    outputs = [evaluate_exactly(built.network, x.tolist())[0] for x in data.points[:6]]
    truth = data.values[data.labels[:6]].tolist()
    assert [kit.reads(y, data.values, built.rule) for y in outputs] == truth


small = st.integers(-8, 8)


@given(st.data())
def test_floats_are_exact_where_all_numbers_are_small_integers(data):
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    layers = [
        AffineLayer.from_dense(
            np.array(data.draw(st.lists(small, min_size=n * k, max_size=n * k)), dtype=np.float64).reshape(n, k),
            np.array(data.draw(st.lists(small, min_size=n, max_size=n)), dtype=np.float64),
        )
        for k, n in zip(sizes, [*sizes[1:], 1], strict=True)
    ]
    network = ReluNetwork(tuple(layers[:-1]), layers[-1])
    point = data.draw(st.lists(small, min_size=sizes[0], max_size=sizes[0]))
    assert Fraction(float(evaluate(network, [point])[0, 0])) == evaluate_exactly(network, point)[0]


@pytest.mark.parametrize("order", kit.ORDERS)
def test_every_order_of_summation_is_exact_on_exact_numbers(order):
    data = kit.cloud("orders", 6, 2, 2, spread=4)
    _, built = kit.build("register", data, 0.5)
    outputs = kit.adversary(built.network, data.points, order)[0]
    assert outputs.tolist() == data.values[data.labels].tolist()


def test_emulated_fused_multiply_add_rounds_once():
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=2000).astype(np.float32) for _ in range(2))
    near = -(a.astype(np.float64) * b).astype(np.float32)
    for c in (near, rng.normal(size=2000).astype(np.float32) * np.float32(2.0**-20), np.zeros(2000, np.float32)):
        fused = kit.fma32(a, b, c)
        for x, y, z, got in zip(a[:400], b[:400], c[:400], fused[:400], strict=True):
            exact = Fraction(float(x)) * Fraction(float(y)) + Fraction(float(z))
            error = abs(Fraction(float(got)) - exact)
            up, down = (abs(Fraction(float(np.nextafter(got, np.float32(s)))) - exact) for s in (np.inf, -np.inf))
            assert error <= min(up, down)


def test_evaluation_in_blocks_is_evaluation_row_by_row():
    data = kit.cloud("blocks", 7, 3, 3)
    _, built = kit.build("register", data)
    points = np.tile(data.points, (400, 1))
    seen = []
    outputs = evaluate(built.network, points, progress=seen.append)[:, 0]
    assert outputs.tolist() == np.tile(data.values[data.labels], 400).tolist()
    assert seen[-1] == 1.0
    assert seen == sorted(seen)
    assert evaluate(built.network, np.zeros((0, 3))).shape == (0, 1)


def test_a_deep_network_is_streamed():
    """30,000 layers of 40 units would be 190 MB densely; one layer at a time they need next to nothing."""
    rows = [{j: 1.0} for j in range(40)]
    layer = AffineLayer.from_rows(40, rows, [0.0] * 40, "float32")
    network = ReluNetwork((layer,) * 30_000, AffineLayer.from_rows(40, rows[:1], [0.0], "float32"))
    seen = []
    tracemalloc.start()
    outputs = evaluate(network, np.arange(80.0).reshape(2, 40), progress=seen.append)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outputs[:, 0].tolist() == [0.0, 40.0]
    assert len(seen) > 100
    assert peak < 2**20


@pytest.mark.parametrize("shape", [(3,), (2, 4), (1, 2, 3)])
def test_wrong_shapes_are_refused(shape):
    _, built = kit.build("register", kit.cloud("blocks", 7, 3, 3))
    with pytest.raises(InputError, match="rows of 3 features"):
        evaluate(built.network, np.zeros(shape))


def test_networks_that_do_not_fit_are_refused():
    one = AffineLayer.from_rows(1, [{0: 1.0}], [0.0])
    two = AffineLayer.from_rows(2, [{0: 1.0}], [0.0])
    single = AffineLayer.from_rows(1, [{0: 1.0}], [0.0], "float32")
    for hidden, output in [((), one), ((one,), two), ((one,), single)]:
        with pytest.raises(InputError):
            ReluNetwork(hidden, output)
    for bad in (np.nan, np.inf):
        with pytest.raises(InputError, match="NaN or infinite"):
            AffineLayer.from_dense(np.array([[bad]]), np.array([0.0]))


def test_arrays_of_a_layer_are_read_only():
    layer = CONSTRUCTIONS["register"].build(kit.plan_of(kit.FAMILIES["plane"](), 0.9, "float32")).network.hidden[0]
    with pytest.raises(ValueError, match="read-only"):
        layer.weights[0] = 1.0
