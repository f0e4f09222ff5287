"""Which score leads on a ball: a network that tests class after class need not have one for all (T12, T10)."""

import importlib
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify import Outcome, certify, fuse, led_by_one, prove_pieces_bound, recognise
from logwidth.construct import Plan, Prototypes
from logwidth.construct.scores.collapse import build_collapse
from logwidth.construct.scores.register import build_register
from logwidth.network import fused_labels
from logwidth.pipeline.lower import fewer_pieces_excluded

RADIUS = 0.99
# three samples a, b, c of the last class, pairwise in conflict, and two groups of others between them
A, B, C, ONE, TWO = np.array([[-10.55, -22.59], [20.11, 78.45], [6.76, 34.46], [10.48, 40.56], [3.36, 29.45]])
SCORES = np.array([[0.0, 0.0, 0.0], [-17.32, 4.55, -44.36], [-0.94, -1.12, 46.88], [-9.58, 3.08, -36.43]])
CLASSES = np.array([0, 1, 2, 2])


def shared_lead():
    """Twelve samples in the plane and four scores: on the ball around c one leads class 0, another one class 1."""
    step = np.array([2.0**-10, 0.0])
    points = [*(ONE + k * step for k in range(5)), *(TWO + k * step for k in range(4)), A, B, C]
    return lw.Dataset(np.array(points), np.array([0] * 5 + [1] * 4 + [2] * 3))


def built(data, build):
    centres = SCORES[:, :2] / 2
    pieces = Prototypes(centres, SCORES[:, 2] + (centres**2).sum(axis=1), CLASSES, 0.1)
    distance = float(lw.separation(data).lower)
    return build(Plan(data.points, data.labels, data.values, np.eye(2), RADIUS, distance, prototypes=pieces)).network


@pytest.fixture(scope="module")
def network():
    return built(shared_lead(), build_collapse)


def lead(s, j, x):
    """The least lead of score s over j on the ball around x, in exact numbers up to the root."""
    w = [Fraction(a) - Fraction(b) for a, b in zip(SCORES[s], SCORES[j], strict=True)]
    value = w[0] * Fraction(x[0]) + w[1] * Fraction(x[1]) + w[2]
    return float(value) - RADIUS * float(w[0] ** 2 + w[1] ** 2) ** 0.5


def test_certified_with_fewer_scores_than_a_network_with_leaders_needs(network):
    data = shared_lead()
    assert (certify(network, data, RADIUS).status == Outcome.CERTIFIED).all()
    form = recognise(network)
    assert form.n_pieces == 4
    bound = prove_pieces_bound(data, RADIUS, form.first.T, "0")
    assert bound.pieces_lower == 5
    assert not led_by_one(form, data, RADIUS)
    for x in data.points[-1:]:
        assert max(lead(2, 0, x), lead(3, 0, x)) > 0
        assert max(lead(2, 1, x), lead(3, 1, x)) > 0
        assert all(min(lead(s, 0, x), lead(s, 1, x)) < 0 for s in (2, 3))


def test_fused_it_is_certified_too_and_right_at_the_worst_points(network):
    data = shared_lead()
    fused = fuse(network, recognise(network)).network
    found = certify(fused, data, RADIUS)
    assert (found.status == Outcome.CERTIFIED).all()
    angles = np.linspace(0, 2 * np.pi, 4001)
    for x, label in zip(data.points, data.labels, strict=True):
        circle = x + RADIUS * (1 - 2.0**-20) * np.column_stack([np.cos(angles), np.sin(angles)])
        assert (fused_labels(fused, circle) == data.values[label]).all()


def test_a_shared_lead_ends_where_it_ends(network):
    data = shared_lead()
    fused = fuse(network, recognise(network)).network
    found = certify(fused, data, 1.3)
    x, angles = data.points[-1], np.linspace(0, 2 * np.pi, 4001)
    beaten = [max(min(lead_at(s, 0, p), lead_at(s, 1, p)) for s in (2, 3)) for p in circle(x, RADIUS, angles)]
    assert min(beaten) > 0  # at every single point one score leads both
    assert found.radius_lower[-1] < 1.3
    wrong = [p for r in (1.3, 1.6, 2.5, 5.0) for p in circle(x, r, angles) if fused_labels(fused, p[None])[0] != 2.0]
    assert min(np.linalg.norm(p - x) for p in wrong) > found.radius_lower[-1]


def circle(x, radius, angles):
    return x + radius * np.column_stack([np.cos(angles), np.sin(angles)])


def lead_at(s, j, p):
    return float((SCORES[s] - SCORES[j]) @ [*p, 1.0])


def test_no_bound_is_printed_for_it(network):
    data = shared_lead()
    certificate = SimpleNamespace(norm=2.0, radius=RADIUS, network_sha256="0")
    run = SimpleNamespace(summary=SimpleNamespace(construction="collapse"), certificate=certificate, network=network)
    assert fewer_pieces_excluded(run, data) is None


def test_where_one_score_does_lead_the_bound_stands_and_check_proves_that_it_does(tmp_path, monkeypatch):
    data = lw.load("iris")
    run = lw.memorize(data, ratio=0.9, bracket=True, construction="collapse")
    assert not recognise(run.network).scores().one_leader
    assert run.summary["pieces_lower"] <= run.summary["n_pieces"]
    run.save(tmp_path / "run")
    assert lw.check(tmp_path / "run", data).passed
    monkeypatch.setattr(importlib.import_module("logwidth.certify.runs.claims"), "led_by_one", lambda *_: False)
    assert any("no single score" in problem for problem in lw.check(tmp_path / "run", data).problems)


def test_the_register_asks_for_one_leader_and_refuses_these_scores():
    data = shared_lead()
    network = built(data, build_register)
    assert certify(network, data, RADIUS).status[-1] != Outcome.CERTIFIED
    assert recognise(network).scores().one_leader
