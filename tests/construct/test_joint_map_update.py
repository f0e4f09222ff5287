"""The map moved with the pieces: fewer of them, on a map of the same rank, and every ball is still served."""

from dataclasses import replace

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.certify import certify
from logwidth.construct import CONSTRUCTIONS, Pruning
from logwidth.construct.pruning.assign_and_move import tightened
from logwidth.construct.pruning.joint_map_update import flattened, moved_with_map, prototypes_and_map, row_space
from logwidth.construct.pruning.problem import PruningProblem, Scores
from logwidth.maps import check_map


def lumps(seed=1, n=150, classes=3, d=10):
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(3 * classes, d)) * 3
    which = np.arange(n) % (3 * classes)
    return lw.Dataset(centres[which] + rng.normal(size=(n, d)), which % classes)


def fixed_plan(data, rank=4, ratio=0.9):
    matrix = lw.search_map(data, rank).matrix
    plan = kit.plan_of(data, ratio, "float32", matrix)
    return replace(plan, prototypes=kit.pruned_prototypes(plan))


@pytest.fixture(scope="module")
def case():
    data = lumps()
    plan = fixed_plan(data)
    return data, plan, Pruning(plan).with_new_map()


def test_fewer_pieces_serve_every_ball_on_a_map_of_the_same_rank(case):
    _, plan, found = case
    assert len(found.classes) < len(plan.prototypes.classes)
    assert found.matrix.shape == plan.matrix.shape
    np.testing.assert_allclose(found.matrix @ found.matrix.T, np.eye(4), atol=1e-12)
    assert np.linalg.norm(found.matrix @ plan.matrix.T) < 4**0.5 * 0.999  # another row space
    assert kit.shortfall(plan, found, found.matrix).max() <= -found.gap * (1 - 1e-6)
    assert kit.shortfall(plan, found, plan.matrix).max() > 0  # on the old map they would not do


def test_their_network_is_certified_and_right_in_exact_arithmetic(case):
    data, plan, found = case
    checked = check_map(data, found.matrix)
    moved = replace(plan, matrix=checked.matrix, distance=checked.distance_lower, prototypes=found)
    built = CONSTRUCTIONS["register"].build(moved)
    assert built.n_pieces == len(found.classes)
    proof = certify(built.network, data, plan.radius)
    assert (proof.status == 0).all()
    assert all(kit.survives_exactly(built.network, data, i, plan.radius, proof.rule) for i in range(data.n_samples))


def test_the_same_seed_gives_the_same_bytes(case):
    _, plan, found = case
    again = Pruning(plan).with_new_map()
    assert again.points.tobytes() == found.points.tobytes()
    assert again.matrix.tobytes() == found.matrix.tobytes()


def test_where_nothing_can_be_gained_nothing_is_tried():
    data = lumps()
    assert Pruning(kit.plan_of(data, 0.5, "float32")).with_new_map() is None  # the map keeps all features
    apart = lw.Dataset(
        np.repeat(10.0 * np.eye(3, 5), 5, axis=0) + 0.01 * np.arange(75).reshape(15, 5) % 7, np.arange(15) // 5
    )
    plan = kit.plan_of(apart, 0.5, "float32", lw.search_map(apart, 2).matrix)
    assert Pruning(plan).with_new_map() is None  # one per class


def of_features(plan):
    """The problem of the samples themselves instead of their images, in the same units, with the same gap."""
    return replace(PruningProblem.of(plan), images=(plan.points - plan.points.mean(axis=0)) / plan.distance)


def test_pieces_there_and_back_are_the_same(case):
    _, plan, _ = case
    problem, above = PruningProblem.of(plan), of_features(plan)
    scores = Scores.voronoi(problem, np.arange(0, 150, 7))
    back = prototypes_and_map(plan, above, replace(scores, weights=scores.weights @ plan.matrix))
    Y, C = plan.points @ back.matrix.T, back.points @ back.matrix.T
    found = (2 * Y @ C.T - (C * C).sum(axis=1) + back.offsets) / plan.distance**2
    exact = problem.images @ scores.weights.T + scores.biases
    np.testing.assert_allclose(found - found[:, :1], exact - exact[:, :1], atol=1e-9)
    np.testing.assert_allclose(back.matrix @ plan.matrix.T @ plan.matrix, back.matrix, atol=1e-9)
    assert np.linalg.matrix_rank(flattened(scores, 2).weights, tol=1e-9) == 2


def test_a_move_lowers_the_sum_of_squared_shortfalls_beyond_that_of_scores_alone():
    """The gradient in T is right: with it the descent goes deeper than with scores on a fixed map."""
    data = lumps()
    plan = fixed_plan(data)
    problem = of_features(plan)
    rng = np.random.default_rng(0)
    seeds = rng.permutation(data.n_samples)[:12]
    start = flattened(Scores.voronoi(problem, seeds), 4)
    cover = np.array([np.flatnonzero(start.classes == c)[0] for c in data.labels])
    rows, others = np.nonzero(data.labels[:, None] != start.classes[None, :])
    bounds = (problem.sigma, problem.gap)

    def total(scores):
        U = scores.weights[cover[rows]] - scores.weights[others]
        lead = (U * problem.images[rows]).sum(axis=1) + scores.biases[cover[rows]] - scores.biases[others]
        return float((np.maximum(bounds[1] + bounds[0] * np.linalg.norm(U, axis=1) - lead, 0.0) ** 2).sum())

    Q = row_space(start, 4)
    below = replace(problem, images=problem.images @ Q.T)
    alone, _ = tightened(below, replace(start, weights=start.weights @ Q.T), cover, (rows, others), bounds)
    together, _ = moved_with_map(problem, start, cover, (rows, others), (*bounds, 4))
    assert total(together) < 0.9 * total(replace(alone, weights=alone.weights @ Q)) < 0.9 * total(start)
    assert np.linalg.matrix_rank(together.weights - together.weights.mean(axis=0), tol=1e-6) == 4


def test_the_main_job_moves_the_map_only_where_it_may():
    data = lumps()
    run = lw.memorize(data, ratio=0.9, width=7)
    assert run.certificate.holds
    assert run.map.method == run.summary["map_method"] == "moved with the pieces"
    start = lw.search_map(data, 4)
    kept = lw.memorize(data, ratio=0.9, width=7, start=start)
    assert kept.map.matrix.tobytes() == start.matrix.tobytes()
    assert kept.summary["n_pieces"] >= run.summary["n_pieces"]
