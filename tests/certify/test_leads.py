"""Every error that a lead has to pay for is paid: leaving one out would make a radius larger than what the formula says."""

import sys

import numpy as np
import pytest

import kit
from logwidth.certify import BallProof, recognise
from logwidth.certify.balls.ball_proof import rows_by_value
from logwidth.certify.leads.comparison import Comparisons, leads_exactly
from logwidth.certify.leads.leads import BallScores


@pytest.fixture(params=["plane of three", "far from zero"])
def ball(request):
    data = kit.FAMILIES[request.param]()
    plan, built = kit.build("register", data, 0.8)
    proof = BallProof(recognise(built.network), data.points, plan.radius, 2.0)
    comparison = proof.comparisons[0]
    rows = np.isin(data.values[data.labels], list(comparison.values))
    return BallScores(proof.meter, comparison, data.points[rows])


def test_the_error_of_this_computation_shortens_every_radius(ball):
    chosen, rows = ball.first_choice(), np.arange(len(ball.points))
    nothing = np.zeros((len(rows), ball.comparison.opposite.size))
    before = ball.bisectors(chosen, rows, nothing)
    ball.score_error = ball.score_error + 1.0
    after = ball.bisectors(chosen, rows, nothing)
    assert (after < before).all()
    assert after * ball.dual(chosen) == pytest.approx(before * ball.dual(chosen) - 1.0)


def test_the_roundings_of_both_scores_are_part_of_the_lead(ball):
    """γ (Σ|w z| + |b| + 2S) for the own and the opposite score, at the largest coordinates of the ball."""
    model, domain = ball.meter.dot_error, ball.meter.domain
    size = np.abs(ball.images) + domain.swing
    for pieces, errors in ((ball.comparison.own, ball.own_errors), (ball.comparison.opposite, ball.opposite_errors)):
        least = size @ np.abs(pieces.weights).T + np.abs(pieces.biases) + 2 * ball.carried[:, None]
        assert (errors >= model.factor * least).all()
        assert model.factor >= 2.0**-24
    chosen, rows = ball.first_choice(), np.arange(len(ball.points))
    required = ball.required(chosen, rows)
    assert (required >= ball.own_errors[rows, chosen][:, None] + ball.opposite_errors).all()


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_a_score_that_is_behind_never_leads_in_rationals(ball, norm):
    """However far it is behind, and however small the ball."""
    for lead in (1e3, 1e9):
        sides = (ball.comparison.own, 0), (ball.comparison.opposite, 0)
        assert not leads_exactly(ball.meter.domain.first, ball.points[0], *sides, lead, (2.0**-40, norm))
        assert leads_exactly(ball.meter.domain.first, ball.points[0], *sides, -lead, (2.0**-40, norm))


def test_one_comparison_per_class_is_made_when_asked_for_and_holds_all_other_pieces():
    made = []

    def make(value):
        made.append(value)
        return value

    found = Comparisons(np.array([3.0, 1.0, 3.0, 2.0]), make)
    assert len(found) == 3
    assert not made
    assert [*found] == [1.0, 2.0, 3.0] == found[0:3]
    assert found[-1] == 3.0


def test_rows_are_found_by_their_values():
    values = np.array([2.0, -0.0, 5.0, 2.0, 7.0])
    rows = rows_by_value(values)
    assert rows([5.0, 2.0]).tolist() == [0, 2, 3]
    assert rows([0.0]).tolist() == [1]
    assert rows([3.0]).size == rows([]).size == 0


def test_blocks_of_any_height_prove_the_same_radii(monkeypatch):
    data = kit.cloud("blocks", 60, 3, 3)
    plan, built = kit.build("register", data, 0.7)
    proof = BallProof(recognise(built.network), data.points, plan.radius, 2.0)
    values = data.values[data.labels]
    whole = proof.radii(data.points, values)
    room = sys.modules["logwidth.certify.leads.leads"]  # the room also exports a function of that name
    monkeypatch.setattr(room, "BLOCK_ENTRIES", 1)
    monkeypatch.setattr(room, "LEAST_BLOCK", 1)
    assert proof.radii(data.points, values) == pytest.approx(whole, rel=1e-9)
    assert (whole >= plan.radius).all()
