"""The strict reader: every number of a stored layer is asked for, or the layer is refused."""

import numpy as np
import pytest

import kit
from logwidth.certify import UnrecognisedNetworkError, recognise
from logwidth.certify.forms.shared.read_out import check_increments, read_register_top, read_two_values
from logwidth.certify.forms.shared.trace import ANY, Trace
from logwidth.certify.leads.first_layer import read_first_layer

M = 2


def layers():
    """Two coordinates and a twin; `s`, `r` beside the coordinates; y; 1 − y; the output `3 − 2 (1 − y)`."""
    first = np.array([[1.0, 0], [0, 1], [1, 0]]), np.array([8.0, 9, 5])
    middle = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 2], [3, -1, -2]]), np.array([0.0, 0, 0, 7])
    y = np.array([[0.0, 0, -1, -1]]), np.array([0.5])
    return [first, middle, y, (np.array([[-1.0]]), np.ones(1)), (np.array([[-2.0]]), np.array([3.0]))]


def read(network):
    """Read the whole chain; what it stores where anything is allowed."""
    first = read_first_layer(network.hidden[0], [0])
    trace = Trace(network, first.m, ["r"])
    s, r = trace.carry("s", "r")
    s.expect({"r": s.weight("r", sign=+1)})
    r.expect({"r": -s.inputs["r"]}, z=ANY, bias=ANY)
    y, values = read_two_values(trace)
    y.expect({"s": -1.0, "r": -1.0}, bias=0.5)
    return values, r.z.tolist(), r.bias


def test_a_chain_as_it_should_be_is_read_with_all_its_free_numbers():
    assert read(kit.of_dense(layers())) == ((1.0, 3.0), [3.0, -1.0], 7.0)


FREE = {(1, 3, 0), (1, 3, 1), (1, 3, "bias"), (4, 0, "bias"), (4, 0, 0), (0, 0, "bias"), (0, 1, "bias"), (0, 2, "bias")}
FREE |= {(0, 0, 1), (0, 1, 0), (0, 1, 1)}  # the first layer is any map whose twin repeats coordinate 0
PLACES = [
    (at, *place)
    for at, (W, b) in enumerate(layers())
    for place in [*np.ndindex(W.shape), *((r, "bias") for r in range(len(b)))]
]


@pytest.mark.parametrize("change", [1.0, -2.0])
@pytest.mark.parametrize("place", [p for p in PLACES if p not in FREE])
def test_every_other_number_is_asked_for(place, change):
    at, row, column = place
    changed = layers()
    W, b = changed[at]
    if column == "bias":
        b[row] += change
    else:
        W[row, column] += change
    with pytest.raises(UnrecognisedNetworkError) as refused:
        read(kit.of_dense(changed))
    assert refused.value.layer in (0, at + 1, at + 2)


def _wider(at):
    """A further unit, which nothing reads."""
    found = layers()
    (W, b), (V, c) = found[at], found[at + 1]
    wide = [(np.concatenate([W, W[:1]]), np.append(b, b[:1])), (np.concatenate([V, 0 * V[:, :1]], axis=1), c)]
    return [*found[:at], *wide, *found[at + 2 :]]


def _two_outputs():
    *hidden, (W, b) = layers()
    return [*hidden, (np.concatenate([W, W]), np.append(b, b))]


@pytest.mark.parametrize(
    "forged",
    [*(_wider(at) for at in range(4)), _two_outputs(), [*layers()[:4], *layers()[3:]], [*layers()[:3], layers()[4]]],
)
def test_units_layers_and_outputs_too_many_or_too_few_are_refused(forged):
    with pytest.raises(UnrecognisedNetworkError):
        read(kit.of_dense(forged))


def test_coordinate_0_reads_a_unit_only_where_it_is_asked():
    found = layers()
    found[1][0][0, 2] = 0.25
    network = kit.of_dense(found)
    units, into = Trace(network, M, ["r"]).carry_into("s", "r")
    assert (into, [unit.where for unit in units]) == ({"r": 0.25}, ["layer 2, unit 2", "layer 2, unit 3"])
    with pytest.raises(UnrecognisedNetworkError, match="copy"):
        Trace(network, M, ["r"]).carry("s", "r")
    assert not Trace(network, M, ["r"]).copies_ahead()


@pytest.mark.parametrize(("place", "sign"), [(2, +1), (3, -1)])
def test_a_weight_has_the_sign_that_is_asked_for(place, sign):
    unit = Trace(kit.of_dense(layers()), M, ["r"]).peek(place)
    assert unit.weight("r", sign=sign) == 2.0 * sign
    for name, other in (("r", -sign), ("absent", sign)):
        with pytest.raises(UnrecognisedNetworkError, match=f"layer 2, unit {place} has weight"):
            unit.weight(name, sign=other)


def test_units_are_taken_in_order_and_none_is_left():
    trace = Trace(kit.of_dense(layers()), M, ["r"])
    with pytest.raises(UnrecognisedNetworkError):
        trace.output()
    trace.begin()
    assert trace.take_if("s", {"r": 3.0}) is None
    assert trace.take_if("s", {"r": 2.0}) is not None
    with pytest.raises(UnrecognisedNetworkError):
        trace.end()
    trace.take("r")
    with pytest.raises(UnrecognisedNetworkError):
        trace.take("one more")
    trace.end()
    assert (trace.names, trace.done, trace.left, trace.units_ahead) == (["s", "r"], 2, 2, 1)
    with pytest.raises(ValueError, match="one name"):
        Trace(kit.of_dense(layers()), M, ["r"]).carry("s", "s")


@pytest.mark.parametrize(
    ("increments", "top"),
    [((0.0, 0.0), 1.0), ((0.0, 2.0, -1.0), 1.0), ((0.0, 0.5), 1.0), ((0.0, 1.0), 0.5), ((0.0, 2.0**25), 2.0**24)],
)
def test_a_register_counts_exact_integers_forwards(increments, top):
    network = kit.of_dense([(np.eye(1, dtype=np.float32), np.zeros(1, np.float32))] * 2)
    with pytest.raises(UnrecognisedNetworkError):
        check_increments(increments, top, network)
    check_increments((0.0, 2.0, 0.0, 1.0), 5.0, network)


def test_an_output_is_a_constant_less_the_register():
    one, W = (np.eye(1), np.zeros(1)), np.array([[-1.0]])
    assert read_register_top(kit.of_dense([one, (W, np.array([4.0]))]), (0.0, 1.0)) == 4.0
    for forged in (
        [one, (-W, np.array([4.0]))],
        [one, (2 * W, np.array([4.0]))],
        [one, (np.array([[-1.0], [1]]), np.ones(2))],
    ):
        with pytest.raises(UnrecognisedNetworkError):
            read_register_top(kit.of_dense(forged), (0.0, 1.0))


@pytest.mark.parametrize("output", [(0.0, 3.0), (0.5, 3.0), (2.0, 0.5)])
def test_two_values_are_different_integers(output):
    found = layers()
    found[-1] = np.array([[output[0]]]), np.array([output[1]])
    with pytest.raises(UnrecognisedNetworkError):
        read(kit.of_dense(found))


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("chebyshev", "chebyshev"),
        ("collapse", "collapse"),
        ("cells", "cells"),
        ("sawtooth", "sawtooth"),
        ("manhattan", "separable"),
    ],
)
def test_an_unknown_network_is_answered_with_the_reason_of_the_reader_that_came_farthest(name, reader):
    changed = kit.dense(kit.build(name, kit.FAMILIES["plane"]())[1].network)
    at = len(changed) // 2
    changed[at][0][0, 0] = 1.5
    with pytest.raises(UnrecognisedNetworkError) as refused:
        recognise(kit.of_dense(changed))
    assert str(refused.value).endswith(
        f"the nearest is {reader}: layer {at + 1} does not copy the carried coordinates exactly"
    )
    assert refused.value.layer == at + 1
