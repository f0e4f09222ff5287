"""The attack: it finds what is wrong, nothing where all is proven, and every witness is what it says."""

import builtins
import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

import kit
from logwidth import InputError, MissingExtraError, evaluate, load, memorize
from logwidth.attack import attack_run, gradient_attack
from logwidth.attack.classifier import Classifier
from logwidth.attack.network_attack import attack_network
from logwidth.attack.outside import inside_points
from logwidth.attack.run import target_of_run
from logwidth.certify.balls.witness import in_ball
from logwidth.certify.runs.certificate import Certificate
from logwidth.cli import main
from logwidth.construct import CONSTRUCTIONS
from logwidth.dataset import Dataset
from logwidth.rounding import distance_upper, fraction


@pytest.fixture(scope="module")
def iris_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "iris"
    memorize(load("iris"), ratio=0.8).save(folder)
    return folder


def scores_onnx(weights, bias, dtype=np.float32):
    """A foreign classifier: one Gemm, its scores as output."""
    element = TensorProto.FLOAT if dtype == np.float32 else TensorProto.DOUBLE
    n = weights.shape[0]
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["X", "W", "b"], ["Y"], transB=1)],
        "linear",
        [helper.make_tensor_value_info("X", element, ["N", weights.shape[1]])],
        [helper.make_tensor_value_info("Y", element, ["N", n])],
        [numpy_helper.from_array(weights.astype(dtype), "W"), numpy_helper.from_array(bias.astype(dtype), "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString()


def test_every_witness_is_one_and_every_radius_is_two_sided(iris_run):
    data = load("iris")
    report = attack_run(iris_run, evaluations=20_000)
    assert report.label_changes == 0
    assert report.broken == {}
    assert report.inside >= 20_000
    assert report.evaluations > report.inside
    assert (report.radius_lower > 0).all()
    assert (report.radius_lower < report.radius_upper).all()
    assert np.median(report.gap) < 1e-3
    session = onnxruntime.InferenceSession(iris_run / "network.onnx")
    outputs = session.run(None, {"X": report.witnesses.astype(np.float32)})[0][:, 0]
    nearest = np.argmin(np.abs(outputs[:, None] - data.values[None, :]), axis=1)
    assert (nearest != data.labels).all()
    assert (nearest == report.found).all()
    assert (report.witnesses == report.witnesses.astype(np.float32)).all()
    for i in range(data.n_samples):
        gaps = [fraction(a) - fraction(b) for a, b in zip(report.witnesses[i], data.points[i], strict=True)]
        assert sum(g * g for g in gaps) <= fraction(report.radius_upper[i]) ** 2


def test_a_radius_claimed_too_large_is_broken(iris_run):
    target = target_of_run(iris_run)
    honest = attack_network(target, evaluations=0)
    wrong = dataclasses.replace(target, claimed=honest.radius_upper * 1.01)
    found = attack_network(wrong, evaluations=20_000)
    assert found.label_changes >= target.data.n_samples
    assert set(found.broken) == set(range(target.data.n_samples))
    for i, point in found.broken.items():
        assert in_ball(point, target.data.points[i], wrong.claimed[i], 2.0)
    assert attack_network(wrong, evaluations=0).label_changes == target.data.n_samples  # the witnesses themselves
    blind = dataclasses.replace(wrong, steps=np.zeros_like(target.steps))
    assert len(attack_network(blind, evaluations=50_000).broken) > target.data.n_samples / 2


@pytest.mark.parametrize(
    ("name", "norm"),
    [*((name, spec.home) for name, spec in CONSTRUCTIONS.items()), ("cells", 1.0), ("cells", np.inf), ("cells", 3.0)],
)
def test_nothing_changes_in_certified_balls_of_any_form(name, norm, tmp_path):
    data = kit.cloud("attacked", 12, 2, 2)
    run = memorize(data, ratio=0.7, construction=name, dtype=CONSTRUCTIONS[name].dtypes[-1], norm=norm, effort="low")
    run.save(tmp_path / "run")
    report = attack_run(tmp_path / "run", data, evaluations=5_000)
    assert report.label_changes == 0
    assert np.isfinite(report.radius_upper).all()
    assert (report.radius_lower < report.radius_upper).all()
    outputs = evaluate(run.network, report.witnesses)[:, 0]
    assert all(
        kit.reads(float(y), data.values, "rounded") != v for y, v in zip(outputs, data.values[data.labels], strict=True)
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_classifier_is_attacked(tmp_path, dtype):
    """A linear classifier's radii are known: the boundary walk comes close."""
    data = Dataset([[0.0, 0.0], [4.0, 0.0], [0.0, 3.0], [-1.0, 1.0]], ["a", "b", "b", "a"])
    weights, bias = np.array([[-1.0, -1.0], [1.0, 1.0]]), np.array([2.0, -2.0])
    path = tmp_path / "linear.onnx"
    path.write_bytes(scores_onnx(weights, bias, dtype))
    report = attack_run(path, data, norm=2, evaluations=100)
    exact = np.abs(data.points.sum(axis=1) - 2.0) / np.sqrt(2.0)
    assert report.label_changes == report.inside == 0
    assert (report.radius_lower == 0).all()
    assert (report.radius_upper >= exact * (1 - 1e-6)).all()
    assert (report.radius_upper <= exact * 1.05).all()


def test_a_wrong_sample_has_radius_zero(tmp_path):
    data = Dataset([[0.0, 0.0], [4.0, 0.0], [9.0, 9.0]], [0, 1, 0])
    path = tmp_path / "linear.onnx"
    path.write_bytes(scores_onnx(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([2.0, -2.0])))
    report = attack_run(path, data)
    assert report.radius_upper[2] == 0.0
    assert report.found[2] == 1


@pytest.mark.parametrize("norm", [1.0, 2.0, 3.0, np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_points_inside_are_inside(norm, dtype):
    rng = np.random.default_rng(0)
    centre = np.array([0.0, -0.0, 1e-30, 5.0])
    stream = inside_points(centre, 0.5, norm, np.array([[1.0, 2, 3, 4]]), np.dtype(dtype), rng)
    points = np.concatenate([next(stream) for _ in range(5)])
    assert len(points) > 200
    assert (points == points.astype(dtype)).all()
    assert all(distance_upper(x, centre, norm) <= 0.5 for x in points[:80])
    subnormal = np.abs(points[:, :3])
    assert ((subnormal > 0) & (subnormal < np.finfo(dtype).tiny)).any()
    assert np.signbit(points[points == 0]).any()


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_points_inside_are_inside_where_floats_are_coarse(norm):
    """Between neighbours lies an eighth of the radius: many of those near the edge are outside."""
    centre = np.array([1e6, -1e6])
    stream = inside_points(centre, 0.5, norm, np.array([[1.0, 2.0]]), np.dtype(np.float32), np.random.default_rng(0))
    points = np.concatenate([next(stream) for _ in range(5)])
    assert len(points) > 100
    assert all(distance_upper(x, centre, norm) <= 0.5 for x in points)


def test_an_output_between_labels_is_no_label():
    data = Dataset([[0.0], [2.0]], [0, 1])
    classifier = Classifier(scores_onnx(np.array([[1.0]]), np.array([0.0])), data)
    points = np.array([[0.0], [1.0], [0.25], [0.75]])
    assert classifier.classes(points).tolist() == [0, 1, 0, 1]
    assert classifier.exact(points).tolist() == [0, 1, -1, -1]


def test_what_onnxruntime_says_is_one_line():
    with pytest.raises(InputError, match=r"onnxruntime cannot load the network: .") as caught:
        Classifier(b"no network", Dataset([[0.0], [2.0]], [0, 1]))
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=r"does not take rows of 3 features: .") as caught:
        Classifier(scores_onnx(np.eye(2), np.zeros(2)), Dataset([[0.0, 1.0, 2.0], [2.0, 1.0, 2.0]], [0, 1]))
    assert "\n" not in str(caught.value)


def test_the_command_reports_and_writes(iris_run, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["attack", str(iris_run), "--json", "--evaluations", "2000"])
    out = json.loads(capsys.readouterr().out)
    assert ended.value.code == 0
    assert out["label_changes"] == 0
    assert out["evaluations"] >= 2000
    assert len(out["radius_lower"]) == len(out["radius_upper"]) == 150
    assert all(low < high for low, high in zip(out["radius_lower"], out["radius_upper"], strict=True))
    with np.load(iris_run / "witnesses.npz") as stored:
        assert stored["points"].shape == (150, 4)


def test_a_false_certificate_ends_with_status_one(iris_run, tmp_path, capsys):
    """A network with one weight changed, under a certificate that was sealed again for it."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "summary.json").write_bytes((iris_run / "summary.json").read_bytes())
    model = onnx.load(iris_run / "network.onnx")
    layers = [t for t in model.graph.initializer if t.name.startswith("b")]
    tensor = layers[len(layers) // 2]
    values = numpy_helper.to_array(tensor).copy()
    values[-2] += 1.0  # the score of one piece
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    content = model.SerializeToString()
    (folder / "network.onnx").write_bytes(content)
    honest = (iris_run / "certificate.json").read_text()
    (folder / "certificate.json").write_text(honest)
    with pytest.raises(SystemExit) as ended:
        main(["attack", str(folder), "iris"])
    assert ended.value.code == 2
    assert "not the network that was certified" in capsys.readouterr().err
    forged = dataclasses.replace(Certificate.from_json(honest), network_sha256=hashlib.sha256(content).hexdigest())
    (folder / "certificate.json").write_text(forged.to_json())
    with pytest.raises(SystemExit) as ended:
        main(["attack", str(folder), "iris", "--json", "--evaluations", "5000"])
    out = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert out["label_changes"] > 0
    assert out["broken"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["missing"], "network.onnx"),
        (["linear.onnx"], "DATA"),
        (["linear.onnx", "iris"], "features"),
        (["broken.onnx", "iris"], "onnxruntime cannot load"),
    ],
)
def test_bad_input_is_one_line(arguments, word, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("linear.onnx").write_bytes(scores_onnx(np.eye(2), np.zeros(2)))
    Path("broken.onnx").write_bytes(b"no network")
    with pytest.raises(SystemExit) as ended:
        main(["attack", *arguments])
    err = capsys.readouterr().err
    assert ended.value.code == 2
    assert word in err
    assert len(err.strip().splitlines()) == 1


def test_without_torch_the_extra_is_named(monkeypatch, iris_run):
    real = builtins.__import__

    def refuse(name, *rest):
        if name == "torch":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(MissingExtraError, match=r"logwidth\[torch\]"):
        gradient_attack(None, np.zeros((1, 2)), np.zeros(1), np.ones(1), 2.0)


def test_gradients_are_zero_on_a_flat_network():
    pytest.importorskip("torch")
    data = load("iris")
    run = memorize(data, ratio=0.8)
    values = data.values[data.labels]
    found = gradient_attack(run.network, data.points, values, run.certificate.radius_lower, 2.0)
    assert found.flat == found.samples == 150
    assert found.changed == 0


def test_other_data_are_refused(iris_run):
    with pytest.raises(InputError, match="not those"):
        attack_run(iris_run, load("wine"))
