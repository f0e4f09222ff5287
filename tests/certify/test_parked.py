"""Decision lists for more than two classes: each constant that parking rests on is needed, and is checked."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import kit
from kit import domain_around
from logwidth.certify import Outcome, UnprovableNetworkError, UnrecognisedNetworkError, certify, recognise
from logwidth.certify.forms.shared.nested import with_errors
from logwidth.certify.leads.first_layer import read_first_layer
from logwidth.dataset import Dataset
from logwidth.network import AffineLayer, evaluate_exactly

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


@pytest.mark.parametrize("unit", ["hit", "start"])
def test_a_coordinate_0_that_changes_elsewhere_is_refused(unit):
    """A hit's layer must copy it, and so must the first layer of a list."""
    plan, network = built()
    m = plan.map_rank
    layer = 1 if unit == "start" else places(network, m, "drop")[0] + 1
    inputs = kit.dense(network)[layer][0].shape[1]
    changed = kit.changed(network, layer, weight=(0, inputs - 1), to=lambda w: w.dtype.type(0.5))
    assert "coordinate 0 changes" in certify(changed, DATA, plan.radius).reason or unit == "start"
    assert not holds(changed, plan)


def test_a_code_that_reads_another_coordinate_is_refused():
    plan, network = built()
    changed = kit.changed(network, network.depth - 1, weight=(0, 1), to=lambda w: w.dtype.type(2.0**-20))
    assert "of the carried coordinates" in certify(changed, DATA, plan.radius).reason
    assert not holds(changed, plan)


def test_a_rule_pays_for_the_rounding_of_all_rules_outside_it():
    """The error of rule k is at least what the dot products of the rules before it may err by, added up."""
    plan, network = built()
    form = recognise(network)
    domain = domain_around(form.first, DATA.points, 2.0, plan.radius)
    stage = max(form.stages, key=lambda s: s.rules.size)
    assert stage.rules.size > 2
    errors = with_errors(stage.rules, stage.rows, domain, 1.0).errors
    alone = 2.0**-24 * (np.abs(stage.rows.weights) @ domain.upper + np.abs(stage.rows.biases))
    assert (errors >= np.cumsum(alone)).all()
    assert (np.diff(errors) >= alone[1:]).all()


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


def coded(level, park, weight, base, dtype="float32"):
    """A form with one list, of which only the read-out matters: coordinate 0 up to 1, code `level − park`."""
    layer = AffineLayer.from_rows(1, [{0: 0.25}], [0.5], dtype)
    form = recognise(built()[1])
    stage = replace(form.stages[0], level=level)
    first = read_first_layer(layer, [])
    return replace(form, first=first, stages=(stage,), park=park, base=base, weight=weight), first


@pytest.mark.parametrize(
    ("level", "park", "weight", "base", "message"),
    [
        (3.0, 2.0, 1.0, 5.0, None),
        (2.0, 1.0, 2.0**24 - 1, -1.0, None),
        (2.0, 4.0, 1.0, 5.0, "not read out exactly"),  # parked below what is read: looks like base
        (3.0, 3.0, 1.0, 5.0, "same label"),
        (4.0 - 2.0**-22, 2.0, 0.5 + 2.0**-24, 2.0**20, "not read out exactly"),  # float64 rounds this to an integer
        (2.0**24, 1.5, 2.0, -(2.0**24), "too large"),  # a code of 25 bits, whose value alone looks harmless
        (3.0, 1.0, 2.0**23 + 1, -(2.0**23), "too large"),
        (3.0, 0.5, 2.0, 0.0, "may look parked"),
        (3.0, 2.0, 0.5, 5.0, "not integers"),
    ],
)
def test_codes_that_are_not_read_out_exactly_are_refused(level, park, weight, base, message):
    form, first = coded(level, park, weight, base)
    domain = domain_around(first, np.array([[1.0]]), 2.0, 0.5)
    assert 0.5 < domain.upper[0] < 1.0
    if message is None:
        form._check_read_out(domain)
        return
    with pytest.raises((UnprovableNetworkError, UnrecognisedNetworkError), match=message):
        form._check_read_out(domain)


@given(
    st.integers(1, 2**24 - 1), st.integers(-60, 60), st.integers(1, 2**24 - 1), st.integers(-60, 60),
    st.integers(1, 2**24 - 1), st.integers(-60, 60), st.integers(-(2**24), 2**24),
)  # fmt: skip
@example(2**23 + 1, 0, 1, 0, 1, 0, -(2**23))
def test_a_code_that_passes_is_subtracted_without_rounding(a, i, b, j, c, k, base):
    """The law that replaces a check: if `weight · (level − park)` is an integer of 24 bits, the difference is a float32."""
    level, park, weight = (float(np.float32(np.ldexp(n, e))) for n, e in ((a, i), (b, j), (c, k)))
    code = Fraction(level) - Fraction(park)
    read = Fraction(weight) * code
    if code > 0 and read.denominator == 1 and abs(read) + abs(base) <= 2**24:
        assert Fraction(float(np.float32(level) - np.float32(park))) == code
        assert Fraction(float(np.float32(weight) * np.float32(code) + np.float32(base))) == read + base
