"""One table for all commands: the exit status, and exactly one JSON object on standard output."""

import errno
import io
import json
import os
import re
import shlex
import shutil
import sys

import numpy as np
import pytest

from logwidth.cli import main
from logwidth.cli.app import app
from logwidth.cli.screen import Screen

COMMANDS = {command.callback.__name__ for command in app.registered_commands}
ELSEWHERE = {"figures"}  # takes a minute; its status and its JSON are tested in test_figures.py
HOLDS = """
fit mine.npz --ratio 0.5 --out other
fit mine.npz --ratio 0.5 --out other --explain
check run
check run mine.npz --explain
attack run --evaluations 50
predict run mine.npz --radii
width mine.npz --ratio 0.5
width mine.npz --ratio 0.5 --ranks 1:1 --explain
radius mine.npz --width 3 --explain
radius mine.npz --ranks 1:2
compare mine.npz --ratio 0.5 --constructions register,line
compare mine.npz --ratio 0.5 --pareto
bounds --n 100 --d 5 --explain
report run
vnncomp mine.npz --out other-bench --instances 4 --balls 0 --centres 2 --pieces 6 --rank 2
judge right.csv --benchmark bench
fuse fused
export-proof whole
replay run --points 20
export run --c
"""
FAILS = """
check altered
attack altered
predict altered mine.npz
report altered
fuse altered
replay altered
export altered --c
check changed
judge wrong.csv --benchmark bench
"""
REFUSED = """
fit nothing.npz
fit mine.npz --ratio 2
fit mine.npz --ratio 0.5 --max-weight 0.5
check nothing
attack nothing
predict run nothing.npy
predict nothing mine.npz
width mine.npz --ratio 2
radius mine.npz
compare nothing.csv
bounds --n 1 --d 5
figures --out mine.npz/below
report nothing
report run --curve nothing
fuse nothing
export-proof nothing
replay nothing
export nothing --c
export run
vnncomp mine.npz --out mine.npz
judge nothing.csv --benchmark bench
"""
UNDECIDED = """
fit hard.npz --ratio 0.9999 --out hard --construction register
width hard.npz --ratio 0.9999
"""
TABLE = [
    (status, line)
    for status, lines in ((0, HOLDS), (1, FAILS), (2, REFUSED), (3, UNDECIDED))
    for line in lines.strip().splitlines()
]


def ended(*arguments):
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    return int(stop.value.code or 0)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A run and broken copies of it, a benchmark with a right and a wrong table of answers, data too hard for float32."""
    folder = tmp_path_factory.mktemp("statuses")
    points = np.random.default_rng(0).normal(size=(12, 3))
    points[:6, 0] += 6.0
    labels = np.repeat([4, 9], 6)
    np.savez(folder / "mine.npz", X=points, y=labels)
    # So many features that what floats may lose is far more than what they do lose: neither proven nor refuted anywhere.
    np.savez(folder / "hard.npz", X=np.random.default_rng(1).normal(size=(4, 600)) + 30.0, y=labels[::3])
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert ended("fit", "mine.npz", "--ratio", "0.5", "--out", "run", "--quiet") == 0
        assert ended("fit", "mine.npz", "--ratio", "0.5", "--pieces", "all", "--out", "whole", "--quiet") == 0
        order = "--instances 4 --balls 0 --centres 2 --pieces 6 --rank 2"
        assert ended("vnncomp", "mine.npz", "--out", "bench", *order.split(), "--quiet") == 0
    for name in ("altered", "changed", "fused"):
        shutil.copytree(folder / "run", folder / name)
    certificate = folder / "altered" / "certificate.json"
    certificate.write_text(certificate.read_text().replace("for every sample", "for any sample"))
    summary = json.loads((folder / "changed" / "summary.json").read_text())
    (folder / "changed" / "summary.json").write_text(json.dumps({**summary, "width": 1}))
    _answers(folder)
    return folder


def _answers(folder):
    header, *rows = [line.split(",") for line in (folder / "bench" / "truth.csv").read_text().splitlines()]
    onnx, query, answer = (header.index(name) for name in ("onnx", "vnnlib", "answer"))
    for name, swap in (("right", False), ("wrong", True)):
        lines = ["onnx,vnnlib,result,seconds"]
        for row in rows:
            said = {"sat": "unsat", "unsat": "sat"}[row[answer]] if swap else row[answer]
            lines.append(f"{row[onnx]},{row[query]},{'unknown' if said == 'sat' else said},1.0")
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def test_every_command_is_in_the_table():
    named = [{line.split()[0] for line in lines.strip().splitlines()} for lines in (HOLDS, REFUSED)]
    assert named == [COMMANDS - ELSEWHERE, COMMANDS]


@pytest.mark.parametrize(("status", "line"), TABLE, ids=[f"{status}: {line}" for status, line in TABLE])
def test_statuses_and_json(capsys, monkeypatch, prepared, status, line):
    monkeypatch.chdir(prepared)
    assert ended(*line.split(), "--json") == status
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    if out:
        assert out.count("\n") == 1
        found = json.loads(out)
        assert isinstance(found, dict)
        assert ("explanation" in found) == ("--explain" in line)
    else:
        assert status != 0
        assert len(err.strip().splitlines()) == 1
        assert err.startswith("logwidth: ")
    if status == 2:
        assert out == ""


def test_explanations_hold_this_results_numbers(capsys, monkeypatch, prepared):
    monkeypatch.chdir(prepared)
    for line in (
        "fit mine.npz --ratio 0.5 --out other",
        "width mine.npz --ratio 0.5",
        "check run",
        "radius mine.npz --width 3",
    ):
        ended(*line.split(), "--explain", "--json", "--quiet")
        found = json.loads(capsys.readouterr().out)
        words = " ".join(found["explanation"])
        expected = {
            "fit": (
                "rank m = {map_rank} (", "P = {n_pieces} pieces", "width {width}, depth {depth}",
                "Certified: {certified} of {n_samples}; falsified: 0", "depth N (d (K + 2) + 3) - 1 = {paper_depth:,}",
            ),
            "width": (
                "At most {width_upper}.", "network of width {width_exists} does it", "rank m = {rank_upper} and",
                "between {rank_lower} and {rank_upper};",
            ),
            "check": ("{certified} balls were proven again, {falsified} falsified, {undecided} left undecided",),
            "radius": ("map of rank {map_rank} and a network of width at most {width} on it",),
        }[line.split()[0]]  # fmt: skip
        for words_of_result in expected:
            assert words_of_result.format(**found) in words
    ended("fit", "mine.npz", "--ratio", "0.5", "--out", "other", "--explain")
    assert "Certificate (T6" in capsys.readouterr().out


def test_a_bar_shows_time_left_once_a_share_is_done(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Screen(as_json=False, quiet=False).progress() as bars:
        bars("search", 0.0)
        task = bars.bars.tasks[0]
        assert (task.total, task.time_remaining) == (None, None)
        for share in (0.25, 0.5):
            bars("search", share)
        assert (task.total, task.completed) == (1.0, 0.5)
        assert task.time_remaining is not None
    assert "search" in capsys.readouterr().err


def test_progress_is_for_terminals_and_can_be_silenced(capsys, monkeypatch, prepared):
    monkeypatch.chdir(prepared)
    assert ended("check", "run") == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    for line, stage in (
        ("check run", "proving every ball"),
        ("predict run mine.npz --radii", "proving radii"),
        ("report run", "separation"),
        ("radius mine.npz --width 3", "separation"),
    ):
        assert ended(*line.split()) == 0
        err = capsys.readouterr().err
        assert stage in err
        assert "0:00:0" in err
        assert ended(*line.split(), "--quiet") == 0
        assert stage not in capsys.readouterr().err


@pytest.mark.parametrize("command", [["bounds", "--n", "9", "--d", "2"], ["bounds", "--n", "9", "--d", "2", "--json"], []])
@pytest.mark.parametrize(("problem", "status"), [(errno.ENOSPC, 2), (errno.EPIPE, 141)])
def test_output_that_cannot_be_written_is_no_verdict(monkeypatch, tmp_path, capsys, command, problem, status):
    """Status 1 would say that a claim is falsified."""

    class Full(io.StringIO):
        def write(self, _text):
            raise OSError(problem, os.strerror(problem))

        def fileno(self):
            return spare.fileno()  # rich lets it lead nowhere

    with open(tmp_path / "spare", "w") as spare:
        monkeypatch.setattr(sys, "stdout", Full())
        with pytest.raises(SystemExit) as left:
            main(command)
    said = capsys.readouterr().err
    assert (left.value.code, said.count("\n")) == (status, int(status == 2))


def test_what_is_to_be_typed_next_can_be_typed(tmp_path, monkeypatch, capsys):
    (tmp_path / "my table.csv").write_text("a,k\n1,u\n2,v\n4,u\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["fit", "my table.csv", "--ratio", "0.5", "--no-bracket"])
    said = capsys.readouterr().err
    for line in re.findall(r"logwidth ((?:check|report) .*?)(?:   |\n)", said):
        with pytest.raises(SystemExit) as left:
            main(shlex.split(line))
        assert left.value.code == 0
    with pytest.raises(SystemExit):
        main(["fit", "my table.csv", "--ratio", "0.4", "--no-bracket"])
    assert "--out 'runs/my table-2'" in capsys.readouterr().err


def test_standard_input_is_not_read(capsys):
    with pytest.raises(SystemExit) as left:
        main(["fit", "-"])
    assert (left.value.code, "standard input is not read: write it to a file" in capsys.readouterr().err) == (2, True)
