"""Peeling in the plane: every point of every set is decided right, with room, also where no set can be cut off whole."""

import numpy as np
import pytest

from logwidth.construct.lists.peeling import ImageBalls, peel
from logwidth.construct.lists.planar_peeling import PlanarSets, clipped, directions, polygon

WAYS = directions(96)


def discs(points, sigma):
    return [polygon(WAYS, np.full(len(WAYS), sigma)) + point for point in points]


def whole_ball_peeling(points, labels, sigma):
    return peel(ImageBalls(points, labels, np.eye(2), 2.0, sigma, 1e-3))[1]


def values(rules, y):
    """`v_1` of the nested maxima and minima, positive where a rule of label 0 decides."""
    sides = [1.0 if rule.label == 0 else -1.0 for rule in rules]
    g = [side * (y @ rule.normal - rule.offset) for side, rule in zip(sides, rules, strict=True)]
    v = g[-1]
    for side, part in zip(sides[-2::-1], g[-2::-1], strict=True):
        v = np.maximum(part, v) if side > 0 else np.minimum(part, v)
    return v


def ring(n=16):
    angles = 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angles), np.sin(angles)]), np.arange(n) % 2


def scattered(rng, sigma):
    """Points at least `2.5 sigma` apart, in two classes."""
    points = []
    while len(points) < 40:
        point = rng.uniform(-1, 1, 2)
        if all(np.linalg.norm(point - other) > 2.5 * sigma for other in points):
            points.append(point)
    return np.array(points), rng.integers(0, 2, 40)


@pytest.mark.parametrize("seed", [None, 0, 1, 2], ids=str)
def test_every_point_of_every_set_is_decided_with_room(seed):
    rng = np.random.default_rng(seed)
    sigma = 0.1
    points, labels = ring() if seed is None else scattered(rng, sigma)
    gap = 0.02 if seed is not None else 0.003
    rules, left = PlanarSets(WAYS, discs(points, sigma), labels, gap).peel()
    assert left.size == 0
    steps = np.concatenate([WAYS, 0.7 * WAYS[::5], np.zeros((1, 2))]) * sigma
    v = values(rules, points[:, None] + steps) * np.where(labels == 0, 1.0, -1.0)[:, None]
    assert (v >= 0.99 * gap).all()
    assert all(rule.margin >= 0.999 * gap for rule in rules)


def test_rules_that_cut_sets_succeed_where_whole_balls_are_stuck():
    points, labels = ring()
    assert whole_ball_peeling(points, labels, 0.1).size == len(points)
    rules, left = PlanarSets(WAYS, discs(points, 0.1), labels, 0.003).peel()
    assert left.size == 0
    assert len(rules) > len(points) / 2


def test_sets_that_overlap_are_left_over():
    points = np.array([[0.0, 0.0], [0.1, 0.0], [3.0, 0.0]])
    _, left = PlanarSets(WAYS, discs(points, 0.2), np.array([0, 1, 1]), 0.01).peel()
    assert left.tolist() == [0, 1]


def test_corners_are_those_of_the_intersection_where_some_lines_touch_nothing():
    rng = np.random.default_rng(4)
    heights = 1.0 + 0.3 * rng.random(len(WAYS))
    corners = polygon(WAYS, heights)
    assert (corners @ WAYS.T <= heights + 1e-9).all()
    inside = rng.uniform(-1.5, 1.5, (4000, 2))
    inside = inside[(inside @ WAYS.T <= heights).all(axis=1)]
    edges = np.roll(corners, -1, axis=0) - corners
    turns = edges[:, 0] * (inside[:, None, 1] - corners[:, 1]) - edges[:, 1] * (inside[:, None, 0] - corners[:, 0])
    assert (turns >= -1e-9).all()  # on the left of every edge, anticlockwise
    half = clipped(corners, WAYS[7], 0.2)
    below = inside[inside @ WAYS[7] <= 0.2]
    assert (below @ WAYS.T <= (half @ WAYS.T).max(axis=0) + 1e-9).all()
    assert (half @ WAYS[7] <= 0.2 + 1e-12).all()
