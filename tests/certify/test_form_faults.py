"""Faults of nearest-piece forms that other tests do not reach, found by planted faults."""

import importlib.util
from pathlib import Path

import numpy as np

from logwidth.certify import Outcome, certify

_spec = importlib.util.spec_from_file_location("kit", Path(__file__).parents[1] / "kit.py")
kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(kit)


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
