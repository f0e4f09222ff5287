"""The kernel's manners: progress, input errors, read-only and non-contiguous arrays, ties, memory."""

import sys
from itertools import product

import numpy as np
import pytest
from scipy.spatial.distance import cdist

import logwidth as lw
from logwidth.compute.threads import thread_pool
from logwidth.errors import InputError
from logwidth.separation import nearest_opposite, separation, share_within
from logwidth.separation.balls import Agenda, Balls
from logwidth.separation.blocks import blocks
from logwidth.separation.frame import Frame
from logwidth.separation.scan import scan_tile


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(sys.modules["logwidth.separation.balls"], "LEAST_ROWS", 1)
    monkeypatch.setattr(sys.modules["logwidth.separation.scan"], "SMALL", 0)


def cloud(n=200, d=3, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.integers(0, classes, n)


def test_progress_is_monotone_and_ends_at_one():
    seen = []
    nearest_opposite(*cloud(), memory_bytes=1, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[0] >= 0.0
    assert seen[-1] == 1.0
    assert len(seen) > 10


def test_ties_go_to_the_smaller_index():
    points = np.array([[0.0], [1.0], [-1.0], [1.0]])
    assert nearest_opposite(points, np.array([0, 1, 1, 1])).neighbor.tolist() == [1, 0, 0, 0]


def test_equal_opposite_samples_are_at_distance_zero():
    result = nearest_opposite(np.zeros((4, 2)), np.array([0, 1, 0, 1]))
    assert result.lower.tolist() == result.upper.tolist() == [0.0] * 4
    assert result.neighbor.tolist() == [1, 0, 1, 0]


def test_many_ties_stay_within_memory():
    points = np.repeat(np.eye(40), 8, axis=0) * 0.1
    labels = np.repeat(np.arange(40), 8)
    result = nearest_opposite(points, labels, memory_bytes=1)
    assert np.all(result.neighbor == np.where(labels == 0, 8, 0))


def test_layout_does_not_matter():
    points, labels = cloud()
    frozen = np.asfortranarray(points)
    frozen.setflags(write=False)
    assert np.array_equal(nearest_opposite(frozen, labels).upper, nearest_opposite(points, labels).upper)


@pytest.mark.parametrize("n", [2, 3, 50])
def test_every_sample_its_own_class(n):
    points, _ = cloud(n)
    d = np.linalg.norm(points[:, None] - points, axis=2) + np.diag(np.full(n, np.inf))
    assert np.array_equal(nearest_opposite(points, np.arange(n)).neighbor, d.argmin(axis=1))


@pytest.mark.parametrize(
    ("points", "labels", "message"),
    [
        (np.zeros((3, 2)), np.zeros(3), "two classes"),
        (np.array([[np.nan], [0.0]]), np.array([0, 1]), "finite"),
        (np.array([[-np.inf], [0.0]]), np.array([0, 1]), "finite"),
        (np.zeros(3), np.array([0, 1, 1]), r"\(N, d\)"),
        (np.zeros((3, 1)), np.array([0, 1]), "2 labels"),
    ],
)
def test_unusable_input_is_named(points, labels, message):
    with pytest.raises(InputError, match=message):
        nearest_opposite(points, labels)


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_what_is_looked_for_within_a_distance_is_what_all_pairs_say(norm, share):
    data = lw.load("codebook:n=1500,d=8,classes=12,noise=0.6")
    whole = nearest_opposite(data.points, data.labels, norm)
    within = float(np.quantile(whole.upper, share)) if share else 0.5 * float(whole.lower.min())
    found = nearest_opposite(data.points, data.labels, norm, within=within)
    near = whole.upper <= within
    assert (found.neighbor[near] == whole.neighbor[near]).all()
    assert (found.upper[near] == whole.upper[near]).all()
    assert (found.lower <= whole.lower).all()
    assert (found.lower >= np.minimum(whole.lower, within)).all()
    assert (found.neighbor[whole.lower > within * (1 + 1e-9)] == -1).all()


def test_balls_that_are_far_apart_are_not_looked_at_and_change_nothing(monkeypatch):
    data = lw.load("codebook:n=6000,d=16,classes=60,noise=0.25")
    looked = []

    def counted(*arguments):
        looked.append(1)
        return scan_tile(*arguments)

    monkeypatch.setattr(sys.modules["logwidth.separation.scan"], "scan_tile", counted)
    monkeypatch.setattr(sys.modules["logwidth.separation.balls"], "TILE", 0.0)  # as if small tiles cost nothing extra
    pruned = nearest_opposite(data.points, data.labels)
    least = nearest_opposite(data.points, data.labels, within=0.95 * float(pruned.lower.min()))
    few = len(looked)
    assert not (least.neighbor >= 0).any()
    monkeypatch.setattr(sys.modules["logwidth.separation.nearest"], "_cuts", lambda counts, *_: [blocks(counts, 199)])
    monkeypatch.setattr(Balls, "gaps", lambda self, number, apart: np.zeros(len(self.radii)))
    looked.clear()
    everything = nearest_opposite(data.points, data.labels)
    assert few < len(looked) == 60 * 59 // 2
    assert (everything.neighbor == pruned.neighbor).all()
    assert (everything.lower == pruned.lower).all()


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e140])
def test_gaps_between_balls_are_below_every_distance_across(scale, small_blocks):
    rng = np.random.default_rng(5)
    points = (rng.normal(size=(90, 3)) + 4 * rng.normal(size=(1, 3))) * scale
    cut = blocks(np.array([30, 30, 30]), 16)
    frame = Frame.fit(points, np.arange(90), points.min(axis=0), points.max(axis=0))
    with thread_pool() as pool:
        balls = Balls.around(frame, cut, pool)
    for a, first in enumerate(cut):
        for b, second in enumerate(cut):
            across = cdist(frame.scaled(first.where), frame.scaled(second.where)).min()
            assert balls.gaps(a, balls.apart(a))[b] <= across


def test_blocks_that_no_bound_reaches_are_not_looked_at_closer(small_blocks, monkeypatch):
    """The tiles within a bound are the same, and every gap holds, whether or not blocks far apart were looked at."""
    room = sys.modules["logwidth.separation.balls"]
    rng, real, looked = np.random.default_rng(7), room._farthest, []
    monkeypatch.setattr(room, "_farthest", lambda rows, others: looked.append(len(others)) or real(rows, others))
    points = 4 * np.repeat(rng.normal(size=(12, 3)), 20, axis=0) + rng.normal(size=(240, 3))
    frame, cut = Frame.fit(points, np.arange(240), points.min(axis=0), points.max(axis=0)), blocks(np.full(12, 20), 24)
    within = 1.5 * frame.scale
    with thread_pool() as pool:
        near, every = (Agenda.of(frame, cut, 2.0, bound, pool) for bound in (within, np.inf))
    assert sum(looked[:12]) < sum(looked[12:]) == 144
    few = every.gaps <= within
    assert 0 < few.sum() < len(every)
    assert (near.ends == every.ends[few]).all()
    assert (near.gaps == every.gaps[few]).all()
    for a, b in product(range(12), repeat=2):
        across = cdist(frame.scaled(cut[a].where), frame.scaled(cut[b].where)).min()
        assert near.balls.gaps(a, near.balls.apart(a))[b] <= across


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e140])
def test_gaps_between_blocks_on_a_line_are_their_distances_to_single_precision(scale, small_blocks):
    rng = np.random.default_rng(6)
    tight = 0
    for _ in range(40):
        line = rng.normal(size=5) * scale
        places = np.concatenate([rng.uniform(5 * k, 5 * k + width, 12) for k, width in enumerate((0.1, 4.0, 0.0))])
        points = places[:, None] * line
        cut = blocks(np.array([12, 12, 12]), 16)
        frame = Frame.fit(points, np.arange(36), points.min(axis=0), points.max(axis=0))
        with thread_pool() as pool:
            balls = Balls.around(frame, cut, pool)
        for a, b in ((0, 1), (1, 0), (1, 2), (2, 1), (0, 2)):
            across = cdist(frame.scaled(cut[a].where), frame.scaled(cut[b].where)).min()
            gap = balls.gaps(a, balls.apart(a))[b]
            assert gap <= across
            tight += gap > across - 1e-4 * (balls.radii[a] + balls.radii[b])
    assert tight == 40 * 5


def test_blocks_of_one_point_and_blocks_around_one_centre_have_gaps_that_hold(small_blocks):
    points = np.array([[0.0, 0.0]] * 9 + [[-1.0, 0.0], [1.0, 0.0]] * 5 + [[0.0, 1e-200]] * 10)
    cut = blocks(np.array([9, 10, 10]), 16)
    frame = Frame.fit(points, np.arange(29), points.min(axis=0), points.max(axis=0))
    with thread_pool() as pool:
        balls = Balls.around(frame, cut, pool)
    gaps = np.array([balls.gaps(a, balls.apart(a)) for a in range(3)])
    assert np.isfinite(gaps).all()
    assert (gaps <= 1e-200).all()


def test_classes_that_lie_apart_in_their_directions_need_no_look():
    data = lw.load("codebook:n=6400,d=16,classes=64,noise=0.25")
    least = separation(data).upper
    assert share_within(data.points, data.labels, 0.9 * least) < 0.1
    assert share_within(data.points, data.labels, 100 * least) > 0.9


@pytest.mark.parametrize("spread", [0.05, 0.6, 3.0])
def test_lines_that_are_not_seen_hold_no_pair_within_a_bound(spread, small_blocks):
    rng = np.random.default_rng(8)
    centres = rng.normal(size=(3, 4))
    points = np.repeat(centres, 14, axis=0) + spread * rng.normal(size=(42, 4))
    cut = blocks(np.array([14, 14, 14]), 16)
    frame = Frame.fit(points, np.arange(42), points.min(axis=0), points.max(axis=0))
    left_out = 0
    with thread_pool() as pool:
        balls = Balls.around(frame, cut, pool)
    for a, b, factor in ((0, 1, 1.0), (1, 2, 1.03), (2, 0, 0.99), (1, 0, 3.0)):
        x, y = frame.scaled(cut[a].where), frame.scaled(cut[b].where)
        far = cdist(x, y)
        x_upper, y_upper = (factor * far.min() * rng.uniform(0.9, most, 14) for most in (1.02, 1.01))
        i, j = balls.view(a, b, 1.0).near(x, y, x_upper, y_upper)
        wanted = np.argwhere((far <= x_upper[:, None]) | (far <= y_upper))
        assert np.isin(wanted[:, 0], i).all()
        assert np.isin(wanted[:, 1], j).all()
        left_out += 28 - len(i) - len(j)
    assert left_out or spread > 1.0


def test_small_blocks_that_see_a_part_of_each_other_find_the_nearest(monkeypatch, small_blocks):
    rng = np.random.default_rng(9)
    labels = np.repeat(np.arange(12), 30)
    points = 2.5 * rng.normal(size=(12, 3))[labels] + rng.normal(size=(360, 3))
    monkeypatch.setattr(sys.modules["logwidth.separation.nearest"], "_cuts", lambda counts, *_: [blocks(counts, 40)])
    sizes, real = [], sys.modules["logwidth.separation.scan"]._scanned

    def counted(cascade, rows, cols, known, lines):
        sizes.append(len(known.rows) * len(known.cols))
        return real(cascade, rows, cols, known, lines)

    monkeypatch.setattr(sys.modules["logwidth.separation.scan"], "_scanned", counted)
    found = nearest_opposite(points, labels)
    assert min(sizes) < 300
    other = cdist(points, points)
    other[labels[:, None] == labels] = np.inf
    assert (found.neighbor == other.argmin(axis=1)).all()
    assert (np.abs(found.upper - other.min(axis=1)) < 1e-12).all()
