"""Every form with its layers, units and constants moved about: what onnxruntime reads wrongly, no checker certifies."""

import importlib.util
import itertools
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from logwidth.certify import Outcome, certify
from logwidth.construct import CONSTRUCTIONS
from logwidth.export import to_onnx

ROOT = Path(__file__).parents[2]


def module_at(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


kit = module_at("kit_for_forged_forms", ROOT / "tests" / "kit.py")
tool = module_at("check_logwidth_for_forged_forms", ROOT / "tools" / "check_logwidth.py")


def _case(name, family, places):
    """By day in three layers and on three classes, or on two where the form serves no more."""
    by_day = "line of three" if kit.serves(name, kit.FAMILIES["line of three"]()) else "two samples"
    return pytest.param(name, family, places, marks=() if (family, places) == (by_day, 3) else pytest.mark.slow)


CASES = [
    _case(name, family, places)
    for name in CONSTRUCTIONS
    for family in ("two samples", "line of three", "plane")
    for places in (3, 5)
    if kit.serves(name, kit.FAMILIES[family]())
]


def _row(layers, at, row, **change):
    """The layers with one row's weights and bias, or its bias alone, multiplied or shifted."""
    W, b = layers[at][0].copy(), layers[at][1].copy()
    W[row], b[row] = W[row] * W.dtype.type(change.get("times", 1)), b[row] * b.dtype.type(change.get("times", 1))
    b[row] += b.dtype.type(change.get("plus", 0))
    return [*layers[:at], (W, b), *layers[at + 1 :]]


def _swapped_rows(layers, at, i, j):
    W, b = layers[at][0].copy(), layers[at][1].copy()
    W[[i, j]], b[[i, j]] = W[[j, i]], b[[j, i]]
    return [*layers[:at], (W, b), *layers[at + 1 :]]


def _further_unit(layers, at):
    """A unit that copies coordinate 0, read by the last unit of the next layer."""
    (W, b), (V, c) = layers[at], layers[at + 1]
    more = np.eye(1, W.shape[1], dtype=W.dtype)
    V = np.concatenate([V, np.zeros((len(c), 1), dtype=V.dtype)], axis=1)
    V[-1, -1] = 1
    return [*layers[:at], (np.concatenate([W, more]), np.append(b, b.dtype.type(0))), (V, c), *layers[at + 2 :]]


def forgeries(layers, places):
    """Networks that differ in one respect, by what it is, in this many layers."""
    last = len(layers) - 1
    for at in np.unique(np.linspace(0, last - 1, places).astype(int)).tolist():
        yield f"layer {at} twice", [*layers[: at + 1], *layers[at:]]
        yield f"layer {at} left out", [*layers[:at], *layers[at + 1 :]]
        yield f"layer {at} with a further unit", _further_unit(layers, at)
        rows = len(layers[at][1])
        yield f"layer {at}, last unit off", _row(layers, at, rows - 1, times=0)
        yield f"layer {at}, last unit turned", _row(layers, at, rows - 1, times=-1)
        yield f"layer {at}, last unit a little more", _row(layers, at, rows - 1, plus=2.0**-10)
        yield f"layer {at}, last unit one more", _row(layers, at, rows - 1, plus=1)
        yield f"layer {at}, coordinate 0 scaled", _row(layers, at, 0, times=1 + 2.0**-10)
        yield f"layer {at}, coordinate 0 shifted", _row(layers, at, 0, plus=2.0**-6)
        if rows > 1:
            yield f"layer {at}, last units swapped", _swapped_rows(layers, at, rows - 1, rows - 2)
            yield f"layer {at}, first and last unit swapped", _swapped_rows(layers, at, 0, rows - 1)
        yield f"layers {at} and {at + 1} swapped", [*layers[:at], layers[at + 1], layers[at], *layers[at + 2 :]]
    yield "the output one more", _row(layers, last, 0, plus=1)
    yield "the output turned", _row(layers, last, 0, times=-1)
    yield "the output half", _row(layers, last, 0, times=0.5)
    W, b = layers[last]
    yield "a second output", [*layers[:last], (np.concatenate([-W, W]), np.concatenate([b + 1, b]))]


def _fits(layers):
    return len(layers) > 1 and all(b.shape[0] == V.shape[1] for (_, b), (V, _) in itertools.pairwise(layers))


def _read_by_onnxruntime(content, points, dtype):
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {"X": points.astype(dtype)})[0][:, 0].astype(float)


@pytest.mark.parametrize(("name", "family", "places"), CASES)
def test_what_onnxruntime_reads_wrongly_is_not_certified(name, family, places):
    data, dtype = kit.FAMILIES[family](), CONSTRUCTIONS[name].dtypes[0]
    plan, built = kit.build(name, data, 0.9, dtype)
    owner = np.repeat(np.arange(data.n_samples), 9)
    steps = kit.rng_of("forged", name).normal(size=(len(owner), data.n_features))
    steps *= plan.radius * (1 - 1e-6) / np.linalg.norm(steps, ord=plan.norm, axis=1, keepdims=True)
    points, right, really_wrong = data.points[owner] + steps, data.values[data.labels], 0
    points[::9] = data.points
    for what, layers in forgeries(kit.dense(built.network), places):
        if not _fits(layers) or layers[0][0].shape[1] != data.n_features:
            continue
        forged = kit.of_dense(layers)
        content = to_onnx(forged, form="chain")
        with np.errstate(all="ignore"):
            outputs = _read_by_onnxruntime(content, points, dtype)
            found = certify(forged, data, plan.radius, norm=plan.norm)
        read = [kit.reads(y, data.values, found.rule) for y in outputs]
        wrong = np.unique(owner[[value != right[i] for value, i in zip(read, owner, strict=True)]])
        really_wrong += bool(wrong.size)
        assert not (found.status[wrong] == Outcome.CERTIFIED).any(), what
        assert not ((found.status == Outcome.CERTIFIED).any() and forged.n_outputs != 1), what
        if name in ("register", "collapse", "cells"):
            good, _ = tool.proven(content, data.points, right, plan.radius, plan.norm)
            assert not good[wrong].any(), what
    assert really_wrong >= 8
