"""Extras and places to write are asked for before any work, and a drawing that fails loses no number."""

import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from logwidth.cli import main
from logwidth.errors import InputError
from logwidth.pipeline import Run

HIDDEN = [
    ("radius mine.npz --ranks 1:2 --figure k.png", "matplotlib", "[plot]"),
    ("width mine.npz --ranks 1:2 --figure k.png", "matplotlib", "[plot]"),
    ("compare mine.npz --figure k.png", "matplotlib", "[plot]"),
    ("compare mine.npz --pareto --figure k.pdf", "matplotlib", "[plot]"),
    ("figures --out drawn", "matplotlib", "[plot]"),
    ("judge answers.csv --benchmark run --figure k.svg", "matplotlib", "[plot]"),
    ("compare mine.npz --trained", "torch", "[torch]"),
    ("attack run --gradient", "torch", "[torch]"),
    ("fit mine.npz --device cpu", "torch", "[torch]"),
    ("fit mine.npz --device cupy", "cupy", "CuPy"),
    ("fit mine.npz --workers 2", "distributed", "[dask]"),
    ("fit mine.npz --radius 0.1 --drop-conflicts --scheduler tcp://x:1", "distributed", "[dask]"),
    ("width mine.npz --workers 2", "distributed", "[dask]"),
    ("radius mine.npz --width 3 --scheduler tcp://x:1", "distributed", "[dask]"),
    ("check run --workers 2", "distributed", "[dask]"),
    ("attack run mine.npz --workers 2", "distributed", "[dask]"),
    ("fit mine.parquet", "pyarrow", "[parquet]"),
    ("fit pictures", "PIL", "[images]"),
    ("fit mine.zarr", "zarr", "[zarr]"),
    ("fit mine.h5", "h5py", "[hdf5]"),
]
IN_THE_WAY = [
    ("radius mine.npz --ranks 1:2 --figure k.gif", ".png"),
    ("width mine.npz --ranks 1:2 --figure k", ".png"),
    ("compare mine.npz --figure folder.png", "directory"),
    ("compare mine.npz --pareto --figure no/such/k.png", "no/such"),
    ("judge answers.csv --benchmark run --figure k.jpg", ".png"),
    ("fit mine.npz --out file", "not a directory"),
    ("fit mine.npz --out /proc/no", "/proc/no"),
    ("fit mine.npz --checkpoint no/such/file", "no/such"),
    ("width mine.npz --out file", "not a directory"),
    ("radius mine.npz --ranks 1:2 --out file", "file"),
    ("vnncomp mine.npz --out file", "not a directory"),
    ("report run --out no/such/page.html", "no/such"),
    ("report run --out folder.png", "directory"),
    ("report run --out file", "another file"),
    ("attack run --out mine.npz", "another file"),
    ("figures --out file", "file"),
    ("export run --c --out file", "another file"),
    ("export run --c --out pipe", "no plain file"),
    ("export-proof run --out file", "another file"),
    ("export-proof run --out pipe", "no plain file"),
    ("report run --out pipe", "no plain file"),
    ("attack run --out pipe", "no plain file"),
    ("radius mine.npz --ranks 1:2 --figure file.png", "another file"),
    ("compare mine.npz --figure pipe.svg", "no plain file"),
    ("fit mine.npz --checkpoint pipe", "no plain file"),
    ("fit mine.npz --out pipe", "not a directory"),
    ("fit mine.npz --out nowhere", "not a directory"),
    ("width mine.npz --out nowhere", "not a directory"),
    ("vnncomp mine.npz --out nowhere", "not a directory"),
    ("judge answers.csv --benchmark run --verifier ibp --most 0", "--most"),
    ("figures --out drawn", "another file"),
]
WORK = {
    "fit": ("memorize", "close_pairs"),
    "width": ("width_bracket", "ratio_curve"),
    "radius": ("ratio_bracket",),
    "compare": ("side_by_side", "pareto_front"),
    "figures": ("figure_files",),
    "check": ("check_run",),
    "attack": ("attack_run",),
    "export": ("c_of_run",),
    "export_proof": ("proof_text",),
    "report": ("facts_of_run",),
    "vnncomp": ("benchmark",),
    "judge": ("run_verifier", "judge_answers"),
}


def ended(*arguments):
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    return int(stop.value.code or 0)


@pytest.fixture(autouse=True)
def no_wait():
    """Let a command that waits for the other end of a pipe fail its test."""

    def waited(_signal, _frame):
        raise AssertionError("the command waits")

    before = signal.signal(signal.SIGALRM, waited)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("before")
    points = np.random.default_rng(0).normal(size=(12, 3))
    points[:6, 0] += 6.0
    np.savez(folder / "mine.npz", X=points, y=np.repeat([4, 9], 6))
    for name in ("folder.png", "pictures/a", "pictures/b", "mine.zarr", "drawn"):
        (folder / name).mkdir(parents=True)
    for name in (
        "file",
        "mine.parquet",
        "mine.h5",
        "pictures/a/1.png",
        "pictures/b/1.png",
        "mine.zarr/zarr.json",
        "answers.csv",
        "file.png",
    ):
        (folder / name).write_text("precious")
    os.mkfifo(folder / "pipe")
    os.mkfifo(folder / "pipe.svg")
    (folder / "nowhere").symlink_to(folder / "gone")
    (folder / "drawn" / "figure2_refusal.png").write_text("precious")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert ended("fit", "mine.npz", "--ratio", "0.5", "--out", "run", "--quiet") == 0
    return folder


@pytest.fixture
def no_work(monkeypatch, prepared):
    """Let any work that a command would do fail the test."""
    monkeypatch.chdir(prepared)

    def started(*_arguments, **_options):
        raise AssertionError("work was started")

    for command, names in WORK.items():
        module = import_module(f"logwidth.cli.{command}")
        for name in names:
            if hasattr(module, name):
                monkeypatch.setattr(module, name, started)
    monkeypatch.setattr(sys.modules["logwidth.pipeline.curve"], "separation", started)


def refused(capsys, line):
    before = sorted(str(path) for path in Path().rglob("*"))
    assert ended(*line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert sorted(str(path) for path in Path().rglob("*")) == before
    return err


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(("line", "module", "word"), HIDDEN)
def test_a_missing_extra_is_named_before_any_work(capsys, monkeypatch, line, module, word):
    for name in [name for name in sys.modules if name.startswith(module + ".")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    assert word in refused(capsys, line)


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(("line", "word"), IN_THE_WAY)
def test_a_place_that_cannot_be_written_is_named_before_any_work(capsys, line, word):
    assert word in refused(capsys, line)
    assert (Path("file").read_text(), Path("file.png").read_text()) == ("precious", "precious")


@pytest.mark.parametrize(
    ("line", "module", "drawing"),
    [
        ("radius mine.npz --ranks 1:2", "ranks", "curve_figure"),
        ("width mine.npz --ratio 0.5 --ranks 1:2", "ranks", "curve_figure"),
        ("compare mine.npz --ratio 0.5 --constructions register", "compare", "comparison_figure"),
        ("compare mine.npz --ratio 0.5 --pareto", "compare", "pareto_figure"),
    ],
)
@pytest.mark.parametrize("problem", [RuntimeError("no font"), InputError("a full disk")])
def test_a_drawing_that_fails_comes_after_the_numbers(capsys, monkeypatch, prepared, line, module, drawing, problem):
    monkeypatch.chdir(prepared)

    def failing(*_arguments):
        raise problem

    monkeypatch.setattr(import_module(f"logwidth.cli.{module}"), drawing, failing)
    assert ended(*line.split(), "--figure", "k.png", "--json") == 2
    out, err = capsys.readouterr()
    assert "rows" in json.loads(out) or "ranks" in json.loads(out)
    assert "the numbers are complete" in err
    assert str(problem) in err
    assert not Path("k.png").exists()


def test_a_run_that_cannot_be_written_is_printed_and_its_record_stays(capsys, monkeypatch, prepared):
    monkeypatch.chdir(prepared)

    def full(*_arguments):
        raise InputError("cannot write a run to other: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Run, "save", full)
        assert ended("fit", "mine.npz", "--ratio", "0.5", "--out", "other", "--json") == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["certified"] == 12
    assert "No space left" in err
    assert "other.partial" in err
    assert Path("other.partial").is_dir()
    assert not Path("other").exists()
    assert ended("fit", "mine.npz", "--ratio", "0.5", "--out", "other", "--json") == 0
    assert not Path("other.partial").exists()
