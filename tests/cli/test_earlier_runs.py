"""What lies where a command writes: an earlier run of the same request gives way, everything else is kept unless forced."""

import json
import shutil
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import logwidth as lw
from logwidth.cli import main


def ended(line):
    with pytest.raises(SystemExit) as stop:
        main(line.split())
    return int(stop.value.code or 0)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with two small data sets and a run of the first at ratio 0.5."""
    folder = tmp_path_factory.mktemp("prepared")
    points = np.random.default_rng(0).normal(size=(12, 3))
    points[:6, 0] += 6.0
    labels = np.repeat([4, 9], 6)
    np.savez(folder / "mine.npz", X=points, y=labels)
    np.savez(folder / "other.npz", X=points[1:], y=labels[1:])
    rows = [",".join(map(repr, [*point, label])) for point, label in zip(points.tolist(), labels.tolist(), strict=True)]
    (folder / "mine.csv").write_text("\n".join(["a,b,c,y", *rows]))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert ended("fit mine.npz --ratio 0.5 --out run") == 0
    (folder / "run" / "report.html").write_text("made by another command")
    return folder


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path, prepared):
    shutil.copytree(prepared, tmp_path / "here")
    monkeypatch.chdir(tmp_path / "here")


def files(folder):
    return {str(path): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("fit other.npz --ratio 0.5", ["other data (12 samples, 3 features)"]),
        ("fit mine.npz --ratio 0.6", ["ratio 0.5, now 0.6"]),
        ("fit mine.npz", ["ratio 0.5, now 0.9"]),
        ("fit mine.npz --radius 0.3", ["ratio 0.5, now none", "radius none, now 0.3"]),
        ("fit mine.npz --radius max", ["now max"]),
        ("fit mine.npz --ratio 0.5 --norm inf", ["norm 2, now inf"]),
        ("fit mine.npz --ratio 0.5 --construction cells", ["construction none, now cells"]),
        ("fit mine.npz --ratio 0.5 --width 9", ["width none, now 9"]),
        ("fit mine.npz --ratio 0.5 --dtype float64", ["float64"]),
        ("fit mine.npz --ratio 0.5 --pieces all", ["pieces least, now all"]),
        ("fit mine.npz --ratio 0.5 --smallest", ["smallest"]),
        ("fit mine.npz --ratio 0.5 --no-bracket", ["bracket True, now none"]),
        ("fit mine.npz --ratio 0.5 --seed 1", ["seed 0, now 1"]),
        ("fit mine.npz --radius 0.3 --drop-conflicts", ["drop_conflicts none, now True"]),
        ("width mine.npz --ratio 0.5", ["command fit, now width"]),
    ],
)
def test_another_request_is_refused_before_any_work_and_a_free_name_is_offered(capsys, monkeypatch, line, said):
    for command, work in (("fit", "memorize"), ("fit", "close_pairs"), ("width", "width_bracket")):
        monkeypatch.setattr(import_module(f"logwidth.cli.{command}"), work, None)
    Path("run-2").mkdir()
    before = files(".")
    capsys.readouterr()
    assert ended(f"{line} --out run") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert "--out run-3" in err
    assert "--force" in err
    for words in said:
        assert words in err
    assert files(".") == before


@pytest.mark.parametrize(
    "line", ["fit mine.npz --ratio 0.5", "fit mine.csv --ratio 0.5", "fit mine.npz --ratio 0.50 --norm 2.0"]
)
def test_the_same_data_and_request_replace_the_run_and_say_so(capsys, line):
    network = Path("run/network.onnx").read_bytes()
    capsys.readouterr()
    assert ended(f"{line} --out run") == 0
    assert "replaced: an earlier run of the same data and request" in capsys.readouterr().err
    named = line.split()[1] == "mine.csv"  # the network's file then carries the names of the columns
    assert (Path("run/network.onnx").read_bytes() == network) == (not named)
    assert not Path("run/report.html").exists()
    assert ended("check run") == 0


def test_the_default_ratio_and_the_same_ratio_by_name_are_one_request(capsys):
    assert ended("fit mine.npz --out plain") == 0
    assert "replaced" not in capsys.readouterr().err
    assert ended("fit mine.npz --ratio 0.9 --out plain --explain --checkpoint kept --json") == 0
    assert "replaced" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["fit other.npz --ratio 0.5", "fit mine.npz --ratio 0.6", "width mine.npz --ratio 0.6"])
def test_force_replaces_and_says_what(capsys, line):
    assert ended(f"{line} --out run --force") == 0
    assert "replaced: a" in capsys.readouterr().err
    assert ended(f"{line} --out run") == 0
    assert ended("check run") == 0


def test_a_run_that_does_not_say_what_was_asked_is_known_by_its_numbers(capsys):
    lw.memorize(lw.load("mine.npz"), ratio=0.5).save("python")
    assert ended("fit mine.npz --ratio 0.6 --out python") == 2
    assert "ratio 0.5, now 0.6" in capsys.readouterr().err
    assert ended("fit other.npz --ratio 0.5 --out python") == 2
    assert ended("fit mine.npz --ratio 0.5 --norm 1 --out python") == 2
    assert ended("fit mine.npz --ratio 0.5 --out python") == 0


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"data_sha256": 1}', "\udcff"])
def test_a_summary_that_says_nothing_is_kept(capsys, content):
    Path("run/summary.json").write_text(content, errors="surrogateescape")
    assert ended("fit mine.npz --ratio 0.5 --out run") == 2
    assert "--force" in capsys.readouterr().err
    assert Path("run/summary.json").read_text(errors="surrogateescape") == content
    assert ended("fit mine.npz --ratio 0.5 --out run --force") == 0


def test_an_option_that_did_not_exist_yet_changes_nothing_where_it_is_not_used():
    summary = json.loads(Path("run/summary.json").read_text())
    del summary["asked"]["smallest"], summary["asked"]["lanes"]
    Path("run/summary.json").write_text(json.dumps(summary))
    assert ended("fit mine.npz --ratio 0.5 --out run") == 0


def test_a_refusal_leaves_the_record_of_a_killed_job_alone():
    Path("run.partial").mkdir()
    Path("run.partial/map.npz").write_text("rounds")
    assert ended("fit mine.npz --ratio 0.6 --out run") == 2
    assert Path("run.partial/map.npz").read_text() == "rounds"


def test_a_benchmark_of_another_request_is_kept(capsys):
    order = "--instances 4 --balls 0 --centres 2 --pieces 6 --rank 2"
    assert ended(f"vnncomp mine.npz --out bench {order}") == 0
    before = files("bench")
    for line in (f"mine.npz --out bench {order} --seed 1", f"mine.npz --out bench {order} --ratio 0.9"):
        assert ended(f"vnncomp {line}") == 2
        assert "--out bench-2" in capsys.readouterr().err
        assert files("bench") == before
    assert ended(f"vnncomp other.npz --out bench {order}") == 2
    capsys.readouterr()
    assert ended(f"vnncomp mine.npz --out bench {order}") == 0
    assert "replaced: an earlier benchmark" in capsys.readouterr().err
    assert files("bench") == before
    assert ended(f"vnncomp mine.npz --out bench {order} --seed 1 --force") == 0
    assert files("bench") != before


def test_pages_and_witnesses_replace_their_own_kind_only(capsys):
    Path("run/report.html").unlink()
    for _ in range(2):
        assert ended("report run") == 0
        assert ended("attack run --evaluations 20") == 0
    data = Path("mine.npz").read_bytes()
    assert ended("attack run --evaluations 20 --out mine.npz") == 2
    assert Path("mine.npz").read_bytes() == data
    assert "another file" in capsys.readouterr().err
