"""The checker in one file on lists of boxes: proves what they hold, and nothing of a broken one that is false."""

import importlib.util
import itertools
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from logwidth.certify import Outcome, certify, prove_rejection
from logwidth.construct import BOXES, Plan, Reject
from logwidth.dataset import Dataset
from logwidth.export import to_onnx
from logwidth.network import AffineLayer, ReluNetwork, evaluate
from logwidth.separation import separation

TOOL = Path(__file__).parents[2] / "tools" / "check_logwidth.py"
_spec = importlib.util.spec_from_file_location("check_logwidth_boxes", TOOL)
tool = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = tool
_spec.loader.exec_module(tool)


def grid(n, d, classes, seed=0):
    draw = np.random.default_rng(seed)
    points = np.unique(draw.integers(0, 6, size=(3 * n, d)), axis=0).astype(float)
    points = points[draw.permutation(len(points))[:n]]
    return Dataset(points, np.arange(len(points)) % classes)


DATA = {
    "grid": lambda: grid(60, 3, 3),
    "two": lambda: Dataset([[0.25], [-7.0]], [0, 1]),
    "shifted": lambda: Dataset(grid(30, 2, 2, 1).points / 3 + 1000.0, np.arange(30) % 2),
    "many features": lambda: Dataset(np.random.default_rng(4).normal(size=(40, 9)), np.arange(40) % 4),
    "labels far apart": lambda: Dataset(grid(30, 2, 3, 5).points, np.array([-1000, 70000, 0])[np.arange(30) % 3]),
}


def built(data, ratio=0.9, dtype="float32", lanes=None):
    delta = separation(data, norm="inf").lower
    d = data.n_features
    plan = Plan(
        data.points, data.labels, data.values, np.eye(d), ratio * delta / 2, delta, dtype, np.inf, np.inf, lanes=lanes
    )
    return plan.radius, BOXES.build(plan).network


def proven(network, data, radius, norm=np.inf):
    return tool.proven(to_onnx(network, form="chain"), data.points, data.values[data.labels], radius, norm)


@pytest.mark.parametrize(("name", "dtype", "lanes"), list(itertools.product(DATA, ["float32", "float64"], [None, 3])))
def test_it_proves_lists_of_boxes(name, dtype, lanes):
    data = DATA[name]()
    radius, network = built(data, dtype=dtype, lanes=lanes)
    good, form = proven(network, data, radius)
    assert form == "boxes"
    assert good.all()
    for factor in (1.05, 1.11, 1.3, 4.0):  # never more than the certificate, which is exact
        good, _ = proven(network, data, radius * factor)
        found = certify(network, data, radius * factor, norm=np.inf)
        assert not (good & (found.status != Outcome.CERTIFIED)).any()


def test_it_proves_that_far_rows_get_none_up_to_a_whole_number_and_no_more():
    data = grid(9, 2, 3)
    delta = separation(data, norm="inf").lower
    far = Reject(0.7 * delta, -1.0)
    plan = Plan(data.points, data.labels, data.values, np.eye(2), 0.4 * delta, delta, "float32", np.inf, np.inf, reject=far)
    network = BOXES.build(plan).network
    content, right = to_onnx(network, form="chain"), data.values[data.labels]

    def far_proven(radius, value=-1.0, most=1e30):
        good, form, beyond = tool.both(content, data.points, right, plan.radius, np.inf, (value, radius, most))
        assert form == "boxes"
        assert good.all()
        return beyond

    proven_far = prove_rejection(network, data, far.radius, norm=np.inf, value=-1.0)
    assert far_proven(far.radius)
    for radius in (0.41, 0.55, 0.69):
        assert far_proven(radius) <= prove_rejection(network, data, radius, norm=np.inf, value=-1.0).holds
    assert not far_proven(0.41)
    assert not far_proven(far.radius, value=0.0)
    assert far_proven(far.radius, most=proven_far.inputs_upper)
    assert not far_proven(far.radius, most=8 * proven_far.inputs_upper)
    old = network.hidden[2]
    bias = np.where(np.arange(3) == 2, np.float32(2.0), old.bias)
    wrong = ReluNetwork((*network.hidden[:2], replace(old, bias=bias), *network.hidden[3:]), network.output)
    content = to_onnx(wrong, form="chain")
    assert not far_proven(far.radius)


CHANGES = (
    lambda w: -w,
    lambda w: w * 0,
    lambda w: w * 2,
    lambda w: np.nextafter(w, np.float32(np.inf)),
    lambda w: w * w.dtype.type(2.0**-40),
    lambda w: w + 1,
)


@pytest.mark.parametrize("lanes", [None, 2])
def test_no_single_change_of_a_stored_number_is_proven_wrongly(lanes):
    data = grid(9, 2, 3)
    radius, network = built(data, 0.9, lanes=lanes)
    right = data.values[data.labels]
    corners = radius * np.array(list(itertools.product((-1, 0, 1), repeat=2)))
    points = (data.points[:, None] + corners).reshape(-1, 2)
    refused, kept = 0, 0
    for layer, old in enumerate(network.layers):
        numbers = np.concatenate([old.weights, old.bias])
        for k in range(len(numbers)):
            moved = numbers.copy()
            moved[k] = CHANGES[(k + layer) % len(CHANGES)](moved[k : k + 1])[0]
            rows = np.repeat(np.arange(old.n_outputs), np.diff(old.indptr))
            matrix = np.zeros((old.n_outputs, old.n_inputs), dtype=old.dtype)
            matrix[rows, old.indices] = moved[: old.weights.size]
            layers = [*network.layers]
            layers[layer] = AffineLayer.from_dense(matrix, moved[old.weights.size :])
            broken = ReluNetwork(tuple(layers[:-1]), layers[-1])
            good, _ = proven(broken, data, radius)
            found = certify(broken, data, radius, norm=np.inf)
            with np.errstate(all="ignore"):
                wrong = (evaluate(broken, points.astype(np.float32))[:, 0].reshape(len(right), -1) != right[:, None]).any(
                    axis=1
                )
            assert not (good & wrong).any(), (layer, k)
            assert not ((found.status == Outcome.CERTIFIED) & wrong).any(), (layer, k)
            refused += not good.all()
            kept += good.all()
    assert refused > 40
    assert kept >= 0
