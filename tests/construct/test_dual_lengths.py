"""Pieces for balls in any norm: dual lengths, covers by their definition, networks that hold in exact arithmetic."""

from dataclasses import replace

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.certify import certify
from logwidth.construct import CONSTRUCTIONS
from logwidth.construct.pruning.problem import PruningProblem, length_slopes, pairwise, smooth_lengths
from logwidth.construct.pruning.reach import covered_lists
from logwidth.norms import dual_exponent

NORMS = [1.0, 1.5, 2.0, 3.0, np.inf]
KINDS = {"cover": kit.covering_prototypes, "least": kit.pruned_prototypes}


def lumps(seed=0, n=60):
    rng = np.random.default_rng(seed)
    centres = 6 * rng.normal(size=(6, 4))
    return lw.Dataset(centres[np.arange(n) % 6] + rng.normal(size=(n, 4)), np.arange(n) % 6 % 3)


@pytest.mark.parametrize("power", NORMS)
def test_lengths_are_those_of_the_norm_and_slopes_their_gradients(power):
    rng = np.random.default_rng(0)
    U, V = rng.normal(size=(20, 5)), rng.normal(size=(7, 5))
    exact = np.linalg.norm(U[:, None] - V[None], ord=power, axis=2)
    np.testing.assert_allclose(pairwise(U, V, power), exact, rtol=1e-9)
    length = smooth_lengths(U, power)
    slope = length_slopes(U, length, power)
    norms = np.linalg.norm(U, ord=power, axis=1)
    assert (length >= norms * (1 - 1e-12)).all()
    assert (length <= norms * 5 ** (1 / 16)).all()
    for k in range(5):
        step = 1e-6 * np.eye(5)[k]
        slopes = (smooth_lengths(U + step, power) - smooth_lengths(U - step, power)) / 2e-6
        np.testing.assert_allclose(slope[:, k], slopes, atol=1e-5)


@pytest.mark.parametrize("norm", [1.0, 3.0, np.inf])
def test_covers_are_those_of_the_definition(norm):
    plan = kit.plan_of(lumps(), 0.5, "float32", norm=norm)
    problem = PruningProblem.of(plan)
    assert problem.power == dual_exponent(norm)
    for label in range(problem.n_classes):
        own, opposite = problem.images[problem.labels == label], problem.images[problem.labels != label]
        for s, covered in enumerate(covered_lists(problem, label)):
            reach = 2 * problem.sigma * np.linalg.norm(own[s] - opposite, ord=problem.power, axis=1)
            lead = ((own[:, None] - opposite[None]) ** 2).sum(axis=2) - ((own - own[s]) ** 2).sum(axis=1)[:, None]
            assert covered.tolist() == np.flatnonzero((lead >= reach + problem.gap).all(axis=1)).tolist()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("norm", [1.0, 3.0, np.inf])
def test_networks_of_few_pieces_are_certified_and_right_in_exact_arithmetic(kind, norm):
    data = lumps(1)
    plan = kit.plan_of(data, 0.4, "float32", norm=norm)
    pieces = KINDS[kind](plan)
    assert len(pieces.classes) < data.n_samples
    built = CONSTRUCTIONS["register"].build(replace(plan, prototypes=pieces))
    proof = certify(built.network, data, plan.radius, norm=norm)
    assert (proof.status == 0).all()
    exact = 2.0 if norm == 3.0 else norm  # the ℓ2 ball lies in the ℓ3 ball
    assert all(kit.survives_exactly(built.network, data, i, plan.radius, proof.rule, exact) for i in range(data.n_samples))


def test_where_samples_cannot_cover_all_it_is_said():
    data = lw.Dataset([[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]], [0, 1])
    with pytest.raises(lw.InputError, match="no cover"):  # ‖u‖_2² = 4 < 2σ‖u‖_1 = 4 · 0.9 + gap
        kit.covering_prototypes(
            kit.plan_of(lw.Dataset(data.points * [1, 0.5, 0.1, 0.1], data.labels), 0.99, "float32", norm=np.inf)
        )


@pytest.mark.parametrize(("name", "norm", "ratio"), [("iris", 3, 0.9), ("wine", "inf", 0.5)])
def test_a_named_construction_of_scores_goes_beyond_the_l2_balls(name, norm, ratio):
    data = kit.thinned(name)
    runs = {kind: lw.memorize(data, ratio=ratio, norm=norm, construction="register", pieces=kind) for kind in KINDS}
    for kind, run in runs.items():
        assert run.certificate.holds
        assert run.summary["route"] == "direct"
        assert run.summary["pieces"] == kind
    assert runs["least"].summary["n_pieces"] < runs["cover"].summary["n_pieces"] < data.n_samples
    with pytest.raises(lw.InputError, match="inside l2 balls"):
        lw.memorize(data, ratio=ratio, norm=norm, construction="register", width=data.n_features + 2)
