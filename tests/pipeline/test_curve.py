"""The curve, and the folder that keeps its evidence: a killed curve ends as an undisturbed one."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.certify import check_lower_bound, read_lower_bound
from logwidth.pipeline import curve as module
from logwidth.pipeline import lower

RANKS = range(1, 3)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(autouse=True, scope="module")
def _few_cells() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lower, "FEWER_CELLS", 500)
        yield


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, object]], dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("whole") / "curve"
    return lw.ratio_curve(kit.thinned("iris"), RANKS, out=folder), files(folder)


def test_the_folder_holds_the_evidence_of_every_rank(undisturbed) -> None:
    rows, kept = undisturbed
    assert sorted(kept) == sorted(["curve.json", *(f"rank-{k}.{end}" for k in RANKS for end in ("npy", "json"))])
    data = kit.thinned("iris")
    for row in rows:
        found = read_lower_bound(kept[f"rank-{row['map_rank']}.json"].decode())
        assert check_lower_bound(found, data) == ()
        assert lower.excluded_ratio(found, lw.separation(data)) == row["ratio_upper"]


def test_same_seed_same_bytes_with_or_without_a_folder(undisturbed) -> None:
    assert lw.ratio_curve(kit.thinned("iris"), RANKS) == undisturbed[0]


@pytest.mark.parametrize("after", [9, 30, pytest.param(1, marks=pytest.mark.slow)])
def test_a_killed_curve_goes_on_to_the_same_bytes(after: int, undisturbed, tmp_path: Path) -> None:
    folder, calls = tmp_path / "curve", []

    def kill(stage: str, _fraction: float) -> None:
        calls.append(stage)
        if len(calls) == after:
            raise KeyboardInterrupt

    data = kit.thinned("iris")
    with pytest.raises(KeyboardInterrupt):
        lw.ratio_curve(data, RANKS, out=folder, progress=kill)
    assert lw.ratio_curve(data, RANKS, out=folder) == undisturbed[0]
    assert files(folder) == undisturbed[1]


def test_what_is_kept_is_not_searched_again(undisturbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in undisturbed[1].items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.delattr(module, "trace_search")
    monkeypatch.delattr(module, "ceiling_certificate")
    assert lw.ratio_curve(kit.thinned("iris"), RANKS, out=tmp_path) == undisturbed[0]


def test_other_norms_keep_their_evidence_too(tmp_path: Path) -> None:
    data = kit.thinned("iris")
    rows = lw.ratio_curve(data, [1, 2], norm="inf", out=tmp_path)
    assert rows == lw.ratio_curve(data, [1, 2], norm="inf", out=tmp_path)
    assert all(row["ratio_lower"] <= row["ratio_upper"] for row in rows)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rank-2.npy", b"\x93NUMPY", "rank-2.npy is damaged"),
        ("rank-2.npy", "nan", "rank-2.npy holds no finite"),
        ("rank-2.npy", "wide", "no map of rank 2"),
        ("rank-2.json", b"{}", "rank-2.json"),
        ("rank-2.json", "other", "not about rank 2"),
        ("rank-2.json", "boast", "does not hold"),
        ("curve.json", b"{", "damaged"),
        ("curve.json", b"{}", "other data, norm or seed"),
    ],
)
def test_damaged_evidence_is_refused_by_name(name: str, content, message: str, undisturbed, tmp_path: Path) -> None:
    kept = dict(undisturbed[1])
    if content == "other":
        content = kept["rank-1.json"]
    elif content == "boast":
        found = read_lower_bound(kept["rank-2.json"].decode())
        content = type(found)(**{**vars(found), "radius_excluded": found.radius_excluded / 2}).to_json().encode()
    elif isinstance(content, str):
        np.save(tmp_path / "x.npy", np.full((2, 4), np.nan) if content == "nan" else np.eye(5))
        content = (tmp_path / "x.npy").read_bytes()
    folder = tmp_path / "curve"
    folder.mkdir()
    for file, stored in (kept | {name: content}).items():
        (folder / file).write_bytes(stored)
    with pytest.raises(lw.InputError, match=message):
        lw.ratio_curve(kit.thinned("iris"), RANKS, out=folder)


def test_a_folder_of_other_data_or_other_files_is_refused(undisturbed, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(lw.InputError, match="other files"):
        lw.ratio_curve(kit.thinned("iris"), RANKS, out=tmp_path)
    folder = tmp_path / "curve"
    folder.mkdir()
    for file, stored in undisturbed[1].items():
        (folder / file).write_bytes(stored)
    with pytest.raises(lw.InputError, match="other data"):
        lw.ratio_curve(lw.load("wine"), RANKS, out=folder)
    assert json.loads((folder / "curve.json").read_text())["norm"] == "2"
