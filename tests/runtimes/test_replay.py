"""A certified file in other arithmetic: every planted fault is found, named and counted; sound arithmetic passes."""

import json
import sys

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import logwidth as lw
from logwidth.certify.balls.witness import in_ball
from logwidth.cli import main
from logwidth.dataset import Dataset
from logwidth.network import AffineLayer
from logwidth.runtimes import Runtime, runtime_of
from logwidth.runtimes.probes import probe, reasons, remedy
from logwidth.runtimes.replay import worst_points


def cut(bits):
    """Rounding to so many significant bits, to nearest."""

    def rounded(a):
        a = np.asarray(a, dtype=np.float64)
        size = np.ldexp(1.0, np.frexp(a)[1] - bits)
        return (np.round(a / size) * size).astype(np.float32)

    return rounded


def whole(a):
    a = np.asarray(a, dtype=np.float32)
    step = np.float32(np.abs(a).max() / 127 or 1)
    return np.round(a / step) * step


def as_is(a):
    return np.asarray(a, dtype=np.float32)


def flushed(a):
    return np.where(np.abs(a) < np.finfo(np.float32).smallest_normal, 0, a).astype(np.float32)


def half(a):
    return np.clip(a, -65504, 65504).astype(np.float16).astype(np.float32)


def narrow_sum(weights, x):
    """A product that rounds every sum of two terms other than zero to 8 bits."""
    total = np.zeros((len(x), len(weights)), dtype=np.float32)
    for k in range(x.shape[1]):
        term = np.outer(x[:, k], weights[:, k])
        total = np.where((total != 0) & (term != 0), cut(8)(total + term), total + term)
    return total


def product(weights, x):
    with np.errstate(all="ignore"):
        return x @ weights.T


FAULTS = {  # what becomes of weights, of values, and how products are taken; and what must be said
    "sound": (as_is, as_is, product, ""),
    "bfloat16": (cut(8), cut(8), product, "it computes in bfloat16 (values and weights keep 8 of 24"),
    "TF32": (cut(11), cut(11), product, "it computes in TF32"),
    "float16": (half, half, product, "it computes in float16"),
    "half weights": (half, as_is, product, "weights are kept in float16"),
    "clipped weights": (lambda a: np.clip(a, -65504, 65504), as_is, product, "weights are cut to the range of float16"),
    "integers": (whole, as_is, product, "weights are kept in integers of 8 bits"),
    "flushed": (flushed, flushed, product, "become 0"),
    "sums": (as_is, as_is, narrow_sum, "it accumulates in a narrower format (sums lose"),
}


def planted(fault):
    weight, value, multiply, _ = FAULTS[fault]

    def opened(content):
        model = onnx.load_from_string(content)
        tensors = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}

        def evaluate(rows):
            held = {model.graph.input[0].name: value(rows)}
            for node in model.graph.node:
                before = held[node.input[0]]
                if node.op_type == "Gemm":
                    image = multiply(weight(tensors[node.input[1]]), before) + weight(tensors[node.input[2]])
                    held[node.output[0]] = value(image)
                else:
                    held[node.output[0]] = np.maximum(before, 0)
            return held[model.graph.output[0].name]

        return evaluate

    return Runtime("planted", fault, opened, {})


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_named_by_the_probes(fault):
    found = reasons(probe(planted(fault), "float32"))
    said = FAULTS[fault][3]
    assert ([sentence for _, sentence in found] == []) == (said == ""), found
    assert said == "" or any(said in sentence for _, sentence in found), found


def test_every_named_runtime_has_a_remedy_in_its_own_words():
    for name, word in {"openvino": "INFERENCE_PRECISION_HINT=f32", "ncnn": "use_fp16_storage=0", "jax": "highest"}.items():
        assert word in remedy(name, ["narrow"], harmed=False)
    assert "--scale" in remedy("tract", ["flushed"], harmed=True)
    assert remedy("onnxruntime", [], harmed=True) is None


@pytest.fixture(scope="module")
def run():
    """Few samples far from zero: float32 tells them apart, eight bits do not."""
    rng = np.random.default_rng(7)
    points = np.unique(rng.integers(0, 40, size=(24, 4)), axis=0) + 500.0
    return lw.memorize(Dataset(points, np.arange(len(points)) % 3), ratio=0.8)


def test_sound_arithmetic_changes_no_label(run):
    for runtime in (runtime_of(), planted("sound"), planted("flushed")):
        report = lw.replay(run, runtime, points=400)
        assert report.holds
        assert report.points > 300
        assert report.inexact == 0
        assert report.remedy is None


@pytest.mark.parametrize("fault", ["bfloat16", "integers"])
def test_coarse_arithmetic_is_caught_and_its_points_lie_in_their_balls(run, fault):
    report = lw.replay(run, planted(fault), points=400)
    assert not report.holds
    assert report.label_changes + report.sample_changes > 0
    assert set(report.broken) <= set(report.changed_samples.tolist())
    evaluate = planted(fault).open(run.onnx)
    for i, point in report.broken.items():
        assert in_ball(point, run.data.points[i], run.certificate.radius_lower[i], 2.0)
        output = float(evaluate(point[None].astype(np.float32))[0, 0])
        nearest = np.argmin(np.abs(output - run.data.values)) if np.isfinite(output) else -1
        assert nearest != run.data.labels[i]
    assert "float32" in report.remedy


@pytest.mark.parametrize("norm", [1.0, 2.0, 3.0, np.inf])
def test_worst_points_lie_in_their_balls_and_near_the_edge(norm):
    rng = np.random.default_rng(3)
    data = Dataset(rng.normal(size=(12, 5)).astype(np.float32).astype(float), np.arange(12) % 3)
    radii = np.where(np.arange(12) % 4 == 3, -1.0, rng.uniform(0.1, 0.3, 12))
    first = AffineLayer.from_dense(rng.normal(size=(3, 5)).astype(np.float32), np.zeros(3, np.float32))
    points, owner = worst_points(data, radii, norm, first, 200, rng)
    assert len(points) == 200
    assert set(owner) == set(np.flatnonzero(radii > 0))
    for point, i in zip(points, owner, strict=True):
        assert (point.astype(np.float32) == point).all()
        assert in_ball(point, data.points[i], radii[i], norm)
        assert np.linalg.norm(point - data.points[i], ord=norm) > 0.99 * radii[i]


def test_points_that_rounding_takes_out_of_their_ball_are_left_out():
    """Around 2^22 float32 numbers are half apart: many points at 0.999 of a radius of 1.3 are rounded out of the ball."""
    centres = np.float64(2**22) + np.arange(48.0).reshape(12, 4) * 3
    data = Dataset(centres, np.arange(12) % 2)
    first = AffineLayer.from_dense(np.eye(4, dtype=np.float32), np.zeros(4, np.float32))
    points, owner = worst_points(data, np.full(12, 1.3), 2.0, first, 240, np.random.default_rng(0))
    assert 0 < len(points) < 240
    assert all(in_ball(x, data.points[i], 1.3, 2.0) for x, i in zip(points, owner, strict=True))


EVALUATOR = """
import sys, numpy, onnx
from onnx import numpy_helper
def cut(a):
    bits = numpy.ascontiguousarray(a, dtype=numpy.float32).view(numpy.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(numpy.uint32).view(numpy.float32)
model, kept = onnx.load(sys.argv[1]), eval(sys.argv[4]) if len(sys.argv) > 4 else cut
tensors = {t.name: kept(numpy_helper.to_array(t)) for t in model.graph.initializer}
value = {"X": kept(numpy.load(sys.argv[2]))}
for node in model.graph.node:
    a = value[node.input[0]]
    gemm = node.op_type == "Gemm"
    value[node.output[0]] = kept(a @ tensors[node.input[1]].T + tensors[node.input[2]]) if gemm else numpy.maximum(a, 0)
numpy.save(sys.argv[3], value["Y"])
"""


def replayed(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        main(["replay", *map(str, arguments), "--points", "200", "--quiet", "--json"])
    printed = capsys.readouterr()
    return int(stop.value.code or 0), json.loads(printed.out) if printed.out else printed.err


def test_a_command_that_computes_in_bfloat16_is_caught(run, tmp_path, capsys):
    folder, program = run.save(tmp_path / "run"), tmp_path / "evaluator.py"
    np.savez(tmp_path / "d.npz", X=run.data.points, y=run.data.labels)
    program.write_text(EVALUATOR)
    call = f"{sys.executable} {program}"
    status, found = replayed(capsys, folder, tmp_path / "d.npz", "--command", call)
    assert status == 1
    assert found["label_changes"] > 0
    assert "bfloat16" in found["reasons"][0]
    assert found["probes"]["value_bits"] == 8


@pytest.mark.slow
def test_a_command_that_computes_in_float32_passes(run, tmp_path, capsys):
    folder, program = run.save(tmp_path / "run"), tmp_path / "evaluator.py"
    np.savez(tmp_path / "d.npz", X=run.data.points, y=run.data.labels)
    program.write_text(EVALUATOR)
    call = f"{sys.executable} {program}"
    in_full = f"{call} {{onnx}} {{inputs}} {{outputs}} numpy.asarray"
    status, found = replayed(capsys, folder, tmp_path / "d.npz", "--command", in_full)
    assert (status, found["label_changes"], found["reasons"]) == (0, 0, [])


REFUSED = {
    "no such runtime": (["--runtime", "onnxrutime"], "did you mean onnxruntime?"),
    "a setting it has not": (["--set", "threads=2"], "no setting threads"),
    "no setting": (["--set", "threads"], "KEY=VALUE"),
    "settings of a command": (["--command", "true", "--set", "a=1"], "settings are for named runtimes"),
    "a command that is none": (["--command", "no-such-program"], "cannot run no-such-program"),
    "a command that fails": (["--command", "false"], "ended with status 1"),
    "a command that writes nothing": (["--command", "true"], "wrote no array"),
    "a command that writes too little": (
        ["--command", f"{sys.executable} -c 'import numpy as n, sys; n.save(sys.argv[3], n.zeros(1))'"],
        "for each of the",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_run_is_refused_in_one_line(run, tmp_path, capsys, case):
    arguments, words = REFUSED[case]
    np.savez(tmp_path / "d.npz", X=run.data.points, y=run.data.labels)
    status, said = replayed(capsys, run.save(tmp_path / "run"), tmp_path / "d.npz", *arguments)
    assert status == 2
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", ["openvino", "jax", "tract", "tflite", "ncnn", "tvm", "torch"])
def test_a_runtime_that_is_not_there_names_its_extra(monkeypatch, name):
    packages = {"tflite": "ai_edge_litert.interpreter", "tvm": "tvm"}
    monkeypatch.setitem(sys.modules, packages.get(name, name), None)
    with pytest.raises(lw.MissingExtraError, match=rf"logwidth\[{name}\]"):
        runtime_of(name)


@pytest.mark.parametrize("name", ["openvino", "jax", "tract", "tflite", "ncnn", "tvm", "torch"])
def test_runtimes_that_are_installed_pass_or_say_why_not(run, name):
    try:
        runtime = runtime_of(name)
    except lw.MissingExtraError:
        pytest.skip(f"{name} is not installed")
    report = lw.replay(run, runtime, points=100)
    assert report.holds or report.reasons


def test_confirmed_counts_only_what_is_finite_inside_and_another_label(run):
    data, radii = run.data, run.certificate.radius_lower
    others = np.array([np.flatnonzero(data.labels != c)[0] for c in data.labels])
    nothing = np.full_like(data.points, np.nan)
    assert not lw.confirmed(run, nothing).finite.any()
    assert not lw.confirmed(run, nothing).broken.any()
    far = lw.confirmed(run, data.points[others])
    assert far.changed.all()
    assert not far.inside.any()
    assert not far.broken.any()
    step = np.zeros(data.n_features)
    step[0] = 0.5 * radii.min()
    near = lw.confirmed(run, (data.points + step)[::-1], samples=np.arange(len(radii))[::-1])
    assert near.inside.all()
    assert not near.changed.any()
    assert lw.confirmed(run, data.points[:2, :, None], samples=[1, 0]).inside.tolist() == [False, False]


def test_confirmed_sees_a_certificate_that_is_wrong(run, tmp_path):
    """A radius that is claimed and does not hold is refuted by an input between two samples."""
    from dataclasses import replace

    claimed = replace(run.certificate, radius_lower=np.full(run.data.n_samples, 1e6))
    forged = replace(run, certificate=claimed)
    other = int(np.flatnonzero(run.data.labels != run.data.labels[0])[0])
    found = lw.confirmed(forged, run.data.points[[other]])
    assert found.broken.tolist() == [True]
    with pytest.raises(lw.InputError, match="go from 0 to"):
        lw.confirmed(run, run.data.points[:1], samples=[999])
    with pytest.raises(lw.InputError, match="rows of 4 features"):
        lw.confirmed(run, run.data.points[0])


@pytest.fixture(scope="module")
def rejecting():
    """None is −1, and the value of the first class 0: nearer to none than any other label."""
    points = [[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [5.0, 5.0]]
    return lw.memorize(Dataset(points, ["a", "b", "b", "c"]), ratio=0.8, norm="inf", reject=0.6, bracket=False)


def giving(run, value):
    """A runtime that computes as it should, but gives one value for the run's own file."""

    def opened(content):
        evaluate = planted("sound").open(content)
        return (lambda rows: np.full((len(rows), 1), value, np.float32)) if content == run.onnx else evaluate

    return Runtime("planted", "constant", opened, {})


def test_both_halves_of_a_claim_are_replayed(rejecting):
    report = lw.replay(rejecting, points=300)
    assert report.holds
    assert (report.far_points, report.far_changes, report.inexact) == (300, 0, 0)
    assert ("points far from all samples with a label", "0 of 300") in report.facts()
    silent = lw.replay(rejecting, giving(rejecting, -1.0), points=300)
    assert (silent.sample_changes, silent.far_changes, len(silent.broken)) == (4, 0, 4)
    talking = lw.replay(rejecting, giving(rejecting, 0.0), points=300)
    assert (talking.sample_changes, talking.far_changes > 200, talking.holds) == (3, True, False)


def test_an_input_that_gets_none_in_a_ball_breaks_a_run(rejecting):
    from dataclasses import replace

    wide = replace(rejecting, certificate=replace(rejecting.certificate, radius_lower=np.full(4, 0.6)))
    found = lw.confirmed(wide, [[-0.59, -0.59], [0.1, 0.1]], samples=[0, 0])
    assert rejecting.predict([[-0.59, -0.59]]).tolist() == [None]
    assert found.broken.tolist() == [True, False]
