"""Two-sided radii: equal to slow independent ones, never above a point with another label, in every form and norm."""

import importlib.util
import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog, minimize, nnls

import kit
from logwidth.certify import recognise, two_sided_radii
from logwidth.certify.leads.first_layer import clip_radius_lower, read_first_layer
from logwidth.certify.leads.polyhedron import Centre, Polyhedron, distance_lower
from logwidth.certify.leads.projection import nearest_point
from logwidth.construct import CONSTRUCTIONS
from logwidth.dataset import Dataset, load
from logwidth.network import AffineLayer, evaluate, evaluate_exactly
from logwidth.pipeline import memorize
from logwidth.rounding import distance_upper, fraction
from logwidth.separation import separation

VORONOI = ["register", "collapse", "telescope", "parallel"]


def radii_of(name, data, norm=2.0, ratio=0.7):
    home = CONSTRUCTIONS[name].home
    plan = kit.plan_of(data, ratio, CONSTRUCTIONS[name].dtypes[-1], norm=home)
    plan = type(plan)(**{**vars(plan), "reach": 0.8 * separation(data, norm=2).sample_upper})
    built = CONSTRUCTIONS[name].build(plan)
    radius = plan.radius * (0.3 if norm != home else 1.0)
    found = two_sided_radii(recognise(built.network), data.points, data.values[data.labels], (radius, norm))
    return built, found


def slow_radius(data, i, norm):
    """The distance from sample i to the nearest point as near to an opposite sample as to all own ones."""
    own = data.points[data.labels == data.labels[i]]
    best = np.inf
    for other in data.points[data.labels != data.labels[i]]:
        # |x - other|^2 <= |x - s|^2 for all own s:  2 (other - s) x >= |other|^2 - |s|^2
        rows = 2 * (other - own)
        right = (other**2).sum() - (own**2).sum(axis=1) - rows @ data.points[i]
        best = min(best, _slow_program(rows, right, norm))
    return best


def _slow_program(rows, right, norm):
    d = rows.shape[1]
    if norm == 2.0:
        found = minimize(
            lambda y: y @ y, np.zeros(d), jac=lambda y: 2 * y, method="SLSQP", tol=1e-14,
            constraints=[{"type": "ineq", "fun": lambda y: rows @ y - right, "jac": lambda _: rows}],
        )  # fmt: skip
        return np.sqrt(found.fun) if (rows @ found.x - right).min() > -1e-6 else np.inf
    size = np.ones((d, 1)) if np.isinf(norm) else np.eye(d)
    cost = np.concatenate([np.zeros(d), np.ones(size.shape[1])])
    table = np.block([[-rows, np.zeros((len(rows), size.shape[1]))], [np.eye(d), -size], [-np.eye(d), -size]])
    limits = np.concatenate([-right, np.zeros(2 * d)])
    found = linprog(cost, table, limits, bounds=[(None, None)] * len(cost))
    return found.fun if found.status == 0 else np.inf


@pytest.mark.parametrize(("name", "norm"), list(itertools.product(VORONOI, [1.0, 2.0, np.inf])))
def test_rule_radii_are_those_of_a_slow_program(name, norm):
    data = kit.cloud("slow", 14, 3, 2)
    _, found = radii_of(name, data, norm)
    slow = np.array([slow_radius(data, i, norm) for i in range(data.n_samples)])
    known = np.isfinite(found.rule_upper)
    assert known.sum() > data.n_samples / 2
    assert (found.rule_lower <= slow * (1 + 1e-6)).all()
    assert np.allclose(found.rule_upper[known], slow[known], rtol=1e-5)
    assert (found.rule_lower[known] <= found.rule_upper[known]).all()
    assert np.median((found.rule_upper / found.rule_lower - 1)[known]) < 1e-6
    assert (found.radius_lower <= found.rule_lower * (1 + 1e-12)).all()
    assert found.solved < found.pairs


@pytest.mark.parametrize(("name", "norm"), list(itertools.product(CONSTRUCTIONS, [1.0, 2.0, np.inf])))
def test_proven_radii_survive_and_steps_lead_to_other_labels(name, norm):
    data = kit.cloud("two sides", 12, 2, 2)
    built, found = radii_of(name, data, norm)
    assert (found.radius_lower > 0).all()
    assert not kit.overlaps(data, found.radius_lower, norm)
    for i in range(0, data.n_samples, 3):
        assert kit.survives_exactly(built.network, data, i, found.radius_lower[i], built.rule, norm)
        length = max(np.linalg.norm(found.steps[i], ord=norm), 2.0**-500)
        inside = data.points[i] + found.steps[i] * min(1.0, found.radius_lower[i] / length) * (1 - 1e-12)
        value = data.values[data.labels[i]]
        if np.isfinite(found.rule_upper[i]):
            assert kit.reads(evaluate_exactly(built.network, inside.tolist())[0], data.values, built.rule) == value
        if np.isfinite(found.rule_upper[i]) and name in ("register", "collapse", "cells"):  # those with thin plateaus
            outside = data.points[i] + found.steps[i] * (1 + 2.0**-16)
            assert kit.reads(evaluate_exactly(built.network, outside.tolist())[0], data.values, built.rule) != value


@pytest.mark.parametrize("name", list(CONSTRUCTIONS))
def test_no_grid_point_within_a_proven_radius_has_another_label(name):
    """Every point of a grid in the plane, exactly evaluated."""
    data = kit.cloud("grid", 7, 2, 2, spread=6)
    built, found = radii_of(name, data)
    axis = np.arange(-9.0, 9.01, 0.5)
    grid = np.array(list(itertools.product(axis, axis)))
    outputs = evaluate(built.network, grid.astype(built.network.dtype))[:, 0]
    for i in range(data.n_samples):
        near = np.linalg.norm(grid - data.points[i], axis=1) < found.radius_lower[i]
        assert near.any()
        assert all(kit.reads(float(y), data.values, built.rule) == data.values[data.labels[i]] for y in outputs[near])


def proven_radius(rows, right):
    """The least `‖y‖_2` with `rows · y ≥ right`, from the dual `max ⟨right, λ⟩ − ½‖rowsᵀλ‖²` over `λ ≥ 0`.

    No solver is believed: y is feasible up to 1e-11, and no feasible point is shorter than the dual's value.
    """
    L = np.linalg.cholesky(rows @ rows.T)
    multipliers, _ = nnls(L.T, np.linalg.solve(L, right), maxiter=100 * len(L))
    y = rows.T @ multipliers
    length = np.linalg.norm(y)
    assert (rows @ y - right >= -1e-11 * np.linalg.norm(rows, axis=1) * length).all()
    assert right @ multipliers >= (1 - 1e-11) * length**2  # ⟨right, λ⟩ ≤ ⟨rowsᵀλ, y'⟩ ≤ ‖rowsᵀλ‖‖y'‖ for feasible y'
    return length


@pytest.fixture(scope="module")
def hundred_digits():
    """The nearest sample rule of a hundred digits, unprojected, as a network, and its two-sided radii."""
    whole = load("digits")
    data = Dataset(whole.points[:100], whole.labels[:100])
    plan = kit.plan_of(data, 0.9, "float64")
    plan = replace(plan, reach=0.6 * separation(data, norm=2).sample_upper)
    built = CONSTRUCTIONS["register"].build(plan)
    return data, two_sided_radii(recognise(built.network), data.points, data.values[data.labels], (plan.radius, 2.0))


def programs(data, i):
    """Per opposite sample the constraints of being as near to it as to all samples of the own class."""
    own, x = data.points[data.labels == data.labels[i]], data.points[i]
    for other in data.points[data.labels != data.labels[i]]:
        rows = 2 * (other - own)
        yield rows, (other - x) @ (other - x) - ((own - x) ** 2).sum(axis=1)


def test_an_unprojected_nearest_sample_rule_of_digits_has_the_radii_of_all_its_programs(hundred_digits):
    """Wang et al. (2019): a nearest neighbour rule's exact radius is the least of one small program per opposite sample."""
    data, found = hundred_digits
    assert (found.rule_upper / found.rule_lower - 1).max() < 1e-9
    assert np.median(found.rule_upper / found.radius_lower - 1) < 1e-6
    assert found.solved < found.pairs / 50
    slow = np.array([min(proven_radius(*program) for program in programs(data, i)) for i in range(100)])
    assert (found.rule_lower <= slow * (1 + 1e-11)).all()
    assert (np.abs(found.rule_upper / slow - 1) < 1e-9).all()
    assert (slow * (1 + 1e-9) >= separation(data, norm=2).sample_lower / 2).all()


@pytest.mark.slow
def test_another_solver_finds_the_same_radii_of_digits(hundred_digits):
    data, found = hundred_digits
    for i in range(0, 100, 3):
        slow = min(_slow_program(*program, 2.0) for program in programs(data, i))
        assert found.rule_upper[i] == pytest.approx(slow, rel=1e-9)


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_steps_into_corners_of_cells_reach_another_label_in_floats(norm):
    """In float32 the boundary is blurred: the nearest point of a corner alone is not enough, nor the way on from there."""
    data = kit.cloud("corners", 40, 4, 3, spread=9)
    run = memorize(data, ratio=0.6, norm=norm, construction="cells")
    values = data.values[data.labels]
    found = two_sided_radii(recognise(run.network), data.points, values, (run.certificate.radius, norm))
    outputs = evaluate(run.network, data.points + found.steps)[:, 0]
    nearest = data.values[np.argmin(np.abs(outputs[:, None] - data.values), axis=1)]
    assert (nearest != values).all()
    lengths = np.linalg.norm(found.steps, ord=norm, axis=1)
    assert (lengths <= found.radius_lower * (1 + 1e-3)).all()


@pytest.mark.parametrize("name", ["register", "cells"])
def test_nothing_is_said_beyond_where_the_first_layer_clips(name):
    """Without room the first layer clips between the balls and the boundary: both lower radii end there."""
    data = kit.cloud("clipped", 14, 2, 3)
    plan = kit.plan_of(data, 0.3, "float64")
    form = recognise(CONSTRUCTIONS[name].build(plan).network)
    layer = form.first
    tight = replace(
        layer, b=layer.b - (data.points @ layer.T.T + layer.b).min(axis=0) + 1.01 * plan.radius * np.abs(layer.T).max()
    )
    form = replace(form, first=tight)
    clip = clip_radius_lower(tight, data.points, 2.0)
    found = two_sided_radii(form, data.points, data.values[data.labels], (plan.radius * 2.0**-4, 2.0))
    assert (found.rule_lower <= clip).all()
    assert (found.radius_lower <= clip).all()
    assert (found.rule_lower == clip).any()


def test_a_search_cut_short_proves_no_more_than_the_whole_one(monkeypatch):
    data = kit.cloud("cut short", 40, 4, 2, spread=1)
    _, whole = radii_of("cells", data)
    for limit in ("MOST_NODES", "MOST_SOLVED"):
        monkeypatch.setattr(importlib.import_module("logwidth.certify.forms.cells.requirement"), limit, 1)
    _, short = radii_of("cells", data)
    assert np.isfinite(whole.rule_upper).all()
    assert (short.rule_lower <= whole.rule_upper).all()
    assert (short.radius_lower <= whole.rule_upper).all()
    assert (short.rule_lower < 0.99 * whole.rule_upper).any()


@pytest.mark.parametrize("norm", [1.0, 1.5, 2.0, 3.0, np.inf])
def test_no_multipliers_prove_more_than_the_distance(norm):
    """Random multipliers, good and bad: the bound never exceeds the distance of a point of the body."""
    rng = kit.rng_of("multipliers", norm)
    for case in range(60):
        d, k = 1 + case % 4, 1 + case % 5
        first = read_first_layer(AffineLayer.from_dense(rng.integers(-3, 4, (d, d)) + 7 * np.eye(d), np.full(d, 50.0)), [])
        x, inside = rng.integers(-5, 6, d).astype(float), rng.integers(-9, 10, d).astype(float)
        weights = rng.normal(size=(k, d))
        z = first.T @ inside + first.b
        body = Polyhedron(weights, -(weights @ z) + rng.uniform(0, 1e-9, k) + 1e-12, np.zeros(k))
        centre = Centre(first.T @ x + first.b, np.zeros(d))
        found = nearest_point(weights @ first.T, weights @ centre.image + body.biases, norm)
        trials = [rng.exponential(size=k), -rng.normal(size=k), np.full(k, np.nan), np.zeros(k)]
        trials += [] if found is None else [found[1]]
        for multipliers in trials:
            assert distance_lower(first, centre, body, multipliers, norm) <= distance_upper(inside, x, norm)


@pytest.mark.parametrize("norm", [1.0, 2.0, 3.5, np.inf])
def test_distances_are_rounded_up(norm):
    rng = kit.rng_of("distance", norm)
    for scale in (1.0, 2.0**-600, 2.0**600):
        a, b = rng.normal(size=(2, 5)) * scale
        gaps = [abs(fraction(u) - fraction(v)) for u, v in zip(a, b, strict=True)]
        bound = fraction(distance_upper(a, b, norm))
        if norm == 2.0:
            assert bound**2 >= sum(g * g for g in gaps)
        elif norm == 1.0:
            assert bound >= sum(gaps)
        else:
            assert bound >= max(gaps)
            assert norm == np.inf or float(bound) == pytest.approx(np.linalg.norm((a - b) / scale, norm) * scale)
