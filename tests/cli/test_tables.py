"""Tables at every width: no number is broken, nothing is cut, nothing is wider than the screen."""

import json
import re
from collections import Counter

import numpy as np
import pytest
from rich.cells import cell_len

from logwidth.cli import main
from logwidth.cli.app import app

WIDTHS = (40, 60, 80, 100, 200)
NUMBER = re.compile(r"(?<![\w.,])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?%?(?![\w.,]*\d)")
TABLES = """
fit mine.npz --ratio 0.5 --out other --construction sawtooth
attack run --evaluations 50
width mine.npz --ratio 0.5
width mine.npz --ratio 0.5 --ranks 1:2
radius mine.npz --width 3
radius mine.npz --ranks 1:2
compare mine.npz --ratio 0.5 --constructions register,parallel,sawtooth,minkowski-collapse,manhattan
compare mine.npz --ratio 0.5 --pareto
bounds --n 60000 --d 784 --k 60:64
vnncomp mine.npz --out bench --instances 4 --balls 0 --centres 2 --pieces 6 --rank 2
judge right.csv --benchmark truth
""".strip().splitlines()
WITHOUT = {"check", "predict", "figures", "report", "fuse"}  # these print lines, no table


def ended(*arguments):
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    return int(stop.value.code or 0)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    points = np.random.default_rng(0).normal(size=(12, 3))
    points[:6, 0] += 6.0
    np.savez(folder / "mine.npz", X=points, y=np.repeat([4, 9], 6))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert ended("fit", "mine.npz", "--ratio", "0.5", "--out", "run", "--quiet") == 0
        order = "--instances 4 --balls 0 --centres 2 --pieces 6 --rank 2 --quiet"
        assert ended("vnncomp", "mine.npz", "--out", "truth", *order.split()) == 0
    header, *rows = [line.split(",") for line in (folder / "truth" / "truth.csv").read_text().splitlines()]
    onnx, query, answer = (header.index(name) for name in ("onnx", "vnnlib", "answer"))
    answers = [f"{row[onnx]},{row[query]},{row[answer]},1234.5" for row in rows]
    (folder / "right.csv").write_text("\n".join(["onnx,vnnlib,result,seconds", *answers]) + "\n")
    return folder


def test_every_command_with_a_table_is_tried():
    commands = {command.callback.__name__ for command in app.registered_commands}
    assert {line.split()[0] for line in TABLES} == commands - WITHOUT


@pytest.mark.parametrize("line", TABLES)
def test_numbers_are_whole_at_every_width(capsys, monkeypatch, prepared, line):
    monkeypatch.chdir(prepared)
    printed = {}
    for width in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr("time.perf_counter", iter(np.arange(1e6)).__next__)  # the same times at every width
        ended(*line.split(), "--quiet")
        printed[width] = capsys.readouterr().out
    ended(*line.split(), "--quiet", "--json")
    found = json.loads(capsys.readouterr().out)
    shown = Counter(NUMBER.findall(printed[200]))
    of_json = set(forms_of(found)) & set(shown)
    assert of_json
    for width, text in printed.items():
        assert all(cell_len(row.rstrip()) <= width for row in text.splitlines())
        assert of_json <= set(NUMBER.findall(text))
        assert Counter(NUMBER.findall(text)) >= shown
        assert "…" not in text


def forms_of(value):
    """Yield the ways in which tables write the numbers of an object."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from forms_of(part)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from (f"{value:,}", str(value), f"{value:.6g}", f"{value:.4g}", f"{value:.5f}")
