"""The notebook runs from its first cell to its last, and holds no outputs: `make docs` makes them."""

import json
import os
import re
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "tour.ipynb"
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
CODE = ["".join(cell["source"]) for cell in CELLS if cell["cell_type"] == "code"]


def test_it_holds_no_outputs():
    assert len(CODE) > 10
    assert [cell["outputs"] for cell in CELLS if cell["cell_type"] == "code" and cell["outputs"]] == []


def test_its_cells_run_in_order(tmp_path, monkeypatch):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.chdir(tmp_path)
    names = {}
    for source in CODE:
        exec(compile(source, str(NOTEBOOK), "exec"), names)
    pyplot.close("all")
    assert names["run"].certificate.holds
    assert (names["lw"].predict("runs/iris", names["X"]) == names["y"]).all()
    assert names["report"].label_changes == 0
    assert "runs" in os.listdir()


def test_it_shows_every_way_in_which_an_object_speaks():
    text = "\n".join(CODE)
    assert re.search(r"print\(repr\(part\)\)", text)
    assert len(re.findall(r"\.plot\(\);$", text, re.M)) >= 5
    assert {"run.predict", "run.certified_radius", "lw.check", "lw.open_run"} <= set(re.findall(r"\b\w+\.\w+", text))
