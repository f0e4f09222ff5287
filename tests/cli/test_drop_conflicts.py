"""`fit --drop-conflicts`: the rest reaches the radius, and what was left out is told."""

import json
from pathlib import Path

import numpy as np
import pytest

from logwidth.cli import main


def ended(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_the_rest_is_certified_and_can_be_checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    status, out, err = ended(
        capsys, "fit", "iris", "--radius", 0.2, "--drop-conflicts", "--out", run, "--json", "--no-bracket"
    )
    summary = json.loads(out)
    assert status == 0
    assert summary["radius"] == 0.2
    assert summary["certified"] == summary["n_samples"] == 150 - len(summary["dropped"])
    assert summary["dropped_at_least"] == len(summary["dropped"]) > 0
    assert "left out" in err
    with np.load(run / "data.npz") as kept:
        assert len(kept["X"]) == summary["n_samples"]
    status, out, _ = ended(capsys, "check", run, run / "data.npz")
    assert status == 0
    assert "passed" in out


@pytest.mark.parametrize(
    ("options", "word"),
    [(["--ratio", 0.5], "needs the wanted --radius"), (["--radius", -1], "positive"), (["--radius", 1e6], "too large")],
)
def test_what_cannot_be_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[object], word: str
) -> None:
    status, out, err = ended(capsys, "fit", "iris", "--drop-conflicts", "--out", tmp_path / "run", *options)
    assert status == 2
    assert out == ""
    assert word in err
    assert len(err.strip().splitlines()) == 1
