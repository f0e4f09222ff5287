"""Faults while a run is written: kill -9, a full disk, a folder without rights, two processes on one directory."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import kit
import logwidth as lw
from logwidth.export import check_writable, write_run

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
def test_a_killed_writer_leaves_a_whole_run_in_place(tmp_path, seed):
    """No moment of a kill mixes two runs, or leaves none."""
    place = tmp_path / "mine"
    write_run(place, dict.fromkeys(NAMES, b"o" * 20000))
    process = start(place, "n", 100000)
    process.stdout.readline()
    time.sleep(random.Random(seed).random() * 0.03)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    if sys.platform == "linux":
        assert whole(place) in ("o", "n")
    else:
        assert any(whole(folder) in ("o", "n") for folder in runs_beside(place))
    write_run(place, dict.fromkeys(NAMES, b"p" * 20000))  # what was left behind is in nobody's way
    assert whole(place) == "p"


DYING = """
import os, sys
from pathlib import Path
from logwidth.export import run_directory
rename, count = Path.rename, 0
def dying(self, target):
    global count
    count += 1
    if count > int(sys.argv[2]):
        os._exit(9)
    return rename(self, target)
run_directory.exchange = lambda one, other: False
Path.rename = dying
run_directory.write_run(sys.argv[1], dict.fromkeys(sys.argv[3:], b"n" * 20000))
"""


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_run_set_aside_by_a_writer_that_died_is_put_back(tmp_path, renames):
    """Without a call that swaps names: dead before, between and after the two renames."""
    place = tmp_path / "[mine]"
    write_run(place, dict.fromkeys(NAMES, b"o" * 20000))
    done = subprocess.run([sys.executable, "-c", DYING, place, str(renames), *NAMES], check=False)
    assert done.returncode == (0 if renames == 2 else 9)
    assert place.exists() == (renames != 1)
    assert check_writable(place) == place
    assert whole(place) == ("n" if renames == 2 else "o")
    assert not list(tmp_path.glob(".*.old.*/run"))


def test_a_link_to_a_run_is_replaced_and_nothing_is_left(tmp_path):
    write_run(tmp_path / "there", dict.fromkeys(NAMES, b"o" * 20000))
    (tmp_path / "run").symlink_to(tmp_path / "there")
    write_run(tmp_path / "run", dict.fromkeys(NAMES, b"n" * 20000))
    assert whole(tmp_path / "run") == "n"
    assert whole(tmp_path / "there") == "o"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "there"]


def test_two_writers_never_mix_their_files(tmp_path):
    place = tmp_path / "mine"
    writers = [start(place, mark, 40) for mark in "ab"]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        time.sleep(0.003)
        try:
            seen.add(whole(place))
        except FileNotFoundError:  # the folder was replaced while it was read
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
    lw.memorize(lw.load("iris"), ratio=0.5, effort="low").save(place)
    process = subprocess.Popen(
        [*FIT, "--ratio", "0.9", "--force", "--out", place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(delay)
    process.kill()
    process.wait()
    assert lw.check(place).passed
    assert json.loads((place / "summary.json").read_text())["ratio"] in (0.5, 0.9)


def test_a_full_disk_is_told_and_leaves_the_old_run(tmp_path):
    """No file may grow beyond the limit, as on a disk that is full."""
    place = tmp_path / "run"
    lw.memorize(kit.thinned("iris"), ratio=0.5, effort="low").save(place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}

    def full():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    done = subprocess.run(
        [*FIT, "--ratio", "0.4", "--effort", "low", "--no-bracket", "--force", "--out", str(place)],
        preexec_fn=full,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 2
    assert "cannot write a run to" in done.stderr
    assert "150 of 150" in done.stdout
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} <= {"run", "run.partial"}  # the record of what was done may stay


AS_NOBODY = """
import os, sys
import logwidth as lw
from logwidth.export import write_file, write_run
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
folder, files = sys.argv[1], {"summary.json": b"n"}
for name, write in (("new", write_run), ("old", write_run), ("file", lambda path, _files: write_file(path, b"n"))):
    try:
        write(f"{folder}/{name}", files)
        print("written")
    except lw.InputError as problem:
        print(problem)
"""


def test_a_folder_without_rights_is_one_line_and_stays_as_it_is():
    """The superuser may write anywhere, so a process of his becomes nobody before it writes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_run(folder / "old", {"summary.json": b"o"})
        folder.chmod(0o555)
        done = subprocess.run([sys.executable, "-c", AS_NOBODY, name], capture_output=True, text=True, check=False)
        folder.chmod(0o755)
        assert done.returncode == 0, done.stderr
        lines = done.stdout.splitlines()
        assert len(lines) == 3
        assert all("cannot write" in line and line.endswith("Permission denied") for line in lines)
        assert [path.name for path in folder.iterdir()] == ["old"]
        assert (folder / "old" / "summary.json").read_bytes() == b"o"


def test_dropped_conflicts_and_their_data_are_one_run(tmp_path, monkeypatch):
    """data.npz is written with the run: when it cannot be, there is no run."""
    from logwidth.cli import main

    written = []
    monkeypatch.setattr("logwidth.pipeline.run.write_run", lambda _folder, files: written.append(set(files)))
    with pytest.raises(SystemExit):
        main(
            [
                *"fit iris --radius 0.2 --drop-conflicts --effort low --no-bracket --quiet --out".split(),
                str(tmp_path / "run"),
            ]
        )
    assert written == [{"data.npz", "network.onnx", "certificate.json", "summary.json"}]
    assert not (tmp_path / "run").exists()
