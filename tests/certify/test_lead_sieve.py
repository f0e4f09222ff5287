"""Leads over many pieces by way of a sieve: the same radii, up to the roundings that both pay for, as all pairs in full."""

import sys
from dataclasses import replace

import numpy as np
import pytest

import kit
from logwidth.certify import BallProof, recognise
from logwidth.certify.leads.lead_sieve import BallBlock
from logwidth.certify.leads.pair_table import PairTable

METER, SIEVE = sys.modules["logwidth.certify.leads.meter"], sys.modules["logwidth.certify.leads.lead_sieve"]
CASES = ["plane of three", "seven classes", "copies", "far from zero", "tiny", "huge"]


def built_network(name, dtype):
    data = kit.cloud(name, 150, 6, 3) if name == "many" else kit.FAMILIES[name]()
    plan, built = kit.build("register", data, 0.8, dtype=dtype)
    return data, plan.radius, built.network


def measured(network, data, radius, large, factor=1.0):
    """All leads with a sieve from `large` entries on, for balls of `factor` times the radius."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(METER, "LARGE", large)
        proof = BallProof(recognise(network), data.points, radius, 2.0)
        proof.meter.domain = replace(proof.meter.domain, reach=3 * radius)  # both ways end there: more pieces limit
        labels, found = data.values[data.labels], []
        for comparison in proof.comparisons:
            points = data.points[np.isin(labels, list(comparison.values))]
            found.append(proof.meter.measure(comparison, points, factor * radius))
        return proof.meter.domain.reach, METER.Leads.joined(found)


@pytest.fixture(params=[*CASES, "many"])
def case(request):
    return request.param


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("factor", [1.0, 1.2])
def test_a_sieve_proves_what_all_pairs_prove(case, dtype, factor):
    data, radius, network = built_network(case, dtype)
    reach, sifted = measured(network, data, radius, 0, factor)
    _, whole = measured(network, data, radius, 10**12, factor)
    ends = np.where(whole.radius_lower >= 0, np.minimum(whole.radius_lower, reach), -1.0)
    assert sifted.radius_lower == pytest.approx(ends, rel=1e-6)
    assert (sifted.radius_lower <= ends * (1 + 1e-12)).all()
    assert (sifted.proven == whole.proven).all()


@pytest.mark.parametrize("crowd", [0, 1, 8])
def test_crowds_of_rivals_are_all_looked_at(crowd, monkeypatch):
    """From a bad guess many pieces may lower a radius: the lowest is taken first, then those that are still below it."""
    data, radius, network = built_network("many", "float32")
    _, whole = measured(network, data, radius, 10**12)
    crowds, lower = [], BallBlock._lower
    monkeypatch.setattr(BallBlock, "_likely_rivals", lambda self: np.zeros(len(self.images), dtype=np.intp))
    monkeypatch.setattr(
        BallBlock, "_lower", lambda self, candidates, pairs, *a: crowds.append(pairs) or lower(self, candidates, pairs, *a)
    )
    monkeypatch.setattr(SIEVE, "MOST_LOWERING", crowd)
    reach, sifted = measured(network, data, radius, 0)
    assert (whole.radius_lower < reach).sum() > 50
    assert sifted.radius_lower == pytest.approx(np.minimum(whole.radius_lower, reach), rel=1e-6)
    assert sum(len(k) for k, _ in crowds) > len(data.points)


def missed(monkeypatch, name, changed):
    """Whether some radius is larger than all pairs allow when a part of the sieve is changed, and no other lead is known."""
    data, radius, network = built_network("many", "float32")
    _, whole = measured(network, data, radius, 10**12)
    monkeypatch.setattr(BallBlock, name, changed)
    monkeypatch.setattr(BallBlock, "_likely_rivals", lambda self: np.zeros(len(self.images), dtype=np.intp))
    reach, sifted = measured(network, data, radius, 0)
    assert (whole.radius_lower < reach).sum() > 50
    return bool((sifted.radius_lower > np.minimum(whole.radius_lower, reach) * (1 + 1e-9)).any())


def test_norms_that_are_taken_too_small_are_caught(monkeypatch):
    honest = BallBlock._margins
    assert not missed(monkeypatch, "_margins", honest)
    assert missed(
        monkeypatch, "_margins", lambda self, candidates, radius, limit: honest(self, candidates, 0.7 * radius, limit)
    )


def test_leads_that_are_taken_too_large_are_caught(monkeypatch):
    honest = BallBlock._offset
    larger = lambda self, *candidates: honest(self, *candidates) + 0.1 * np.abs(honest(self, *candidates))  # noqa: E731
    assert missed(monkeypatch, "_offset", larger)


def test_margins_are_never_above_what_a_lead_leaves(case):
    """The float32 products against float64: what they exclude is excluded; the tangent costs nothing where it touches."""
    data, radius, network = built_network(case, "float32")
    proof = BallProof(recognise(network), data.points, radius, 2.0)
    meter, comparison = proof.meter, proof.comparisons[0]
    table = PairTable(comparison, meter.domain, meter.factor, meter.dot_error, meter.input_error)
    block = BallBlock(table, data.points)
    rows, chosen = np.arange(len(data.points)), block.leader
    candidates, limit = block._candidates(rows, chosen), block.nearest
    radii = np.random.default_rng(0).uniform(0.0, 2.0, len(rows)) * meter.domain.reach
    margins = (block._margins(candidates, radii, limit) @ table.right.T).astype(np.float64)
    rate = np.minimum(radii, meter.domain.reach) * (meter.factor.stretch * table.lift_unit / table.score_unit)
    for j in range(comparison.opposite.size):
        score = block.images @ comparison.opposite.weights[j] + comparison.opposite.biases[j]
        errors = block._errors(comparison.opposite, rows, np.full(len(rows), j))
        lead = (candidates.scores - score - errors - candidates.required) / table.score_unit
        d = np.sqrt(((table.lifted[0][chosen] - table.lifted[1][j]) ** 2).sum(axis=1)) + 2.0 * table.lift_error
        assert (margins[:, j] <= lead - rate * d).all()
        sharp = np.flatnonzero(limit == j)
        assert margins[sharp, j] == pytest.approx((lead - rate * d)[sharp], abs=1e-3 * (np.abs(lead) + rate * d).max())


def test_a_product_in_single_precision_errs_by_no_more_than_is_paid_for_it(case):
    data, radius, network = built_network(case, "float32")
    proof = BallProof(recognise(network), data.points, radius, 2.0)
    meter, comparison, rng = proof.meter, proof.comparisons[0], np.random.default_rng(0)
    table = PairTable(comparison, meter.domain, meter.factor, meter.dot_error, meter.input_error)
    block = BallBlock(table, data.points)
    z, n, side = block.images / table.image_unit, len(data.points), comparison.opposite
    constant, beta = rng.uniform(-3.0, 3.0, n), rng.uniform(0.0, 3.0, n)
    left = np.column_stack([z, constant, np.full(n, -1.0), -beta])
    last = np.ones(side.size), side.biases / table.score_unit, (table.lifted[1] ** 2).sum(axis=1)
    exact = left @ np.column_stack([side.weights / table.weight_unit, *last]).T
    error = block._product_error(np.abs(z), np.abs(constant), beta)
    assert (np.abs(left.astype(np.float32) @ table.right.T - exact) <= error[:, None]).all()


def test_no_score_exceeds_what_is_carried_on_a_ball_that_is_proven(case):
    """The bound on the running maximum is one on own scores: on proven balls the opposite ones stay below it too."""
    data, radius, network = built_network(case, "float32")
    proof = BallProof(recognise(network), data.points, radius, 2.0)
    meter, comparison, rng = proof.meter, proof.comparisons[0], np.random.default_rng(0)
    points = data.points[np.isin(data.values[data.labels], list(comparison.values))]
    block = BallBlock(PairTable(comparison, meter.domain, meter.factor, meter.dot_error, meter.input_error), points)
    found, _ = block.best(radius)
    first = meter.domain.first
    for _ in range(20):
        steps = rng.standard_normal(points.shape) @ first.T.T @ first.T  # along the rows of the map alone scores change
        steps *= (np.maximum(found, 0.0) / np.linalg.norm(steps, axis=1))[:, None]
        images = (points + steps) @ first.T.T + first.b
        for side in (comparison.own, comparison.opposite):
            scores = images @ side.weights.T + side.biases
            assert (scores[found >= 0].max(axis=1) <= block.carried[found >= 0]).all()


def test_numbers_that_single_precision_cannot_hold_are_left_to_all_pairs(monkeypatch):
    data, radius, network = built_network("many", "float32")
    _, whole = measured(network, data, radius, 10**12)
    monkeypatch.setattr(BallBlock, "fits", lambda self: False)
    _, found = measured(network, data, radius, 0)
    assert (found.radius_lower == whole.radius_lower).all()
