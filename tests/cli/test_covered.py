"""What decides labels stands in the network's file, which the certificate covers: no other summary changes any."""

import copy
import json
from pathlib import Path

import numpy as np
import pytest

from logwidth.cli import main

FIT = ("--ratio", "0.5", "--no-bracket", "--pieces", "cover", "--effort", "low", "--quiet")
EXACT = ("--construction", "lattice-paper", "--quiet")
NAMES = ("a", "b", "c")


def _made(folder: Path) -> None:
    """Write the same samples in several forms; classes swap where columns do."""
    rng = np.random.default_rng(5)
    points = rng.normal(size=(9, 3)).round(2)
    labels = np.array(list("uvw") * 3)
    rows = [",".join([*map(str, row), label]) for row, label in zip(points.tolist(), labels, strict=True)]
    (folder / "t.csv").write_text("\n".join([",".join((*NAMES, "t")), *rows]) + "\n")
    (folder / "bare.csv").write_text("\n".join(rows) + "\n")
    np.save(folder / "p.npy", points)
    np.save(folder / "l.npy", labels)
    np.savez(folder / "two.npz", X=points, Z=points[::-1], y=labels)
    grid = np.array([[0, 1, 1], [1, 1, 0], [0, 0, 1]])
    np.savez(folder / "grid.npz", a=np.arange(3.0), b=np.arange(3.0) + 0.25, y=grid)


FORMS = {
    "names": ("t.csv", "--label", "t"),
    "divided": ("t.csv", "--label", "t", "--scale", "8"),
    "standardized": ("t.csv", "--label", "t", "--standardize"),
    "no names": ("bare.csv", "--label", "3", "--no-header"),
    "array": ("p.npy", "--labels", "l.npy"),
    "divided array": ("p.npy", "--labels", "l.npy", "--scale", "8"),
    "arrays": ("two.npz", "--features", "X", "--label", "y"),
    "grid": ("grid.npz", "--axes", "a,b", "--label", "y"),
}
RUNS = [(form, FIT) for form in FORMS] + [(form, EXACT) for form in FORMS if form != "standardized"]
OTHER = {
    "divisor": lambda s: s["columns"].update(divisor=900.0),
    "scales": lambda s: s["columns"].update(scales=[256.0] * s["n_features"]),
    "order": lambda s: s["columns"].update(names=["c", "b", "a"][: s["n_features"]]),
    "width": lambda s: s["columns"].update(columns=7, label="0"),
    "no columns": lambda s: s.pop("columns"),
    "source": lambda s: s["data_source"].update(scale=900.0),
    "neither": lambda s: (s.pop("columns"), s["data_source"].update(scale=900.0)),
    "arrays": lambda s: s["data_source"].update(points="Z"),
    "axes": lambda s: s["data_source"].update(axes=["b", "a"]),
    "nothing": lambda s: s.clear(),
}


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stop:
        main([*arguments, "--quiet", "--json"])
    return int(str(stop.value.code)), capsys.readouterr().out


@pytest.mark.parametrize(("form", "options"), RUNS)
def test_no_other_summary_changes_a_label(form, options, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    _made(tmp_path)
    data = FORMS[form][0]
    assert _said(capsys, "fit", *FORMS[form], *options[:-1], "--out", "r")[0] == 0
    status, out = _said(capsys, "predict", "r", data)
    assert status == 0
    assert _said(capsys, "check", "r")[0] == 0
    right, summary = json.loads(out)["labels"], json.loads(Path("r/summary.json").read_text())
    for name, change in OTHER.items():
        changed = copy.deepcopy(summary)
        change(changed)
        Path("r/summary.json").write_text(json.dumps(changed))
        status, out = _said(capsys, "predict", "r", data)
        assert status == 2 or json.loads(out)["labels"] == right, name
        if changed.get("columns", summary["columns"]) != summary["columns"] or name in {"arrays", "axes"}:
            assert _said(capsys, "check", "r")[0] != 0, name


def test_a_summary_of_another_network_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    _made(tmp_path)
    for options in (FIT[:-1], EXACT[:-1]):
        for form, out in (("names", "one"), ("divided", "other")):
            assert _said(capsys, "fit", *FORMS[form], *options, "--out", out, "--force")[0] == 0
        Path("one/summary.json").write_bytes(Path("other/summary.json").read_bytes())
        with pytest.raises(SystemExit, match="2"):
            main(["predict", "one", "t.csv"])
        assert "summary.json is about another network" in capsys.readouterr().err


STATED = [{"radius_unscaled": 99.0}, {"radius_per_feature": [9.0] * 3}, {"feature_scales": [2.0] * 3}]


@pytest.mark.parametrize("stated", STATED)
def test_no_radius_behind_scales_is_stated_where_there_are_none(stated, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    _made(tmp_path)
    for form, options in (("names", FIT), ("array", FIT), ("names", EXACT)):
        assert _said(capsys, "fit", *FORMS[form], *options[:-1], "--out", "r", "--force")[0] == 0
        summary = json.loads(Path("r/summary.json").read_text())
        Path("r/summary.json").write_text(json.dumps(summary | stated))
        status, out = _said(capsys, "check", "r")
        assert status == 1
        assert next(iter(stated)) in out
