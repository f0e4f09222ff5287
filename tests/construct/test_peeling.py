"""Peeling: it ends early only where no halfspace cuts a ball off, and is not tried twice on the same images."""

import numpy as np
import pytest
from scipy.optimize import linprog

import logwidth as lw
from logwidth.construct.lists import decision_list
from logwidth.construct.lists.peeling import ImageBalls, _may_cut, peel
from logwidth.pipeline.problem import Problem
from logwidth.pipeline.session import Session
from logwidth.pipeline.unnamed import solved


def balls(points, labels, sigma):
    return ImageBalls(points, labels, np.eye(points.shape[1]), 2.0, sigma, 1e-3)


def separable(x, others):
    """Whether some halfspace holds a point and none of others: a linear program, which knows of no radius."""
    m, n = others.shape[1], len(others)
    found = linprog(
        np.zeros(m + 1),
        A_ub=np.vstack([np.column_stack([others, -np.ones(n)]), np.append(-x, 1.0)]),
        b_ub=np.append(-np.ones(n), -1.0),
        bounds=[(None, None)] * (m + 1),
    )
    return found.status == 0


@pytest.mark.parametrize("seed", range(8))
def test_a_ball_may_be_cut_off_iff_a_halfspace_keeps_it_from_all_others(seed):
    rng = np.random.default_rng(seed)
    circle = np.stack([f(np.linspace(0, 2 * np.pi, 14, endpoint=False)) for f in (np.cos, np.sin)], axis=1)
    points = np.concatenate([circle, 0.8 * rng.uniform(-1, 1, size=(6, 2)), circle * 1.001])
    labels = np.concatenate([np.arange(14) % 2, rng.integers(0, 2, 6), 1 - np.arange(14) % 2])
    left = np.sort(rng.permutation(len(points))[: 12 + 2 * seed])
    small = balls(points, labels, 0.0)
    truth = any(separable(points[i], points[left[labels[left] != labels[i]]]) for i in left)
    assert _may_cut(small, left) == truth
    assert not _may_cut(balls(points, labels, 10.0), left)


def checkerboard():
    """Points of a grid in two classes like a checkerboard's squares, and its corners in both classes, side by side."""
    grid = np.array([[i, j] for i in range(5) for j in range(5)], dtype=float)
    labels = (grid.sum(axis=1) % 2).astype(np.int64)
    corners = [0, 4, 20, 24]
    return np.concatenate([grid, grid[corners] * 1.25 - 0.5]), np.concatenate([labels, 1 - labels[corners]])


def test_of_balls_that_no_halfspace_cuts_off_none_is_peeled_and_of_points_all_are():
    points, labels = checkerboard()
    rules, left = peel(balls(points, labels, 0.4))
    assert (rules, len(left)) == ([], len(points))
    assert len(peel(balls(points, labels, 0.01))[1]) == 0


def test_the_same_images_are_peeled_once(monkeypatch):
    angles = np.arange(12) * np.pi / 6
    points, labels = np.stack([np.cos(angles), np.sin(angles)], axis=1), np.arange(12) % 2
    maps, peeled = [], decision_list.peel
    monkeypatch.setattr(decision_list, "peel", lambda balls: maps.append(balls.T.tobytes()) or peeled(balls))
    data, request = lw.Dataset(points, labels), lw.Request(ratio=0.8, width=3, construction="list")
    with pytest.raises(lw.InputError, match="peeling"):
        solved(Problem.of(data, request, Session.of(data, request, None)))
    assert 1 <= len(maps) == len(set(maps))
