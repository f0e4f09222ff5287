"""What is left out changes nothing: far scores in a look at all samples, pairs that cannot fall short in a move."""

from dataclasses import replace

import numpy as np
import pytest

from logwidth.construct.pruning import assign_and_move, leads
from logwidth.construct.pruning.problem import PruningProblem, Scores

SIGMA, GAP, REACH = 0.3, 0.02, 0.2


def clouds(seed=0, classes=12, each=40, spread=0.25):
    """Clouds of which each is near some others; some have more than one score, moved off the means."""
    rng = np.random.default_rng(seed)
    centres, labels = rng.uniform(0, 3, (classes, 3)), np.arange(classes * each) % classes
    problem = PruningProblem(centres[labels] + rng.uniform(-spread, spread, (classes * each, 3)), labels, SIGMA, GAP)
    owners = np.concatenate([np.arange(classes), [2, 2, 7]])
    seeds = np.array([np.flatnonzero(labels == label)[0] for label in owners])
    return problem, Scores.at(centres[owners] + 0.1 * rng.normal(size=(len(owners), 3)), owners, seeds)


@pytest.mark.parametrize("entries", [1, 1000, 10**9])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_far_scores_do_not_matter(monkeypatch, seed, entries):
    problem, scores = clouds(seed)
    monkeypatch.setattr(leads, "TABLE", entries)  # a class at a time, some, all together
    found = leads.near_scores(problem, leads.by_class(scores)[1], (SIGMA, GAP), 0.0)
    assert found is not None
    assert 0 < found.sum() < 0.7 * found.size
    few = leads.assign(problem, scores, SIGMA, GAP)
    few += leads.rivals(problem, scores, few[0], (SIGMA, GAP), REACH, 10_000)
    monkeypatch.setattr(leads, "NEAR_SHARE", len(problem.labels))
    every = leads.assign(problem, scores, SIGMA, GAP)
    every += leads.rivals(problem, scores, every[0], (SIGMA, GAP), REACH, 10_000)
    assert (every[1] > 0).any()
    assert (every[1] == 0).any()
    assert all(np.array_equal(one, other) for one, other in zip(few, every, strict=True))


def test_a_class_without_near_scores_is_served():
    problem, _ = clouds()
    far = replace(problem, images=problem.images + 100.0 * np.eye(3)[0] * (problem.labels == 5)[:, None])
    means = Scores.at(far.balls[0], np.arange(12), np.arange(12))
    assert not leads.near_scores(far, means, (SIGMA, GAP), REACH)[5].any()
    cover, short = leads.assign(far, means, SIGMA, GAP)
    assert (cover[problem.labels == 5] == 5).all()
    assert (short[problem.labels == 5] == 0).all()


@pytest.mark.parametrize("sizes", [[3, 1, 4, 1, 5], [9], [1, 1]])
def test_every_class_is_in_one_group(sizes):
    chosen = np.eye(len(sizes), dtype=bool)
    for entries in (0, 4, 20, 1000):
        groups = leads.groups_near(chosen, np.array(sizes), entries, 6)
        assert [label for group in groups for label in group] == list(range(len(sizes)))


@pytest.mark.parametrize("many", [1, 10**9])
def test_pairs_that_cannot_fall_short_do_not_matter(monkeypatch, many):
    problem, scores = clouds()
    cover, _ = leads.assign(problem, scores, SIGMA, GAP)
    pairs = leads.rivals(problem, scores, cover, (SIGMA, GAP), REACH, 10_000)
    looked = []
    candidates = assign_and_move.Short.candidates

    def counted(self, W, b):
        found = candidates(self, W, b)
        looked.append(len(self.own) if isinstance(found, slice) else len(found))
        return found

    monkeypatch.setattr(assign_and_move.Short, "candidates", counted)
    monkeypatch.setattr(assign_and_move, "MANY", many)  # 10**9: all are always looked at
    moved, _ = assign_and_move.tightened(problem, scores, cover, pairs, (SIGMA, GAP))
    assert (min(looked) < len(pairs[0])) == (many < 10**9)
    monkeypatch.setattr(assign_and_move.Short, "candidates", lambda *_: slice(None))
    plain, _ = assign_and_move.tightened(problem, scores, cover, pairs, (SIGMA, GAP))
    assert np.array_equal(moved.weights, plain.weights)
    assert np.array_equal(moved.biases, plain.biases)
    assert not np.array_equal(moved.weights, scores.weights)
