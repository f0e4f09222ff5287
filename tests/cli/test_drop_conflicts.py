"""`fit --drop-conflicts`: the rest reaches the radius, and what was left out is told."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logwidth.cli import main
from logwidth.dataset import Dataset, outvoted_rows
from logwidth.separation import close_pairs, separation


def ended(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_the_rest_is_certified_and_can_be_checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = tmp_path / "run"
    status, out, err = ended(
        capsys, "fit", "iris", "--radius", 0.2, "--drop-conflicts", "--out", run, "--json", "--no-bracket", "--effort", "low"
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
    [(["--radius", -1], "positive"), (["--radius", 1e6], "too large")],
)
def test_what_cannot_be_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[object], word: str
) -> None:
    status, out, err = ended(capsys, "fit", "iris", "--drop-conflicts", "--out", tmp_path / "run", *options)
    assert status == 2
    assert out == ""
    assert word in err
    assert len(err.strip().splitlines()) == 1


TWICE = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [5.0, 5.0], [5.0, 5.0], [9.0, 1.0], [3.0, 8.0]])


@pytest.mark.parametrize(
    "goal", [["--ratio", 0.5], ["--radius", 0.3], ["--radius", "max"], ["--ratio", 0.5, "--norm", "inf"]]
)
def test_identical_rows_with_different_labels_are_left_out_and_the_fewest(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, goal: list[object]
) -> None:
    table, run = tmp_path / "twice.npz", tmp_path / "run"
    np.savez(table, X=TWICE, y=[0, 1, 1, 0, 1, 1, 0])
    status, out, err = ended(capsys, "fit", table, "--drop-conflicts", "--out", run, "--json", "--no-bracket", *goal)
    summary = json.loads(out)
    assert status == 0
    assert summary["certified"] == summary["n_samples"] == 5
    assert summary["dropped_at_least"] == len(summary["dropped"]) == 2
    assert summary["dropped"][0] == 0
    assert ("the ratio is of what is left" in err) == (goal[0] == "--ratio" or goal[1] == "max")
    assert ended(capsys, "check", run, run / "data.npz")[0] == 0


def test_without_the_option_they_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    np.savez(tmp_path / "twice.npz", X=TWICE, y=[0, 1, 1, 0, 1, 1, 0])
    status, _, err = ended(capsys, "fit", tmp_path / "twice.npz", "--out", tmp_path / "run")
    assert status == 2
    assert "identical points" in err


def test_where_one_class_is_left_it_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    np.savez(tmp_path / "twice.npz", X=np.zeros((3, 1)), y=[0, 1, 1])
    status, out, err = ended(capsys, "fit", tmp_path / "twice.npz", "--drop-conflicts", "--out", tmp_path / "run")
    assert (status, out, len(err.strip().splitlines())) == (2, "", 1)
    assert "identical rows" in err


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=9))
def test_the_outvoted_rows_are_a_smallest_set(rows: list[tuple[int, int]]) -> None:
    points = np.array([[float(x)] for x, _ in rows])
    labels = np.array([y for _, y in rows])

    def clean(gone: tuple[int, ...]) -> bool:
        left = [row for k, row in enumerate(rows) if k not in gone]
        return all(a == c for (x, a), (z, c) in itertools.combinations(left, 2) if x == z)

    found = tuple(outvoted_rows(points, labels).tolist())
    least = next(k for k in range(len(rows) + 1) if any(map(clean, itertools.combinations(range(len(rows)), k))))
    assert clean(found)
    assert len(found) == least


@pytest.mark.parametrize("norm", [1, 2, np.inf])
@pytest.mark.parametrize("unit", [1.0, 0.1, 1e-140, 1e140])
def test_ties_are_decided_exactly(norm: float, unit: float) -> None:
    points = np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]) * unit
    labels = np.array([0, 1, 0])
    distance = separation(Dataset(points, labels), norm=norm).lower
    assert len(close_pairs(points, labels, norm, distance)) >= 1
    assert len(close_pairs(points, labels, norm, float(np.nextafter(distance, 0)))) == 0
