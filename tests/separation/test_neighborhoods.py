"""The order of samples and tiles: heuristic, but nothing may be lost, and it must do what it is for."""

import sys

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from logwidth.compute.threads import thread_pool
from logwidth.separation import nearest_opposite
from logwidth.separation.balls import TILE, Agenda
from logwidth.separation.blocks import blocks, class_order, tiles
from logwidth.separation.frame import Frame
from logwidth.separation.neighborhoods import in_neighborhoods

scan, nearest = (sys.modules[f"logwidth.separation.{name}"] for name in ("scan", "nearest"))


def arranged(points, labels, side):
    """The frame in class order, the frame in neighborhoods, and the blocks of both."""
    order, counts = class_order(labels)
    frame, cut = Frame.fit(points, order, points.min(axis=0), points.max(axis=0)), blocks(counts, side)
    with thread_pool() as pool:
        return frame, in_neighborhoods(frame, np.eye(points.shape[1])[:4], cut, pool), cut


@pytest.mark.parametrize("sizes", [[1, 1], [70, 3, 5, 41, 2], [16, 17, 33, 100]])
def test_every_class_keeps_its_samples(sizes):
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    points = np.random.default_rng(1).standard_normal((len(labels), 6))
    before, after, _ = arranged(points, labels, 16)
    assert (labels[after.order] == np.sort(labels)).all()
    for label in range(len(sizes)):
        assert set(after.order[np.sort(labels) == label]) == set(before.order[np.sort(labels) == label])


def test_blocks_become_small():
    rng = np.random.default_rng(2)
    centres = 10 * rng.standard_normal((8, 4))
    points, labels = np.tile(centres, (64, 1)) + rng.standard_normal((512, 4)), np.zeros(512, dtype=np.int64)
    before, after, cut = arranged(points, labels, 64)
    spread = [sum(points[frame.order[b.where]].var(axis=0).sum() for b in cut) for frame in (before, after)]
    assert spread[1] < 0.5 * spread[0]


def test_the_nearest_tile_of_every_block_comes_early_and_none_is_lost():
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(5), 64)
    points = rng.standard_normal((320, 3)) + rng.standard_normal((5, 3))[labels]
    frame, _, cut = arranged(points, labels, 16)
    with thread_pool() as pool:
        agenda = Agenda.of(frame, cut, 2.0, np.inf, pool)
    sorted_, place = agenda.nearest_first(), {block.start: k for k, block in enumerate(cut)}
    assert {tuple(e) for e in sorted_.ends} == {(place[a.start], place[b.start]) for a, b in tiles(cut)}
    assert (np.diff(sorted_.gaps) >= 0.0).all()
    assert not sorted_.gaps[: len(cut)].any(), "the order of gaps comes first; here there are none yet"
    centre = np.array([frame.scaled(b.where).mean(axis=0) for b in cut])
    far = np.linalg.norm(centre[:, None] - centre, axis=2)
    assert np.allclose(sorted_.apart, far[tuple(sorted_.ends.T)])
    first = sorted_.ends[: len(cut)]
    for k, block in enumerate(cut):
        others = [j for j, other in enumerate(cut) if other.label != block.label]
        nearest = min(others, key=lambda j, k=k: far[k, j])
        assert {k, nearest} in [set(e) for e in first.tolist()]


@pytest.mark.parametrize(("noise", "alone"), [(0.01, True), (3.0, False)])
def test_classes_have_blocks_of_their_own_where_these_lie_apart(noise, alone, monkeypatch):
    rng = np.random.default_rng(4)
    labels = np.repeat(np.arange(40), 100)
    centres = 10 * np.stack([np.arange(40.0), *np.zeros((4, 40))], axis=1)
    points = centres[labels] + noise * rng.standard_normal((4000, 5))
    looked_at, real = [], scan.scan_tile
    monkeypatch.setattr(scan, "scan_tile", lambda cascade, tile: looked_at.append(tile[:2]) or real(cascade, tile))
    found = nearest_opposite(points, labels)
    assert all(a.mixed or b.mixed for a, b in looked_at) != alone
    entries = sum((a.stop - a.start) * (b.stop - b.start) for a, b in looked_at)
    assert entries < 39 * 200**2 if alone else entries > 0.4 * 4000**2
    other = cdist(points, points)
    other[labels[:, None] == labels] = np.inf
    assert (found.neighbor == other.argmin(axis=1)).all()


def test_the_expense_is_near_what_a_scan_looks_at(monkeypatch):
    rng = np.random.default_rng(5)
    labels = np.repeat(np.arange(60), 70)
    points = (4 * rng.standard_normal((60, 8)))[labels] + rng.standard_normal((4200, 8))
    order, counts = class_order(labels)
    frame, cut = Frame.fit(points, order, points.min(axis=0), points.max(axis=0)), blocks(counts, 139)
    with thread_pool() as pool:
        expected = Agenda.of(frame, cut, 2.0, np.inf, pool).expense
        whole = Agenda.of(frame, blocks(counts, 1024), 2.0, np.inf, pool).expense
        taxicab = Agenda.of(frame, cut, 1.0, np.inf, pool).expense
    looked_at, real = [], scan.scan_tile
    monkeypatch.setattr(scan, "scan_tile", lambda cascade, tile: looked_at.append(tile[:2]) or real(cascade, tile))
    monkeypatch.setattr(nearest, "blocks", lambda counts, _side: blocks(counts, 139))
    nearest_opposite(points, labels)
    spent = sum((a.stop - a.start) * (b.stop - b.start) + TILE for a, b in looked_at)
    assert 0.5 * spent < expected < 2 * spent
    assert expected < 0.9 * taxicab, "only balls say which tiles are left out"
    assert whole == pytest.approx(sum(k * TILE for k in range(1, 6)) + 4200**2 / 2, rel=0.2)
