"""Forms that compute other sums than the chain: normalised inputs, and scores that are the largest of their class."""

import csv
import io
import itertools
from fractions import Fraction

import numpy as np
import onnx
import onnxruntime
import pytest

from logwidth.dataset import Dataset, load
from logwidth.errors import InputError
from logwidth.network import evaluate_exactly
from logwidth.pipeline import BenchmarkRequest, NetworkOrder, benchmark
from logwidth.truth.certified_forms import Normalised, read_maxima, read_normalised

FORMS = ("normalised", "maxima")
LEVELS = (onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)


@pytest.fixture(scope="module")
def files():
    data = load("digits")
    order = NetworkOrder("plain", 8, 3, 0.9)
    request = BenchmarkRequest(count=36, balls=0, centres=4, seed=5, orders=[order], twins=0, pairs=0, forms=1)
    return benchmark(Dataset(data.points[:200, 10:30], data.labels[:200]), request)


def rows_of(files, form):
    rows = csv.DictReader(io.StringIO(files["forms/truth.csv"].decode()))
    return [row for row in rows if row["kind"] == form]


def box_of(files, row):
    text = files[f"forms/vnnlib/{row['vnnlib']}.vnnlib"].decode()
    numbers = [word for word in text.replace("(", " ").replace(")", " ").split("\n") if "<= X" in word or ">= X" in word]
    sides = {side: [float(line.split()[-1]) for line in numbers if f"{side} X" in line] for side in (">=", "<=")}
    return np.array(sides[">="]), np.array(sides["<="])


def replays(content, rows):
    for level in LEVELS:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        session = onnxruntime.InferenceSession(content, options)
        yield np.concatenate([session.run(None, {"X": row[None]})[0] for row in np.float32(rows)])


@pytest.mark.parametrize("form", FORMS)
def test_both_answers_are_there_and_hold(files, form):
    """Corners and random inputs of proven boxes, and the witness of the others, under two levels of optimisation."""
    rng = np.random.default_rng(0)
    rows = rows_of(files, form)
    assert {row["answer"] for row in rows} == {"sat", "unsat"}
    for row in rows:
        content, label = files[f"forms/onnx/{row['onnx']}.onnx"], int(row["label"])
        low, high = box_of(files, row)
        if row["answer"] == "sat":
            lines = files[row["witness"]].decode().replace("(", "").replace(")", "").split("\n")
            shown = np.array([float(line.split()[1]) for line in lines if "X_" in line])
            assert ((low < shown) & (shown < high)).all()
            for scores in replays(content, [shown]):
                assert np.delete(scores[0], label).max() - scores[0, label] >= float(row["margin"]) > 0
        else:
            assert float(row["epsilon"]) + 1e-4 <= float(row["certified_radius"])
            share = rng.choice([0.0, 1.0, rng.random()], size=(40, low.size))
            for scores in replays(content, low + share * (high - low)):
                assert (np.delete(scores, label, axis=1).max(axis=1) < scores[:, label]).all()


def test_a_normalised_network_is_exact_in_real_numbers_too(files):
    """The rational value of `N((x − m) / s)` at the witnesses leads by what the table says."""
    for row in rows_of(files, "normalised"):
        if row["answer"] == "sat":
            stored = read_normalised(files[f"forms/onnx/{row['onnx']}.onnx"])
            lines = files[row["witness"]].decode().replace("(", "").replace(")", "").split("\n")
            shown = [Fraction(float(line.split()[1])) for line in lines if "X_" in line]
            read = [(x - Fraction(m)) / Fraction(stored.scale) for x, m in zip(shown, stored.offset, strict=True)]
            scores = evaluate_exactly(stored.network, read)
            label = int(row["label"])
            assert max(s for c, s in enumerate(scores) if c != label) - scores[label] >= Fraction(row["margin"])


def test_what_is_read_of_an_input_is_off_by_at_most_the_slack():
    rng = np.random.default_rng(1)
    offset = np.float32(rng.normal(size=4) * 3).astype(np.float64)
    for scale in (1.0, 16.0, 2.0**-20):
        stored = Normalised(None, offset, scale)
        point = np.float32(rng.normal(size=4)).astype(np.float64)
        for size in (0.0, 1e-30, 1e-3, 10.0, 1e6):
            near = np.float32(point + rng.uniform(-size, size, size=(50, 4))).astype(np.float64)
            reach = np.abs(near - point).max()
            slack = Fraction(stored.slack(point, float(reach)))
            for row, read in zip(near, stored.read(near), strict=True):
                for x, m, z in zip(row, offset, read, strict=True):
                    assert abs(Fraction(z) * Fraction(scale) - (Fraction(x) - Fraction(m))) <= slack
    assert stored.exact(np.array([offset])).all()
    assert not Normalised(None, np.array([1.0]), 1.0).exact(np.array([[2.0**-40]])).any()


def tensor(model, name, change):
    for entry in model.graph.initializer:
        if entry.name == name:
            entry.raw_data = np.float32(change(onnx.numpy_helper.to_array(entry))).tobytes()


def renamed(model):
    for node, k in itertools.product(model.graph.node, range(3)):
        if k < len(node.input) and node.input[k] == "z":
            node.input[k] = "best"
        if k < len(node.output) and node.output[k] == "z":
            node.output[k] = "best"


CHANGES = {
    "normalised": {
        "a scale that rounds": lambda m: tensor(m, "scale", lambda a: a * 3),
        "no offset": lambda m: tensor(m, "offset", lambda a: a + np.inf),
        "a sum": lambda m: setattr(m.graph.node[0], "op_type", "Add"),
        "a difference that is read again": lambda m: m.graph.node[2].input.__setitem__(0, "centred"),
        "the input itself": lambda m: m.graph.node[2].input.__setitem__(0, "X"),
        "an offset that is a weight too": lambda m: m.graph.node[2].input.__setitem__(2, "offset"),
        "other weights": lambda m: m.graph.node[2].attribute.add(name="alpha", type=1, f=2.0),
        "another output": lambda m: setattr(m.graph.output[0], "name", "a1"),
    },
    "maxima": {
        "other axes": lambda m: [a.ints.__setitem__(0, 0) for n in m.graph.node for a in n.attribute if a.name == "axes"],
        "the least": lambda m: [setattr(n, "op_type", "ReduceMin") for n in m.graph.node if n.op_type == "ReduceMax"],
        "a class twice": lambda m: m.graph.node[-1].input.__setitem__(1, m.graph.node[-1].input[0]),
        "one class less": lambda m: m.graph.node[-1].input.pop(),
        "another size": lambda m: setattr(m.graph.output[0].type.tensor_type.shape.dim[1], "dim_value", 1),
        "another output": lambda m: setattr(m.graph.output[0], "name", "max_0"),
        "a name of ours": renamed,
    },
}


@pytest.mark.parametrize(("form", "name"), [(form, name) for form in FORMS for name in CHANGES[form]])
def test_a_file_that_was_changed_is_refused(files, form, name):
    model = onnx.load_from_string(files[f"forms/onnx/plain_{form}.onnx"])
    reader = {"normalised": read_normalised, "maxima": read_maxima}[form]
    reader(model.SerializeToString())
    CHANGES[form][name](model)
    with pytest.raises(InputError, match="is no"):
        reader(model.SerializeToString())
