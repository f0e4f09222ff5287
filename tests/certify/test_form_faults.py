"""Faults of nearest-piece forms that other tests do not reach, found by planted faults."""

from fractions import Fraction

import numpy as np
import pytest

import kit
from kit import domain_around
from logwidth.certify import Outcome, certify, recognise


def test_a_register_that_may_overflow_is_not_certified():
    """A rate near the largest number takes a product to infinity, and infinity times zero is not a number."""
    data = kit.cloud("overflow", 8, 2, 2)
    plan, built = kit.build("register", data, 0.9)
    layers = kit.dense(built.network)
    for number, (W, _) in enumerate(layers[1:-1], start=1):
        column = 2 if number == 1 else 3  # the increment that the register reads
        W[-1, column] = -(2.0**126)
    found = certify(kit.of_dense(layers), data, plan.radius)
    assert not (found.status == Outcome.CERTIFIED).any()
    assert "overflow" in found.reason
    assert (certify(built.network, data, plan.radius).status == Outcome.CERTIFIED).all()
    assert np.isfinite(found.radius_lower).all()


def test_scores_of_a_telescoping_network_are_within_their_errors_where_constants_cancel():
    """The twin's constant is rounded once; the steps that follow may cancel it, but not its rounding."""
    data = kit.cloud("telescope", 6, 2, 2)
    layers = kit.dense(kit.build("telescope", data, 0.5, "float64")[1].network)
    layers[0][1][0] = 1000.1
    slope, shift = layers[1][0][2, 2], layers[0][1][2] - layers[0][1][0]
    layers[1][1][2:] = -slope * shift * np.array([1.0, layers[-1][0][0, 0]])
    form = recognise(kit.of_dense(layers))
    domain = domain_around(form.first, data.points, 2.0, 1e-3)
    errors = {float(b): e for c in form.comparisons(domain)[0] for b, e in zip(c.own.biases, c.own.errors, strict=True)}
    total = Fraction(0)
    steps = [Fraction(slope) * (Fraction(layers[0][1][2]) - Fraction(layers[0][1][0]))]
    for number, step in enumerate([*steps, *(Fraction(b[-2]) for _, b in layers[1:-1])], start=1):
        total -= step
        bias = float(form.pieces.biases[number])
        assert abs(Fraction(bias) - total) <= Fraction(float(errors[bias]))
    assert abs(float(form.pieces.biases[2])) < 1e-9 * abs(float(form.pieces.biases[1]))


@pytest.mark.parametrize("factor", [2.0, 0.5, 1 + 2.0**-40])
def test_two_maxima_read_out_at_different_rates_are_refused(factor):
    """Their difference is no lead then."""
    data = kit.FAMILIES["plane"]()
    plan, built = kit.build("parallel", data, 0.9, "float64")
    layers = kit.dense(built.network)
    assert (certify(kit.of_dense(layers), data, plan.radius).status == Outcome.CERTIFIED).all()
    layers[-3][0][0, -1] *= factor
    assert not (certify(kit.of_dense(layers), data, plan.radius).status == Outcome.CERTIFIED).any()
