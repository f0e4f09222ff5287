"""Any ONNX classifier is attacked as it is: inputs of every shape, batches of one, weights beside the file, any scores."""

import json
import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from logwidth import InputError
from logwidth.attack import attack_run
from logwidth.attack.classifier import Classifier, Feeding
from logwidth.cli import main
from logwidth.dataset import Dataset
from logwidth.truth import Replay

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def linear(n_features, n_classes, shape, out=None, *, dtype=np.float32, tail=(), seed=0, wrong=0.0):
    """Scores `W x + b` of an input of a declared shape, and W and b. `tail` are more nodes on `S`, the scores."""
    rng = np.random.default_rng(seed)
    W, b = rng.normal(size=(n_classes, n_features)).astype(dtype), rng.normal(size=n_classes).astype(dtype)
    b[0] += wrong
    element = TensorProto.FLOAT if dtype == np.float32 else TensorProto.DOUBLE
    flat = numpy_helper.from_array(np.array([-1, n_features]), "flat")
    nodes = [
        helper.make_node("Reshape", ["X", "flat"], ["F"]),
        helper.make_node("Gemm", ["F", "W", "b"], ["S"], transB=1),
        *tail,
    ]
    name = nodes[-1].output[0]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("X", element, shape)],
        [helper.make_tensor_value_info(name, out[0] if out else element, out[1] if out else None)],
        [numpy_helper.from_array(W, "W"), numpy_helper.from_array(b, "b"), flat],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString(), W, b


def sorted_data(W, b, n=24, names=None, seed=5):
    """Samples that the network reads right, of the classes that occur."""
    points = np.random.default_rng(seed).normal(size=(n, W.shape[1])).astype(np.float32).astype(np.float64)
    best = np.argmax(points @ W.T.astype(np.float64) + b, axis=1)
    return Dataset(points, best if names is None else [names[k] for k in best])


SHAPES = {
    "acas": (5, [1, 1, 1, 5]),
    "column": (8, [1, 8, 1]),
    "image": (16, [1, 1, 4, 4]),
    "channels": (12, [1, 3, 2, 2]),
    "channels last": (12, ["n", 2, 2, 3]),
    "open image": (16, ["n", 1, 4, 4]),
    "open rows": (6, ["n", 6]),
    "unnamed rows": (6, [None, 6]),
    "row": (6, [1, 6]),
    "no batch": (6, [6]),
    "no batch, image": (6, [2, 3]),
    "open features": (6, ["n", "d"]),
    "one open size": (12, ["n", "c", 2, 2]),
    "a batch of four": (6, [4, 6]),
    "a batch of four images": (6, [4, 2, 3]),
    "nothing declared": (6, None),
    "everything open but rank": (6, ["d"]),
    "one number": (1, [1]),
    "numbers": (1, ["n"]),
    "one number in a row": (1, [1, 1]),
    "one number in rows": (1, ["n", 1]),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", SHAPES)
def test_inputs_of_every_shape(tmp_path, name, dtype):
    d, shape = SHAPES[name]
    content, W, b = linear(d, 3, shape, dtype=dtype)
    data = sorted_data(W, b)
    classifier = Classifier(content, data)
    points = np.random.default_rng(1).normal(size=(11, d)).astype(np.float32).astype(np.float64)
    expected = np.argmax(points.astype(dtype) @ W.T + b, axis=1)
    names = {label: i for i, label in enumerate(data.classes)}
    assert classifier.classes(points).tolist() == [names.get(k, -1) for k in expected.tolist()]
    assert classifier.evaluations == 11
    (tmp_path / "net.onnx").write_bytes(content)
    report = attack_run(tmp_path / "net.onnx", data, evaluations=100)
    assert (report.label_changes, report.misclassified.size) == (0, 0)
    scores = points[:0] @ W.T if report is None else data.points @ W.T.astype(np.float64) + b
    if d > 1:  # the exact distance of a linear classifier is known
        own = data.labels if len(data.classes) == 3 else np.array([data.classes[k] for k in data.labels])
        gaps = scores[np.arange(len(own)), own][:, None] - scores
        lengths = np.linalg.norm(W[own][:, None, :] - W[None], axis=2)
        exact = np.where(lengths > 0, gaps / np.maximum(lengths, 1e-30), np.inf).min(axis=1)
        found = np.isfinite(report.radius_upper)
        assert found.mean() > 0.8
        assert (report.radius_upper[found] >= exact[found] * (1 - 1e-4)).all()
        assert np.median(report.radius_upper[found] / exact[found]) < 1.5


def test_all_shapes_of_one_network_are_attacked_alike(tmp_path):
    reports = []
    for number, shape in enumerate(([1, 6], ["n", 6], [6], [4, 6], [1, 2, 3, 1])):
        content, W, b = linear(6, 3, shape)
        (tmp_path / f"{number}.onnx").write_bytes(content)
        reports.append(attack_run(tmp_path / f"{number}.onnx", sorted_data(W, b), evaluations=100))
    assert all(np.allclose(r.radius_upper, reports[0].radius_upper, rtol=1e-5) for r in reports)
    assert len({r.evaluations for r in reports}) == 1


@pytest.mark.parametrize(
    "shape", [["n", 7], ["n", 3], ["n", 2, 3, 5], [1, 1, 2, 2], [7], ["n", "c", "h", "w"], ["n", "c", 4, 4]]
)
def test_shapes_that_do_not_fit_are_named(shape):
    with pytest.raises(InputError, match="does not take rows of 6 features: its input has the shape"):
        Feeding.of(shape, 6)


def test_a_fixed_batch_inside_the_network_is_named_by_onnxruntime(tmp_path):
    content, W, b = linear(6, 3, ["n", 6], tail=[helper.make_node("Reshape", ["S", "one"], ["T"])])
    model = onnx.load_from_string(content)
    model.graph.initializer.append(numpy_helper.from_array(np.array([1, 3]), "one"))
    with pytest.raises(InputError, match="does not take rows of 6 features"):
        Classifier(model.SerializeToString(), sorted_data(W, b))


# --- outputs

OUTPUTS = {
    "scores": (),
    "scores as images": (helper.make_node("Unsqueeze", ["S", "axes"], ["T"]),),
    "labels": (helper.make_node("ArgMax", ["S"], ["T"], axis=1, keepdims=0),),
    "labels in columns": (helper.make_node("ArgMax", ["S"], ["T"], axis=1, keepdims=1),),
    "label values": (
        helper.make_node("ArgMax", ["S"], ["I"], axis=1, keepdims=1),
        helper.make_node("Cast", ["I"], ["T"], to=TensorProto.FLOAT),
    ),
    "probabilities": (helper.make_node("Softmax", ["S"], ["T"], axis=1),),
}


@pytest.mark.parametrize("shape", [["n", 6], [1, 6], [4, 6], [6]])
@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_of_every_kind(name, shape):
    kind = TensorProto.INT64 if name in ("labels", "labels in columns") else TensorProto.FLOAT
    content, W, b = linear(6, 3, shape, (kind, None), tail=OUTPUTS[name])
    model = onnx.load_from_string(content)
    model.graph.initializer.append(numpy_helper.from_array(np.array([2, 3]), "axes"))
    data = sorted_data(W, b, 40)
    assert data.classes == (0, 1, 2)
    assert (Classifier(model.SerializeToString(), data).classes(data.points) == data.labels).all()


@pytest.mark.parametrize(
    ("names", "right"),
    [
        ({0: 0, 1: 1, 2: 2}, True),  # more scores than classes: the first ones are theirs
        ({0: 0, 1: 4, 2: 9}, False),  # integers name their scores
        ({0: "ant", 1: "bee", 2: "cat"}, True),
        ({0: 0.5, 1: 1.5, 2: 2.5}, True),
    ],
)
def test_more_scores_than_classes(names, right):
    """Ten scores for three classes: by name where the names are numbers of scores, else in order."""
    content, W, b = linear(6, 10, ["n", 6])
    points = np.random.default_rng(3).normal(size=(4000, 6)).astype(np.float32).astype(np.float64)
    best = np.argmax(points @ W.T.astype(np.float64) + b, axis=1)
    order = [0, 1, 2] if right else sorted(names.values())
    rows = np.flatnonzero(np.isin(best, order))
    labels = [list(names.values())[k] if right else int(k) for k in best[rows]]
    data = Dataset(points[rows], labels)
    classifier = Classifier(content, data)
    assert (classifier.classes(points[rows]) == data.labels).all()
    others = np.setdiff1d(np.arange(len(points)), rows)
    assert (classifier.classes(points[others]) == -1).all()


def test_fewer_scores_than_classes_never_name_the_rest():
    content, _W, _b = linear(6, 2, ["n", 6])
    points = np.random.default_rng(3).normal(size=(30, 6))
    data = Dataset(points, np.arange(30) % 3)
    assert set(Classifier(content, data).classes(points)) == {0, 1}


def test_class_numbers_and_class_names():
    content, W, b = linear(6, 3, ["n", 6], (TensorProto.INT64, None), tail=OUTPUTS["labels"])
    for names in ({0: 0, 1: 1, 2: 2}, {0: "ant", 1: "bee", 2: "cat"}, {0: 0.0, 1: 1.0, 2: 2.0}):
        data = sorted_data(W, b, 40, names)
        assert (Classifier(content, data).classes(data.points) == data.labels).all()


@pytest.mark.parametrize("where", [[True, False, False], [False, False, True], [True, True, True]])
def test_rows_with_a_score_that_is_no_number_have_no_class(where, tmp_path, capsys):
    """Where a coordinate is negative, some scores are NaN."""
    content, W, b = linear(4, 3, ["n", 4], tail=[helper.make_node("Where", ["C", "bad", "S"], ["T"])])
    model = onnx.load_from_string(content)
    gemm = model.graph.node.pop()
    model.graph.node.extend(
        [
            helper.make_node("Less", ["F", "zero"], ["negative"]),
            helper.make_node("Slice", ["negative", "from", "to", "axis"], ["first"]),
            helper.make_node("And", ["first", "where"], ["C"]),
            gemm,
        ]
    )
    values = {"zero": np.float32(0), "from": np.array([0]), "to": np.array([1]), "axis": np.array([1])}
    values |= {"where": np.array([where]), "bad": np.float32(np.nan)}
    model.graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in values.items())
    data = sorted_data(W, b, 40)
    found = Classifier(model.SerializeToString(), data).classes(data.points)
    negative = data.points[:, 0] < 0
    assert (found[negative] == -1).all()
    assert (found[~negative] == data.labels[~negative]).all()
    (tmp_path / "nan.onnx").write_bytes(model.SerializeToString())
    np.savez(tmp_path / "data.npz", X=data.points, y=np.array(data.classes)[data.labels])
    code, out = attacked(capsys, tmp_path / "nan.onnx", tmp_path / "data.npz")
    assert (code, out["misclassified_samples"]) == (0, np.flatnonzero(negative).tolist())
    assert [k for k, radius in enumerate(out["radius_upper"]) if radius == 0] == out["misclassified_samples"]


def attacked(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["attack", *map(str, arguments), "--json", "--evaluations", "500"])
    shown = capsys.readouterr()
    return ended.value.code, json.loads(shown.out) if shown.out else shown.err


def test_misclassified_samples_are_a_row_of_their_own(tmp_path, capsys):
    content, W, b = linear(6, 3, ["n", 6], wrong=1.0)
    b[0] -= 1.0
    data = sorted_data(W, b, 40)
    (tmp_path / "net.onnx").write_bytes(content)
    np.savez(tmp_path / "data.npz", X=data.points, y=np.array(data.classes)[data.labels])
    code, out = attacked(capsys, tmp_path / "net.onnx", tmp_path / "data.npz")
    assert (code, out["label_changes"], out["broken"]) == (0, 0, {})
    assert 0 < out["misclassified"] < 40
    assert all(out["radius_upper"][k] == 0 for k in out["misclassified_samples"])
    with pytest.raises(SystemExit) as ended:
        main(["attack", str(tmp_path / "net.onnx"), str(tmp_path / "data.npz")])
    assert ended.value.code == 0
    assert f"{out['misclassified']} of 40" in capsys.readouterr().out


@pytest.mark.parametrize(("names", "said"), [(["a", "b", "c"], False), (["c", "b", "a"], True), ([9, 0, 5], True)])
def test_outputs_in_another_order_than_the_classes_are_said(tmp_path, capsys, names, said):
    content, W, b = linear(6, 3, ["n", 6])
    data = sorted_data(W, b, 40)
    (tmp_path / "net.onnx").write_bytes(content)
    np.savez(tmp_path / "data.npz", X=data.points, y=np.array(names)[data.labels])
    with pytest.raises(SystemExit) as ended:
        main(["attack", str(tmp_path / "net.onnx"), str(tmp_path / "data.npz"), "--quiet", "--evaluations", "50"])
    assert ended.value.code == 0
    shown = ", ".join(repr(name) for name in sorted(names))
    assert (f"scores stand for the classes {shown} in this order" in capsys.readouterr().err) == said


# --- weights beside the file


def save_outside(folder, content, weights="net.onnx.data", size=60):
    folder.mkdir(parents=True, exist_ok=True)
    model = onnx.load_from_string(content)
    onnx.save(model, folder / "net.onnx", save_as_external_data=True, location=weights, size_threshold=size)
    assert (folder / weights).exists()
    return folder / "net.onnx"


def test_weights_beside_the_file_are_those_of_its_folder(tmp_path, monkeypatch, capsys):
    """From its folder, from another, and from one where another model's weights lie under the same name."""
    right, W, b = linear(6, 3, ["n", 6], seed=1)
    other, *_ = linear(6, 3, ["n", 6], seed=2)
    path = save_outside(tmp_path / "right", right)
    save_outside(tmp_path / "other", other)
    (tmp_path / "empty").mkdir()
    data = sorted_data(W, b)
    np.savez(tmp_path / "data.npz", X=data.points, y=np.array(data.classes)[data.labels])
    plain = tmp_path / "plain.onnx"
    plain.write_bytes(right)
    found = []
    for place, name in (
        ("right", "net.onnx"),
        ("empty", path),
        ("other", path),
        ("other", os.path.relpath(path, tmp_path / "other")),
    ):
        monkeypatch.chdir(tmp_path / place)
        found.append(attacked(capsys, name, tmp_path / "data.npz"))
    found.append(attacked(capsys, plain, tmp_path / "data.npz"))
    assert all(entry == found[0] for entry in found)
    assert (found[0][0], found[0][1]["misclassified"]) == (0, 0)


def test_bytes_without_their_weights_are_refused(tmp_path, monkeypatch):
    """onnxruntime itself would take another model's weights from the working directory."""
    right, W, b = linear(6, 3, ["n", 6], seed=1)
    other, *_ = linear(6, 3, ["n", 6], seed=2)
    content = save_outside(tmp_path / "right", right).read_bytes()
    save_outside(tmp_path / "other", other)
    monkeypatch.chdir(tmp_path / "other")
    data = sorted_data(W, b)
    rows = data.points.astype(np.float32)
    silent = onnxruntime.InferenceSession(content).run(None, {"X": rows})[0]
    assert (np.argmax(silent, axis=1) != np.argmax(rows @ W.T + b, axis=1)).any()
    for opened in (lambda: Classifier(content, data), lambda: Replay(content)):
        with pytest.raises(InputError, match=r"outside the file, in 'net\.onnx\.data'"):
            opened()


@pytest.mark.parametrize("fault", ["missing", "short", "elsewhere", "absolute", "nameless"])
def test_weights_that_cannot_be_read_are_named(tmp_path, capsys, monkeypatch, fault):
    content, W, b = linear(6, 3, ["n", 6], seed=1)
    data = sorted_data(W, b)
    np.savez(tmp_path / "data.npz", X=data.points, y=np.array(data.classes)[data.labels])
    path = save_outside(tmp_path / "model", content)
    weights = path.parent / "net.onnx.data"
    monkeypatch.chdir(tmp_path)
    model = onnx.load(path, load_external_data=False)
    place = {"elsewhere": "../net.onnx.data", "absolute": str(tmp_path / "net.onnx.data"), "nameless": ""}.get(fault)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location" and place is not None:
                entry.value = place
    path.write_bytes(model.SerializeToString())
    (tmp_path / "net.onnx.data").write_bytes(weights.read_bytes())
    if fault == "missing":
        weights.unlink()
    if fault == "short":
        weights.write_bytes(weights.read_bytes()[:8])
    code, err = attacked(capsys, path, tmp_path / "data.npz")
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert "weights" in err or "load the network" in err


def test_weights_of_inner_graphs_are_found(tmp_path):
    content, W, b = linear(6, 3, ["n", 6])
    model = onnx.load_from_string(content)
    constant = helper.make_node("Constant", [], ["k"], value=numpy_helper.from_array(np.zeros((1, 3), np.float32), "k"))
    tensor = constant.attribute[0].t
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="inner.data")
    model.graph.node.insert(0, constant)
    with pytest.raises(InputError, match=r"inner\.data"):
        Classifier(model.SerializeToString(), sorted_data(W, b))


@pytest.mark.parametrize("name", ["light_squeezenet", "light_shufflenet", "light_resnet50"])
def test_networks_of_the_model_zoo(tmp_path, name):
    """Images [1, 3, 224, 224] with a batch of one, a thousand scores, two classes: onnx's own stand-ins without weights."""
    if not (LIGHT / f"{name}.onnx").exists():
        pytest.skip("this onnx comes without its test data")
    content = (LIGHT / f"{name}.onnx").read_bytes()
    points = np.random.default_rng(0).random((2, 3 * 224 * 224)).astype(np.float32)
    session = onnxruntime.InferenceSession(content)
    source = session.get_inputs()[0]
    outputs = [session.run(None, {source.name: p.reshape(source.shape)})[0].ravel() for p in points]
    data = Dataset(points, [0, 1])
    found = Classifier(content, data).classes(data.points)
    expected = [-1 if np.isnan(o).any() or np.argmax(o) > 1 else int(np.argmax(o)) for o in outputs]
    assert found.tolist() == expected
