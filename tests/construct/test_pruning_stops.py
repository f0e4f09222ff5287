"""Dropping pieces ends early where nearly every sample needs one of its own, and goes on where few serve many."""

import numpy as np
import pytest

import logwidth as lw
from logwidth.construct import Plan, pruned_prototypes
from logwidth.construct.pruning import drop


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
    found = pruned_prototypes(plan)
    assert (len(found.classes) > drop.PROMISING * 500) is crowded
    assert len(tried) == tries if crowded else len(tried) >= drop.MOST_FAILURES
