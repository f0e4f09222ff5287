"""Cells that hold many samples: hulls are measured right, every ball is held or kept out, never more halfspaces."""

import numpy as np
import pytest
from scipy.optimize import minimize

import logwidth as lw
from logwidth.certify import Outcome, certify
from logwidth.construct import Plan
from logwidth.construct.cells.cells import build_cells
from logwidth.construct.cells.shared import Room, cover_class, shared_cells
from logwidth.construct.hulls import hardest_first, hull_distances, widest_slab
from logwidth.network import evaluate


def slowly(hull, others):
    """The distance of two hulls by a general solver over the shares."""
    n, k = len(hull), len(others)
    shares = np.r_[np.full(n, 1 / n), np.full(k, 1 / k)]
    found = minimize(
        lambda s: ((s[:n] @ hull - s[n:] @ others) ** 2).sum(),
        shares,
        bounds=[(0, 1)] * (n + k),
        constraints=[{"type": "eq", "fun": lambda s: s[:n].sum() - 1}, {"type": "eq", "fun": lambda s: s[n:].sum() - 1}],
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return float(np.sqrt(max(found.fun, 0.0)))


@pytest.mark.parametrize("seed", range(6))
def test_slabs_are_as_wide_as_the_hulls_are_apart(seed):
    rng = np.random.default_rng(seed)
    m = 2 + seed
    hull, others = rng.normal(size=(7, m)) + 4 * np.eye(m)[0], rng.normal(size=(9, m))
    others[1] = others[0]  # a copy changes nothing
    w, width = widest_slab(hull, others)
    apart = slowly(hull, others)
    assert width <= (hull @ w).min() - (others @ w).max() + 1e-12
    assert width <= apart + 1e-6
    assert width >= apart - 1e-6 or width < 0
    normals, widths = hull_distances(others, hull, -np.inf)
    for point, normal, found in zip(others, normals, widths, strict=True):
        assert found == pytest.approx(slowly(hull, point[None]), abs=1e-6)
        assert ((hull - point) @ normal).min() == found


def test_hulls_that_meet_have_no_slab():
    square = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    assert widest_slab(square, square + 0.5)[1] <= 1e-9
    assert hull_distances(np.array([[0.5, 0.5]]), square, -np.inf)[1][0] <= 1e-9


def test_the_first_hull_that_is_too_near_ends_the_work():
    hull = np.array([[0.0, 0.0], [1.0, 0.0]])
    _, widths = hull_distances(np.array([[0.5, 3.0], [0.5, 0.1], [0.5, 5.0]]), hull, 1.0)
    assert widths.tolist() == [pytest.approx(3.0), pytest.approx(0.1), -np.inf]


def test_the_hardest_comes_first():
    assert hardest_first(np.array([[0.0], [5.0], [9.0]]), np.array([[10.0]])).tolist() == [2, 1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_every_own_ball_is_held_and_every_other_kept_out(seed):
    rng = np.random.default_rng(seed)
    own, others = rng.normal(size=(40, 3)), rng.normal(size=(60, 3))
    distance = np.sqrt(((own[:, None] - others[None]) ** 2).sum(axis=2)).min()
    room = Room(0.45 * distance, 0.02 * distance, 2.0)
    cells = shared_cells(own, others, room)
    margins = [own @ cell.normals.T - cell.offsets for cell in cells]
    held = np.array([(margin >= room.sigma + room.gap - 1e-12).all(axis=1) for margin in margins])
    assert held.any(axis=0).all()
    for cell in cells:
        out = others @ cell.normals.T - cell.offsets <= -(room.sigma + room.gap) + 1e-12
        assert out.any(axis=1).all()
        assert np.allclose(np.linalg.norm(cell.normals, axis=1), 1.0)
    single = list(cover_class(own, others, Room(room.sigma, 0.05 * distance * 0.98, 2.0)))
    assert sum(len(cell.offsets) for cell in cells) <= sum(len(cell.offsets) for cell in single)


@pytest.mark.parametrize("name", ["iris", "wine"])
def test_networks_are_never_deeper_and_right_on_the_spheres(name):
    data = lw.load(name)
    run = lw.memorize(data, ratio=0.95, construction="cells")
    assert run.certificate.holds
    sep = lw.separation(data)
    plan = Plan(
        data.points, data.labels, data.values, run.map.matrix, run.certificate.radius, run.map.distance_lower,
        share_cells=False,
    )  # fmt: skip
    single = build_cells(plan).network
    assert run.network.depth <= single.depth
    rng = np.random.default_rng(0)
    for _ in range(20):
        step = rng.normal(size=data.points.shape)
        points = data.points + 0.9999 * run.certificate.radius * step / np.linalg.norm(step, axis=1, keepdims=True)
        assert (evaluate(run.network, points)[:, 0] == data.values[data.labels]).all()
    assert run.certificate.radius <= sep.upper / 2


def test_where_sharing_costs_too_much_precision_one_sample_each_is_certified(monkeypatch):
    data = lw.load("iris")
    monkeypatch.setattr("logwidth.construct.cells.cells.SHARED_ROOM", 1e-9)
    run = lw.memorize(data, ratio=0.99, construction="cells")
    assert run.certificate.holds
    assert (certify(run.network, data, run.certificate.radius).status == Outcome.CERTIFIED).all()


def test_digits_take_a_few_halfspaces_a_cell():
    whole = lw.load("digits")
    data = lw.Dataset(whole.points[:120], whole.labels[:120])
    shared = lw.memorize(data, ratio=0.9, construction="cells")
    deeper = lw.memorize(data, ratio=0.9, construction="collapse", pieces="cover")
    assert shared.certificate.holds
    assert shared.network.depth < deeper.network.depth
