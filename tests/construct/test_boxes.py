"""Boxes: covers hold their own and keep clear of the others, by few sides; lanes and depths are what was asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logwidth as lw
from logwidth.construct.boxes.cover import cover, scattered
from logwidth.construct.boxes.lattice import Lattice
from logwidth.construct.boxes.layers import longest, shared_out
from logwidth.construct.boxes.tree import Task, from_tree, sided
from logwidth.errors import InputError
from logwidth.maps import check_map


def clear_of(low, high, foreign, clear):
    return ((foreign - high >= clear) | (low - foreign >= clear)).any(axis=1).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_covers_hold_all_and_keep_clear(seed, d):
    draw = np.random.default_rng(seed)
    points = np.unique(draw.integers(0, 6, size=(50, d)), axis=0).astype(float)
    own = draw.random(len(points)) < 0.5
    own[0], own[-1] = True, False
    task = Task(points[own], points[~own], np.full(d, 0.9))
    for groups in (cover(task), scattered(task), from_tree(task)):
        assert np.array_equal(np.unique(np.concatenate(groups)), np.arange(own.sum()))
        for rows in groups:
            low, high = task.own[rows].min(axis=0), task.own[rows].max(axis=0)
            assert clear_of(low, high, task.foreign, task.clear)
            box = sided(task.own[rows], task.foreign, task.clear)
            inside = ((task.own[rows] > box.lower) & (task.own[rows] < box.upper)).all(axis=1)
            outside = ((task.foreign < box.lower) | (task.foreign > box.upper)).any(axis=1)
            assert inside.all()
            assert outside.all()
            assert box.size <= 2 * d


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_look_ups_count_what_a_box_holds(seed, d):
    draw = np.random.default_rng(seed)
    points = draw.integers(0, 5, size=(20, d)).astype(float)
    lattice = Lattice.of(points, np.full(d, 1.5))
    counts = lattice.counts(lattice.ranks)
    lo = draw.integers(0, np.array(lattice.shape), size=(10, d))
    hi = np.minimum(lo + draw.integers(0, 3, size=(10, d)), np.array(lattice.shape) - 1)
    for k in range(10):
        held = ((lattice.ranks >= lo[k]) & (lattice.ranks <= hi[k])).all(axis=1)
        assert counts.within(lo[k : k + 1], hi[k : k + 1] + 1)[0] == held.sum()
        low = np.array([lattice.values[j][lo[k, j]] for j in range(d)])
        high = np.array([lattice.values[j][hi[k, j]] for j in range(d)])
        assert lattice.too_close(counts, lo[k : k + 1], hi[k : k + 1])[0] != clear_of(low, high, points, np.full(d, 1.5))


def test_two_that_are_too_close_are_refused():
    with pytest.raises(InputError, match="too close in every feature"):
        sided(np.zeros((1, 2)), np.full((1, 2), 0.5), np.ones(2))
    with pytest.raises(InputError, match="too close in every feature"):
        scattered(Task(np.zeros((1, 9)), np.full((1, 9), 0.5), np.ones(9)))


def test_lanes_share_the_sides():
    sizes = [6, 5, 4, 3, 3, 3]
    for lanes in range(1, 7):
        shared = shared_out(sizes, lanes)
        assert sorted(k for lane in shared for k in lane) == list(range(6))
        assert longest(sizes, lanes) >= max(6, sum(sizes) / lanes)


def test_a_depth_budget_is_kept_by_the_fewest_lanes_and_refused_below_the_least():
    draw = np.random.default_rng(1)
    points = np.stack(np.meshgrid(*[np.arange(7.0)] * 2), axis=-1).reshape(-1, 2)
    data = lw.Dataset(points, draw.integers(0, 3, len(points)))
    asked = {"ratio": 0.9, "norm": "inf", "construction": "boxes"}
    narrow = lw.memorize(data, **asked)
    sizes = [(narrow.network.depth, narrow.network.width)]
    for depth in (narrow.network.depth - 1, 40, 24):
        run = lw.memorize(data, max_depth=depth, **asked)
        assert run.certificate.holds
        assert run.network.depth <= depth
        lanes = run.network.width - 3
        wider = lw.memorize(data, lanes=lanes, **asked)
        assert wider.onnx == run.onnx
        assert lw.memorize(data, lanes=lanes - 1, **asked).network.depth > depth
        sizes.append((run.network.depth, run.network.width))
    assert sizes == sorted(sizes, key=lambda size: -size[0])
    with pytest.raises(InputError, match="least depth is"):
        lw.memorize(data, max_depth=5, **asked)


def test_many_samples_in_l_infinity_are_boxed_unasked():
    values = np.arange(66.0)
    points = np.stack(np.meshgrid(values, values), axis=-1).reshape(-1, 2)
    labels = (points[:, 0] > 20).astype(int) + (points.sum(axis=1) > 90)
    run = lw.memorize(lw.Dataset(points, labels), ratio=0.9, norm="inf")
    assert run.certificate.holds
    assert run.summary["construction"] == "boxes"
    assert run.network.width == 4
    some = points[::501] + 0.449 * np.array([1, -1])
    assert run.predict(some).tolist() == labels[::501].tolist()


def test_few_samples_are_boxed_where_that_is_narrower_or_shallower():
    data = lw.Dataset([[0.0], [1.0], [2.0], [3.0]], ["a", "b", "b", "a"])
    run = lw.memorize(data, ratio=0.5, norm="inf")
    boxed = lw.memorize(data, ratio=0.5, norm="inf", construction="boxes")
    assert (run.network.width, run.network.depth) <= (boxed.network.width, boxed.network.depth)
    assert boxed.certificate.holds
    assert boxed.summary["n_pieces"] == 1


def test_boxes_go_without_a_map():
    data = lw.Dataset([[0.0, 1.0], [2.0, 5.0], [4.0, 0.0]], [0, 1, 0])
    start = check_map(data, np.array([[1.0, 1.0]]), norm="inf")
    with pytest.raises(InputError, match="along the features"):
        lw.memorize(data, ratio=0.1, norm="inf", construction="boxes", start=start)


def test_wine_needs_fewer_boxes_than_a_tree_has_leaves():
    """A tree without a margin: one with it has 28 leaves; boxes that grew around samples were 18."""
    run = lw.memorize(lw.load("wine"), ratio=0.4, norm="inf", construction="boxes")
    assert run.certificate.holds
    assert run.summary.n_pieces <= 12


@pytest.mark.slow
def test_digits_need_few_boxes():
    run = lw.memorize(lw.load("digits", scale=16), ratio=0.4, norm="inf", construction="boxes")
    assert run.certificate.holds
    assert run.summary.n_pieces <= 60
