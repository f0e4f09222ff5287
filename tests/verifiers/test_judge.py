"""Judging: planted verifiers, sound or not, are told apart by the truth."""

import csv
import dataclasses
import json
import sys

import numpy as np
import pytest

from logwidth.cli import main
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline import BenchmarkRequest, NetworkOrder, benchmark
from logwidth.report.curves import difficulty_figure, difficulty_rows
from logwidth.verifiers import judge, run_verifier, verifier_named
from logwidth.verifiers.answers import Answer, read_answers
from logwidth.verifiers.judge import read_truth
from logwidth.verifiers.replay import counterexample

ORDERS = (NetworkOrder("one", 6, 2, 0.9), NetworkOrder.hidden("two", 9, 2, 0.9, (1, 1, 1)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("bench")
    rng = np.random.default_rng(1)
    data = Dataset(rng.integers(-30, 30, size=(12, 3)), np.arange(12) % 3)
    for name, content in benchmark(data, BenchmarkRequest(count=20, balls=2, centres=4, orders=ORDERS)).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return home


def planted(folder, say):
    """The answers of a verifier that sees the truth and says what it likes."""
    rows = [row for row in read_truth(folder).values() if row["kind"] != "ball"]
    return [Answer(f"onnx/{r['onnx']}.onnx", f"vnnlib/{r['vnnlib']}.vnnlib", say(r), 0.5) for r in rows]


def test_a_perfect_verifier_is_all_right(folder):
    found = judge(planted(folder, lambda row: row["answer"]), folder)
    assert found.verdict == "all right"
    assert found.summary()["right"] == len([r for r in read_truth(folder).values() if r["kind"] != "ball"])


def test_an_unsound_verifier_is_found(folder):
    """It claims unsat everywhere: also beyond the radius."""
    found = judge(planted(folder, lambda _: "unsat"), folder)
    assert found.verdict == "unsound"
    truth = read_truth(folder)
    assert {a.key for a in found.unsound} == {k for k, r in truth.items() if r["answer"] == "sat" and r["kind"] != "ball"}
    assert not found.false_alarms


def test_a_verifier_that_is_unsound_near_the_boundary_only(folder):
    def say(row):
        near = float(row["epsilon"]) < 1.05 * float(row["certified_radius"])
        return "unsat" if near else row["answer"]

    found = judge(planted(folder, say), folder)
    assert found.verdict == "unsound"
    assert 0 < len(found.unsound) < len(planted(folder, say)) / 2


def test_an_incomplete_verifier_is_not_called_wrong(folder):
    found = judge(planted(folder, lambda row: "unknown" if float(row["closeness"]) < 0.1 else row["answer"]), folder)
    assert found.verdict == "incomplete"
    assert not found.wrong
    assert found.undecided
    assert found.right


def test_a_false_alarm_is_found(folder):
    found = judge(planted(folder, lambda _: "sat"), folder)
    assert found.verdict == "wrong counterexamples"
    assert not found.unsound
    assert found.false_alarms


def test_missing_and_foreign_answers_are_counted(folder):
    answers = planted(folder, lambda row: row["answer"])
    found = judge([*answers[3:], Answer("other", "p", "sat")], folder)
    assert (len(found.missing), len(found.foreign), found.verdict) == (3, 1, "incomplete")
    repeated = judge([*answers, answers[0], Answer("other", "p", "sat"), Answer("other", "p", "unsat")], folder)
    assert (len(repeated.right), len(repeated.repeated), len(repeated.foreign)) == (len(answers), 1, 2)
    other = "unsat" if answers[0].result == "sat" else "sat"
    with pytest.raises(InputError, match=f"twice: {answers[0].result} and {other}"):
        judge([answers[0], dataclasses.replace(answers[0], result=other)], folder)


def test_counterexamples_are_replayed(folder, tmp_path):
    row = next(r for r in read_truth(folder).values() if r["answer"] == "sat" and r["kind"] == "box")
    right = (folder / row["witness"]).read_text()
    inputs = list(counterexample(right, 3).inputs)
    outside = [inputs[0] + 1e3, *inputs[1:]]
    centre = json.loads((folder / "pool.json").read_text())["centres"]
    harmless = next(c["point"] for c in centre if c["witness_file"] == row["witness"])
    for text, good in (
        (right, True), (_shown(outside), False), (_shown(harmless), False), (_shown(inputs[:-1]), False), ("what", False),
    ):  # fmt: skip
        (tmp_path / "shown.txt").write_text(text)
        answer = Answer(row["onnx"], row["vnnlib"], "sat", 1.0, "shown.txt")
        found = judge([answer], folder, tmp_path)
        assert (len(found.right), len(found.unconfirmed)) == ((1, 0) if good else (0, 1))


def _shown(values):
    return "(" + " ".join(f"(X_{i} {v!r})" for i, v in enumerate(values)) + ")"


def test_a_command_line_is_run_and_its_table_goes_on(folder, tmp_path):
    script = tmp_path / "tool.py"
    script.write_text(
        "import sys, pathlib\nnet, prop, limit, out = sys.argv[1:]\n"
        "assert 'onnx' in net and 'declare-const' in open(prop).read() and float(limit) == 7\n"
        "pathlib.Path(out).write_text('unsat\\n')\nprint('unknown')\n"
        f"with open(r'{tmp_path / 'count'}', 'a') as f: f.write('x')\n"
    )
    tool = verifier_named(f"{sys.executable} {script} {{onnx}} {{vnnlib}} {{timeout}} {{out}}")
    table = tmp_path / "answers.csv"
    run_verifier(tool, folder, table, limit=7, most=2)
    answers = run_verifier(tool, folder, table, limit=7, most=3)
    assert [a.result for a in answers] == ["unsat"] * 3
    assert (tmp_path / "count").read_text() == "xxx"
    assert read_answers(table)[2].key == answers[2].key


def test_a_tool_that_says_nothing_or_hangs(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("logwidth.verifiers.command.GRACE", 0.0)
    silent = verifier_named(f"{sys.executable} -c 0 {{onnx}} {{vnnlib}}")
    assert silent(folder / "a", folder / "b", 30.0) == ("error", None)
    slow = verifier_named(f"{sys.executable} -c 'import time; time.sleep(60)' {{onnx}} {{vnnlib}}")
    assert slow(folder / "a", folder / "b", 0.3) == ("timeout", None)
    with pytest.raises(InputError, match="cannot run"):
        verifier_named("/no/such/tool {onnx} {vnnlib}")(folder, folder, 1.0)
    with pytest.raises(InputError, match="known are marabou"):
        verifier_named("nothing")


def test_marabou_agrees(folder, tmp_path):
    pytest.importorskip("maraboupy")
    table = tmp_path / "marabou.csv"
    answers = run_verifier(verifier_named("marabou"), folder, table, limit=10, most=4)
    found = judge(answers, folder, tmp_path)
    assert not found.wrong
    assert len(found.right) >= 3


def test_tables_of_competitions_are_read(tmp_path):
    table = tmp_path / "results.csv"
    table.write_text("bench,./onnx/a.onnx.gz,./vnnlib/p.vnnlib,1.0,violated,2.5\nbench,a,q,1,run_instance_timeout,60\n")
    found = read_answers(table)
    assert [(a.key, a.result, a.seconds) for a in found] == [(("a", "p"), "sat", 2.5), (("a", "q"), "timeout", 60.0)]
    for text in ("", "a,b\n", "a,b,sat,soon\n"):
        table.write_text(text)
        with pytest.raises(InputError, match=r"results\.csv"):
            read_answers(table)


def test_the_difficulty_curve_counts_what_was_asked(folder):
    found = judge(planted(folder, lambda row: row["answer"] if row["answer"] == "sat" else "unknown"), folder)
    rows = difficulty_rows({"tool": found.right}, read_truth(folder))
    for against in ("closeness", "depth"):
        part = [r for r in rows if r["against"] == against]
        assert sum(r["solved"] for r in part) == len(found.right)
        assert all(r["solved"] == (r["asked"] if r["answer"] == "sat" else 0) for r in part)
    pytest.importorskip("matplotlib")
    assert difficulty_figure(rows).startswith(b"\x89PNG")


def test_the_command(folder, tmp_path, capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(a) for a in arguments])
        return ended.value.code, capsys.readouterr()

    for say, status in ((lambda r: r["answer"], 0), (lambda _: "unsat", 1), (lambda _: "unknown", 0)):
        table = tmp_path / "answers.csv"
        with table.open("w", newline="") as stream:
            csv.writer(stream).writerows([a.onnx, a.vnnlib, a.result, a.seconds] for a in planted(folder, say))
        code, shown = call("judge", table, "--benchmark", folder, "--json", "--figure", tmp_path / "f.svg")
        assert code == status
        assert json.loads(shown.out)["wrong"] == (0 if status == 0 else json.loads(shown.out)["unsound"])
    code, shown = call("judge", table, "--benchmark", tmp_path)
    assert (code, shown.out) == (2, "")
    assert "truth.csv" in shown.err
    out = tmp_path / "made"
    code, shown = call(
        "vnncomp", "iris", "--out", out, "--instances", 8, "--pieces", "6", "--rank", 2, "--centres", 3, "--json"
    )
    assert code == 0
    assert json.loads(shown.out)["sat"] >= 4
    code, shown = call("vnncomp", "iris", "--out", tmp_path, "--instances", 8)
    assert (code, len(shown.err.strip().splitlines())) == (2, 1)
    code, shown = call("vnncomp", "iris", "--out", out, "--pieces", "2,x")
    assert (code, len(shown.err.strip().splitlines())) == (2, 1)
