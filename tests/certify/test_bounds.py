"""Bounds contain what they bound: norms against rationals, rounding errors against every order of summation."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import kit
from kit import domain_around
from logwidth.certify import Outcome, certify
from logwidth.certify.leads.comparison import leads_exactly
from logwidth.certify.leads.first_layer import FirstLayer, images_of, row_norms_upper, vector_norm_upper
from logwidth.certify.leads.geometry import DualPairNorms, PairNorms, dual_pair_norms, euclidean_factor
from logwidth.certify.leads.pieces import Pieces, dot_error
from logwidth.certify.leads.polyhedron import halfspace_radii
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.dataset import Dataset
from logwidth.network import AffineLayer, ReluNetwork, evaluate
from logwidth.rounding import BINARY32, BINARY64

seeds = st.integers(0, 2**32 - 1)
scales = st.sampled_from([0, -60, 60, -540, 480])


def _covers(bound, vector, q):
    power = 1 if np.isinf(q) else int(q)
    return Fraction(float(bound)) ** power >= kit.exact_norm_power(vector, q)


@given(seeds, scales, st.sampled_from([1.0, 2.0, 3.0, 101.0, np.inf]))
@example(0, -540, 2.0)
@example(0, 0, 101.0)
def test_row_norms_are_upper_bounds_at_every_scale(seed, scale, q):
    rows = np.random.default_rng(seed).normal(size=(3, 4)) * 2.0**scale
    rows[2] = 0.0
    for bound, row in zip(row_norms_upper(rows, q), rows, strict=True):
        assert _covers(bound, row, q)
        assert bound <= np.linalg.norm(row / np.abs(rows).max(), ord=q) * np.abs(rows).max() * (1 + 1e-9)


@given(seeds, scales)
@example(1, -540)
def test_pair_norms_are_upper_bounds_at_every_scale(seed, scale):
    """At scale 2^-540 squares underflow: unscaled, the bound was 0 and a radius 70 times too large was certified."""
    rng = np.random.default_rng(seed)
    own, opposite = (rng.normal(size=(k, 3)) * 2.0**scale for k in (2, 4))
    opposite[0] = own[0] * (1 + 1e-9)
    for norms, q in ((PairNorms(own, opposite, 0.0), 2.0), (DualPairNorms(own, opposite, 0.0, 101.0), 101.0)):
        bounds = norms(np.arange(2))
        for s in range(2):
            for j in range(4):
                exact = [Fraction(a) - Fraction(b) for a, b in zip(own[s], opposite[j], strict=True)]
                assert Fraction(bounds[s, j]) ** int(q) >= sum(abs(g) ** int(q) for g in exact)


@given(seeds, st.sampled_from([1.0, 1.5, 2.0, np.inf]), st.sampled_from([0, -100, 100, -400, 400]))
def test_dual_norms_of_score_differences_are_upper_bounds(seed, p, scale):
    rng = np.random.default_rng(seed)
    T = rng.normal(size=(3, 5)) * 2.0**scale
    own, opposite = rng.normal(size=(2, 3)), rng.normal(size=(3, 3))
    factor = euclidean_factor(T) if p == 2.0 else None
    bounds = dual_pair_norms(T, own, opposite, p, factor)(np.arange(2))
    q = {1.0: np.inf, 1.5: 3.0, 2.0: 2.0, np.inf: 1.0}[p]
    power = 1 if np.isinf(q) else int(q)
    for s in range(2):
        for j in range(3):
            h = [Fraction(a) - Fraction(b) for a, b in zip(own[s], opposite[j], strict=True)]
            image = [sum(h[k] * Fraction(float(T[k, c])) for k in range(3)) for c in range(5)]
            sizes = [abs(v) for v in image]
            exact = max(sizes) if np.isinf(q) else sum(v**power for v in sizes)
            assert Fraction(bounds[s, j]) ** power >= exact


def test_dependent_or_extreme_rows_are_refused():
    row = np.array([[1.0, 2.0, 3.0]])
    for rows in (np.concatenate([row, row]), np.concatenate([row, row * (1 + 1e-12)]), row * 2.0**-1000, row * 2.0**1000):
        with pytest.raises(UnprovableNetworkError):
            euclidean_factor(rows)


@given(seeds, st.sampled_from(kit.ORDERS), st.booleans(), st.sampled_from([0, -130, -149, 40, 60]))
@example(0, "forward", False, -149)
def test_first_layer_errors_contain_every_order_of_summation(seed, order, fused, scale):
    rng = np.random.default_rng(seed)
    d, m = int(rng.integers(1, 9)), 3
    T = (rng.normal(size=(m, d)) * 10.0 ** rng.integers(-4, 4, size=(m, d))).astype(np.float32).astype(np.float64)
    points = rng.normal(size=(5, d)) * 2.0**scale * 10.0 ** rng.integers(-3, 3, size=d)
    largest = np.abs(points).max(axis=0) + np.abs(points).max() * 2e-3
    lift = (8 * np.abs(T) @ (largest + 2.0**-149) + d * 2.0**-149).astype(np.float32).astype(np.float64)
    b = np.nextafter(lift.astype(np.float32), np.float32(np.inf)).astype(np.float64) + float(np.float32(2.0**-148))
    first = FirstLayer(T, b.astype(np.float32).astype(np.float64), (), BINARY32)
    domain = domain_around(first, points, 2.0, float(np.abs(points).max()) * 1e-3)
    layer = AffineLayer.from_dense(T.astype(np.float32), first.b.astype(np.float32))
    network = ReluNetwork((layer,), AffineLayer.from_rows(m, [{0: 1.0}], [0.0], "float32"))
    computed = kit.adversary(network, points, order, fused=fused, seed=seed % 1000, depth=1)
    for i, x in enumerate(points):
        for k in range(m):
            exact = sum((Fraction(t) * Fraction(v) for t, v in zip(T[k], x, strict=True)), Fraction(first.b[k]))
            assert abs(Fraction(float(computed[k, i])) - exact) <= Fraction(domain.error[k])
            assert domain.lower[k] <= computed[k, i] <= domain.upper[k]


@given(seeds, st.sampled_from([1.0, 2.0, 3.5, np.inf]), st.sampled_from([0.1, 1.0, 30.0]))
def test_sizes_of_the_first_layer_hold_on_the_balls_and_in_the_room_of_other_points(seed, norm, reach):
    """The worst point of a ball goes along the dual vector of a row's sizes."""
    rng = np.random.default_rng(seed)
    points, others = rng.normal(size=(2, 4, 3)) * 10
    first = FirstLayer(rng.normal(size=(2, 3)), np.full(2, 1000.0), (), BINARY32)
    domain = domain_around(first, points, norm, reach)
    inside = np.concatenate([points, others, points[:1] / 2])
    radii = np.minimum(domain.room(inside), reach)
    assert (radii[:4] >= reach * (1 - 1e-3)).all()
    for x, radius in zip(inside, radii, strict=True):
        for row, bound in zip(np.abs(first.T), domain.sizes, strict=True):
            q = 1.0 if np.isinf(norm) else np.inf if norm == 1 else norm / (norm - 1)
            power = row / row.max()
            step = (power == power.max()) * 1.0 if np.isinf(q) else power ** (q - 1)
            worst = np.abs(x) + max(radius, 0.0) * step / np.linalg.norm(step, ord=norm)
            assert radius < 0 or row @ worst <= bound


@given(seeds, st.sampled_from(kit.ORDERS), st.booleans())
def test_score_errors_contain_every_order_of_summation(seed, order, fused):
    """A score is m products, a bias and two further terms of weight −1, on magnitudes that make it cancel or underflow."""
    rng = np.random.default_rng(seed)
    m = int(rng.integers(1, 9))
    z = np.abs(rng.normal(size=(m, 4)) * 2.0 ** rng.integers(-70, 20, size=(m, 1))).astype(np.float32)
    w = (rng.normal(size=m) * 2.0 ** rng.integers(-70, 20, size=m)).astype(np.float32)
    further = np.abs(rng.normal(size=(2, 4))).astype(np.float32) * np.float32(np.abs(w @ z).max() + 1e-30)
    bias = np.float32(-(w.astype(np.float64) @ z[:, 0]) + further[:, 0].sum())
    row = {**dict(enumerate(w.tolist())), m: -1.0, m + 1: -1.0}
    values = np.concatenate([z, further])
    computed = kit._unit({c: x for c, x in row.items() if x}, bias, values, order, fused, rng)
    domain = type("Domain", (), {"first": FirstLayer(np.eye(m), np.zeros(m), (), BINARY32)})()
    model = dot_error(domain)
    for i in range(4):
        terms = [Fraction(float(bias)), *(Fraction(row[c]) * Fraction(float(values[c, i])) for c in row)]
        bound = Fraction(model.factor) * sum(abs(t) for t in terms) + Fraction(model.floor)
        assert abs(Fraction(float(computed[i])) - sum(terms)) <= bound


@given(seeds, scales)
def test_images_and_vector_norms(seed, scale):
    rng = np.random.default_rng(seed)
    first = FirstLayer(rng.normal(size=(2, 4)), rng.normal(size=2), (), BINARY64)
    points = rng.normal(size=(3, 4)) * 2.0**scale
    images, error = images_of(first, points)
    for i, x in enumerate(points):
        for k in range(2):
            exact = sum((Fraction(t) * Fraction(v) for t, v in zip(first.T[k], x, strict=True)), Fraction(first.b[k]))
            assert abs(Fraction(images[i, k]) - exact) <= Fraction(error[k])
    v = points[0]
    assert Fraction(vector_norm_upper(v)) ** 2 >= sum(Fraction(x) ** 2 for x in v)


@given(seeds)
def test_piece_ranges_contain_the_values_on_the_box(seed):
    rng = np.random.default_rng(seed)
    pieces = Pieces(rng.normal(size=(3, 2)), rng.normal(size=3), np.zeros(3))
    lower = rng.uniform(0, 1, size=2)
    upper = lower + rng.uniform(0, 2, size=2)
    for z in (lower, upper, np.array([lower[0], upper[1]]), (lower + upper) / 2):
        for w, b in zip(pieces.weights, pieces.biases, strict=True):
            value = sum((Fraction(a) * Fraction(v) for a, v in zip(w, z, strict=True)), Fraction(b))
            assert -Fraction(pieces.drop(lower, upper)) <= value <= Fraction(pieces.largest_value(lower, upper))
            assert abs(value) <= Fraction(pieces.magnitude(upper))


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_exact_lead_is_tight_to_the_last_bit(norm):
    """h = (3, 4) against 0, T the identity: the lead at 0 is b, and the dual norms of h are 5, 7 and 4."""
    first = FirstLayer(np.eye(2), np.zeros(2), (), BINARY32)
    slope = {1.0: 4.0, 2.0: 5.0, np.inf: 7.0}[norm]
    other = Pieces(np.zeros((1, 2)), np.zeros(1), np.zeros(1))
    for bias, lead, expected in ((slope, 0.0, True), (slope * (1 - 2.0**-53), 0.0, False), (slope, 2.0**-60, False)):
        own = Pieces(np.array([[3.0, 4.0]]), np.array([bias]), np.zeros(1))
        assert leads_exactly(first, np.zeros(2), (own, 0), (other, 0), lead, (1.0, norm)) is expected
    assert not leads_exactly(first, np.zeros(2), (own, 0), (other, 0), -9.0, (1.0, 1.5))


# --- the scaling attacks that once made a false certificate


def _scaled(network, m, factor):
    """The register network with all scores times `factor` and all rates divided by it: the same function."""
    layers = kit.dense(network)
    last = len(layers) - 2
    layers[1][0][m : m + 2] *= factor
    layers[1][1][m : m + 2] *= factor
    for W, b in layers[2:last]:
        W[m + 1, :m] *= factor
        b[m + 1] *= factor
        W[m + 2, m + 1] /= factor
    layers[last][0][0, m + 1] /= factor
    return kit.of_dense(layers)


def _raised(network, m, shift):
    """The same network with every coordinate `shift` higher, so that nothing is clipped on much larger balls."""
    layers = kit.dense(network)
    layers[0][1][:m] += shift
    for W, b in layers[1:-2]:
        b[m + 1] -= W[m + 1, :m].sum() * shift
    return kit.of_dense(layers)


@pytest.mark.parametrize("norm", [1, 1.001, 2, np.inf])
@pytest.mark.parametrize("power", [0, -500, -540, -700, 500, 520])
def test_no_scale_of_the_scores_certifies_too_large_balls(norm, power):
    data = kit.cloud("scale", 8, 2, 2)
    plan, built = kit.build("register", data, 0.9, "float64")
    network = _scaled(_raised(built.network, 2, 256.0), 2, 2.0**power)
    found = certify(network, data, 40 * plan.radius, norm=norm)
    assert not (found.status == Outcome.CERTIFIED).any()
    assert not kit.overlaps(data, found.radius_lower, norm)


@pytest.mark.parametrize("scale", [2.0**127, 2.0**130, 2.0**140])
def test_inputs_that_overflow_the_format_are_not_certified(scale):
    """The first layer brings such inputs down in real arithmetic, but in float32 they are infinite."""
    small = kit.cloud("overflow", 8, 2, 2)
    data = type(small)(small.points * scale, small.labels)
    plan, built = kit.build("register", data, 0.5)
    assert not (certify(built.network, data, plan.radius).status == Outcome.CERTIFIED).any()


def test_a_huge_feature_that_no_unit_reads_is_not_certified():
    small = kit.cloud("unread", 8, 2, 2)
    data = type(small)(np.column_stack([small.points, np.full(8, 1e39)]), small.labels)
    plan, built = kit.build("register", data, 0.5, "float32", np.eye(3)[:2])
    assert not (certify(built.network, data, plan.radius).status == Outcome.CERTIFIED).any()


def _parked_higher(network, m, scores, levels):
    """The same function by a collapse network with scores times `scores`, parking levels times `levels`."""
    layers, parked = kit.dense(network), False
    for t, (W, b) in enumerate(layers[1:-2], start=1):
        if t == 1:
            W[m:] *= scores
            b[m:] *= scores
        elif len(b) == m + 1 and b[m] == 1:  # a miss or a hit
            if W[0, m] < 0:
                W[0, m] /= scores
                W[m, m] /= scores
        else:
            test = len(b) == m + 2 and not (W[m + 1, 0] == 1 and not W[m + 1, 1:].any() and b[m + 1] < 0)
            b[m] *= scores
            W[0, m] *= levels if W[0, m] > 0 else 1
            if parked:
                W[m, m + 1] *= scores / levels
            elif test:
                W[m + 1, :m] *= scores
                b[m + 1] *= scores
            elif len(b) == m + 2:
                b[m + 1] *= levels
            parked = len(b) == m + 2 and not test
    layers[-2][0][0, m] /= scores
    layers[-2][1][1] *= levels
    layers[-1][0][0, 1] /= levels
    return kit.of_dense(layers)


@pytest.mark.parametrize("scores", [2.0**-20, 1.0, 2.0**6, 2.0**12])
@pytest.mark.parametrize("levels", [1.0, 2.0**100, 2.0**116, 2.0**123])
def test_a_test_of_a_parked_point_that_overflows_is_not_certified(scores, levels):
    """Its garbage would be infinite, and the zero weights of the copies would turn it into NaN."""
    data = Dataset([[0, 0], [4, 1], [1, 5], [6, 6], [-3, 4]], [0, 1, 2, 3, 0])
    plan, built = kit.build("collapse", data, 0.9)
    network = _parked_higher(built.network, 2, np.float32(scores), np.float32(levels))
    found = certify(network, data, plan.radius)
    with np.errstate(all="ignore"):
        outputs = evaluate(network, data.points)[:, 0]
    if scores * levels <= 2.0**112:
        assert (found.status == Outcome.CERTIFIED).all()
    assert (outputs == data.values[data.labels])[found.status == Outcome.CERTIFIED].all()
    assert np.isnan(outputs).any() == (scores * levels > 2.0**125)


@pytest.mark.parametrize("q", [1.0, 2.0, 3.0, np.inf])
@pytest.mark.parametrize("lost", [[np.inf, 1.0], [-np.inf, np.inf], [np.nan, 0.0], [0.0, np.nan]])
def test_bounds_of_what_overflowed_are_infinite_and_never_nan(q, lost):
    rows = np.array([[3.0, 4.0], lost])
    assert row_norms_upper(rows, q)[0] >= 4.0
    assert row_norms_upper(rows, q)[1] == np.inf
    for norms in (PairNorms(rows, rows[:1], 0.0), DualPairNorms(rows, rows[:1], 0.0, q)):
        with np.errstate(invalid="ignore"):
            assert (norms(np.array([1])) == np.inf).all()


def test_a_halfspace_of_which_nothing_is_known_holds_no_ball():
    first = FirstLayer(np.full((1, 1), 2.0**600), np.full(1, 2.0**101), (), BINARY64)
    domain = domain_around(first, np.array([[2.0**-500]]), 2.0, 2.0**-510)
    images, error = images_of(first, np.array([[2.0**-500]]))
    for weight in (2.0**600, np.inf, np.nan):
        h = Pieces(np.array([[weight]]), np.zeros(1), np.zeros(1))
        with np.errstate(all="ignore"):
            assert (halfspace_radii(h, domain, images, error, sign=1, lead=0.0) <= 0).all()
