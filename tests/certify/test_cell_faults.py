"""Faults of cells that lie within rounding, or in wires that are zero: each is refused, or lowers the bound."""

import dataclasses
import itertools

import numpy as np
import pytest

import kit
from kit import domain_around
from logwidth.certify import Outcome, UnprovableNetworkError, UnrecognisedNetworkError, certify
from logwidth.certify.forms.cells.form import cell_errors, read_cells
from logwidth.certify.leads.first_layer import images_of, read_first_layer
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.leads.polyhedron import halfspace_radii
from logwidth.network import AffineLayer, evaluate
from logwidth.rounding import fraction

M = 2


@pytest.fixture(scope="module")
def built():
    data = kit.cloud("cell faults", 40, M, 3, spread=9)
    plan, construction = kit.build("cells", data, 0.9)
    return data, plan, construction.network


def units(network):
    """`(layer, weights on the unit before it, the register's weight on it)` of the step units, in order."""
    layers = kit.dense(network)
    found = []
    for t in range(1, len(layers) - 2):
        reads = layers[t][0][M, M] if t > 1 else 0.0
        register = layers[t + 1][0][-1 if t + 1 < len(layers) - 2 else 0, M]
        found.append((t, float(reads), float(register)))
    return found


def test_every_wire_of_a_stored_network_is_read(built):
    """Any further weight or bias on a register, a copy, a step or the output is refused."""
    _, _, network = built
    read_cells(network)
    steps = units(network)
    middle = next(t for t, reads, _ in steps if reads == 1.0)
    test = next(t for t, reads, rate in steps if reads == -1.0 and rate < 0)
    closing = test + 1  # its register reads the test
    last = len(network.layers) - 2
    faults = {
        "a copy reads the test": (middle, {"weight": (0, M)}),
        "a copy reads the register": (middle, {"weight": (1, M + 1)}),
        "a copy reads another coordinate": (middle, {"weight": (1, 0)}),
        "a copy has a bias": (middle, {"bias": 1}),
        "a step reads the register": (middle, {"weight": (M, M + 1)}),
        "a step reads its predecessor twice": (middle, {"weight": (M, M)}),
        "a test reads the register": (test, {"weight": (M, M + 1)}),
        "a kept register reads a coordinate": (middle, {"weight": (M + 1, 0)}),
        "a kept register has a bias": (middle, {"bias": M + 1}),
        "a kept register counts twice": (middle, {"weight": (M + 1, M + 1)}),
        "a cleared register reads a coordinate": (closing, {"weight": (M + 1, 1)}),
        "a cleared register counts twice": (closing, {"weight": (M + 1, M + 1)}),
        "a test that is not read": (closing, {"weight": (M + 1, M)}),
        "the last register reads a coordinate": (last, {"weight": (0, 0)}),
        "the last register less an integer reads a coordinate": (last, {"weight": (1, 0)}),
        "the last register less an integer counts twice": (last, {"weight": (1, M + 1)}),
    }
    taken = []
    for name, (layer, place) in faults.items():
        share = 0.0 if name == "a test that is not read" else 1.0
        network_with = kit.changed(network, layer, **place, to=lambda w, share=share: share * w + w.dtype.type(share))
        try:
            read_cells(network_with)
            taken.append(name)
        except UnrecognisedNetworkError:
            pass
    assert taken == []


def test_units_of_the_read_out_are_no_more_than_the_register_and_no_two_classes_print_one_label(built):
    """A unit with a larger bias need not be 0 where the register is cleared; one value of two classes tells neither."""
    _, _, network = built
    last = len(network.layers) - 2
    with pytest.raises(UnrecognisedNetworkError, match="do not fall"):
        read_cells(kit.changed(network, last, bias=1, to=lambda b: b + b.dtype.type(2.0)))
    with pytest.raises(UnrecognisedNetworkError, match="were expected"):
        read_cells(kit.changed(network, last, weight=(1, M), to=lambda w: w / 2))
    two = kit.cloud("cell faults", 40, M, 2, spread=9)
    one_unit = kit.build("cells", two, 0.9)[1].network
    assert (evaluate(one_unit, two.points)[:, 0] == two.labels).all()
    assert not (evaluate(kit.read_above(one_unit), two.points)[:, 0] == two.labels).all()
    with pytest.raises(UnrecognisedNetworkError, match="do not fall"):
        read_cells(kit.read_above(one_unit))
    values = read_cells(network).printed
    unread = kit.changed(network, last + 1, weight=(0, 1), to=lambda w: 0 * w)
    flat = kit.changed(unread, last + 1, weight=(0, 0), to=lambda w: 0 * w)
    assert len(set(values)) == 3
    with pytest.raises(UnrecognisedNetworkError, match="one label"):
        read_cells(flat)


def test_of_another_read_out_only_labels_that_are_printed_are_certified(built):
    """An output weight, its bias and the bias of a unit that it reads say which label a class gets, or are refused."""
    data, plan, network = built
    out, last = len(network.layers) - 1, len(network.layers) - 2
    places = [(out, {"weight": (0, k)}) for k in range(network.output.n_inputs)] + [(out, {"bias": 0})]
    places += [(last, {"bias": k}) for k in range(network.hidden[-1].n_outputs)]
    for (layer, place), step in itertools.product(places, (-2.0, -1.0, 1.0, 0.5)):
        other = kit.changed(network, layer, **place, to=lambda w, step=step: w + w.dtype.type(step))
        printed = evaluate(other, data.points)[:, 0]
        try:
            sure = certify(other, data, plan.radius).status == Outcome.CERTIFIED
        except UnrecognisedNetworkError:
            continue
        assert (printed == data.values[data.labels])[sure].all()
        assert not sure.all()


def test_a_step_in_the_place_of_a_test_is_refused(built):
    """The register must read `ReLU(l_n − x)`, not a step of the running minimum."""
    _, _, network = built
    steps = units(network)
    for t, reads, rate in steps:
        if rate < 0 and reads == -1.0:
            with pytest.raises(UnrecognisedNetworkError):
                read_cells(kit.changed(network, t, weight=(M, M), to=lambda w: -w))


def test_the_least_rate_of_all_cells_counts(built):
    _, _, network = built
    whole = read_cells(network).rate
    closings = [t + 1 for t, _, rate in units(network) if rate < 0]
    assert len(closings) >= 3
    for layer in closings:
        last = layer == len(network.hidden) - 1  # all units there are the register, or it less an integer
        slow = network
        for row in range(network.layers[layer].n_outputs) if last else [M + 1]:
            slow = kit.changed(slow, layer, weight=(row, M), to=lambda w: w / w.dtype.type(2.0**9))
        assert read_cells(slow).rate == whole / 2**9


@pytest.mark.parametrize("sign", [-1, 1])
def test_every_error_lowers_a_halfspace_radius_by_its_share(built, sign):
    data, plan, network = built
    form = read_cells(network)
    domain = domain_around(form.first, data.points, 2.0, plan.radius)
    images, image_error = images_of(form.first, data.points)
    h = form.cells.halfspaces
    slopes = np.linalg.norm(h.weights @ form.first.T, axis=1)
    exact = sign * (images @ h.weights.T + h.biases) / slopes
    size = 1e-3 * float(np.abs(exact).max() * slopes.min())

    def radii(errors, coordinates, error, lead):
        body = Pieces(h.weights, h.biases, np.full(h.size, errors))
        there = dataclasses.replace(domain, error=np.full(M, coordinates))
        return halfspace_radii(body, there, images, error, sign=sign, lead=lead)

    through = np.abs(h.weights).sum(axis=1) * size / slopes
    nothing = np.zeros(M)
    inside = exact > 2 * (size / slopes + through)
    assert inside.sum() > 10

    def loses(share, **what):
        found = radii(**{"errors": 0.0, "coordinates": 0.0, "error": nothing, "lead": 0.0, **what})
        return (found <= exact - share * (1 - 1e-6))[inside].all()

    assert np.allclose(radii(0.0, 0.0, nothing, 0.0)[inside], exact[inside], rtol=1e-6)
    assert loses(size / slopes, errors=size)
    assert loses(size / slopes, lead=size)
    assert loses(through, coordinates=size)
    assert loses(through, error=np.full(M, size))
    assert (radii(0.0, 0.0, nothing, 0.0) <= exact)[inside].all()
    assert (domain.error > 0).all()
    assert (image_error > 0).all()


@pytest.mark.parametrize("order", kit.ORDERS)
def test_errors_of_cells_contain_every_order_of_summation(built, order):
    """The computed value of a test is at most every halfspace plus its error and at least some halfspace less its own."""
    data, plan, network = built
    form = read_cells(network)
    domain = domain_around(form.first, data.points, 2.0, plan.radius)
    tests, _ = form.comparisons(domain)
    assert any(test.later.size for test in tests)
    h = form.cells.halfspaces
    errors = cell_errors(form.rows, h, form.cells.starts, domain).errors
    closings = [t for t, _, rate in units(network) if rate < 0]
    for t, start, stop in zip(closings, form.cells.starts, [*form.cells.starts[1:], h.size], strict=True):
        computed = kit.adversary(network, data.points, order, depth=t + 1)[M].astype(float)
        z = kit.adversary(network, data.points, order, depth=1).astype(float)
        values, slack = h.weights[start:stop] @ z + h.biases[start:stop, None], errors[start:stop, None] * (1 + 1e-9)
        assert (computed >= np.maximum((values - slack).min(axis=0), 0)).all()
        assert (computed <= np.maximum((values + slack).min(axis=0), 0)).all()
        assert (np.diff(errors[start:stop]) < 0).all()
        assert errors[stop - 1] > 0
    for test in tests:
        for cells in (test.own, test.later):
            assert cells is None or not cells.size or (cells.halfspaces.errors >= errors.min()).all()


def lopsided(length, way):
    """A cell at z = 1.1 in float32 whose roundings all push the computed value one way: its rows, and that value."""
    rng, z, x, rows = kit.rng_of("lopsided", length, way), np.float32(1.1), np.float32(0.0), []
    for t in range(length):
        last = t == length - 1
        w, b = rng.uniform(0.5, 1.0, (2, 200)).astype(np.float32)
        b += np.float32(2 * length if last else 0)
        read = -x if last else x
        computed = (w * z + b) + read
        missed = [
            float(fraction(c) - fraction(u) * fraction(z) - fraction(v) - fraction(read))
            for c, u, v in zip(computed, w, b, strict=True)
        ]
        best = int(np.argmax((-way if last else way) * np.array(missed)))
        rows.append((float(w[best]), float(b[best])))
        x = computed[best]
    return float(z), np.array(rows), float(x)


@pytest.mark.parametrize(("length", "way"), [(length, way) for length in (2, 30, 120) for way in (-1, 1)])
def test_roundings_that_all_go_one_way_stay_within_the_stated_error(length, way):
    """The first halfspace is the least, so the roundings of all rows count; the bound is no more than 20 times too large."""
    z, rows, computed = lopsided(length, way)
    lines = np.array([rows[-1] - rows[t:-1].sum(axis=0) for t in range(length)])
    first = read_first_layer(AffineLayer.from_dense(np.ones((1, 1), np.float32), np.zeros(1, np.float32)), [])
    domain = domain_around(first, np.array([[z]]), 2.0, 0.0)
    stored, cell = (Pieces(table[:, :1], table[:, 1], np.zeros(length)) for table in (rows, lines))
    found = cell_errors(stored, cell, np.array([0]), domain)
    values = lines @ [z, 1.0]
    assert values[0] == values.min()
    missed = abs(computed - values[0])
    assert missed <= found.errors[0]
    assert missed >= found.errors[0] / 20
    assert found.largest > np.abs(values).max()
    assert (found.errors >= 2.0**-24 * np.abs(values[-1] - values[0])).all()


def test_products_alone_err_too():
    """One halfspace without a bias: its only rounding is that of its product."""
    z, weights = np.float32(1.1), kit.rng_of("products").uniform(0.5, 1.0, 200).astype(np.float32)
    first = read_first_layer(AffineLayer.from_dense(np.ones((1, 1), np.float32), np.zeros(1, np.float32)), [])
    domain = domain_around(first, np.array([[float(z)]]), 2.0, 0.0)
    cells = Pieces(weights[:, None].astype(np.float64), np.zeros(200), np.zeros(200))
    missed = np.abs((weights * z).astype(np.float64) - weights.astype(np.float64) * float(z))
    errors = cell_errors(cells, cells, np.arange(200), domain).errors
    assert missed.max() > 0
    assert (errors >= missed).all()


def test_a_cell_too_long_for_its_format_is_refused():
    first = read_first_layer(AffineLayer.from_dense(np.ones((1, 1), np.float32), np.zeros(1, np.float32)), [])
    domain = domain_around(first, np.array([[1.0]]), 2.0, 0.0)
    rows = Pieces(np.ones((2**20, 1)), np.ones(2**20), np.zeros(2**20))
    with pytest.raises(UnprovableNetworkError, match="too long"):
        cell_errors(rows, rows, np.array([0]), domain)
