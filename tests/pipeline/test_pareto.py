"""Width against depth: every row is certified, none is beaten by another, and the command prints and draws them."""

import json

import numpy as np
import pytest

import logwidth as lw
from logwidth.cli import main
from logwidth.errors import InputError
from logwidth.pipeline import pareto_front
from logwidth.pipeline.request import Request
from logwidth.report import PARETO_HEADER, pareto_figure, pareto_rows

WINE = lw.load("wine")


@pytest.fixture(scope="module")
def rows():
    return pareto_front(WINE, Request(ratio=0.9, pieces="all"))


def test_every_row_is_certified_and_none_is_beaten(rows):
    assert len(rows) > 3
    assert all(row["certified"] == WINE.n_samples for row in rows)
    assert (np.diff([row["width"] for row in rows]) > 0).all()
    assert (np.diff([row["depth"] for row in rows]) < 0).all()
    assert rows[0]["construction"] == "register"
    assert {row["map_rank"] for row in rows} == {rows[0]["map_rank"]}


def test_a_row_can_be_asked_for(rows):
    row = rows[-1]
    run = lw.memorize(WINE, ratio=0.9, pieces="all", lanes=row["lanes"])
    assert (run.network.width, run.network.depth) == (row["width"], row["depth"])
    budget = lw.memorize(WINE, ratio=0.9, pieces="all", max_depth=row["depth"])
    assert budget.network.depth <= row["depth"]
    assert budget.network.width <= row["width"]


def test_rows_and_figure_show_them_all(rows):
    assert len(pareto_rows(rows)) == len(rows)
    assert all(len(line) == len(PARETO_HEADER) for line in pareto_rows(rows))
    assert pareto_figure(rows, "wine", ".svg") == pareto_figure(rows, "wine", ".svg")
    with pytest.raises(InputError, match=r"\.png, \.svg or \.pdf"):
        pareto_figure(rows, "wine", ".bmp")


def test_the_command_prints_one_object_and_refuses_mixed_questions(tmp_path, monkeypatch, capsys):
    def call(*words):
        with pytest.raises(SystemExit) as ended:
            main(["compare", "iris", "--pareto", *words])
        return int(ended.value.code or 0), *capsys.readouterr()

    monkeypatch.chdir(tmp_path)
    status, out, _ = call("--ratio", "0.5", "--json", "--figure", "front.svg")
    assert status == 0
    assert json.loads(out)["rows"][0]["certified"] == 150
    assert (tmp_path / "front.svg").read_bytes().lstrip().startswith(b"<?xml")
    status, out, told = call("--width", "7")
    assert (status, out) == (2, "")
    assert "leave out" in told
