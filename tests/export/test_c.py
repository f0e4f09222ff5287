"""C files: the same labels as the certificate says, under two compilers and their settings, and refusals."""

import functools
import json
import shutil
import subprocess

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify import Outcome
from logwidth.certify.balls.witness import in_ball
from logwidth.cli import main
from logwidth.dataset import Dataset
from logwidth.export.c_chain import c_texts, comment, integer_type, network_to_c
from logwidth.network.lattice import to_integers
from logwidth.pipeline import c_of_run
from logwidth.pipeline.c_file import lattice_of
from logwidth.runtimes.replay import worst_points

COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)]
SETTINGS = ("-O0", "-O3 -ffp-contract=on", "-O3 -ffp-contract=off", "-O3 -march=native -ffp-contract=fast")
MAIN = """
#include <stdint.h>
#include <stdio.h>
int logwidth_class(const KIND *x);
int main(void) {
  KIND x[FEATURES];
  while (fread(x, sizeof x, 1, stdin) == 1) printf("%d ", logwidth_class(x));
  return 0;
}
"""
needs_compiler = pytest.mark.skipif(not COMPILERS, reason="neither gcc nor clang is here")


def compiled(folder, text, kind, features, compiler, setting):
    (folder / "network.c").write_text(text)
    (folder / "main.c").write_text(MAIN.replace("KIND", kind).replace("FEATURES", str(features)))
    program = folder / f"run-{compiler}"
    sources = [str(folder / name) for name in ("network.c", "main.c")]
    flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", *setting.split()]
    subprocess.run([compiler, *flags, *sources, "-o", str(program)], check=True, capture_output=True, text=True)
    return program


def classes(program, rows):
    done = subprocess.run([str(program)], input=np.ascontiguousarray(rows).tobytes(), capture_output=True, check=True)
    return np.array(done.stdout.split(), dtype=int)


def table(name):
    rng = np.random.default_rng(5)
    points = np.unique(rng.integers(0, 16, size=(40, 5)), axis=0).astype(float)
    labels = rng.permutation(np.arange(len(points)) % 4)
    return Dataset(points * {"whole": 1.0, "eighths": 0.125, "tenths": 0.1}[name], labels)


RUNS = {
    "register": {"ratio": 0.8},
    "cells": {"ratio": 0.8, "construction": "cells"},
    "double": {"ratio": 0.8, "dtype": "float64"},
}


@functools.cache
def built(name):
    return lw.memorize(table(name), ratio=0.8)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    saved = {name: lw.memorize(table("eighths"), **request) for name, request in RUNS.items() if name != "register"}
    saved["register"] = built("eighths")
    for name, run in saved.items():
        run.save(folder / name)
    return folder, saved


def points_of(run, count=400):
    first, rng = run.network.hidden[0], np.random.default_rng(1)
    points, owner = worst_points(run.data, run.certificate.radius_lower, 2.0, first, count, rng)
    return np.concatenate([run.data.points, points]), np.concatenate([run.data.labels, run.data.labels[owner]])


@needs_compiler
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", RUNS)
def test_labels_are_those_of_the_certificate(runs, tmp_path, name, compiler):
    folder, saved = runs
    run = saved[name]
    text = c_of_run(folder / name, run.data).text
    kind, dtype = ("double", np.float64) if name == "double" else ("float", np.float32)
    points, labels = points_of(run)
    nothing = np.full((1, 5), np.nan)
    for setting in SETTINGS if name == "register" else SETTINGS[1:2]:
        program = compiled(tmp_path, text, kind, 5, compiler, setting)
        found = classes(program, np.concatenate([points, nothing]).astype(dtype))
        assert (found[:-1] == labels).all(), setting
        assert found[-1] == -1, "a row of NaN has no label"


@needs_compiler
def test_only_rows_that_copy_a_unit_are_left_out(tmp_path):
    """Beside a copy: one with a bias, one times two, one of another unit, one that is cut at zero later."""
    first = lw.AffineLayer.from_dense(np.eye(5, dtype=np.float32), np.zeros(5, np.float32))
    weights = np.diag([1, 1, 2, 0, -1]).astype(np.float32)
    weights[3, 0] = 1
    second = lw.AffineLayer.from_dense(weights, np.array([0, 1, 0, 0, 3], dtype=np.float32))
    last = lw.AffineLayer.from_dense(np.array([[1, 10, 100, 1000, 10000]], dtype=np.float32), np.zeros(1, np.float32))
    network = lw.ReluNetwork((first, second), last)
    rows = np.random.default_rng(3).integers(-2, 5, size=(50, 5)).astype(np.float32)
    wanted = lw.evaluate(network, rows)[:, 0]
    values = np.unique(wanted)
    program = compiled(tmp_path, network_to_c(network, values, values.tolist()), "float", 5, COMPILERS[0], "-O1")
    assert (values[classes(program, rows)] == wanted).all()


@needs_compiler
def test_fast_math_is_refused(runs, tmp_path):
    folder, saved = runs
    text = c_of_run(folder / "register", saved["register"].data).text
    with pytest.raises(subprocess.CalledProcessError) as problem:
        compiled(tmp_path, text, "float", 5, COMPILERS[0], "-O2 -ffast-math")
    assert "-ffast-math" in problem.value.stderr


@needs_compiler
@pytest.mark.parametrize("name", ["whole", "eighths"])
def test_integers_give_every_label_of_the_lattice_in_the_balls(tmp_path, name):
    run = built(name)
    data = run.data
    found = c_of_run(run.save(tmp_path / "run"), data, integers=True)
    network, scale = found.integers, {"whole": 1, "eighths": 8}[name]
    assert 2**network.shift == scale
    assert found.certified == data.n_samples
    kind = integer_type(min(int(network.low.min()), -1), int(network.high.max()))
    program = compiled(tmp_path, found.text, kind, 5, COMPILERS[-1], "-O3")
    steps = np.round(np.random.default_rng(2).normal(size=(400, 5))) / scale
    owner = np.arange(400) % data.n_samples
    points = data.points[owner] + steps
    inside = [in_ball(x, data.points[i], run.certificate.radius, 2.0) for x, i in zip(points, owner, strict=True)]
    rows = np.concatenate([data.points, points[inside]]) * scale
    labels = np.concatenate([data.labels, data.labels[owner[inside]]])
    assert (classes(program, rows.astype(kind.removesuffix("_t"))) == labels).all()
    assert (network.classes(rows.astype(np.int64)) == labels).all()
    far = np.full((1, 5), int(network.high.max()) + 1)
    assert classes(program, far.astype(kind.removesuffix("_t"))).tolist() == [-1]


@needs_compiler
def test_negative_integers_are_inside_a_range_whose_upper_ends_need_32_bits(tmp_path):
    """Upper ends from 2^16 on are stored unsigned, and a negative feature beside them is no large number."""
    data = Dataset([[-70000.0], [70000.0], [-1000.0], [1000.0]], [0, 1, 1, 0])
    run = lw.memorize(data, ratio=0.5, construction="register", bracket=False)
    found = c_of_run(run.save(tmp_path / "run"), data, integers=True)
    assert "const uint32_t high" in found.text
    program = compiled(tmp_path, found.text, "int32_t", 1, COMPILERS[-1], "-O3")
    assert classes(program, data.points.astype(np.int32)).tolist() == data.labels.tolist()


def test_integers_too_coarse_are_not_certified():
    """What the search stops at: weights of two bits give another network, and its certificate says so."""
    run = built("whole")
    data = run.data
    fused = run.stored.fuse().network
    outcomes = []
    for bits in (1, 12):
        network, units = to_integers(fused, bits, *lattice_of(data.points, run.certificate.radius))
        found = lw.certify(network.as_reals(units, fused.values), data, run.certificate.radius)
        outcomes.append(bool((found.status == Outcome.CERTIFIED).all()))
    assert outcomes == [False, True]


def test_sums_are_bounded_for_every_row_of_the_range():
    run = built("whole")
    data = run.data
    shift, low, high = lattice_of(data.points, run.certificate.radius)
    network, _ = to_integers(run.stored.fuse().network, 8, shift, low, high)
    corners = np.where(np.random.default_rng(0).random((200, 5)) < 0.5, low, high)
    sums = np.abs(corners @ network.first.T) + np.abs(network.first_bias)
    scores = np.maximum(corners @ network.first.T + network.first_bias, 0) @ np.abs(network.scores.T)
    assert sums.max() <= network.largest()[0]
    assert (scores + np.abs(network.score_bias)).max() <= network.largest()[1]


REFUSED = {
    "no form": ("run", [], "--c"),
    "no run": ("nothing", ["--c"], "cannot read"),
    "no lattice": ("tenths", ["--c", "--integers"], "no multiples of 2^-16"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_are_one_line(tmp_path, capsys, case):
    name, arguments, words = REFUSED[case]
    data = table("tenths")
    np.savez(tmp_path / "d.npz", X=data.points, y=data.labels)
    if name == "tenths":
        lw.memorize(data, ratio=0.5, construction="register", pieces="all").save(tmp_path / name)
    with pytest.raises(SystemExit) as stop:
        main(["export", str(tmp_path / name), str(tmp_path / "d.npz"), *arguments, "--quiet"])
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert words in said
    assert said.count("\n") == 1


def test_the_command_says_what_it_wrote(runs, tmp_path, capsys):
    data = table("eighths")
    np.savez(tmp_path / "d.npz", X=data.points, y=data.labels)
    target = tmp_path / "n.c"
    words = ["--c", "--integers", "--json", "--quiet", "--out", str(target)]
    with pytest.raises(SystemExit):
        main(["export", str(runs[0] / "register"), str(tmp_path / "d.npz"), *words])
    found = json.loads(capsys.readouterr().out)
    assert found["certified"] == data.n_samples
    assert found["features_times"] == 8
    assert "for these integers" in target.read_text()


def test_class_names_and_comments_cannot_leave_their_place():
    assert c_texts("n", ['a"b\\', "é??/"]).splitlines()[1] == '  "a\\042b\\134", "\\303\\251\\077\\077/"'
    assert comment(["ends */ early", "x"]).count("*/") == 1
    two, last = (lw.AffineLayer.from_dense(np.eye(2)[:, :k], np.zeros(2)) for k in (1, 2))
    with pytest.raises(lw.InputError, match="one output"):
        network_to_c(lw.ReluNetwork((two,), last), [0, 1], "ab")
