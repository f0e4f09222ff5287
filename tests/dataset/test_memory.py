"""What loading costs: one copy of the points in double precision, however they are stored, and what prediction costs."""

import os
import subprocess
import sys

import numpy as np
import pytest

import logwidth as lw
from logwidth.compute.memory import LEAST_BYTES, PROGRAM_BYTES
from logwidth.dataset.points import Fresh

RETURNED = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536"}  # what is freed is given back, so that no peak hides in it
PEAK = """
import re, sys
import numpy as np
import logwidth as lw
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
def peak_from_here():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return peak()
"""
MEASURE = f"""{PEAK}
lw.load("iris")  # imports and first uses
folder, *cases = sys.argv[1:]
for case in (cases[0], *cases):  # the first time makes room for what stays
    form, dtype, scale = case.split()
    labels = folder + "/labels.npy" if form == "npy" else None
    before = peak_from_here()
    data = lw.load(folder + "/" + dtype + "." + form, labels=labels, scale=float(scale))
    print((peak() - before) / data.points.nbytes)
    del data
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_loading_needs_the_points_once_and_nothing_beside(tmp_path):
    rng = np.random.default_rng(0)
    points, labels = 200 * rng.random((80_000, 64)), (rng.random(80_000) < 0.5).astype(np.int8)
    np.save(tmp_path / "labels.npy", labels)
    cases = []
    for dtype, scale in (("float64", 4), ("float32", 1), ("uint8", 255)):
        stored = points.astype(dtype)
        np.save(tmp_path / f"{dtype}.npy", stored)
        np.savez(tmp_path / f"{dtype}.npz", X=stored, y=labels)
        cases += [f"{form} {dtype} {scale}" for form in ("npy", "npz")]
    command = [sys.executable, "-c", MEASURE, str(tmp_path), *cases]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=RETURNED)
    found = dict(zip(cases, map(float, done.stdout.split()[1:]), strict=True))
    assert {case: share for case, share in found.items() if not 0.9 < share < 1.4} == {}


def test_numbers_stored_in_single_precision_are_taken_as_they_are(tmp_path):
    points = np.array([[0.1, 0.2], [0.3, 1e-40]], dtype=np.float32)
    np.savez(tmp_path / "single.npz", X=points, y=[0, 1])
    assert (lw.load(tmp_path / "single.npz").points == points.astype(np.float64)).all()


def test_only_fresh_points_are_used_without_a_copy():
    points = np.array([[0.0, -0.0], [1.0, 2.0]])
    kept = lw.Dataset(points, [0, 1])
    assert not np.shares_memory(kept.points, points)
    assert points.flags.writeable
    assert np.signbit(points[0, 1])
    used = lw.Dataset(Fresh(points), [0, 1])
    assert np.shares_memory(used.points, points)
    assert not np.signbit(used.points).any()
    turned = np.asfortranarray(np.arange(6.0).reshape(3, 2))
    assert lw.Dataset(Fresh(turned), [0, 1, 1]).points.flags.c_contiguous


PREDICT = f"""{PEAK}
run = lw.open_run(sys.argv[1])
points = np.tile(lw.load(sys.argv[2]).points, (300, 1))
run.class_indices(points[:2000])
for memory in sys.argv[3:]:
    before = peak_from_here()
    with lw.memory_of(int(memory) or None, 0, 0):
        found = run.class_indices(points)
    print(peak() - before, int(np.bincount(found, minlength=100).argmin()), hash(found.tobytes()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_prediction_keeps_to_the_memory_that_it_is_given_and_gives_the_same_labels(tmp_path):
    name = "codebook:n=600,d=8,classes=100,noise=0.25"
    data = lw.load(name)
    lw.memorize(data, ratio=0.5, pieces="all", start=lw.check_map(data, np.eye(8))).save(tmp_path / "run")
    given = PROGRAM_BYTES + LEAST_BYTES
    command = [sys.executable, "-c", PREDICT, str(tmp_path / "run"), name, str(given), "0"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=RETURNED)
    little, much = (line.split() for line in done.stdout.splitlines())
    assert little[1:] == much[1:]
    assert int(little[0]) < LEAST_BYTES + 30 * 2**20 < int(much[0])
