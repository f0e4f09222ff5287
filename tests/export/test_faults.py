"""Faults while a run is written: kill -9, a full disk, a folder without rights, two processes on one directory."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time

import pytest

import logwidth as lw
from logwidth.export import write_run

WRITER = """
import sys
from logwidth.export import write_run
folder, mark, rounds = sys.argv[1], sys.argv[2].encode(), int(sys.argv[3])
print("ready", flush=True)
for _ in range(rounds):
    try:
        write_run(folder, {name: mark * 20000 for name in ("network.onnx", "certificate.json", "summary.json", "data.npz")})
    except Exception as problem:
        if type(problem).__name__ != "InputError":
            raise
"""
NAMES = {"network.onnx", "certificate.json", "summary.json", "data.npz"}
FIT = [sys.executable, "-m", "logwidth", "fit", "iris", "--quiet"]


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def runs_beside(place):
    """Every folder that holds a run: the one in place, or an old one that a kill left set aside."""
    return [path.parent for path in sorted(place.parent.rglob("summary.json"))]


def whole(folder):
    """The mark of a run whose files all come from one writer; None if one is missing or mixed."""
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    marks = {content[:1] for content in found.values()}
    sizes = {len(content) for content in found.values()}
    return marks.pop().decode() if set(found) == NAMES and len(marks) == 1 and sizes == {20000} else None


@pytest.mark.parametrize("seed", range(6))
def test_a_killed_writer_leaves_a_whole_run_in_place_or_beside(tmp_path, seed):
    """An old run is in place or set aside whole; what is in place is always whole. No moment of a kill mixes two runs."""
    place = tmp_path / "mine"
    write_run(place, dict.fromkeys(NAMES, b"o" * 20000))
    process = start(place, "n", 100000)
    process.stdout.readline()
    time.sleep(random.Random(seed).random() * 0.03)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if place.exists():
        assert whole(place) in ("o", "n")
    else:
        assert any(whole(folder) in ("o", "n") for folder in runs_beside(place))
    write_run(place, dict.fromkeys(NAMES, b"p" * 20000))  # what was left behind is in nobody's way
    assert whole(place) == "p"


def test_two_writers_never_mix_their_files(tmp_path):
    place = tmp_path / "mine"
    writers = [start(place, mark, 40) for mark in "ab"]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        time.sleep(0.003)
        try:
            seen.add(whole(place))
        except FileNotFoundError:  # between the two renames, or the folder was replaced while it was read
            continue
    for writer in writers:
        assert writer.communicate()[1] == ""
        assert writer.returncode == 0
    assert whole(place) in ("a", "b")
    assert runs_beside(place) == [place]


@pytest.mark.parametrize(
    "delay", [2.5, *(pytest.param(t, marks=pytest.mark.slow) for t in (0.5, 1.0, 1.5, 2.0, 3.0, 3.5, 4.0))]
)
def test_a_killed_fit_leaves_the_old_run_whole(tmp_path, delay):
    place = tmp_path / "run"
    lw.memorize(lw.load("iris"), ratio=0.5).save(place)
    process = subprocess.Popen(
        [*FIT, "--ratio", "0.9", "--out", place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(delay)
    process.kill()
    process.wait()
    assert lw.check(place).passed
    assert json.loads((place / "summary.json").read_text())["ratio"] in (0.5, 0.9)


def test_a_full_disk_is_told_and_leaves_the_old_run(tmp_path):
    """No file may grow beyond the limit, as on a disk that is full."""
    place = tmp_path / "run"
    lw.memorize(lw.load("iris"), ratio=0.5).save(place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}

    def full():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    done = subprocess.run(
        [*FIT, "--ratio", "0.4", "--no-bracket", "--out", str(place)],
        preexec_fn=full,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 2
    assert "cannot write a run to" in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert list(tmp_path.iterdir()) == [place]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_without_rights_is_one_line(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(lw.InputError, match="Permission denied"):
            write_run(tmp_path / "run", dict.fromkeys(NAMES, b"n"))
    finally:
        tmp_path.chmod(0o755)


def test_dropped_conflicts_and_their_data_are_one_run(tmp_path, monkeypatch):
    """data.npz is written with the run: when it cannot be, there is no run."""
    from logwidth.cli import main

    written = []
    monkeypatch.setattr("logwidth.pipeline.run.write_run", lambda _folder, files: written.append(set(files)))
    with pytest.raises(SystemExit):
        main(
            ["fit", "iris", "--radius", "0.2", "--drop-conflicts", "--no-bracket", "--quiet", "--out", str(tmp_path / "run")]
        )
    assert written == [{"data.npz", "network.onnx", "certificate.json", "summary.json"}]
    assert not (tmp_path / "run").exists()
