"""`logwidth width` and `logwidth radius`."""

import json
import sys
from pathlib import Path

import pytest

from logwidth.cli import main
from logwidth.estimator import PreservingProjection, RobustMemorizer
from logwidth.separation import DEFAULT_RATIO

SMALL = "codebook:n=30,d=4,classes=3,noise=0.5"
pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def test_width_prints_the_bracket(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "width", SMALL, "--ratio", "0.9", "--out", "r", "--json")
    found = json.loads(out)
    assert status == 0
    assert set(found) == {
        "ratio",
        "width_lower",
        "width_exists",
        "width_upper",
        "width_unfolded",
        "rank_lower",
        "rank_upper",
    }
    assert found["width_lower"] <= found["width_upper"] == found["rank_upper"] + 1
    assert call(capsys, "check", "r")[0] == 0


def test_one_default_ratio_serves_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    found = {}
    for command in (("fit", SMALL), ("width", SMALL), ("compare", SMALL, "--constructions", "cells")):
        status, out, _ = call(capsys, *command, "--json")
        assert status == 0
        found[command[0]] = json.loads(out)["ratio"]
    assert set(found.values()) == {DEFAULT_RATIO}
    assert RobustMemorizer().ratio == PreservingProjection().ratio == DEFAULT_RATIO


def test_width_with_ranks_adds_the_curve(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "width", SMALL, "--ratio", "0.9", "--ranks", "1:3", "--figure", "curve.svg", "--json")
    found = json.loads(out)
    assert status == 0
    assert [row["map_rank"] for row in found["ranks"]] == [1, 2, 3]
    assert Path("curve.svg").read_text().startswith("<?xml")


def test_radius_prints_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = call(capsys, "radius", SMALL, "--width", "4", "--json")
    found = json.loads(out)
    assert status == 0
    assert set(found) == {"width", "map_rank", "ratio_lower", "ratio_upper"}
    assert 0 < found["ratio_lower"] <= found["ratio_upper"] <= 1
    status, out, _ = call(capsys, "radius", SMALL, "--ranks", "2:3", "--figure", "curve.png", "--json")
    assert status == 0
    assert [row["map_rank"] for row in json.loads(out)["ranks"]] == [2, 3]
    assert Path("curve.png").read_bytes().startswith(b"\x89PNG")


def test_compare_says_what_is_done_as_soon_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    work, seen = sys.modules["logwidth.pipeline.compare"], []
    build = work.memorize

    def watched(*arguments: object, **options: object) -> object:
        seen.append(capsys.readouterr())
        return build(*arguments, **options)

    monkeypatch.setattr(work, "memorize", watched)
    status, out, err = call(
        capsys, "compare", "iris", "--ratio", "0.5", "--constructions", "cells,chebyshev,parallel,line", "--json"
    )
    assert status == 0
    assert [found.err.split(",")[0] for found in seen] == ["", "cells: width 4", "chebyshev: not built\n", ""]
    assert not any(found.out for found in seen)
    assert out.count("\n") == 1
    said = err.splitlines()
    assert said[0].startswith("line: width 3, depth ")
    assert said[1] == "not applicable here: parallel"
    assert said[2].startswith("chebyshev: the linf distances")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("radius", "iris", "--width", "2"), "at least 3"),
        (("radius", "iris"), "either --width"),
        (("radius", "iris", "--width", "4", "--ranks", "1:2"), "either --width"),
        (("radius", "iris", "--ranks", "0:2"), "out of range"),
        (("radius", "iris", "--ranks", "3:2"), "out of range"),
        (("radius", "iris", "--ranks", "1:5"), "out of range"),
        (("radius", "iris", "--ranks", "few"), "A:B"),
        (("width", "iris", "--ratio", "1.2"), "between 0 and 1"),
        (("width", "iris", "--ratio", "0.5", "--figure", "x.png"), "--ranks"),
        (("radius", "iris", "--ranks", "1:2", "--figure", "x.gif"), ".png"),
        (("radius", "iris", "--ranks", "1:2", "--figure", "no/such/x.png"), "no/such"),
    ],
)
def test_bad_requests(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], word: str) -> None:
    status, out, err = call(capsys, *arguments)
    assert status == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert word in err


def test_compare_prints_one_row_per_construction(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("compare", SMALL, "--ratio", "0.5", "--constructions", "cells,line, parallel")
    status, out, _ = call(capsys, *asked, "--figure", "c.svg", "--json")
    assert status == 0
    rows = json.loads(out)["rows"]
    assert [row["construction"] for row in rows] == ["cells", "line", "parallel"]
    assert [row["status"] for row in rows] == ["built", "built", "skipped"]
    assert [row["applicable"] for row in rows] == [True, True, False]
    shares = [row["certified_fraction"] for row in rows]
    assert shares[0] == 1.0 > shares[1]
    assert shares[2] is None
    assert Path("c.svg").read_text().startswith("<?xml")
    status, out, err = call(capsys, *asked, "--quiet")
    assert (status, "cells" in out, "parallel" in out, "–" in out) == (0, True, False, False)
    assert err == "not applicable here: parallel\n"
    status, _, err = call(capsys, "compare", "iris", "--constructions", "tower")
    assert (status, "unknown constructions tower" in " ".join(err.split())) == (2, True)
