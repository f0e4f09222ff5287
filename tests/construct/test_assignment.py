"""Which own score serves which sample: against every one of the largest own scores, looked at one by one."""

from dataclasses import replace

import numpy as np
import pytest

from logwidth.construct.pruning import leads
from logwidth.construct.pruning import problem as problems
from logwidth.construct.pruning.problem import PruningProblem, Scores

SIGMA, GAP = 0.15, 0.02


def shortfall(problem, scores, i, s):
    """By how much own score s misses its lead on the ball of sample i, over all opposite scores."""
    j = np.flatnonzero(scores.classes != problem.labels[i])
    values = scores.weights @ problem.images[i] + scores.biases
    lengths = np.linalg.norm(scores.weights[s] - scores.weights[j], ord=problem.power, axis=1)
    return (GAP + SIGMA * lengths + values[j] - values[s]).max()


@pytest.mark.parametrize(("threads", "alone"), [(False, 1), (True, 1), (False, 60), (True, 60)])
@pytest.mark.parametrize("power", [1.0, 2.0, np.inf])
def test_no_other_of_the_largest_own_scores_serves_better(monkeypatch, power, threads, alone):
    monkeypatch.setattr(leads, "MOMENT", 0 if threads else np.inf)
    monkeypatch.setattr(problems, "ALONE", alone)  # 40 samples a class: by themselves, or two classes together
    monkeypatch.setattr(problems, "TOGETHER", 80)
    rng = np.random.default_rng(3)
    labels = np.arange(120) % 3
    problem = PruningProblem(rng.normal(size=(120, 4)), labels, SIGMA, GAP, power)
    assert [len(group) for group in problem.groups] == ([1, 1, 1] if alone == 1 else [2, 1])
    seeds = rng.permutation(120)[:100]  # some 33 a class: the last choices are left out
    moved = problem.images[seeds] + 0.05 * rng.normal(size=(100, 4))
    scores = Scores.at(moved, labels[seeds], seeds)
    scores = replace(scores, weights=scores.weights * rng.uniform(0.5, 1.5, (100, 1)))
    cover, short = leads.assign(problem, scores, SIGMA, GAP)
    unserved = 0
    for i in range(120):
        own = np.flatnonzero(scores.classes == labels[i])
        values = scores.weights[own] @ problem.images[i] + scores.biases[own]
        largest = own[np.argsort(-values, kind="stable")[: leads.CHOICES]]
        misses = [shortfall(problem, scores, i, s) for s in largest]
        missed = shortfall(problem, scores, i, cover[i])
        assert short[i] == pytest.approx(missed, abs=1e-9) if missed > 0 else short[i] == 0
        assert (short[i] <= 0) == (min(misses) <= 0)
        if short[i] > 0:
            assert short[i] == pytest.approx(min(misses), abs=1e-9)
            unserved += cover[i] != largest[0]
    assert unserved > 2  # of these a later choice was better than the first
    assert (short <= 0).sum() > 10
