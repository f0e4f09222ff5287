"""How long the searches go on: what each effort leaves out is said, and no guarantee depends on it."""

import numpy as np
import pytest

import logwidth as lw
from logwidth.construct import Plan, Pruning
from logwidth.construct.pruning import drop
from logwidth.construct.pruning.assign_and_move import ScoreMover
from logwidth.construct.pruning.problem import PruningProblem, Scores
from logwidth.maps.ascent import Ascent, patience_of
from logwidth.pipeline import Request, map_selection

EFFORTS = ("low", "normal", "high")


@pytest.fixture(scope="module")
def data():
    return lw.load("codebook:n=60,d=5,classes=3,noise=0.5")


@pytest.fixture(scope="module")
def runs(data):
    return {effort: lw.memorize(data, ratio=0.9, effort=effort) for effort in EFFORTS}


def test_every_effort_ends_with_a_certificate_and_more_effort_with_no_larger_network(runs):
    assert all(run.certificate.holds for run in runs.values())
    sizes = [(runs[effort].summary.width, runs[effort].summary.n_pieces) for effort in reversed(EFFORTS)]
    assert sizes == sorted(sizes)


def test_the_summary_says_the_effort_and_what_was_left_out(runs):
    assert [runs[effort].summary["effort"] for effort in EFFORTS] == list(EFFORTS)
    assert "stopped" not in runs["high"].summary
    assert any("no try to drop" in said for said in runs["low"].summary["stopped"])


def test_the_same_effort_gives_the_same_bytes(data, runs):
    assert lw.memorize(data, ratio=0.9).onnx == runs["normal"].onnx


@pytest.mark.parametrize(("effort", "most", "skipped"), [("normal", 50, True), ("high", 50, False), ("normal", 60, False)])
def test_of_many_samples_the_first_map_of_the_least_rank_is_taken(data, monkeypatch, effort, most, skipped):
    monkeypatch.setattr(map_selection, "MOST_SAMPLES", most)
    run = lw.memorize(data, ratio=0.5, effort=effort)
    assert run.certificate.holds
    assert any("of more than 50 samples the first" in said for said in run.summary.get("stopped", [])) == skipped


def test_an_unknown_effort_is_refused_with_the_known_ones():
    with pytest.raises(lw.InputError, match=r"unknown effort 'hihg' \(did you mean high\?\).*low, normal, high"):
        Request(ratio=0.9, effort="hihg")


@pytest.fixture(scope="module")
def plan():
    """Many pieces, far fewer than samples."""
    rng = np.random.default_rng(0)
    centres = 4 * rng.normal(size=(400, 3))
    data = lw.Dataset(np.repeat(centres, 3, axis=0) + 0.01 * rng.normal(size=(1200, 3)), np.arange(1200) // 3 % 5)
    delta = lw.separation(data).lower
    return Plan(data.points, data.labels, data.values, np.eye(3), 0.45 * delta, delta, "float32")


@pytest.mark.parametrize(("hasty", "looks"), [(True, 3), (False, 5)])
def test_only_a_hasty_mover_gives_up_after_two_moves_that_left_more_unserved(hasty, looks):
    problem = PruningProblem(np.zeros((90, 2)), np.arange(90) % 2, 0.4, 0.1)
    mover, unserved, seen = ScoreMover(problem, hasty=hasty), iter([50, 60, 55, 10, 0]), []
    mover.served = lambda scores: (
        seen.append(scores) or np.zeros(90, int),
        np.where(np.arange(90) < next(unserved), 1.0, 0.0),
    )
    mover._moved = lambda scores, cover: scores
    mover.assign_and_move(Scores.voronoi(problem, np.arange(4)))
    assert len(seen) == looks
    assert mover.hopeless is hasty


@pytest.mark.parametrize("effort", EFFORTS)
def test_tries_for_less_than_one_piece_in_a_hundred_are_for_high_effort(monkeypatch, plan, effort):
    tried, said, pruning = [], [], Pruning(plan, 0, effort, None)
    pruning.say = said.append
    monkeypatch.setattr(drop.Pruner, "_try", lambda _self, dropped: tried.append(len(dropped)) or False)
    pieces = len(pruning.pruned().classes)
    assert drop.SMALL < pieces < drop.PROMISING * 1200
    assert {"low": not tried, "normal": min(tried, default=0) >= pieces // 100, "high": min(tried, default=0) == 1}[effort]
    assert bool(said) == (effort != "high")


def test_after_a_success_a_search_is_hasty_no_more(monkeypatch, plan):
    pruning, movers = Pruning(plan, 0), []

    def once(pruner, dropped):
        movers.append((pruner.mover.hasty, len(dropped)))
        pruner.mover.work += pruner.budget / 40
        return len(movers) == 1

    monkeypatch.setattr(drop.Pruner, "_try", once)
    pruning.pruned()
    assert [hasty for hasty, _ in movers[:2]] == [True, False]
    assert movers[-1][1] < 4  # down to a few pieces, as far as the work allows


@pytest.mark.parametrize("effort", EFFORTS)
def test_less_effort_hops_less(monkeypatch, effort):
    data, hops = lw.load("codebook:n=60,d=6,classes=4,noise=0.8"), []
    climbed = Ascent._climbed
    monkeypatch.setattr(Ascent, "_climbed", lambda self, *how: hops.append(how[-1]) or climbed(self, *how))
    kept = lw.search_map(data, 2, effort=effort).ratio_lower
    assert sum(name.startswith("hop") for name in hops) >= patience_of(effort, 60, 2).hops
    assert kept <= lw.search_map(data, 2).ratio_lower + 1e-6  # the same hill, climbed by other steps
