"""Every error that a lead has to pay for is paid: leaving one out would make a radius larger than what the formula says."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from logwidth.certify import BallProof, recognise
from logwidth.certify.exact_lead import leads_exactly
from logwidth.certify.leads import BallScores

_spec = importlib.util.spec_from_file_location("kit", Path(__file__).parents[1] / "kit.py")
kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(kit)


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
