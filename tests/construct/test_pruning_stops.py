"""Dropping pieces ends early where nearly every sample needs one of its own, and goes on where few serve many."""

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.construct import Plan
from logwidth.construct.pruning import drop, prune
from logwidth.construct.pruning.assign_and_move import ScoreMover
from logwidth.construct.pruning.problem import PruningProblem


def plan_of(points, labels, ratio):
    data = lw.Dataset(points, labels)
    delta = lw.separation(data).lower
    return Plan(data.points, data.labels, data.values, np.eye(data.n_features), 0.5 * ratio * delta, delta, "float32")


@pytest.mark.parametrize(("crowded", "tries"), [(True, 1), (False, None)])
def test_the_first_failure_ends_it_only_where_pieces_are_as_many_as_samples(monkeypatch, crowded, tries):
    rng = np.random.default_rng(0)
    labels = np.arange(500) % (10 if crowded else 2)
    points = rng.normal(size=(500, 3)) + (0 if crowded else 1) * np.c_[labels, labels, labels] * 0.8
    plan, tried = plan_of(points, labels, 0.9), []
    monkeypatch.setattr(drop.Pruner, "_try", lambda _self, dropped: tried.append(len(dropped)) or False)
    found = kit.pruned_prototypes(plan)
    assert (len(found.classes) > drop.PROMISING * 500) is crowded
    assert len(tried) == tries if crowded else len(tried) >= drop.MOST_FAILURES


def many_classes(count=100, d=8):
    rng = np.random.default_rng(0)
    centres, labels = rng.normal(size=(count, d)), np.arange(600) % count
    return plan_of(centres[labels] + 0.2 * rng.normal(size=(600, d)), labels, 0.9)


def test_where_one_score_per_class_nearly_serves_all_a_few_are_added_and_no_cover_is_made(monkeypatch):
    plan = many_classes()
    assert len(kit.covering_prototypes(plan).classes) > 105
    monkeypatch.setattr(prune, "covering_rows", None)
    found = kit.pruned_prototypes(plan, effort="low")
    assert 100 <= len(found.classes) <= 105
    assert kit.shortfall(plan, found, plan.matrix).max() <= 0


@pytest.mark.parametrize("effort", ["normal", "high"])
def test_pieces_hardly_more_than_classes_are_kept_unless_the_effort_is_high(monkeypatch, effort):
    tried = []
    monkeypatch.setattr(prune, "SMALL", 50)
    monkeypatch.setattr(drop.Pruner, "_try", lambda _self, dropped: tried.append(len(dropped)) or False)
    plan = many_classes()
    assert len(kit.pruned_prototypes(plan, effort=effort).classes) <= 105
    assert bool(tried) is (effort == "high")


def test_a_hasty_mover_stops_where_one_move_leaves_more_than_twice_as_many_unserved(monkeypatch):
    left = iter([3, 7, 0])
    mover = ScoreMover(PruningProblem(np.eye(4), np.arange(4) % 2, 0.1, 0.1), hasty=True)
    monkeypatch.setattr(mover, "served", lambda _scores: (np.zeros(9, dtype=int), (np.arange(9) < next(left)) * 1.0))
    monkeypatch.setattr(mover, "_moved", lambda scores, _cover: scores)
    mover.assign_and_move(None)
    assert mover.vain
    assert mover.hopeless
    assert next(left) == 0


def test_what_a_move_looked_at_counts_in_the_next_ones():
    plan = many_classes(60, 6)
    assert len(kit.pruned_prototypes(plan, effort="low").classes) <= 65  # 119 where each move sees its own pairs alone
    assert len(kit.covering_prototypes(plan).classes) > 100
