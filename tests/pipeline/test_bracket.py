"""Brackets hold from both sides, and both ends can be checked."""

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.certify import check_lower_bound
from logwidth.maps import working_set
from logwidth.pipeline import lower as below
from logwidth.report.explain.results import explain_width


def basis_set(d: int) -> lw.Dataset:
    """The origin against the unit vectors: its least rank at ratio ρ is exactly ⌊ρ² d⌋ + 1."""
    return lw.Dataset(np.concatenate([np.zeros((1, d)), np.eye(d)]), [0] + [1] * d)


@pytest.mark.parametrize(
    ("d", "ratio"), [(4, 0.6), (6, 0.6), (9, 0.9), (5, 0.3), pytest.param(6, 0.8, marks=pytest.mark.slow)]
)
def test_basis_set_needs_exactly_its_rank(d: int, ratio: float) -> None:
    bracket = lw.width_bracket(basis_set(d), ratio)
    least = math.floor(ratio**2 * d) + 1
    assert bracket.rank_lower == bracket.rank_upper == least
    assert bracket.lower == least
    assert bracket.upper <= least + 2


@pytest.mark.parametrize(
    ("name", "ratio"),
    [("iris", 0.9), ("wine", 0.8), ("codebook:n=60,d=8,classes=6", 0.5), ("sphere:n=12,d=4", 0.7)],
)
def test_both_ends_are_checkable(name: str, ratio: float, tmp_path: Path) -> None:
    data = kit.thinned(name, 1 if ":" in name else 3)
    bracket = lw.width_bracket(data, ratio)
    assert 1 <= bracket.rank_lower <= bracket.rank_upper <= bracket.upper <= bracket.rank_upper + 2
    assert bracket.lower <= bracket.exists == min(bracket.upper, bracket.rank_upper + 1)
    assert (bracket.run.summary["construction"] in ("list", "folded")) == (bracket.upper < bracket.rank_upper + 2)
    assert bracket.run.certificate.holds
    assert bracket.certificate is not None
    assert bracket.certificate.excludes(bracket.run.certificate.radius)
    assert check_lower_bound(bracket.certificate, data) == ()
    bracket.run.save(tmp_path / "run")
    assert lw.check(tmp_path / "run", data).passed
    (tmp_path / "run" / "width_certificate.json").unlink()
    report = lw.check(tmp_path / "run", data)
    assert not report.passed
    assert "width_certificate" in report.problems[0]


def test_a_sample_between_two_of_another_class_needs_width_two(tmp_path: Path) -> None:
    data = lw.Dataset([[0.0], [1.0], [2.0]], ["A", "B", "A"])
    bracket = lw.width_bracket(data, 0.9)
    assert (bracket.rank_lower, bracket.rank_upper, bracket.lower) == (1, 1, 2)
    bracket.run.save(tmp_path / "run")
    assert lw.check(tmp_path / "run", data).passed
    path = tmp_path / "run" / "width_certificate.json"
    body = json.loads(path.read_text())
    path.write_text(json.dumps({**body, "share": 0.25}))
    assert "altered" in lw.check(tmp_path / "run", data).problems[0]


@pytest.mark.parametrize("width", [3, 4, 6, 9])
def test_ratio_bracket_is_certified_below_and_bounded_above(width: int) -> None:
    data = kit.thinned("iris")
    bracket = lw.ratio_bracket(data, width)
    assert 0.0 < bracket.lower <= bracket.upper <= 1.0
    assert bracket.run.certificate.holds
    assert bracket.run.network.width <= width
    assert 2 * bracket.run.certificate.radius_lower.min() >= bracket.lower * lw.separation(data).lower


def test_curve_keeps_the_order_that_theory_demands() -> None:
    rows = lw.ratio_curve(kit.thinned("iris"), range(1, 5))
    for row in rows:
        assert max(row["random"], row["pca"]) <= row["ratio_upper"]
        assert row["ratio_lower"] <= row["ratio_upper"]
        assert row["paper"] <= row["ratio_upper"]
    found = [row["ratio_lower"] for row in rows]
    assert all(later >= earlier - 1e-9 for earlier, later in itertools.pairwise(found))


@pytest.mark.slow
def test_digits_headline() -> None:
    bracket = lw.width_bracket(lw.load("digits"), 0.995)
    assert (bracket.lower, bracket.upper) == (16, 18)


def test_refusals_name_the_bound() -> None:
    data = lw.load("iris")
    with pytest.raises(lw.InputError, match="at least 3"):
        lw.ratio_bracket(data, 2)
    with pytest.raises(lw.InputError, match="between 1 and the number of features, 4"):
        lw.ratio_curve(data, range(1, 6))
    with pytest.raises(lw.InputError, match="between 0 and 1"):
        lw.width_bracket(data, 1.0)


def test_folds_narrow_the_upper_end_below_what_a_linear_map_allows(monkeypatch):
    monkeypatch.setattr("logwidth.pipeline.bracket._narrower_by_a_list", lambda data, run, *_: run)  # as narrow here
    bracket = lw.width_bracket(kit.thinned("iris"), 0.9)
    assert bracket.run.certificate.holds
    assert bracket.run.summary["construction"] == "folded"
    assert bracket.upper == bracket.run.network.width < bracket.rank_upper + 2
    assert bracket.lower <= bracket.exists <= bracket.upper
    assert bracket.run.summary["width_lower"] == bracket.lower
    assert bracket.upper < bracket.unfolded == bracket.summary()["width_unfolded"]


def test_where_both_ends_meet_the_least_width_is_said_to_be_known():
    bracket = lw.width_bracket(lw.load("codebook:n=60,d=3,classes=2,noise=0.3"), 0.5)
    for lower, known in ((bracket.upper, True), (bracket.upper - 1, False)):
        changed = replace(bracket, lower=lower)
        assert changed.known == known
        words = f"the least width is {lower}"
        told = [" ".join(row) for row in changed.facts()]
        assert any(line == f"{words} needed {lower} built {lower}" for line in told) == known
        assert (f"{words}: needed {lower}, built {lower}" in repr(changed)) == known
        assert (
            f"Both ends meet: {words}." in " ".join(explain_width(changed.summary(), changed.run.summary, None))
        ) == known


def test_of_many_samples_those_join_that_a_map_keeps_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights on a few samples say less: those that limit a map of one rank limit maps of smaller ranks as well."""
    data = lw.load("codebook:n=600,d=12,classes=30,noise=0.5")
    sep = lw.separation(data)
    for room in (working_set, below):
        monkeypatch.setattr(room, "ALL_SAMPLES_UP_TO", 100)
    monkeypatch.setattr(working_set, "FIRST", 30)
    found = lw.maps.search_map(data, 9, separation=sep, effort="low")
    alone = below.rank_excluded(data, 0.3 * sep.lower, found.rank, sep)
    assert alone is not None
    run = lw.memorize(data, ratio=0.6, start=found, bracket=True, pieces="cover", effort="low")
    joined = run.width_certificate
    assert isinstance(joined, lw.WidthCertificate)
    assert alone.rank < joined.rank
    assert check_lower_bound(joined, data) == ()
