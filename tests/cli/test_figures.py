"""`logwidth figures`: computed, written as .svg and .png, the same bytes for the same seed."""

import json

import numpy as np
import pytest

from logwidth.cli import main
from logwidth.errors import InputError
from logwidth.pipeline import figures
from logwidth.report.drawing import new_figure
from logwidth.report.figures import file_bytes
from logwidth.theory import diagram


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


@pytest.fixture(name="few")
def few_fixture(monkeypatch):
    monkeypatch.setattr(figures, "DRAWS", 40)
    monkeypatch.setattr(figures, "MOST_WIDTHS", 30)


@pytest.mark.usefixtures("few")
def test_all_figures_are_written_and_the_same_bytes_again(capsys, tmp_path):
    status, out, _ = call(capsys, "figures", "--out", str(tmp_path / "new" / "a"), "--n", "500", "--d", "20", "--json")
    assert status == 0
    files = json.loads(out)["files"]
    assert {name.rpartition("/")[2].partition("_")[0] for name in files} >= {
        "figure1",
        "figure2",
        "figure3",
        "figure4",
        "robust",
    }
    for path in (tmp_path / "new" / "a").iterdir():
        assert path.read_bytes().startswith(b"\x89PNG" if path.suffix == ".png" else b"<?xml")
    again = {"figure2_refusal": figures._refusal(), "figure3_neighbourhoods": figures._neighbourhoods(0)}
    for name, figure in again.items():
        assert (tmp_path / "new" / "a" / f"{name}.svg").read_bytes() == file_bytes(figure, ".svg")


@pytest.mark.usefixtures("few")
def test_figure_one_draws_the_diagram_itself(monkeypatch):
    drawn = []
    monkeypatch.setattr(figures, "diagram_figure", lambda found: drawn.extend(found) or new_figure(1, 1))
    figures._diagram(300, 9)
    assert [found.norm for found in drawn] == [1.0, 2.0, np.inf]
    for found in drawn:
        fresh = diagram(300, 9, norm=found.norm, widths=found.widths.tolist())
        assert (fresh.possible == found.possible).all()
        assert (fresh.impossible == found.impossible).all()
        assert found.widths[-1] == 15


def test_a_folder_that_cannot_be_written_and_another_suffix_are_refused(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    status, out, err = call(capsys, "figures", "--out", str(tmp_path / "file"))
    assert (status, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert "cannot write" in err
    with pytest.raises(InputError, match=r"\.png"):
        file_bytes(new_figure(1, 1), ".gif")
    assert call(capsys, "figures", "--out", str(tmp_path / "x"), "--d", "0")[0] == 2
