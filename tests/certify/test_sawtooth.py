"""Theorem 4.2 of Egosi, Yehudai, Shamir as a network: the series, the depth, every norm, and what is broken is caught."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kit
import logwidth as lw
from logwidth.certify import Outcome, certify, recognise
from logwidth.certify.forms.sawtooth.form import image_speed_upper
from logwidth.construct import CONSTRUCTIONS, Extent
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork, evaluate_exactly
from logwidth.theory import paper_terms


def upto(network, layer, unit):
    """The network cut after a hidden layer, printing one of its units."""
    hidden = network.hidden[:layer]
    return ReluNetwork(hidden, AffineLayer.from_rows(hidden[-1].n_outputs, [{unit: 1.0}], [0.0], network.dtype))


@pytest.mark.parametrize("ratio", [0.5, 0.9, 0.999])
def test_the_sum_of_the_first_sample_is_its_squared_distance_within_the_series_error(ratio):
    """In rationals: `D ≤ A ≤ D + m 4^{−K−1}` with D the clipped squared distance to the first centre."""
    data = kit.cloud("series", 6, 2, 2)
    plan, built = kit.build("sawtooth", data, ratio)
    form, m = recognise(built.network), plan.map_rank
    assert form.terms == paper_terms(m, 2 * plan.radius / plan.distance)
    bump = upto(built.network, m * (form.terms + 2) + 1, m)  # ReLU(A − limit)
    rng = kit.rng_of("series", ratio)
    for x in [*data.points, *(data.points[0] + rng.normal(size=(8, 2)) * plan.distance)]:
        z = [
            sum((Fraction(t) * Fraction(v) for t, v in zip(row, x, strict=True)), Fraction(b))
            for row, b in zip(form.first.T, form.first.b, strict=True)
        ]
        exact = sum(min(Fraction(1), abs(v - Fraction(c))) ** 2 for v, c in zip(z, form.centres[0], strict=True))
        beyond, limit = evaluate_exactly(bump, x.tolist())[0], Fraction(form.limits[0])
        assert max(exact - limit, 0) <= beyond <= max(exact - limit + m * Fraction(1, 4) ** (form.terms + 1), 0)


@given(st.floats(0, 1, width=32), st.sampled_from(kit.ORDERS), st.booleans())
def test_tent_maps_are_exact_in_floats(start, order, fused):
    """`p ← 2p − 4t`, `t ← ReLU(2p − 4t − ½)` rounds nothing, whatever the order: the proof of the form rests on it."""
    p = np.array([np.float32(start)])
    t = np.maximum(p - np.float32(0.5), np.float32(0))
    exact = Fraction(float(start))
    rng = np.random.default_rng(0)
    for _ in range(30):
        value, row = np.array([p, t]), {0: 2.0, 1: -4.0}
        p, t = (
            np.maximum(kit._unit(row, np.float32(bias), value, order, fused, rng), np.float32(0)) for bias in (0.0, -0.5)
        )
        exact = 1 - abs(1 - 2 * exact)
        assert Fraction(float(p[0])) == exact
        assert Fraction(float(t[0])) == max(exact - Fraction(1, 2), 0)


@pytest.mark.parametrize(("ratio", "rank"), list(itertools.product([0.1, 0.75, 0.9, 0.999], [1, 3])))
def test_the_depth_is_that_of_the_formula(ratio, rank):
    data = kit.cloud("depth", 5, rank, 2)
    plan, built = kit.build("sawtooth", data, ratio, "float32" if ratio < 0.99 else "float64")
    terms = max(1, int(np.floor(np.log(rank / (1 - ratio)) / np.log(4) + 1e-6)))
    assert built.network.depth == 5 * (rank * (terms + 2) + 3) - 1
    assert built.network.depth == CONSTRUCTIONS["sawtooth"].depth(Extent([], 5, rank, 2 * plan.radius / plan.distance))
    assert built.network.width == rank + 4 <= data.n_features + 6
    assert (certify(built.network, data, plan.radius).status == Outcome.CERTIFIED).all()


@pytest.mark.parametrize("norm", [1, 1.5, 2, 3, np.inf])
def test_every_norm_is_served_inside_euclidean_balls(norm):
    """`ρ' = 2 c_p^+ σ/δ < 1`; rational points in every ball get the label, and beyond the limit the message names it."""
    data = kit.cloud("norms", 8, 3, 3)
    run = lw.memorize(data, ratio=0.5, norm=norm, construction="sawtooth")
    assert run.certificate.holds
    assert run.network.width == 3 + 4
    assert run.summary["formula_depth"] == run.network.depth
    for i in range(data.n_samples):
        assert kit.survives_exactly(run.network, data, i, run.summary["radius"], "exact", norm)
    if norm > 2:
        with pytest.raises(InputError, match=r"up to ratio 0.*cells reaches every ratio"):
            lw.memorize(data, ratio=0.999, norm=norm, construction="sawtooth")


def test_a_narrower_network_stands_on_a_map_of_rank_k_minus_six():
    data = kit.cloud("narrow", 10, 8, 2)
    run = lw.memorize(data, ratio=0.3, construction="sawtooth", width=11)
    assert (run.map.rank, run.network.width) == (5, 9)
    assert run.certificate.holds
    assert run.summary["formula_depth"] == run.network.depth
    with pytest.raises(InputError, match="the map of rank 1 keeps"):
        lw.memorize(data, ratio=0.99, construction="sawtooth", width=7)


def test_it_is_built_only_when_named():
    assert lw.memorize(kit.cloud("named", 8, 3, 2), ratio=0.5).summary["construction"] == "register"


def test_too_deep_a_file_is_refused_before_it_is_built():
    data = lw.load("digits")
    with pytest.raises(InputError, match=r"580,430 layers of 68 units would need 10\.1 GiB .* register"):
        lw.memorize(data, ratio=0.5, construction="sawtooth")


FREE = {  # (layer, row) of numbers that are the sample's own, counted from its first layer; m = 2, K = 2
    "centre": (4, lambda m: (None, m + 2)),
    "limit": (8, lambda m: (None, m + 1)),
    "increment": (0, lambda m: (None, m)),
}


@pytest.mark.parametrize("share", [-1.0, 0.5, 1.1, 16.0])
@pytest.mark.parametrize("number", list(FREE))
def test_a_wrong_number_of_one_sample_is_never_a_false_certificate(number, share):
    data = kit.cloud("numbers", 6, 2, 2)
    plan, built = kit.build("sawtooth", data, 0.9)
    layer, place = FREE[number]
    row = place(2)[1]
    seen = 0
    for sample in range(1, 6):
        at = sample * 11 - 1 + layer
        before = float(built.network.hidden[at].bias[row])
        if before == 0.0:
            continue
        seen += 1
        network = kit.changed(built.network, at, bias=row, to=lambda b: b * b.dtype.type(share))
        found = certify(network, data, plan.radius)
        for i in np.flatnonzero(found.status == Outcome.CERTIFIED):
            assert kit.survives_exactly(network, data, i, found.radius_lower[i], "exact")
            assert kit.survives_floats(network, data, i, plan.radius, "exact")
        if share <= 0.5 and number != "centre":
            assert not (found.status == Outcome.CERTIFIED).all()
    assert seen == (1 if number == "increment" else 5)


@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 1.5, 2.0, 3.0, np.inf]), st.sampled_from([0, -300, 300]))
def test_operator_norms_are_upper_bounds(seed, p, scale):
    rng = np.random.default_rng(seed)
    T = rng.normal(size=(3, 4)) * 2.0**scale
    bound = image_speed_upper(T, p)
    x = np.concatenate([rng.normal(size=(50, 4)), np.eye(4), np.sign(rng.normal(size=(8, 4))), np.linalg.svd(T)[2]])
    images = np.linalg.norm((x / np.linalg.norm(x, ord=p, axis=1)[:, None]) @ (T.T / 2.0**scale), axis=1)
    assert bound / 2.0**scale >= images.max() * (1 - 1e-14)
    if p == 2.0:
        rotation = np.linalg.qr(rng.normal(size=(4, 4)))[0][:3]
        assert image_speed_upper(rotation, 2.0) <= 1 + 1e-9
