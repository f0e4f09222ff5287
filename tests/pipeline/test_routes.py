"""Other norms by either route, the narrower one wins; decision lists narrow the width bracket."""

from pathlib import Path

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.errors import InputError
from logwidth.norms import containment

rng = np.random.default_rng(4)
RING = lw.Dataset(np.concatenate([rng.normal(size=(10, 3)) + 6, rng.normal(size=(10, 3))]), [0] * 10 + [1] * 10)


@pytest.mark.parametrize(("p", "d"), [(p, d) for p in (1.0, 1.5, 2.0, 3.0, np.inf) for d in (1, 4, 9)])
def test_the_ball_lies_in_the_larger_euclidean_ball(p: float, d: int) -> None:
    steps = np.random.default_rng(d).normal(size=(200, d))
    steps = np.concatenate([steps, np.ones((1, d)), np.eye(d)])
    steps /= np.linalg.norm(steps, ord=p, axis=1, keepdims=True)
    lengths = np.linalg.norm(steps, axis=1)
    assert lengths.max() <= containment(p, d) * (1 + 1e-12)
    assert lengths.max() >= containment(p, d) * (1 - 1e-12)


@pytest.mark.parametrize(("norm", "ratio"), [(1.5, 0.6), (3, 0.6), ("inf", 0.3)])
def test_a_euclidean_construction_serves_other_norms_through_larger_balls(
    norm: object, ratio: float, tmp_path: Path
) -> None:
    data = kit.thinned("iris")
    run = lw.memorize(data, ratio=ratio, norm=norm, construction="register")
    assert run.summary["route"] == "l2 balls"
    assert run.summary["construction"] == "register"
    assert run.summary["ratio"] == ratio
    assert run.certificate.holds
    run.save(tmp_path / "run")
    assert lw.check(tmp_path / "run", data).passed


def test_the_narrower_route_is_taken_and_named() -> None:
    data = kit.thinned("wine")
    contained = lw.memorize(data, ratio=0.3, norm=3)
    direct = lw.memorize(data, ratio=0.3, norm=3, construction="cells")
    assert direct.summary["route"] == "direct"
    assert contained.summary["route"] == "l2 balls"
    assert contained.network.width < direct.network.width
    assert contained.certificate.holds
    assert direct.certificate.holds


def test_a_ratio_out_of_reach_says_which_is_in_reach() -> None:
    with pytest.raises(
        InputError, match=r"register serves linf balls inside l2 balls, here up to ratio 0\.\d+ and not 0.95"
    ):
        lw.memorize(lw.load("iris"), ratio=0.95, norm="inf", construction="register")


def test_a_named_construction_is_kept() -> None:
    run = lw.memorize(RING, ratio=0.5, norm=3, construction="minkowski")
    assert (run.summary["construction"], run.summary["route"]) == ("minkowski", "direct")
    assert run.certificate.holds


@pytest.mark.parametrize("norm", [1, 2, 3, "inf"])
def test_separable_classes_need_no_more_than_the_rank_of_the_map(norm: object) -> None:
    bracket = lw.width_bracket(RING, 0.3, norm=norm)
    assert bracket.run.summary["construction"] == "list"
    assert bracket.upper == bracket.rank_upper == 1
    assert bracket.run.certificate.holds


def test_a_list_narrows_the_bracket_by_one(tmp_path: Path) -> None:
    data = lw.Dataset([[0.0, 0], [4, 0], [-2, 3.5], [-2, -3.5]], [0, 1, 1, 1])
    bracket = lw.width_bracket(data, 0.9)
    assert bracket.run.summary["construction"] == "list"
    assert bracket.upper == bracket.rank_upper + 1
    bracket.run.save(tmp_path / "run")
    assert lw.check(tmp_path / "run", data).passed


def test_without_a_list_the_bracket_stays() -> None:
    angles = 2 * np.pi * np.arange(12) / 12
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    data = lw.Dataset(np.concatenate([ring, [[2.0, 2.0]]]) * 10, [*(np.arange(12) % 2), 0])
    bracket = lw.width_bracket(data, 0.99)
    assert bracket.run.summary["construction"] == "collapse"
    assert bracket.upper == bracket.rank_upper + 2
