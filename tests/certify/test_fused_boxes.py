"""Boxes all at once: the chain's label at every float, certified from the file, and nothing else is taken for them."""

import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify import Outcome, certify, recognise
from logwidth.certify.forms.boxes.shallow import read_shallow_boxes
from logwidth.certify.onnx.fused import read_fused_onnx
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.certify.runs.fusion import fuse
from logwidth.construct import BOXES, Plan
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import fused_to_onnx
from logwidth.network import AffineLayer, FusedNetwork, evaluate, fused_labels
from logwidth.pipeline import c_of_run, fuse_run
from logwidth.separation import separation

GRID = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0), indexing="ij"), axis=-1).reshape(-1, 2)
LABELS = np.random.default_rng(3).integers(0, 3, size=20)
DATA = {
    "grid": Dataset(GRID, LABELS),
    "a threshold at zero": Dataset([[-1.0], [1.0], [3.0]], [0, 1, 0]),
    "shifted": Dataset(GRID / 3 + 1000.0, LABELS),
    "tiny": Dataset(GRID * 2.0**-60, LABELS),
    "huge": Dataset(GRID * 2.0**60, LABELS),
    "labels far apart": Dataset(GRID, np.array([-1000, 70000, 0])[LABELS]),
}


def built(data, dtype="float32", ratio=0.9):
    radius = ratio * separation(data, norm="inf").lower / 2
    matrix = np.eye(data.n_features)
    plan = Plan(data.points, data.labels, data.values, matrix, radius, 2 * radius, dtype, np.inf, np.inf)
    return BOXES.build(plan).network, radius


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", DATA)
def test_the_fused_network_is_the_chain_at_every_float_and_is_certified(name, dtype):
    data = DATA[name]
    chain, radius = built(data, dtype)
    form = recognise(chain)
    fused = fuse(chain, form)
    assert read_fused_onnx(fused_to_onnx(fused.network)).network.table.tolist() == fused.network.table.tolist()
    assert recognise(fused.network).name == "fused boxes"
    for p in (1, 2, np.inf):
        assert (certify(fused.network, data, radius, norm=p).status == Outcome.CERTIFIED).all()
    ends = form.boxes().corners
    thresholds = np.concatenate([ends.inside_low, ends.inside_high, ends.outside_low, ends.outside_high])
    x = np.concatenate([data.points, 100 * data.points, -data.points])
    for j in range(data.n_features):
        edges = thresholds[:, list(form.boxes().features).index(j)] if j in form.boxes().features else np.zeros(0)
        edges = np.unique(edges[np.isfinite(edges)])
        rows = np.repeat(data.points[:4], edges.size, axis=0)
        rows[:, j] = np.tile(edges, len(data.points[:4]))
        x = np.concatenate([x, rows])
    x = x.astype(dtype)
    values, clear = fused.read(x)
    assert clear.all()
    assert np.array_equal(values, evaluate(chain, x)[:, 0])
    assert np.array_equal(values, fused_labels(fused.network, x))


def test_computed_scores_are_exact_inside_and_negative_outside():
    """Against rational arithmetic: the score of a box that holds is its rank, of any other at most −1 in every order."""
    chain, _ = built(DATA["grid"])
    network = fuse(chain, recognise(chain)).network
    weights, bias = network.first.dense().astype(float), network.first.bias.astype(float)
    ranks = network.scores.bias.astype(float)
    for x in (GRID[::3] + 0.3).astype(np.float32).astype(float):
        exact = [
            sum((Fraction(w) * Fraction(v) for w, v in zip(row, x, strict=True)), Fraction(b))
            for row, b in zip(weights, bias, strict=True)
        ]
        passed = np.array([z <= 0 for z in exact])
        holds = np.array([passed[np.flatnonzero(row)].all() for row in network.scores.dense()])
        z = np.maximum(x.astype(np.float32) @ network.first.dense().T + network.first.bias, 0)
        for order in (np.arange(z.size), np.arange(z.size)[::-1]):
            for row, rank, held in zip(network.scores.dense(), ranks, holds, strict=True):
                score = np.float32(rank)
                for k in order:
                    score = np.float32(score + row[k] * z[k])
                assert score == rank if held else score <= -1


def rows_of(layer):
    return [layer.row(k) for k in range(layer.n_outputs)]


def rebuilt(layer, rows, bias=None):
    return AffineLayer.from_rows(layer.n_inputs, rows, (layer.bias if bias is None else bias).tolist(), layer.dtype)


def test_what_departs_from_the_form_is_not_taken_for_it():
    chain, _ = built(DATA["grid"])
    network = fuse(chain, recognise(chain)).network
    first, scores = rows_of(network.first), rows_of(network.scores)
    box = next(k for k, row in enumerate(scores) if row)
    lone = next(k for k, row in enumerate(scores) if not row)
    unit = next(iter(scores[box]))
    ranks = network.scores.bias

    def biased(k, value):
        found = ranks.copy()
        found[k] = value
        return rebuilt(network.scores, scores, found)

    other = next(k for k in range(len(scores)) if scores[k] and ranks[k] != ranks[box])
    faults = {
        "a slope that is no power of two": {"first": rebuilt(network.first, [{0: 3.0}, *first[1:]])},
        "a unit of two features": {"first": rebuilt(network.first, [{0: 1.0, 1: 1.0}, *first[1:]])},
        "a weight of -2": {
            "scores": rebuilt(network.scores, [*scores[:box], scores[box] | {unit: -2.0}, *scores[box + 1 :]])
        },
        "a weight of 1": {"scores": rebuilt(network.scores, [*scores[:box], scores[box] | {unit: 1.0}, *scores[box + 1 :]])},
        "half a rank": {"scores": biased(box, ranks[box] + 0.5)},
        "a rank of two classes": {"scores": biased(box, ranks[other])},
        "a rank of 0": {"scores": biased(box, 0.0)},
        "a default above 0": {"scores": biased(lone, 1.0)},
        "two constant scores": {"scores": rebuilt(network.scores, [*scores[:box], {}, *scores[box + 1 :]])},
    }
    for what, fault in faults.items():
        with pytest.raises(UnrecognisedNetworkError):
            print(what, read_shallow_boxes(replace(network, **fault)))


def test_a_side_that_moves_into_a_ball_or_reaches_beyond_it_is_not_certified():
    data = DATA["grid"]
    chain, radius = built(data)
    network = fuse(chain, recognise(chain)).network
    rows, bias = rows_of(network.first), network.first.bias
    corners = (data.points[:, None] + 0.449 * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])).reshape(-1, 2)
    labels, kept = np.repeat(data.values[data.labels], 4), 0
    for unit in range(len(rows)):
        ((_, slope),) = rows[unit].items()
        for far in (0.2, -0.2):  # thresholds stand midway, 0.5 from samples on both sides
            moved = bias.copy()
            moved[unit] += np.float32(far * abs(slope))
            shifted = replace(network, first=rebuilt(network.first, rows, moved))
            holds = (certify(shifted, data, radius, norm="inf").status == Outcome.CERTIFIED).all()
            assert holds == np.array_equal(fused_labels(shifted, corners), labels), (unit, far)
            kept += holds
    assert kept <= 3  # another box holds what one loses
    for unit in (0, 3):
        flat = [*rows[:unit], {k: w * 2.0**-22 for k, w in rows[unit].items()}, *rows[unit + 1 :]]
        less = bias.copy()
        less[unit] *= np.float32(2.0**-22)  # the same corner, a slope so small that the next balls lie on it
        shifted = replace(network, first=rebuilt(network.first, flat, less))
        assert (certify(shifted, data, radius, norm="inf").status != Outcome.CERTIFIED).any()


def test_rows_on_a_slope_are_left_to_the_chain():
    chain, _ = built(DATA["grid"])
    fused = fuse(chain, recognise(chain))
    network = fused.network
    flat = [{k: w * 2.0**-22 for k, w in row.items()} for row in rows_of(network.first)]
    slow = replace(
        fused, network=replace(network, first=rebuilt(network.first, flat, network.first.bias * np.float32(2.0**-22)))
    )
    x = np.random.default_rng(0).uniform(-1, 5, size=(300, 2)).astype(np.float32)
    values, clear = slow.read(x)
    assert not clear.all()
    assert np.array_equal(values[clear], evaluate(chain, x)[clear, 0])
    assert not np.array_equal(values, evaluate(chain, x)[:, 0])


def test_a_run_of_boxes_is_fused_checked_and_read_fast(tmp_path):
    run = lw.memorize(DATA["grid"], ratio=0.99, norm="inf", construction="boxes")
    run.save(tmp_path / "run")
    assert fuse_run(tmp_path / "run", DATA["grid"]).holds
    assert lw.check(tmp_path / "run", DATA["grid"]).passed
    stored = lw.open_run(tmp_path / "run")
    draw = np.random.default_rng(0)
    rows = (GRID[draw.integers(0, 20, 500)] + 0.495 * draw.uniform(-1, 1, (500, 2))).astype(np.float32)
    assert stored.fusion.read(rows)[1].all()
    assert np.array_equal(stored.outputs(rows), stored.outputs(rows, chain=True))
    far = np.array([[3e38, 0.0], [-3e38, 3e38], [np.inf, 0.0]])
    assert not stored.fusion.read(far[2:])[1].any()
    with pytest.raises(InputError, match="no scores that integers could hold"):
        c_of_run(tmp_path / "run", DATA["grid"], integers=True)
    content = (tmp_path / "run" / "network_fused.onnx").read_bytes()
    network = read_fused_onnx(content).network
    moved = network.first.bias.copy()
    moved[0] *= np.float32(1 + 2.0**-6)
    words = read_fused_onnx(content).metadata
    (tmp_path / "run" / "network_fused.onnx").write_bytes(
        fused_to_onnx(
            FusedNetwork(
                rebuilt(network.first, rows_of(network.first), moved), network.scores, network.sizes, network.values
            ),
            words,
        )
    )
    report = lw.check(tmp_path / "run", DATA["grid"])
    assert not report.passed
    assert re.search("fused network", str(report.problems))
