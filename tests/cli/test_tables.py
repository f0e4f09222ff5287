"""Tables at every width: no number is broken, nothing is cut, nothing is wider than the screen."""

import io
import re
from collections import Counter

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from logwidth.cli import main
from logwidth.cli.app import app
from logwidth.cli.screen import Screen
from logwidth.cli.tables import Sheet

WIDTHS = (40, 80, 200)
NUMBER = re.compile(r"(?<![\w.,])-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?%?(?![\w.,]*\d)")
TABLES = """
fit mine.npz --ratio 0.5 --out other --construction sawtooth
attack run --evaluations 50
replay run --points 20
width mine.npz --ratio 0.5
width mine.npz --ratio 0.5 --ranks 1:2
radius mine.npz --width 3
radius mine.npz --ranks 1:2
compare mine.npz --ratio 0.5 --constructions register,parallel,sawtooth,minkowski-collapse,manhattan
compare mine.npz --ratio 0.5 --pareto
bounds --n 60000 --d 784 --k 60:64
vnncomp mine.npz --out bench --instances 2 --balls 0 --centres 2 --pieces 6 --rank 2
judge right.csv --benchmark truth
""".strip().splitlines()
WITHOUT = {"check", "predict", "figures", "report", "fuse", "export", "export-proof"}  # these print lines, no table


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
        order = "--instances 2 --balls 0 --centres 2 --pieces 6 --rank 2 --quiet"
        assert ended("vnncomp", "mine.npz", "--out", "truth", *order.split()) == 0
    header, *rows = [line.split(",") for line in (folder / "truth" / "truth.csv").read_text().splitlines()]
    onnx, query, answer = (header.index(name) for name in ("onnx", "vnnlib", "answer"))
    answers = [f"{row[onnx]},{row[query]},{row[answer]},1234.5" for row in rows]
    (folder / "right.csv").write_text("\n".join(["onnx,vnnlib,result,seconds", *answers]) + "\n")
    return folder


WIDE = Sheet("costs", ("built", "depth", "reason"), [("sawtooth", "16,311", "a cover of a few samples")])
PAIRS = Sheet("fit", ("", "quantity", "value"), [("asked", "radius σ", "9.34   (δ = 18.87)"), ("", "norm", "l2")])


@pytest.mark.parametrize(
    ("sheet", "width", "lines"),
    [
        (
            WIDE,
            51,
            ["costs", "┏━━━", "┃ built    ┃ depth  ┃ reason", "┡", "│ sawtooth │ 16,311 │ a cover of a few samples │", "└"],
        ),
        (WIDE, 42, ["costs", "built     depth   reason", "────", "sawtooth  16,311  a cover of a few samples"]),
        (
            WIDE,
            41,
            [
                "costs",
                "┏",
                "┃ built    ┃",
                "┡",
                "│ sawtooth │ 16,311 │ a cover of a few",
                "│          │        │ samples",
                "└",
            ],
        ),
        (WIDE, 20, ["costs", "built: sawtooth", "  depth: 16,311", "  reason: a cover of", "    a few samples"]),
        (PAIRS, 20, ["fit", "asked", "  radius σ: 9.34", "    (δ = 18.87)", "  norm: l2"]),
    ],
)
def test_a_table_takes_the_form_that_fits(sheet, width, lines):
    printed = io.StringIO()
    Console(file=printed, width=width, color_system=None).print(sheet)
    found = printed.getvalue().splitlines()
    assert len(found) == len(lines)
    for line, begin in zip(found, lines, strict=True):
        assert line.startswith(begin)
        assert cell_len(line) <= width


def test_lines_for_files_and_other_programs_are_not_broken(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    rows = "label,radius\n" + "a label of several words that is longer than a screen,0.25\n" * 2
    Screen(as_json=False, quiet=True).result({}, rows.rstrip())
    assert capsys.readouterr().out == rows
    monkeypatch.setenv("FORCE_COLOR", "1")
    Screen(as_json=False, quiet=True).result({}, rows.rstrip())
    Screen(as_json=False, quiet=True).remark("a reason of many words keeps only 0.849 of it")
    out, err = capsys.readouterr()
    assert max(map(len, out.splitlines())) <= 40
    assert err == "a reason of many words keeps only 0.849\n  of it\n"


def test_every_command_with_a_table_is_tried():
    commands = {command.callback.__name__ for command in app.registered_commands}
    assert {line.split()[0] for line in TABLES} == commands - WITHOUT


@pytest.mark.parametrize("line", TABLES)
def test_numbers_are_whole_at_every_width(capsys, monkeypatch, prepared, line):
    monkeypatch.chdir(prepared)
    results = []
    with monkeypatch.context() as patch:
        patch.setattr(Screen, "result", lambda _screen, *result: results.append(result))
        ended(*line.split(), "--quiet")
    assert capsys.readouterr().out == ""
    printed = {}
    for width in WIDTHS:
        monkeypatch.setenv("COLUMNS", str(width))
        for result in results:
            Screen(as_json=False, quiet=True).result(*result)
        printed[width] = capsys.readouterr().out
    found = [value for value, *_ in results]
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
