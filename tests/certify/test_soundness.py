"""Every certified ball survives what can be thrown at it: exact rationals, every order of summation, every norm."""

import numpy as np
import pytest

import kit
from logwidth.certify import BallProof, Outcome, certify, recognise
from logwidth.certify.leads.comparison import leads_exactly
from logwidth.certify.leads.leads import BallScores
from logwidth.construct import CONSTRUCTIONS


@pytest.mark.parametrize(("name", "dtype", "family"), kit.CASES)
@pytest.mark.parametrize("ratio", [0.99, pytest.param(0.5, marks=pytest.mark.slow)])
def test_every_ball_is_certified_and_survives(name, dtype, family, ratio):
    data = kit.FAMILIES[family]()
    plan, built = kit.build(name, data, ratio, dtype)
    found = certify(built.network, data, plan.radius, norm=plan.norm)
    assert found.reason == ""
    assert (found.status == Outcome.CERTIFIED).all()
    assert found.form == name or data.n_features == 1  # on a line all norms are one
    assert found.rule == built.rule
    assert (found.radius_lower >= plan.radius).all()
    for i in range(0, data.n_samples, 1 + data.n_samples // 3):
        assert kit.survives_exactly(built.network, data, i, plan.radius, found.rule, plan.norm)
        assert kit.survives_floats(built.network, data, i, plan.radius, found.rule, plan.norm)


@pytest.mark.parametrize(("name", "dtype", "family"), kit.CASES)
def test_reported_radii_survive_and_opposite_balls_are_disjoint(name, dtype, family):
    """`radius_lower` is a claim of its own, also where it exceeds the radius asked for."""
    data = kit.FAMILIES[family]()
    plan, built = kit.build(name, data, 0.8, dtype)
    found = certify(built.network, data, plan.radius, norm=plan.norm)
    assert not kit.overlaps(data, found.radius_lower, plan.norm)
    for i in range(1, data.n_samples, 1 + data.n_samples // 2):
        assert kit.survives_exactly(built.network, data, i, found.radius_lower[i], found.rule, plan.norm)
        assert kit.survives_floats(built.network, data, i, found.radius_lower[i], found.rule, plan.norm)


@pytest.mark.parametrize("norm", [1, 1.01, 1.5, 2, np.inf, *(pytest.param(p, marks=pytest.mark.slow) for p in (1.001, 3))])
@pytest.mark.parametrize("name", list(CONSTRUCTIONS))
def test_radii_in_other_norms_survive(name, norm):
    data = kit.cloud("norms", 9, 2, 2)
    dtype = CONSTRUCTIONS[name].dtypes[-1]
    plan, built = kit.build(name, data, 0.9, dtype)
    found = certify(built.network, data, 0.3 * plan.radius, norm=norm)
    assert (found.status == Outcome.CERTIFIED).all()
    for i in range(0, data.n_samples, 2):
        assert kit.survives_exactly(built.network, data, i, found.radius_lower[i], found.rule, norm)
    assert not kit.overlaps(data, found.radius_lower, norm)


@pytest.mark.parametrize("name", list(CONSTRUCTIONS))
def test_a_radius_beyond_half_the_distance_is_never_certified_for_all(name):
    data = kit.cloud("beyond", 9, 3, 2)
    plan, built = kit.build(name, data, 0.9, CONSTRUCTIONS[name].dtypes[0])
    for factor in (1.0, 1.0 + 1e-9, 1.1, 3.0):
        found = certify(built.network, data, plan.distance / 2 * factor, norm=plan.norm)
        certified = np.flatnonzero(found.status == Outcome.CERTIFIED)
        assert certified.size < data.n_samples
        for i in certified:
            assert kit.survives_exactly(built.network, data, i, plan.distance / 2 * factor, found.rule, plan.norm)


@pytest.mark.parametrize("name", list(CONSTRUCTIONS))
def test_low_rank_images_are_certified_in_the_input_space(name):
    data = kit.cloud("low rank", 10, 6, 2)
    plan, built = kit.build(name, data, 0.8, CONSTRUCTIONS[name].dtypes[0], *kit.low_rank(data, 3, name, rng=1))
    found = certify(built.network, data, plan.radius, norm=plan.norm)
    assert (found.status == Outcome.CERTIFIED).all()
    for i in range(0, 10, 3):
        assert kit.survives_exactly(built.network, data, i, plan.radius, found.rule, plan.norm)


def test_a_close_call_is_decided_in_rationals():
    """The largest certified radius of a sample is found by bisection; just below it certified, just above it not."""
    data = kit.cloud("close", 6, 2, 2)
    plan, built = kit.build("register", data, 0.9)
    low, high = plan.radius, plan.distance
    for _ in range(60):
        middle = (low + high) / 2
        if (certify(built.network, data, middle).status == Outcome.CERTIFIED).all():
            low = middle
        else:
            high = middle
    assert plan.radius < low < plan.distance / 2
    for i in range(data.n_samples):
        assert kit.survives_exactly(built.network, data, i, low, "exact")
        assert kit.survives_floats(built.network, data, i, low, "exact", share=1 - 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("name", list(CONSTRUCTIONS))
def test_random_data_survive_everywhere(name, seed):
    rng = np.random.default_rng(seed)
    data = kit.cloud(f"random {seed}", int(rng.integers(4, 24)), int(rng.integers(1, 7)), 2)
    for dtype in CONSTRUCTIONS[name].dtypes:
        plan, built = kit.build(name, data, float(rng.uniform(0.2, 0.9999)), dtype)
        found = certify(built.network, data, plan.radius, norm=plan.norm)
        for i in np.flatnonzero(found.status == Outcome.CERTIFIED):
            assert kit.survives_exactly(built.network, data, i, found.radius_lower[i], found.rule, plan.norm)
            assert kit.survives_floats(built.network, data, i, found.radius_lower[i], found.rule, plan.norm)


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_at_the_largest_radius_every_pair_leads_in_rationals(norm):
    """What floats wave through next to the limit must satisfy the exact inequality too."""
    data = kit.cloud("limit", 6, 2, 2)
    plan, built = kit.build("register", data, 0.5)
    form = recognise(built.network)
    for i in range(data.n_samples):
        low, high = 0.1 * plan.radius, plan.distance
        proof = BallProof(form, data.points, plan.radius, norm)
        (comparison,) = (c for c in proof.comparisons if data.values[data.labels[i]] in c.values)
        point = data.points[i : i + 1]
        for _ in range(70):
            middle = (low + high) / 2
            proven = proof.meter.measure(comparison, point, middle).proven[0]
            low, high = (middle, high) if proven else (low, middle)
        ball = BallScores(proof.meter, comparison, point)
        sides = []
        for s in range(comparison.own.size):
            required = ball.required(np.array([s]), np.array([0]))[0]
            sides.append(
                all(
                    leads_exactly(
                        form.first, point[0], (comparison.own, s), (comparison.opposite, j), float(required[j]), (low, norm)
                    )
                    for j in range(comparison.opposite.size)
                )
            )
        assert any(sides)
