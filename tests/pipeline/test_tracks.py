"""The further tracks of a benchmark folder: every answer is checked again by other means than those that wrote it."""

import ast
import csv
import hashlib
import itertools
import json
import os
import random
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from logwidth.certify import UnprovableNetworkError, read_onnx
from logwidth.dataset import Dataset, load
from logwidth.errors import InputError
from logwidth.export.benchmark_folder import script
from logwidth.network import AffineLayer, ReluNetwork, evaluate_exactly
from logwidth.pipeline import BenchmarkRequest, NetworkOrder, benchmark
from logwidth.truth.other_forms import read_other_form, same_network
from logwidth.truth.rounding import float_lead, real_lead, single_near
from logwidth.verifiers import judge
from logwidth.verifiers.answers import Answer
from logwidth.verifiers.formula import Formula
from logwidth.verifiers.replay import counterexample

ORDERS = (NetworkOrder("plain", 8, 3, 0.9), NetworkOrder.hidden("mixed", 12, 3, 0.99, (2, 2, 2)))
REQUEST = BenchmarkRequest(count=24, balls=4, centres=6, seed=5, orders=ORDERS)
LEVELS = (onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL, onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL)
TOLERANCE = Fraction(1, 10_000)


@pytest.fixture(scope="module")
def files():
    data = load("digits")
    return benchmark(Dataset(data.points[:200, 10:30], data.labels[:200]), REQUEST)


@pytest.fixture(scope="module")
def folder(files, tmp_path_factory):
    home = tmp_path_factory.mktemp("bench")
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return home


def truth(home, track):
    with (home / track / "truth.csv").open() as stream:
        return [{**row, "track": track} for row in csv.DictReader(stream) if track or row["kind"] != "ball"]


def query(home, row):
    return (home / row["track"] / "vnnlib" / f"{row['vnnlib']}.vnnlib").read_text()


def witness(home, row):
    return [float(v) for _, v in sorted((int(i), v) for i, v in re.findall(r"\(X_(\d+) (\S+)\)", _text(home, row)))]


def _text(home, row):
    return (home / row["witness"]).read_text()


def box_of(text, name="X"):
    found = re.findall(rf"\(assert \((<=|>=) {name}\[0,(\d+)\] (\S+)\)\)", text)
    sides = {side: {int(i): Fraction(v) for s, i, v in found if s == side} for side in ("<=", ">=")}
    return [(sides[">="][i], sides["<="][i]) for i in range(len(sides["<="]))]


def replays(path, points):
    """Scores under two optimisation levels and two batch sizes."""
    model = onnx.load(path)
    for entry in (*model.graph.input, *model.graph.output):
        entry.type.tensor_type.shape.dim[0].dim_param = "N"
    for level in LEVELS:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = level
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        rows = np.float32(points)
        yield np.concatenate([session.run(None, {"X": row[None]})[0] for row in rows])
        yield session.run(None, {"X": np.concatenate([rows, rows[:1]])})[0][:-1]


# --- every query twice


def test_every_query_of_version_two_is_there_for_floats_and_for_real_numbers(folder):
    for track in ("2.0", "l2", "twins", "pairs"):
        names = {path.stem for path in (folder / track / "vnnlib").iterdir()}
        plain = {name for name in names if not name.endswith("_real")}
        assert names == plain | {f"{name}_real" for name in plain}
        for name in plain:
            text, real = ((folder / track / "vnnlib" / f"{n}.vnnlib").read_text() for n in (name, f"{name}_real"))
            assert text.replace("float32", "real") == real
            assert "float32" in text
    for track in ("2.0", "l2"):
        rows = {(row["onnx"], row["vnnlib"]): row for row in truth(folder, track)}
        for row in rows.values():
            other = rows[row["onnx"], row["vnnlib"].removesuffix("_real")]
            assert (other["answer"], other["epsilon"]) == (row["answer"], row["epsilon"])
        listed = {line.split(",")[1][7:-7] for line in (folder / track / "instances.csv").read_text().splitlines()}
        assert listed == {name for _, name in rows}


def test_witnesses_hold_in_real_numbers_too(folder):
    for row in truth(folder, "2.0"):
        if row["answer"] == "sat":
            network = read_onnx((folder / "onnx" / f"{row['onnx']}.onnx").read_bytes()).network
            scores = evaluate_exactly(network, witness(folder, row))
            assert max(s for c, s in enumerate(scores) if c != int(row["label"])) - scores[int(row["label"])] >= 1


@pytest.mark.parametrize("track", ["2.0", "l2", "multi", "variants"])
def test_witnesses_violate_at_every_level_and_batch_size(folder, track):
    seen = set()
    for row in truth(folder, track):
        if row["answer"] == "sat" and (row["onnx"], row["witness"]) not in seen:
            seen.add((row["onnx"], row["witness"]))
            label = int(row["label"])
            for scores in replays(folder / "onnx" / f"{row['onnx']}.onnx", [witness(folder, row)]):
                assert np.delete(scores[0], label).max() - scores[0, label] == float(row["margin"])
    assert seen


# --- twins of floats and real numbers


def test_twins_have_two_answers_and_each_is_true(folder):
    rows = {row["vnnlib"]: row for row in truth(folder, "twins")}
    pairs = [(row, rows[f"{name}_real"]) for name, row in rows.items() if not name.endswith("_real")]
    twins = [(one, real) for one, real in pairs if one["answer"] != real["answer"]]
    assert len(twins) >= 40
    assert {one["answer"] for one, _ in twins} == {"sat", "unsat"}
    assert all(one["kind"] == ("twin" if one["answer"] != real["answer"] else "control") for one, real in pairs)
    rng = np.random.default_rng(0)
    for one, real in pairs:
        box = box_of(query(folder, one))
        assert box == box_of(query(folder, real))
        path = folder / "twins/onnx" / f"{one['onnx']}.onnx"
        network = read_onnx(path.read_bytes()).network
        low, high = np.array(box, dtype=float).T
        points = np.concatenate(
            [low + rng.random((30, low.size)) * (high - low), rng.choice([0, 1], (20, 1)) * (high - low) + low]
        )
        points = np.clip(points.astype(np.float32), np.float32(low), np.float32(high)).astype(float)
        exact = [evaluate_exactly(network, point) for point in points]
        if real["answer"] == "unsat":
            assert all(max(scores[1:]) < scores[0] for scores in exact)
        else:
            scores = evaluate_exactly(network, witness(folder, real))
            assert max(scores[1:]) > scores[0]
        for computed in replays(path, points):
            if one["answer"] == "unsat":
                assert (computed[:, 1:].max(axis=1) < computed[:, 0]).all()
        if one["answer"] == "sat":
            shown = witness(folder, one)
            assert np.array_equal(np.float32(shown), shown)
            assert all(a < Fraction(x) < b for (a, b), x in zip(box, shown, strict=True))
            for computed in replays(path, [shown]):
                assert computed[0, 1:].max() > computed[0, 0]


def test_the_proofs_of_twins_hold_what_evaluation_finds(folder):
    """Ranges of real numbers and of floats contain what is found at points, for any boxes on these networks."""
    rng = np.random.default_rng(1)
    for path in sorted((folder / "twins/onnx").iterdir()):
        network = read_onnx(path.read_bytes()).network
        for _ in range(20):
            middle = rng.uniform(0.2, 0.9, network.n_inputs)
            wide = rng.uniform(0, 0.05) * rng.random(network.n_inputs)
            box = [(Fraction(a - r), Fraction(a + r)) for a, r in zip(middle, wide, strict=True)]
            points = (middle + wide * rng.uniform(-0.99, 0.99, (20, network.n_inputs))).astype(np.float32).astype(float)
            real, (_, highest) = real_lead(network, box, 0), float_lead(network, box, 0)
            for point in points:
                scores = evaluate_exactly(network, point)
                assert max(scores[1:]) - scores[0] <= real
            for computed in replays(path, points):
                assert all(Fraction(float(s[1:].max())) - Fraction(float(s[0])) <= highest for s in computed)


def test_float_proofs_refuse_what_depends_on_the_order():
    two = AffineLayer.from_rows(2, [{0: 1.0, 1: 1.0}], [0.0], "float32")
    odd = AffineLayer.from_rows(2, [{0: 3.0}], [0.0], "float32")
    end = AffineLayer.from_rows(1, [{0: 1.0}, {}], [0.0, 0.0], "float32")
    for layer in (two, odd):
        with pytest.raises(UnprovableNetworkError):
            float_lead(ReluNetwork((layer,), end), [(Fraction(1), Fraction(2))] * 2, 0)
    with pytest.raises(UnprovableNetworkError):
        real_lead(ReluNetwork((two,), end), [(Fraction(-1), Fraction(2))] * 2, 0)


def test_rounding_to_float32_is_right():
    rng = np.random.default_rng(2)
    for _ in range(2000):
        q = Fraction(int(rng.integers(-(2**53), 2**53)), 2 ** int(rng.integers(0, 90)))
        assert single_near(q) == Fraction(float(np.float32(float(q)))) or abs(single_near(q) - q) < abs(
            Fraction(float(np.float32(float(q)))) - q
        )
    tie = Fraction(2**25 + 2)  # halfway between two float32 numbers
    assert single_near(tie) == 2**25
    assert single_near(tie + Fraction(1, 2**60)) == 2**25 + 4


def test_a_verifier_that_takes_floats_for_real_numbers_is_caught(folder):
    """It answers every query about floats as if it were about real numbers, soundly."""
    rows = {row["vnnlib"]: row for row in truth(folder, "twins")}
    answers = []
    for name, row in rows.items():
        said = rows[f"{name.removesuffix('_real')}_real"]
        shown = str(folder / said["witness"]) if said["answer"] == "sat" else ""
        answers.append(Answer(f"onnx/{row['onnx']}.onnx", f"vnnlib/{name}.vnnlib", said["answer"], 1.0, shown))
    found = judge(answers, folder, folder, "twins")
    wrong = {answer.key[1] for answer in found.wrong}
    assert len(found.unsound) >= 20
    assert len(found.false_alarms) >= 20
    assert wrong == {n for n, r in rows.items() if r["kind"] == "twin" and r["type"] == "float32"}
    assert not found.contradicting
    assert not found.missing


@pytest.mark.parametrize("track", ["", "2.0", "l2", "twins", "pairs", "multi", "variants", "forms"])
def test_the_truth_itself_is_all_right(folder, track):
    """Every answer with its witness, replayed by evaluating the query as it stands in its file."""
    rows = truth(folder, track)
    names = {line.split(",")[1]: line.split(",")[0] for line in (folder / track / "instances.csv").read_text().splitlines()}
    assert len(names) == len(rows) > 0
    answers = []
    for row in rows:
        vnnlib = f"vnnlib/{row['vnnlib']}.vnnlib"
        shown = str(folder / row["witness"]) if row["answer"] == "sat" else ""
        answers.append(Answer(names[vnnlib], vnnlib, row["answer"], 1.0, shown))
    found = judge(answers, folder, folder, track)
    assert (found.verdict, len(found.right)) == ("all right", len(rows))
    assert len(found.replayed) == sum(row["answer"] == "sat" for row in rows)


@pytest.mark.parametrize("track", ["2.0", "twins", "pairs", "multi", "variants", "forms"])
def test_harmless_inputs_are_confirmed_nowhere(folder, tmp_path, track):
    """The centre of a box, where the label is right, is no counterexample to any form of the query."""
    pool = {row["vnnlib"]: row for row in truth(folder, track) if row["answer"] == "sat" and row["kind"] != "changed"}
    checked = 0
    for name, row in list(pool.items())[:60]:
        middle = [(a + b) / 2 for a, b in _box(query(folder, row))]
        (tmp_path / f"{name}.txt").write_text("(" + " ".join(f"(X_{i} {float(v)!r})" for i, v in enumerate(middle)) + ")")
        found = judge([Answer(row["onnx"], name, "sat", 1.0, f"{name}.txt")], folder, tmp_path, track)
        path = next(folder.rglob(f"{row['onnx']}.onnx"), None)
        network = read_onnx(path.read_bytes()).network if path and track != "forms" else None
        scores = evaluate_exactly(network, np.float32(middle).tolist()) if network is not None else None
        if scores is not None and row["type"] == "real":
            holds = max(s for c, s in enumerate(scores) if c != int(row["label"])) >= scores[int(row["label"])]
            assert bool(found.right) == holds
            checked += 1
        elif row["kind"] not in ("twin", "control", "changed"):
            assert found.unconfirmed
            checked += 1
    assert checked > 0 or track == "pairs"


def _box(text):
    """The least and largest number that each input is compared with, in any style and version."""
    query = Formula(text)
    source = query.networks[0].source
    sides: dict[int, list[Fraction]] = {}
    text = re.sub(r";[^\n]*", "", text)
    text = re.sub(r"\s+", " ", text)
    name = rf"{source}(?:_(\d+)|\[0,(\d+)\])"
    for a, b, value in re.findall(rf"\([<>]=? {name} (-?[\d.]+)\)", text):
        sides.setdefault(int(a or b), []).append(Fraction(value))
    for value, a, b in re.findall(rf"\([<>]=? (-?[\d.]+) {name}\)", text):
        sides.setdefault(int(a or b), []).append(Fraction(value))
    return [(min(sides[i]), max(sides[i])) for i in sorted(sides)]


# --- two networks


def test_pairs_print_what_is_said(folder):
    rows = truth(folder, "pairs")
    assert len(rows) >= 40
    assert {row["kind"] for row in rows} == {"fused", "disguise", "changed"}
    assert {row["answer"] for row in rows} == {"sat", "unsat"}
    rng = np.random.default_rng(0)
    for row in rows[::2]:
        text = query(folder, row)
        box = box_of(text)
        low, high = np.array(box, dtype=float).T
        paths = [folder / "pairs/onnx" / f"{name}.onnx" for name in row["onnx"].split("+")]
        if row["answer"] == "sat":
            shown = witness(folder, row)
            assert all(a < Fraction(x) < b for (a, b), x in zip(box, shown, strict=True))
            for one, other in zip(*(replays(path, [shown]) for path in paths), strict=True):
                assert one[0, 0] != other[0, 0]
            continue
        points = low + rng.choice([0, 0.5, 1, rng.random()], size=(20, low.size)) * (high - low)
        for one, other in zip(*(replays(path, points) for path in paths), strict=True):
            assert (one == other).all()
            assert (one == float(row["label"])).all()


# --- variants


def test_variants_are_many_and_all_different(folder):
    rows = truth(folder, "variants")
    texts = [query(folder, row) for row in rows]
    assert len(rows) >= 100
    assert len(set(texts)) == len(texts)
    assert 0.4 < sum(row["answer"] == "sat" for row in rows) / len(rows) < 0.6


def test_variants_say_the_same_of_every_input(folder):
    """Against the plain query, at inputs in and around the box and at scores of all kinds, apart from ties and edges."""
    rng = random.Random(0)
    groups = {}
    for row in truth(folder, "variants"):
        groups.setdefault((row["vnnlib"][:3], row["onnx"]), []).append(row)
    for (_, name), rows in groups.items():
        texts = [query(folder, row) for row in rows]
        box, label = _box(texts[0]), int(rows[0]["label"])
        network = read_onnx((folder / "onnx" / f"{name}.onnx").read_bytes()).network
        queries = [Formula(text) for text in texts]
        for _ in range(25):
            out = rng.random() < 0.3
            x = [
                a + (b - a) * Fraction(rng.uniform(-2, 3) if out and rng.random() < 0.3 else rng.uniform(0.01, 0.99))
                for a, b in box
            ]
            y = [Fraction(0)] + [Fraction(rng.randint(-40, 40), 4) for _ in range(network.n_outputs - 1)]
            inside = all(a < v < b for v, (a, b) in zip(x, box, strict=True))
            near = all(a - Fraction(1, 5000) < v < b + Fraction(1, 5000) for v, (a, b) in zip(x, box, strict=True))
            others = [v for c, v in enumerate(y) if c != label]
            if max(others) == y[label] or (near and not inside):
                continue
            expected = inside and max(others) > y[label]
            for q in queries:
                network_ = q.networks[0]
                assert q.holds({network_.source: x, network_.sink: y}) is expected


def test_several_outputs_at_once(folder):
    rows = truth(folder, "multi")
    assert {row["kind"] for row in rows} == {"best", "split", "targeted"}
    assert {(row["format"], row["answer"]) for row in rows} == set(itertools.product(("1.0", "2.0"), ("sat", "unsat")))
    for row in rows:
        text = query(folder, row)
        assert len(re.findall(r"\(assert \(or \(and", text)) == 1
        if row["kind"] == "targeted":
            scores = np.random.default_rng(0).normal(size=(50, 20)).astype(np.float32)
            session = onnxruntime.InferenceSession(folder / "onnx" / f"{row['onnx']}.onnx")
            assert all(session.run(None, {"X": x[None] * 16})[0][0, 0] == 0 for x in scores)  # what is never reached


def test_the_official_parser_takes_every_query_of_version_two(folder):
    vnnlib = pytest.importorskip("vnnlib")
    for path in folder.rglob("*.vnnlib"):
        if path.read_text().lstrip().find("vnnlib-version") >= 0:
            vnnlib.parse_query_file(str(path))


# --- other forms

FORMS = (
    "conv", "image", "patches", "matmul", "columns", "clip", "max", "leaky", "maxpool", "batchnorm", "residual",
)  # fmt: skip


def form_of(path):
    return path.stem.rsplit("_", 1)[1]


def forms(home, names):
    return [path for path in sorted((home / "forms/onnx").iterdir()) if form_of(path) in names]


def test_forms_are_the_chain_number_by_number(folder):
    paths = forms(folder, FORMS)
    assert {form_of(path) for path in paths} == set(FORMS)
    rng = np.random.default_rng(0)
    for path in paths:
        base = folder / "onnx" / f"{path.stem.rsplit('_', 1)[0]}.onnx"
        assert same_network(read_other_form(path.read_bytes()), read_onnx(base.read_bytes()).network)
        session, chain = onnxruntime.InferenceSession(path), onnxruntime.InferenceSession(base)
        shape = session.get_inputs()[0].shape
        for row in np.float32(rng.random((20, 20)) * 16):
            assert (session.run(None, {"X": row.reshape(shape)})[0] == chain.run(None, {"X": row[None]})[0]).all()


def _tensor(model, change):
    for tensor in model.graph.initializer:
        if tensor.name in ("zero", "least"):
            change(tensor)


def _floats(model, name, change):
    for tensor in model.graph.initializer:
        if tensor.name == name:
            tensor.raw_data = np.float32(change(onnx.numpy_helper.to_array(tensor))).tobytes()


def _ints(model, operator, name, values):
    for node in model.graph.node:
        for attribute in node.attribute:
            if (node.op_type, attribute.name) == (operator, name):
                attribute.ints[:] = values


def _has(model, operator):
    return any(node.op_type == operator for node in model.graph.node)


CHANGES = {
    "a slope": lambda m: [setattr(a, "f", 0.25) for n in m.graph.node for a in n.attribute if n.op_type == "LeakyRelu"],
    "a threshold": lambda m: _tensor(m, lambda t: setattr(t, "raw_data", np.float32(1).tobytes())),
    "a factor": lambda m: [setattr(a, "f", 2.0) for n in m.graph.node for a in n.attribute if a.name == "alpha"],
    "an axis": lambda m: [setattr(a, "i", 0) for n in m.graph.node for a in n.attribute if a.name == "axis"],
    "a stride": lambda m: [
        n.attribute.add(name="strides", type=7, ints=[1, 2]) for n in m.graph.node if n.op_type == "Conv"
    ],
    "an upper limit": lambda m: [n.input.append("least") for n in m.graph.node if n.op_type == "Clip"],
    "another operator": lambda m: [
        setattr(n, "op_type", "Tanh") for n in m.graph.node if n.op_type in ("Relu", "LeakyRelu")
    ],
    "another output": lambda m: setattr(m.graph.output[0], "name", "a1"),
    "a part left out": lambda m: m.graph.node.pop(),
    "a stride of patches": lambda m: _ints(m, "Conv", "strides", [1, 1]),
    "a kernel": lambda m: _floats(m, "kernels", lambda a: a[::-1] * 2),
    "two kernels alike": lambda m: _floats(m, "kernels", lambda a: a[:1].repeat(len(a), 0)),
    "a bias of patches": lambda m: _floats(m, "nothing", lambda a: a + 1),
    "a scale": lambda m: _floats(m, "scale1", lambda a: a * 2),
    "a variance": lambda m: _floats(m, "var2", lambda a: a + a.dtype.type(2.0**-20)),
    "a second shift": lambda m: _floats(m, "shift1", lambda a: a + 1),
    "what the variance is kept from": lambda m: [
        setattr(a, "f", 2.0**-12) for n in m.graph.node for a in n.attribute if a.name == "epsilon"
    ],
    "larger pools": lambda m: _ints(m, "MaxPool", "kernel_shape", [1, 3]),
    "pools of other neighbours": lambda m: [
        _floats(m, t.name, lambda a: a[::-1]) for t in m.graph.initializer if t.name == "W2" and _has(m, "MaxPool")
    ],
    "another row": lambda m: [
        setattr(t, "raw_data", np.array([1, 1, -1, 1]).tobytes()) for t in m.graph.initializer if t.name == "row"
    ],
    "an image of another shape": lambda m: [
        setattr(m.graph.input[0].type.tensor_type.shape.dim[k], "dim_value", v)
        for k, v in ((2, 3), (3, 7))
        if len(m.graph.input[0].type.tensor_type.shape.dim) == 4
    ],
    "a tensor that nothing reads": lambda m: m.graph.initializer.append(
        onnx.numpy_helper.from_array(np.zeros(1, np.float32), "more")
    ),
    "something declared": lambda m: m.graph.value_info.append(onnx.helper.make_tensor_value_info("a1", 1, [1, 1])),
    "another operator set": lambda m: setattr(m.opset_import[0], "version", 14),
}


def test_forms_that_were_changed_are_refused(folder):
    refused = dict.fromkeys(CHANGES, 0)
    for path in forms(folder, FORMS):
        for name, change in CHANGES.items():
            model = onnx.load_from_string(path.read_bytes())
            before = model.SerializeToString(deterministic=True)
            change(model)
            if model.SerializeToString(deterministic=True) != before:
                refused[name] += 1
                with pytest.raises(InputError, match="no other form"):
                    read_other_form(model.SerializeToString())
    assert min(refused.values()) > 0


# --- the script


def test_the_script_is_python_3_8():
    """Parsed as 3.8, without modules and functions that came later, without names that are defined twice."""
    text = script()
    tree = ast.parse(text, feature_version=(3, 8))
    assert "logwidth" not in "".join(line for line in text.splitlines() if "import" in line)
    imported = {n.names[0].name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import)}
    imported |= {n.module.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    known = {"argparse", "json", "math", "random", "struct", "fractions", "decimal", "pathlib", "typing", "__future__"}
    assert imported <= known
    for later in (
        "strict=",
        "removeprefix",
        "removesuffix",
        'newline="\\n"',
        "math.lcm",
        "is_relative_to",
        " | None",
        "match ",
    ):
        assert later not in text.replace('open("w", encoding="utf-8", newline="\\n")', "")
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert len(set(defined)) == len(defined)
    assert not any(
        isinstance(node.value, ast.Subscript) for node in tree.body if isinstance(node, ast.Assign) and _builtin(node)
    )


def _builtin(node):
    """Whether a statement at the level of the module subscripts a built-in type, as 3.8 cannot."""
    return any(
        isinstance(part, ast.Subscript)
        and isinstance(part.value, ast.Name)
        and part.value.id in ("dict", "list", "tuple", "set")
        for part in ast.walk(node.value)
    )


def _pythons():
    """Interpreters of other versions that this machine has: by name, or where pyenv keeps them."""
    places = [Path(p) for p in (os.environ.get("PYENV_ROOT", ""), Path.home() / ".pyenv") if p]
    for version in ("3.8", "3.12"):
        known = [path for place in places for path in sorted(place.glob(f"versions/{version}.*/bin/python"))]
        path = str(known[0]) if known else shutil.which(f"python{version}")
        yield pytest.param(path, id=version, marks=() if path else pytest.mark.skip(reason=f"no Python {version} here"))


@pytest.mark.parametrize("python", list(_pythons()))
def test_the_script_runs_under_other_pythons(folder, tmp_path, python):
    found = subprocess.run([python, "-c", "import sys; print(sys.version)"], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip("that Python does not start")
    command = [python, "-I", str(folder / "generate_properties.py"), "5", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    made = {path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()}
    assert made >= {Path("truth.csv"), Path("twins/instances.csv"), Path("2.0/instances.csv")}
    assert all((tmp_path / path).read_bytes() == (folder / path).read_bytes() for path in made)
    other = tmp_path / "other"
    subprocess.run([*command[:3], "6", str(other)], check=True, capture_output=True)
    assert (other / "truth.csv").read_bytes() != (folder / "truth.csv").read_bytes()


def test_tracks_can_be_left_out(files):
    data = load("digits")
    request = BenchmarkRequest(count=24, balls=0, centres=6, seed=5, orders=ORDERS[:1], twins=0, pairs=0, forms=0)
    found = benchmark(Dataset(data.points[:200, 10:30], data.labels[:200]), request)
    assert found["twins/instances.csv"] == found["pairs/instances.csv"] == b""
    assert not any(name.startswith(("twins/onnx", "pairs/onnx", "l2/onnx")) for name in found)


def test_the_regular_track_does_not_depend_on_the_others(files):
    data = load("digits")
    request = BenchmarkRequest(count=24, balls=4, centres=6, seed=5, orders=ORDERS, twins=0, pairs=0, forms=0)
    found = benchmark(Dataset(data.points[:200, 10:30], data.labels[:200]), request)
    plain = [name for name in found if name.startswith(("onnx/", "vnnlib/", "2.0/", "l2/"))]
    assert all(found[name] == files[name] for name in plain)


def test_counterexamples_name_their_own_variables(folder):
    """A variant calls its input Y: what is shown under that name is read."""
    row = next(r for r in truth(folder, "variants") if "(declare-input Y float32" in query(folder, r))
    declared = Formula(query(folder, row)).networks[0]
    assert (declared.source, declared.sink) == ("Y", "X")
    assert counterexample("sat\nY float32 [1,2]\n1\n2\nX float32 [1,2]\n3\n4\n", 2, (declared.source,)).inputs == (1.0, 2.0)


def test_the_papers_describe_the_folder(folder):
    described = json.loads((folder / "croissant.json").read_text())
    assert described["conformsTo"].endswith("croissant/1.0")
    tables = {entry["contentUrl"]: entry for entry in described["distribution"]}
    assert set(tables) == {str(path.relative_to(folder)) for path in folder.rglob("truth.csv")}
    for name, entry in tables.items():
        assert entry["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()
    for records in described["recordSet"]:
        columns = [field["source"]["extract"]["column"] for field in records["field"]]
        source = records["field"][0]["source"]["fileObject"]["@id"]
        assert (folder / source).read_text().splitlines()[0] == ",".join(columns)
    assert "BSD 3-Clause" in (folder / "LICENSE").read_text()
    readme = (folder / "README.md").read_text()
    assert all(f"`{track}/`" in readme for track in ("2.0", "l2", "twins", "pairs", "multi", "variants", "forms"))
    assert all(path.stem in readme for path in folder.rglob("*.onnx"))


def test_timeouts_and_sizes_keep_to_the_rules(folder):
    for path in folder.rglob("instances.csv"):
        limits = [int(line.rsplit(",", 1)[1]) for line in path.read_text().splitlines()]
        assert min(limits) > 0
        assert sum(limits) <= 6 * 3600
        names = [line.rsplit(",", 1)[0] for line in path.read_text().splitlines()]
        assert len(set(names)) == len(names)
        for line in names:
            for name in re.findall(r"(?:onnx|vnnlib)/[^,;]+", line):
                assert (path.parent / name).exists()
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 2**30
