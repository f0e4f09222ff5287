"""Non-negative least squares: the oldest SciPy that is promised solves it, and one that does not end is no answer."""

import numpy as np
import pytest
from scipy.optimize import nnls

from logwidth.certify.leads import projection
from logwidth.construct import hulls
from logwidth.truth import centre


def hull(rng, n, d):
    """Whether a hull holds the origin: weights that sum to 1."""
    points = rng.normal(size=(n, d)) + 2
    return np.vstack([points.T / np.abs(points).max(), np.ones((1, n))])


def far_hull(rng, n, d):
    points = rng.normal(size=(n, d)) + 1e3
    return np.vstack([points.T / np.abs(points).max(), np.ones((1, n))])


def least_distance(rng, n, d):
    offsets = rng.normal(size=n)
    return np.vstack([rng.normal(size=(n, d)).T, -offsets / np.abs(offsets).max()])


def integers(rng, n, d):
    offsets = rng.integers(-3, 4, n)
    return np.vstack([rng.integers(-3, 4, (n, d)).T, -offsets / max(np.abs(offsets).max(), 1)])


def two_hulls(rng, n, d):
    """The shortest difference of two hulls: a heavy equation gives both the same shares."""
    points = np.hstack([rng.normal(size=(n, d)).T + 1, 1 - rng.normal(size=(n, d)).T])
    return np.vstack([points / np.abs(points).max(), np.repeat([[hulls.BALANCE, -hulls.BALANCE]], n), np.ones(2 * n)])


@pytest.mark.parametrize("table_of", [hull, far_hull, least_distance, integers, two_hulls], ids=lambda made: made.__name__)
def test_solutions_of_scipy_meet_the_conditions_of_the_optimum(table_of):
    """SciPy 1.15 gives wrong answers here without a word, 1.13 and 1.14 do not end."""
    for seed in range(300):
        rng = np.random.default_rng(seed)
        d, n = int(rng.integers(2, 12)), int(rng.integers(2, 60))
        table = table_of(rng, n, d)
        target = np.zeros(len(table))
        target[-1] = 1.0
        u, _ = nnls(table, target, maxiter=50 * table.shape[1])
        gradient, size = table.T @ (table @ u - target), np.abs(table).T @ (np.abs(table) @ u + target) + 1e-300
        assert (u >= 0.0).all()
        assert (gradient / size).min() > -1e-7
        assert np.abs(gradient[u > 0.0] / size[u > 0.0]).max(initial=0.0) < 1e-7


def test_where_the_solver_does_not_end_nothing_is_claimed(monkeypatch):
    def endless(*_arguments, **_options):
        raise RuntimeError("Maximum number of iterations reached.")

    rng = np.random.default_rng(0)
    monkeypatch.setattr(hulls, "nnls", endless)
    assert not hulls.towards(rng.normal(size=(3, 2))).any()
    assert not hulls.between(rng.normal(size=(3, 2)), 9.0 + rng.normal(size=(3, 2))).any()
    monkeypatch.setattr(projection, "nnls", endless)
    assert projection.nearest_point(rng.normal(size=(3, 2)), -np.ones(3), 2.0) is None
    monkeypatch.setattr("scipy.optimize.nnls", endless)
    assert centre._ball_step(np.eye(2), np.ones(2)) is None
