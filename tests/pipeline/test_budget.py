"""What is asked of width and depth is met, or the message says what can be reached."""

from importlib import import_module

import pytest

import kit
import logwidth as lw
from logwidth.errors import InputError

IRIS = kit.thinned("iris")


def summary_of(**asked):
    run = lw.memorize(IRIS, ratio=0.5, **asked)
    assert run.certificate.holds
    return run.summary


def test_lanes_are_built_and_checked(tmp_path):
    run = lw.memorize(IRIS, ratio=0.9, lanes=2)
    assert run.summary["construction"] == "lanes"
    assert run.certificate.holds
    run.save(tmp_path / "run")
    assert lw.check(tmp_path / "run", IRIS).passed


def test_more_lanes_are_shallower_and_the_width_is_spent():
    rows = [summary_of(lanes=q, pieces="all") for q in (1, 4, 50)]
    assert [row["depth"] for row in rows] == sorted((row["depth"] for row in rows), reverse=True)
    assert [row["width"] for row in rows] == sorted(row["width"] for row in rows)


def test_a_depth_budget_is_met_by_the_narrowest():
    depths = [summary_of(max_depth=most, pieces="all") for most in (200, 30, 11)]
    for row, most in zip(depths, (200, 30, 11), strict=True):
        assert row["depth"] <= most
    assert [row["width"] for row in depths] == sorted(row["width"] for row in depths)
    assert depths[0]["width"] <= depths[0]["map_rank"] + 3
    assert depths[1]["construction"] == depths[2]["construction"] == "lanes"


def test_a_width_budget_is_left_to_the_lanes():
    row = summary_of(lanes=2)
    assert summary_of(lanes=2, width=row["width"])["width"] == row["width"]


def test_many_samples_with_a_width_budget_get_a_map_of_that_rank_at_once(monkeypatch):
    maker = import_module("logwidth.pipeline.map_selection")
    monkeypatch.setattr(maker, "ALL_SAMPLES_UP_TO", IRIS.n_samples - 1)
    honest, least = maker.smallest_rank_map, []
    monkeypatch.setattr(maker, "smallest_rank_map", lambda *a, **k: least.append(1) or honest(*a, **k))
    row = summary_of(width=6, pieces="cover")
    assert row["map_rank"] == 3
    assert row["map_ratio_lower"] >= 1.0 - maker.ROOM_LEFT * 0.5
    assert not least
    assert summary_of(pieces="cover")["map_rank"] < 3  # no budget: the least rank
    assert least
    with pytest.raises(InputError, match=r"width 4 is too small for ratio 0\.999"):
        lw.memorize(IRIS, ratio=0.999, width=4, construction="register")


def test_the_smallest_network_is_smaller_than_the_narrowest_and_as_wide_as_it_needs_to_be():
    narrowest, smallest = lw.memorize(IRIS, ratio=0.9), lw.memorize(IRIS, ratio=0.9, smallest=True)
    assert smallest.certificate.holds
    assert smallest.summary["n_nonzero"] < narrowest.summary["n_nonzero"]
    assert smallest.map.rank >= narrowest.map.rank
    assert smallest.network.n_nonzero == smallest.summary["n_nonzero"]
    kept = lw.memorize(IRIS, ratio=0.9, smallest=True, width=narrowest.network.width)
    assert kept.network.width <= narrowest.network.width


def test_the_least_pieces_are_never_more_than_a_cover():
    for ratio in (0.5, 0.7):
        least, cover = (lw.memorize(IRIS, ratio=ratio, pieces=kind) for kind in ("least", "cover"))
        assert least.certificate.holds
        assert least.summary["n_pieces"] <= cover.summary["n_pieces"]


@pytest.mark.parametrize("kind", ["least", "cover"])
def test_a_depth_that_is_out_of_reach_is_said_in_the_pieces_that_were_asked_for(kind):
    pieces = lw.memorize(IRIS, ratio=0.9, pieces=kind, lanes=1).summary["n_pieces"]
    assert pieces < IRIS.n_samples
    with pytest.raises(InputError, match=f"no network of {pieces} pieces in 3 classes has depth 4; the least depth is"):
        lw.memorize(IRIS, ratio=0.9, pieces=kind, max_depth=4)


@pytest.mark.parametrize("norm", [1, "inf"])
def test_budgets_hold_for_other_norms_inside_l2_balls(norm):
    run = lw.memorize(IRIS, ratio=0.3, norm=norm, max_depth=30)
    assert run.certificate.holds
    assert run.certificate.norm == lw.memorize(IRIS, ratio=0.3, norm=norm).certificate.norm
    assert run.network.depth <= 30


def test_a_depth_that_asks_for_more_width_says_so():
    with pytest.raises(InputError, match="width 3 is out of reach"):
        lw.memorize(kit.cloud("budget", 20, 3, 3), ratio=0.9, pieces="all", max_depth=12, width=3, effort="low")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"max_depth": 4}, "least depth is"),
        ({"max_depth": 0}, "max_depth must be at least 1"),
        ({"lanes": -1}, "lanes must be at least 1"),
        ({"lanes": 2, "construction": "register"}, "use one of lanes"),
        ({"lanes": 2, "max_depth": 20}, "not both"),
        ({"max_depth": 5, "construction": "register"}, "max_depth 5 is out of reach"),
        ({"smallest": True}, "with the least pieces"),
    ],
)
def test_what_cannot_be_met_says_what_can(asked, told):
    with pytest.raises(InputError, match=told):
        lw.memorize(IRIS, ratio=0.9, pieces="all", **asked)
