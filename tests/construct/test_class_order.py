"""The order of classes in networks of cells: every label is read out, and what lies among others is tested first."""

import itertools

import numpy as np
import pytest

import kit
from logwidth.certify import Outcome, certify, read_onnx
from logwidth.construct import CONSTRUCTIONS
from logwidth.construct.class_order import ClassOrder, easiest_last, natural_order
from logwidth.dataset import Dataset
from logwidth.export import to_onnx
from logwidth.network import evaluate

VALUES = [[0.0, 1.0, 2.0, 3.0], [-3.0, 0.0, 5.0, 100.0]]


@pytest.mark.parametrize("values", VALUES, ids=str)
def test_a_register_of_every_order_is_read_out_as_the_label(values):
    values = np.array(values)
    for classes in itertools.permutations(range(4)):
        order = ClassOrder.of(values, np.array(classes))
        later = [float(order.ticks[p:].sum()) for p in range(4)]  # what the register counts after each class
        read = [order.bias + float(np.maximum(k - order.thresholds, 0.0) @ order.weights) for k in later]
        assert read == values[list(classes)].tolist()
        assert order.thresholds[0] == 0.0
        assert (np.diff(order.thresholds) > 0).all()
        assert (order.ticks > 0).all()
    assert len(natural_order(values).weights) == len(ClassOrder.of(values, np.arange(4)[::-1]).weights) == 1


def rings():
    """A class of scattered points, and others to all its sides."""
    rng = np.random.default_rng(2)
    sides = [[6.0, 0.0], [0.0, 6.0], [-6.0, 0.0]]
    points = np.concatenate([rng.normal(size=(12, 2)) + side for side in sides] + [rng.uniform(-8.0, 8.0, size=(40, 2))])
    labels = np.repeat([0, 1, 3, 2], [12, 12, 12, 40])
    near = np.linalg.norm(points[:36, None] - points[None, 36:], axis=2).min(axis=0) > 0.7
    kept = np.concatenate([np.ones(36, dtype=bool), near])
    return Dataset(points[kept], labels[kept])


def test_what_lies_among_others_comes_first_if_the_width_has_room_for_its_read_out():
    data = rings()
    found = easiest_last(data.points, data.labels, data.values, 4)
    assert found.classes[0] == 2
    assert len(found.weights) > 1
    narrow = easiest_last(data.points, data.labels, data.values, 1)
    assert narrow.classes.tolist() in ([0, 1, 2, 3], [3, 2, 1, 0])


LARGE = ([-8_000_000, 8_000_000, 1, 2], [0, 10_000_000, 3, 9_000_000])


def four_groups(values):
    rng = np.random.default_rng(0)
    centres = np.repeat(3 * rng.normal(size=(4, 2)), 12, axis=0)
    return Dataset(centres + 0.6 * rng.normal(size=(48, 2)), np.repeat(values, 12))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("values", LARGE, ids=str)
def test_labels_far_apart_are_read_out_in_an_order_that_the_format_holds(values, dtype):
    data = four_groups(values)
    plan = kit.plan_of(data, 0.5, dtype)
    network = read_onnx(to_onnx(CONSTRUCTIONS["cells"].build(plan).network, {})).network
    assert (certify(network, data, plan.radius).status == Outcome.CERTIFIED).all()
    assert (evaluate(network, data.points)[:, 0] == data.values[data.labels]).all()


@pytest.mark.parametrize(("dtype", "limit"), [("float32", 2.0**24), ("float64", 2.0**53)])
def test_an_order_is_taken_as_far_as_the_format_holds_its_read_out(dtype, limit):
    data = rings()
    for share, turned in ((2.0**-5, True), (0.75, False), (4.0, False)):  # the last is beyond it in every order
        values = np.array([0.0, 1.0, limit * share * (1.0 - 2.0**-10), limit * share])
        found = easiest_last(data.points, data.labels, values, 4, dtype)
        assert (len(found.weights) > 1, found.exact_in(dtype)) == (turned, share < 1)
    wide = ClassOrder.of(np.array([-limit / 2, 0.0, limit / 2]), np.arange(3))
    assert (wide.exact_in(dtype), wide.weights.tolist()) == (True, [-1.0])
    assert not ClassOrder.of(np.array([-limit / 2, 0.0, limit / 2 + 2]), np.arange(3)).exact_in(dtype)


def test_sums_that_the_format_does_not_hold_are_refused(monkeypatch):
    monkeypatch.setattr(ClassOrder, "exact_in", lambda *_: True)
    data = rings()
    top = 0.75 * 2.0**24
    moved = Dataset(data.points, np.array([0, 1, top - 1, top])[data.labels])
    plan = kit.plan_of(moved, 0.9, "float32")
    network = read_onnx(to_onnx(CONSTRUCTIONS["cells"].build(plan).network, {})).network
    assert network.hidden[-1].n_outputs > 1
    assert np.abs(network.output.dense()).max() < 2.0**24  # each number is held, their sum is not
    assert not (certify(network, moved, plan.radius).status == Outcome.CERTIFIED).any()


def test_cells_in_that_order_are_certified_and_fewer():
    data = rings()
    plan, made = kit.build("cells", data, 0.9)
    stored = read_onnx(to_onnx(made.network, {})).network
    assert stored.width == 4
    assert (certify(stored, data, plan.radius).status == Outcome.CERTIFIED).all()
    assert (evaluate(stored, data.points)[:, 0] == data.values[data.labels]).all()
    moved = Dataset(data.points, np.array([0, 1, 3, 2])[data.labels])  # the scattered class comes last by its value
    assert CONSTRUCTIONS["cells"].build(kit.plan_of(moved, 0.9, "float32")).n_pieces == made.n_pieces
