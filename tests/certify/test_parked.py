"""Decision lists for more than two classes: each constant that parking rests on is needed, and is checked."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from logwidth.certify import Outcome, certify
from logwidth.dataset import Dataset
from logwidth.network import evaluate_exactly

_spec = importlib.util.spec_from_file_location("kit", Path(__file__).parents[1] / "kit.py")
kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(kit)

DATA = Dataset([[0, 0], [4, 1], [1, 5], [6, 6], [-3, 4], [9, 0]], [0, 1, 2, 3, 0, 2])


def built():
    plan, made = kit.build("list", DATA, 0.9)
    return plan, made.network


def holds(network, plan):
    return bool((certify(network, DATA, plan.radius).status == Outcome.CERTIFIED).all())


def places(network, m, kind):
    """Layers (indices) where coordinate 0 falls ('drop') or rises ('level') with the unit beside the coordinates."""
    found = []
    for number, (W, _) in enumerate(kit.dense(network)[1:-2], start=1):
        if W.shape == (m + 1, m + 1) and W[0, m] * (-1 if kind == "drop" else 1) > 0:
            found.append(number)
    return found


def test_the_network_is_certified_and_every_class_is_met():
    plan, network = built()
    assert holds(network, plan)
    assert len(places(network, plan.map_rank, "drop")) == 3
    assert len(places(network, plan.map_rank, "level")) == 2  # the last level is read off at once


@pytest.mark.parametrize("unit", ["miss", "coordinate 0"])
def test_too_slow_rates_of_a_hit_are_caught(unit):
    plan, network = built()
    m = plan.map_rank
    for layer in places(network, m, "drop"):
        place = (m, m) if unit == "miss" else (0, m)
        assert not holds(kit.changed(network, layer, weight=place, to=lambda w: w / w.dtype.type(2.0**30)), plan)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.5])
def test_wrong_levels_are_caught(share):
    plan, network = built()
    for layer in places(network, plan.map_rank, "level"):
        changed = kit.changed(network, layer, weight=(0, plan.map_rank), to=lambda w: w * w.dtype.type(share))
        assert not holds(changed, plan)


def guards(network, m):
    """Layers of the tests `e` of the second and later lists: their first rule is `limit − z_0`."""
    return [number - 1 for number in places(network, m, "drop")[1:]]


def test_a_guard_that_lets_parked_points_pass_is_caught():
    plan, network = built()
    m = plan.map_rank
    for layer in guards(network, m):
        W, b = kit.dense(network)[layer]
        assert W[m, :m].tolist() == [-1.0, *[0.0] * (m - 1)]
        assert not holds(kit.changed(network, layer, bias=m, to=lambda v: v * v.dtype.type(4)), plan)
        assert not holds(kit.changed(network, layer, weight=(m, 0), to=lambda w: -w), plan)
        assert b[m] > 0


def test_a_weak_guard_whose_other_rules_are_untouched_is_caught():
    """The guard and the step that refers to it move together, so all other rules stay: only parked points would pass."""
    plan, network = built()
    m = plan.map_rank
    for layer in guards(network, m):
        shift = 8 * kit.dense(network)[layer][1][m]
        weak = kit.changed(network, layer, bias=m, to=lambda b, shift=shift: b + shift)
        weak = kit.changed(weak, layer - 1, bias=m, to=lambda b, shift=shift: b + shift)
        assert "parked point" in certify(weak, DATA, plan.radius).reason


def test_rules_pay_for_their_rounding():
    plan, network = built()
    assert certify(network, DATA, plan.radius).constants["score_error"] > 0


def test_parked_points_meet_only_failed_tests():
    """In rationals: coordinate 0 of a parked sample is its level, exactly, and stays it to the end."""
    plan, network = built()
    m = plan.map_rank
    for i in range(DATA.n_samples):
        for point in kit.worst_points(DATA, i, plan.radius):
            assert evaluate_exactly(network, point.tolist()) == [DATA.values[DATA.labels[i]]]
    levels = [kit.dense(network)[layer][0][0, m] for layer in places(network, m, "level")]
    last = kit.adversary(network, DATA.points, depth=network.depth - 1)
    hit = last[m] == 1
    live = np.isin(last[0], [0.0, *levels], invert=True)
    assert (np.isin(last[0], levels) | hit | live).all()
    assert live.sum() == (DATA.labels == 3).sum()


def test_label_values_too_far_apart_are_refused_with_what_to_use():
    wide = Dataset(DATA.points, [0, 1, 2**22, 2**22 + 1, 0, 2**22])
    with pytest.raises(ValueError, match="--construction register"):
        kit.build("list", wide, 0.5)
