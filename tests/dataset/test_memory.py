"""What loading costs: one copy of the points in double precision, however they are stored, and what prediction costs."""

import os
import subprocess
import sys

import numpy as np
import pytest

import logwidth as lw
from logwidth.compute.memory import LEAST_BYTES, PROGRAM_BYTES
from logwidth.dataset.points import Fresh

MEASURE = """
import re, sys
import logwidth as lw
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
lw.load("iris")  # imports and first uses
before = peak()
data = lw.load(sys.argv[1], labels=sys.argv[2] or None, scale=float(sys.argv[3]))
print((peak() - before) / data.points.nbytes)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
@pytest.mark.parametrize(("dtype", "scale"), [("float64", 4), ("float32", 1), ("uint8", 255)])
@pytest.mark.parametrize("form", ["npy", "npz"])
def test_loading_needs_the_points_once_and_nothing_beside(tmp_path, form, dtype, scale):
    rng = np.random.default_rng(0)
    points, labels = (200 * rng.random((150_000, 64))).astype(dtype), (rng.random(150_000) < 0.5).astype(np.int8)
    lists = ""
    if form == "npy":
        lists = str(tmp_path / "labels.npy")
        np.save(lists, labels)
        np.save(tmp_path / "data.npy", points)
    else:
        np.savez(tmp_path / "data.npz", X=points, y=labels)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / f"data.{form}"), lists, str(scale)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert float(done.stdout) < 1.4


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


PREDICT = """
import re, sys
import numpy as np
import logwidth as lw
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
run = lw.open_run(sys.argv[1])
points = np.tile(lw.load(sys.argv[2]).points, (300, 1))
run.class_indices(points[:2000])
before = peak()
with lw.memory_of(int(sys.argv[3]) or None, 0, 0):
    found = run.class_indices(points)
print(peak() - before, int(np.bincount(found, minlength=100).argmin()), hash(found.tobytes()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_prediction_keeps_to_the_memory_that_it_is_given_and_gives_the_same_labels(tmp_path):
    name = "codebook:n=600,d=8,classes=100,noise=0.25"
    data = lw.load(name)
    lw.memorize(data, ratio=0.5, pieces="all", start=lw.check_map(data, np.eye(8))).save(tmp_path / "run")
    given = PROGRAM_BYTES + LEAST_BYTES
    ends = []
    for memory in (0, given):
        command = [sys.executable, "-c", PREDICT, str(tmp_path / "run"), name, str(memory)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": "0"})
        ends.append(done.stdout.split())
    peaks = [int(peak) for peak, *_ in ends]
    assert ends[0][1:] == ends[1][1:]
    assert peaks[1] < LEAST_BYTES + 30 * 2**20 < peaks[0]
