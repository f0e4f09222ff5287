"""The search for folds: its bound is one, its gradient is right, it is deterministic and goes on where it was killed."""

import functools
from dataclasses import fields, replace

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.maps.folding.bound import Items, SampleTerms, radii, soft_minimum
from logwidth.maps.folding.climb import Fold, ScaledData, _ascended, climb
from logwidth.maps.folding.scan import hinge_speeds, limiting_pairs, may_be_cut, scan, tightest_pairs
from logwidth.maps.folding.search import (
    APART,
    ENOUGH,
    FAR,
    HOPE,
    STARTS,
    FoldSearch,
    Steps,
    first_fold,
    further_fold,
    in_input_units,
)
from logwidth.maps.folding.weights import FoldWeights, passed

IRIS = lw.load("iris")


def weights(rng, folds=2, rank=2, hinges=2, n=3, samples=10):
    return FoldWeights(
        P=rng.normal(size=(rank, n)),
        A=rng.normal(size=(hinges, n)),
        t=0.3 * rng.normal(size=(folds, hinges)),
        B=rng.normal(size=(folds - 1, hinges, rank)),
        b=rng.normal(size=(folds - 1, hinges, hinges)),
        E=0.5 * rng.normal(size=(folds, rank, hinges)),
        steepness=0.1 * rng.normal(size=(folds, hinges)),
        moves=0.1 * rng.normal(size=(samples, rank)),
        offsets=0.1 * rng.normal(size=samples),
        tilts=0.1 * rng.normal(size=(samples, folds, hinges)),
    )


def all_patterns(own, other, folds, hinges):
    bits = (np.arange(2 ** (folds * hinges))[:, None] >> np.arange(folds * hinges)) & 1
    pattern = bits.reshape(-1, folds, hinges).astype(bool)
    return Items(np.full(len(pattern), own), np.full(len(pattern), other), pattern)


@pytest.mark.parametrize("folds", [1, 2, 3])
def test_the_gradient_is_that_of_the_soft_minimum(folds):
    rng = np.random.default_rng(folds)
    w, points = weights(rng, folds), rng.normal(size=(10, 3))
    own, other = np.arange(9), np.arange(1, 10)
    items = Items(own, other, rng.random((9, folds, 2)) < 0.5)
    _, gradient = soft_minimum(w, points, items, 0.1)
    vector, step = w.vector(), 1e-6
    for k in rng.permutation(len(vector))[:60]:
        up, down = vector.copy(), vector.copy()
        up[k] += step
        down[k] -= step
        slope = (
            soft_minimum(w.of_vector(up), points, items, 0.1)[0] - soft_minimum(w.of_vector(down), points, items, 0.1)[0]
        ) / (2 * step)
        assert gradient.vector()[k] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize("seed", range(6))
def test_within_the_least_radius_of_all_patterns_the_own_score_leads(seed):
    rng = np.random.default_rng(seed)
    folds = 1 + seed % 3
    w, points = weights(rng, folds), rng.normal(size=(10, 3))
    terms = SampleTerms.of(w, points)
    for own, other in ((0, 1), (3, 7), (8, 2)):
        radius = float(radii(w, terms, all_patterns(own, other, folds, 2)).min())
        if radius <= 0:
            continue
        steps = rng.normal(size=(4000, 3))
        steps *= (radius * (1 - 1e-9) / np.linalg.norm(steps, axis=1) * rng.random(4000) ** 0.1)[:, None]
        y = passed(w, points[own] + steps).y
        scores = [2 * y @ c - c @ c + w.offsets[k] for k, c in ((own, terms.centres[own]), (other, terms.centres[other]))]
        assert (scores[0] >= scores[1] - 1e-9).all()


def test_the_scan_finds_what_all_patterns_find():
    rng = np.random.default_rng(0)
    w, points, labels = weights(rng), rng.normal(size=(10, 3)), np.arange(10) % 2
    _, bound = scan(w, points, labels, 1000)
    terms = SampleTerms.of(w, points)
    slowly = min(
        float(radii(w, terms, all_patterns(i, j, 2, 2)).min())
        for i in range(10)
        for j in range(10)
        if labels[i] != labels[j]
    )
    assert bound[0] >= slowly - 1e-12  # patterns that no ball of ratio 1 meets are left out
    cut = may_be_cut(w, terms)
    u = np.stack(passed(w, points).u, axis=1)
    assert (np.abs(u)[~cut] >= 0.5 * np.broadcast_to(hinge_speeds(w), u.shape)[~cut]).all()


def test_the_tightest_pairs_are_the_tightest_even_if_their_centres_are_far_apart():
    rng = np.random.default_rng(1)
    w, points, labels = weights(rng, samples=700), rng.normal(size=(700, 3)), rng.integers(0, 3, 700)
    w = replace(w, offsets=rng.normal(size=700))
    terms = SampleTerms.of(w, points)
    found = tightest_pairs(terms, labels, 50)
    c, y = terms.centres, terms.forward.y
    score = 2.0 * y @ c.T - (c * c).sum(axis=1) + w.offsets
    lead = score[np.arange(700), np.arange(700)][:, None] - score
    i, j = np.nonzero(labels[:, None] != labels[None])
    distance = lead[i, j] / (2.0 * np.linalg.norm(c[i] - c[j], axis=1))
    order = np.argsort(distance)[:50]
    assert np.array_equal(found, np.column_stack([i, j])[order])
    centres = np.linalg.norm(c[i] - c[j], axis=1)
    assert not set(order) <= set(np.argsort(centres)[:100])


def test_only_what_lies_in_an_item_is_moved():
    rng = np.random.default_rng(4)
    w, here = weights(rng), ScaledData(rng.normal(size=(10, 3)), np.arange(10) % 2)
    items = Items(np.array([0, 3]), np.array([1, 8]), rng.random((2, 2, 2)) < 0.5)
    found = _ascended(here, w, items, (0.1, 60))
    moved = np.flatnonzero((found.moves != w.moves).any(axis=1))
    assert set(moved) <= {0, 1, 3, 8}
    assert len(moved)
    assert soft_minimum(found, here.points, items, 0.1)[0] > soft_minimum(w, here.points, items, 0.1)[0]


def test_near_pairs_are_looked_at_whatever_they_do_at_the_sample():
    rng = np.random.default_rng(8)
    w, points, labels = weights(rng), rng.normal(size=(10, 3)), np.arange(10) % 2
    terms = SampleTerms.of(w, points)
    pairs = tightest_pairs(terms, labels, 40)
    active = np.stack(terms.forward.u, axis=1) > 0.0
    first = np.argsort(radii(w, terms, Items(pairs[:, 0], pairs[:, 1], active[pairs[:, 0]])), kind="stable")
    found = limiting_pairs(w, terms, pairs, 3)
    assert {*map(tuple, found)} == {*map(tuple, pairs[first[:3]]), *map(tuple, pairs[:3])}
    assert not {*map(tuple, pairs[:3])} <= {*map(tuple, pairs[first[:3]])}


def test_hinges_move_no_faster_than_their_speed():
    rng = np.random.default_rng(2)
    w = weights(rng, folds=3)
    speeds, points = hinge_speeds(w), rng.normal(size=(500, 3))
    near = points + 1e-3 * rng.normal(size=points.shape)
    for layer in range(3):
        change = np.abs(passed(w, points).u[layer] - passed(w, near).u[layer])
        assert (change <= speeds[layer] * np.linalg.norm(points - near, axis=1)[:, None] * (1 + 1e-9)).all()


def scaled(data):
    delta = lw.separation(data).lower
    return ScaledData((data.points - data.points.mean(axis=0)) / delta, data.labels), delta


def test_in_input_units_the_images_are_the_same():
    here, delta = scaled(IRIS)
    rng = np.random.default_rng(3)
    w = further_fold(here, first_fold(here, np.eye(4)[:2], 2, rng, 0.3), rng, 0.3)
    centre = IRIS.points.mean(axis=0)
    found = in_input_units(Fold(w, 0.5), here, centre, delta, 0.4)
    p, h = IRIS.points @ found.P.T, np.maximum(IRIS.points @ found.A.T - found.t[0], 0.0)
    u = p @ found.B[0].T + h @ found.b[0].T - found.t[1]
    y = p + h @ found.E[0].T + np.maximum(u, 0.0) @ found.E[1].T
    assert y == pytest.approx(delta * passed(w, here.points).y + w.P @ centre)


def test_an_ascent_that_only_its_own_items_speak_for_is_taken_back(monkeypatch):
    here, _ = scaled(IRIS)
    principal = np.linalg.svd(IRIS.points - IRIS.points.mean(axis=0), full_matrices=False)[2][:2]
    start = first_fold(here, principal, 2, np.random.default_rng([7, 0]), 0.05)
    begun = []

    def recorded(data, w, items, how):
        begun.append(w)
        return _ascended(data, w, items, how)

    monkeypatch.setattr("logwidth.maps.folding.climb.FEWEST", 1)  # so few items that what they gain is lost elsewhere
    monkeypatch.setattr("logwidth.maps.folding.climb._ascended", recorded)
    climb(here, start, (0.0005, 0.0005))
    assert begun[1] is begun[0] is start
    monkeypatch.setattr("logwidth.maps.folding.climb.TOO_FAR", np.inf)
    begun.clear()
    climb(here, start, (0.0005, 0.0005))
    assert begun[1] is not start


def test_numbers_have_the_sizes_of_their_arrays():
    w = weights(np.random.default_rng(5))
    sizes = w.of_vector(w.sized({"tilts": 10.0, "moves": 0.3}))
    assert (sizes.tilts == 10.0).all()
    assert (sizes.moves == 0.3).all()
    assert (sizes.P == 1.0).all()
    assert (sizes.offsets == 1.0).all()


def test_climbing_never_ends_below_its_start():
    here, _ = scaled(IRIS)
    w = first_fold(here, lw.search_map(IRIS, 2).matrix, 2, np.random.default_rng(0), 0.05)
    before = scan(w, here.points, here.labels, 6000)[1][0] / 0.5
    assert climb(here, w, (0.004, 0.001)).ratio >= before


@functools.cache
def linear_map():
    return lw.search_map(IRIS, 2)


def search(path=None):
    return FoldSearch(IRIS, linear_map(), lw.separation(IRIS).lower, 2, 0, path=path)


@pytest.fixture(scope="module")
def reached():
    return search().reach(0.9, 0.85)


def same(a, b):
    return all(np.array_equal(getattr(a, field.name), getattr(b, field.name)) for field in fields(a))


def test_what_was_found_so_far_is_for_smaller_ratios_only(monkeypatch):
    monkeypatch.setattr("logwidth.maps.folding.search.STARTS", 1)
    monkeypatch.setattr("logwidth.maps.folding.search.FAR", 0.0)
    folds = search()
    assert folds.so_far(0.5) is None
    assert folds.reach(0.99, 0.9) is None
    kept = folds.best.ratio
    assert folds.so_far(kept - 1e-3).ratio == kept
    assert folds.so_far(kept) is None


def test_the_same_seed_gives_the_same_folds_killed_or_not(reached, tmp_path, monkeypatch):
    assert reached.ratio >= 0.9
    assert reached.gap > 0
    path = tmp_path / "folds.npz"
    killed = search(path)
    count = []

    def some(*arguments, **_):
        count.append(1)
        if len(count) == 2:
            raise KeyboardInterrupt
        return climb(*arguments)

    monkeypatch.setattr("logwidth.maps.folding.search.climb", some)
    try:
        killed.reach(0.9, 0.85)
    except KeyboardInterrupt:
        assert path.exists()
    monkeypatch.undo()
    again = search(path)
    assert len(again.steps.done) == min(len(count), 1)
    assert same(again.reach(0.9, 0.85), reached)
    again.steps.close()
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_damaged_or_foreign_file_of_steps_is_ignored(content, tmp_path):
    path = tmp_path / "folds.npz"
    if content is None:
        other = Steps(path, "another search")
        here, _ = scaled(IRIS)
        other.recall(lambda: Fold(first_fold(here, np.eye(4)[:2], 2, np.random.default_rng(0), 0.1), 0.5))
    else:
        path.write_bytes(content)
    assert Steps(path, "this search").done == []


def test_a_file_that_cannot_be_written_costs_the_chance_to_resume_only(tmp_path):
    (tmp_path / "file").touch()
    steps = Steps(tmp_path / "file" / "folds.npz", "x")
    here, _ = scaled(IRIS)
    fold = Fold(first_fold(here, np.eye(4)[:2], 2, np.random.default_rng(0), 0.1), 0.5)
    assert steps.recall(lambda: fold) is fold
    assert steps.path is None


def test_a_search_that_is_hopeless_ends(monkeypatch):
    data = kit.thinned("wine")
    hopeless = FoldSearch(data, lw.search_map(data, 1), lw.separation(data).lower, 2, 0)
    assert hopeless.reach(0.99, 0.98) is None
    assert hopeless.steps.number == 6
    assert hopeless.best is not None


def begun(monkeypatch, seed, ratio):
    """What a search climbs from where every climb ends where it began, at one ratio."""
    begins = []
    monkeypatch.setattr("logwidth.maps.folding.search.climb", lambda _data, w, *_: begins.append(w) or Fold(w, ratio))
    folds = FoldSearch(IRIS, linear_map(), lw.separation(IRIS).lower, 2, seed)
    assert folds.reach(0.999, 0.9) is None
    return begins


def test_a_chain_that_fails_is_followed_by_what_another_seed_begins_with(monkeypatch):
    monkeypatch.setattr("logwidth.maps.folding.search.HOPE", np.inf)
    monkeypatch.setattr("logwidth.maps.folding.search.COOL_HOPE", np.inf)
    monkeypatch.setattr("logwidth.maps.folding.search.ANOTHER", np.inf)
    both = begun(monkeypatch, 0, 0.99)
    other = begun(monkeypatch, APART, 0.99)
    half = len(both) // 2
    assert len(other) == len(both)
    assert all(same(a, b) for a, b in zip(both[half:], other[:half], strict=True))
    assert not same(both[0], other[0])


@pytest.mark.parametrize(("share", "starts"), [(1.1 * FAR, ENOUGH), (0.5 * (HOPE + FAR), STARTS)])
def test_few_starts_end_a_search_only_if_they_are_far_off(monkeypatch, share, starts):
    linear = linear_map().ratio_lower
    missing = np.sqrt(share * 0.001 * (1.0 - linear))
    assert len(begun(monkeypatch, 0, 1.0 - missing)) == starts


def test_weights_survive_the_way_through_a_vector():
    w = weights(np.random.default_rng(4))
    again = w.of_vector(w.vector())
    assert same(again, w)
    assert not same(replace(w, P=2 * w.P), w)
