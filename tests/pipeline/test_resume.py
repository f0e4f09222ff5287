"""A killed job goes on where it was and ends with the same bytes; nothing that it left is believed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import logwidth as lw
from logwidth.cli import main
from logwidth.compute.step_cache import _sum
from logwidth.construct import Pruning
from logwidth.errors import InputError
from logwidth.pipeline import memorize

DATA = "codebook:n=120,d=6,classes=4,noise=0.5"


@pytest.fixture(scope="module")
def data():
    return lw.load(DATA)


@pytest.fixture(scope="module")
def undisturbed(data):
    return memorize(data, ratio=0.8)


class Killed(BaseException):
    """Not an error: nothing may catch it."""


def killer(stage):
    def progress(name, fraction):
        if name == stage:
            raise Killed

    return progress


def interrupted(data, home, stage, **options):
    with pytest.raises(Killed):
        memorize(data, ratio=0.8, resume=home, progress=killer(stage), **options)


@pytest.fixture(scope="module")
def killed_at_the_end(data, tmp_path_factory):
    """What a job leaves that was killed when the network was to be certified."""
    home = tmp_path_factory.mktemp("killed")
    interrupted(data, home, "certification")
    return home


@pytest.fixture
def left(killed_at_the_end, tmp_path):
    """A copy of that."""
    return Path(shutil.copytree(killed_at_the_end, tmp_path / "left"))


def told():
    seen = []
    return seen, lambda stage, fraction: seen.append(stage)


def names_of(home):
    """The kinds of the steps in the one file of a folder."""
    (path,) = home.glob("*.npz")
    with np.load(path) as stored:
        return [str(name).split()[0] for name in stored["names"]]


def test_what_another_build_of_the_same_version_kept_is_not_met(data, undisturbed, left, monkeypatch):
    seen, tell = told()
    monkeypatch.setattr("logwidth.pipeline.session.build_digest", lambda: "another")
    assert memorize(data, ratio=0.8, resume=left, progress=tell).onnx == undisturbed.onnx
    assert len(list(left.glob("*.npz"))) == 2
    assert not [stage for stage in seen if stage.startswith("resume")]


def test_after_a_kill_no_long_step_is_done_again(data, undisturbed, left, monkeypatch):
    assert names_of(left) == ["/map", "/map", "/pieces", "/pieces"]
    for name in ("smallest_rank_map", "search_map"):
        monkeypatch.setattr(sys.modules["logwidth.pipeline.map_selection"], name, None)
    for way in ("pruned", "with_new_map"):
        monkeypatch.setattr(Pruning, way, None)
    again = memorize(data, ratio=0.8, resume=left)
    assert again.onnx == undisturbed.onnx
    assert again.certificate.to_json() == undisturbed.certificate.to_json()


def test_a_record_of_other_data_or_another_request_is_not_met(data, left):
    kept = {path: path.read_bytes() for path in left.glob("*")}
    seen, tell = told()
    memorize(data, ratio=0.7, resume=left, progress=tell)
    memorize(lw.load(DATA + ",seed=1"), ratio=0.8, resume=left, progress=tell)
    assert not [stage for stage in seen if stage.startswith("resume")]
    assert all(path.read_bytes() == content for path, content in kept.items())
    assert len(list(left.iterdir())) == 3


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "text"])
def test_damaged_files_are_named_and_done_again(data, undisturbed, left, harm):
    for path in left.glob("*"):
        content = path.read_bytes()
        flipped = bytes(byte ^ (at % 97 == 0) for at, byte in enumerate(content))
        path.write_bytes({"flip": flipped, "cut": content[:-30], "empty": b"", "text": b"no archive"}[harm])
    seen, tell = told()
    again = memorize(data, ratio=0.8, resume=left, progress=tell)
    assert f"resume: {path.name} is damaged and ignored" in seen
    assert again.onnx == undisturbed.onnx


def test_a_forged_map_is_checked_and_forged_pieces_are_not_certified(data, left):
    """Whoever can write the digest can forge a record: that costs the run, never the truth."""
    (path,) = left.glob("*")
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files if name not in ("key", "sum", "names")}
        key, names = stored["key"], stored["names"]
    for name, array in arrays.items():
        if name.endswith("classes"):
            arrays[name] = np.roll(array, 1)
        elif name.endswith("matrix") and array.size:
            arrays[name] = np.eye(*array.shape)[::-1].copy()
    np.savez(path, key=key, sum=np.array(_sum(names, arrays)), names=names, **arrays)
    try:
        run = memorize(data, ratio=0.8, resume=left)
    except InputError:
        return
    kept = np.linalg.norm((data.points[:, None] - data.points[None]) @ run.map.matrix.T, axis=2)
    apart = kept[data.labels[:, None] != data.labels[None]].min()
    assert run.map.distance_lower <= apart
    if run.certificate.holds:  # by all samples as pieces, after the forged ones failed
        run.save(left / "run")
        assert lw.check(left / "run", data).passed


def test_rounds_of_a_search_are_kept_and_damaged_ones_ignored(data, undisturbed, tmp_path):
    with pytest.raises(Killed):
        memorize(data, ratio=0.8, resume=tmp_path, progress=after("start 2"))
    (rounds,) = tmp_path.glob("*.npz")
    rounds.write_bytes(rounds.read_bytes()[:-40])
    seen, tell = told()
    again = memorize(data, ratio=0.8, resume=tmp_path, progress=tell)
    assert f"resume: {rounds.name} is damaged and ignored" in seen
    assert again.onnx == undisturbed.onnx


def after(words):
    def progress(name, fraction):
        if words in name:
            raise Killed

    return progress


def test_kill_nine_and_the_same_command_again(data, undisturbed, tmp_path):
    place = tmp_path / "run"
    command = [sys.executable, "-m", "logwidth", "fit", DATA, "--ratio", "0.8", "--no-bracket", "--quiet", "--out", place]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while process.poll() is None and not list(tmp_path.glob("run.partial/*.npz")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert process.returncode == -signal.SIGKILL
    assert os.listdir(tmp_path) == ["run.partial"]
    subprocess.run(command, check=True, capture_output=True)
    assert os.listdir(tmp_path) == ["run"]
    assert (place / "network.onnx").read_bytes() == undisturbed.onnx
    assert (place / "certificate.json").read_text() == undisturbed.certificate.to_json()


def test_a_refused_request_leaves_no_record(tmp_path):
    small = ("codebook:n=30,d=4,classes=3,noise=0.5", "--effort", "low")
    with pytest.raises(SystemExit) as stop:
        main(["fit", *small, "--ratio", "0.9", "--width", "2", "--out", str(tmp_path / "run")])
    assert stop.value.code == 2
    assert os.listdir(tmp_path) == []
