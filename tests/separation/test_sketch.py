"""Sketches never lengthen distances, as computed, and a sieve of them changes no result."""

import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import logwidth as lw
from logwidth.compute.threads import thread_pool
from logwidth.separation import nearest_opposite
from logwidth.separation.cascade import cascade_of
from logwidth.separation.envelope import Envelope
from logwidth.separation.frame import Frame
from logwidth.separation.principal import Directions, principal_directions
from logwidth.separation.sieve import Sieve, _groups_at_most, _within
from logwidth.separation.sketch import Sketch
from logwidth.separation.table import Table

from .test_laws import FAMILIES, check_laws, power_distance, sample_case

FIELDS = ("lower", "upper", "neighbor", "close", "close_complete")
CHOICE = sys.modules["logwidth.separation.principal"]
# Exactly orthonormal rows with few digits.
HADAMARD = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2.0


@pytest.fixture
def always(monkeypatch):
    """A sieve for all data of two features or more, along as many directions as there are."""
    settings_ = {"LEAST_SAMPLES": 2, "LEAST_FEATURES": 2, "COUNTS": (1, 2, 3), "SURVIVOR": 0, "TILE": 9}
    for name, value in settings_.items():
        monkeypatch.setattr(CHOICE, name, value)


def plainly(points, labels, **options):
    """The result without any sieve."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CHOICE, "LEAST_SAMPLES", 10**9)
        return nearest_opposite(points, labels, **options)


def assert_same(one, other):
    for field in FIELDS:
        assert np.array_equal(getattr(one, field), getattr(other, field)), field


def frame_of(points):
    return Frame.fit(points, np.arange(len(points)), points.min(axis=0), points.max(axis=0))


def sieve_of(frame, rows, few):
    with thread_pool() as pool:
        return cascade_of(frame, Directions(rows, few), 2.0, pool).prefilter


def check_tables(name, n, d, k, seed):
    """The product's and the differences' bounds in two sketches, and both sides in full, against rationals."""
    points, _ = sample_case(name, n, d, 2, seed)
    frame = frame_of(points)
    rows = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0].T
    sieve = sieve_of(frame, rows, k)
    every = slice(0, n)
    i, j = (a.ravel() for a in np.indices((n, n)))
    scale = Fraction(frame.scale) ** 2
    exact = [scale * power_distance(points[a], points[b], 2.0) for a, b in zip(i, j, strict=True)]
    for table in (sieve.coarse, sieve.fine, sieve.whole):
        g = (table.left(every) @ table.right(every).T).astype(np.float64)
        product = table.envelope(every, every).distance_lower(g.ravel(), i)
        squares, envelope = table.differences(i, j)
        direct = envelope.distance_lower(squares, np.arange(len(i)))
        for bound, square in zip(np.concatenate([product, direct]), exact + exact, strict=True):
            assert Fraction(float(bound)) ** 2 <= square
    for bound, square in zip(envelope.distance_upper(squares), exact, strict=True):
        assert Fraction(float(bound)) ** 2 >= square
    return sieve


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("n", "d", "k"), [(2, 1, 1), (9, 2, 1), (12, 5, 3)])
def test_bounds_from_sketches_are_below_the_exact_distances(name, n, d, k):
    check_tables(name, n, d, k, 3)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(FAMILIES), st.integers(2, 9), st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32))
@example("offset", 9, 6, 1, 0)
def test_bounds_from_sketches_are_below_the_exact_distances_at_random(name, n, d, k, seed):
    check_tables(name, n, d, min(k, d), seed)


def check_rows(directions, true_rows, z):
    """`‖computed row − s(z)‖ ≤ error` in rationals, for the exactly orthonormal polar factor `true_rows`."""
    sketch = Sketch.along(directions)
    assert sketch.sound
    ((rows, errors),) = sketch.prefixes(z, [len(directions)])
    for row, error, x in zip(rows, errors, z, strict=True):
        x_exact = [Fraction(float(v)) for v in x]
        y = [sum((Fraction(float(a)) * v for a, v in zip(t, x_exact, strict=True)), Fraction(0)) for t in true_rows]
        rest = sum(v * v for v in x_exact) - sum(v * v for v in y)
        missed = sum(((Fraction(float(a)) - b) ** 2 for a, b in zip(row, y, strict=False)), Fraction(0))
        # (r − √rest)² ≤ error² − missed, decided without the root
        room, r = Fraction(float(error)) ** 2 - missed, Fraction(float(row[-1]))
        assert room >= 0
        gap = r * r + rest - room
        assert gap <= 0 or gap * gap <= 4 * r * r * rest


def rows_of(name):
    x = np.random.default_rng(1).standard_normal((40, 4))
    return {
        "general": x,
        "in the span": x[:, :3] @ HADAMARD[:3],
        "nearly in the span": x[:, :3] @ HADAMARD[:3] + 1e-9 * x,
        "tiny": x * 1e-200,
        "zero": np.zeros((1, 4)),
    }[name]


@pytest.mark.parametrize("name", ["general", "in the span", "nearly in the span", "tiny", "zero"])
@pytest.mark.parametrize("stretch", [1.0, 1.0 + 2.0**-24, 1.0 - 2.0**-24])
def test_computed_sketches_are_as_near_as_they_say(name, stretch):
    check_rows(HADAMARD[:3] * stretch, HADAMARD[:3], rows_of(name))


def test_a_defect_that_is_forgotten_is_caught(monkeypatch):
    monkeypatch.setattr(Sketch, "relative", 0.0)
    with pytest.raises(AssertionError):
        check_rows(HADAMARD[:3] * (1.0 + 2.0**-24), HADAMARD[:3], rows_of("general"))


def test_a_radicand_that_is_believed_is_caught(monkeypatch):
    monkeypatch.setattr(Sketch, "_error", lambda self, square, root: (self.relative + 2.0**-50) * np.sqrt(square))
    with pytest.raises(AssertionError):
        check_rows(HADAMARD[:3], HADAMARD[:3], rows_of("in the span"))


def test_directions_far_from_orthonormal_are_refused():
    bent = HADAMARD[:2] + np.array([[0.0, 0, 0, 0], [1e-4, 0, 0, 0]])
    assert not Sketch.along(bent).sound
    assert sieve_of(frame_of(rows_of("general")), bent, 1) is None


def test_a_float32_conversion_that_is_forgotten_is_caught(monkeypatch):
    store = Table.store

    def exact(self, where, v, error):
        store(self, where, v, error)
        self.shift[where] = 0.0

    check_tables("twins", 12, 5, 3, 0)
    monkeypatch.setattr(Table, "store", exact)
    with pytest.raises(AssertionError):
        check_tables("twins", 12, 5, 3, 0)


def test_a_rounding_of_the_product_that_is_forgotten_is_caught(monkeypatch):
    honest = Table.envelope

    def broken(self, lines, others):
        e = honest(self, lines, others)
        return Envelope(e.power, e.unit, e.relative, e.absolute * 0, e.shift)

    check_tables("duplicates", 30, 9, 3, 0)
    monkeypatch.setattr(Table, "envelope", broken)
    with pytest.raises(AssertionError):
        check_tables("duplicates", 30, 9, 3, 0)


@pytest.mark.parametrize("honest", [True, False])
def test_roundings_of_differences_are_paid_for(honest):
    """Integers are exact in float32, their squares' sums are not: only the relative error stands between."""
    v = np.random.default_rng(0).integers(-(2**20), 2**20, (40, 60)).astype(float)
    table = Table.empty(40, 60, 1.0)
    table.store(slice(0, 40), v, np.zeros(40))
    table.shift[:] = 0.0
    i, j = np.triu_indices(40, 1)
    g, e = table.differences(i, j)
    if not honest:
        e = Envelope(e.power, e.unit, 0.0, e.absolute, e.shift)
    exact = [int(s) for s in ((v[i] - v[j]).astype(object) ** 2).sum(axis=1)]
    lower = [Fraction(float(b)) ** 2 <= s for b, s in zip(e.distance_lower(g, np.arange(len(g))), exact, strict=True)]
    upper = [Fraction(float(b)) ** 2 >= s for b, s in zip(e.distance_upper(g), exact, strict=True)]
    assert (all(lower) and all(upper)) == honest


@pytest.mark.parametrize("n", [16, 32, 256])
def test_groups_find_just_what_either_limit_allows(n):
    rng = np.random.default_rng(n)
    g = rng.standard_normal((n, 40)).astype(np.float32)
    rows, cols = np.sort(rng.standard_normal(n)).astype(np.float32) - 2, rng.standard_normal(40).astype(np.float32) - 2
    found = _within(g, *_groups_at_most(g, rows, cols), rows, cols)
    assert 0 < len(found[0]) < g.size
    assert set(zip(*found, strict=True)) == set(zip(*np.nonzero((g <= rows[:, None]) | (g <= cols)), strict=True))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("n", "d", "classes", "memory"), [(2, 2, 2, 1), (30, 2, 5, 1), (50, 7, 3, 1), (60, 12, 2, 2**30)])
def test_a_sieve_changes_no_result(always, name, n, d, classes, memory):
    points, labels = sample_case(name, n, d, classes, 5)
    if n <= 30:
        check_laws(points, labels, 2.0, memory_bytes=memory)
    assert_same(nearest_opposite(points, labels, memory_bytes=memory), plainly(points, labels, memory_bytes=memory))


def decaying(n, d, seed=0):
    """Points near curved classes: variances fall like those of images."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 6, n)
    spread = 1.0 / (1.0 + np.arange(d)) ** 0.8
    return (rng.standard_normal((n, d)) + rng.standard_normal((6, d))[labels]) * spread, labels


@pytest.mark.parametrize("within", [np.inf, 0.6])
def test_data_with_a_decaying_spectrum_are_sifted_and_nothing_changes(monkeypatch, within):
    points, labels = decaying(9000, 96)
    calls = []
    honest = Sieve.tile_result
    monkeypatch.setattr(Sieve, "tile_result", lambda self, *a: (calls.append(r := honest(self, *a)), r)[1])
    sifted = nearest_opposite(points, labels, within=within)
    kept = sum(found is not None for found in calls)
    assert kept > 0.9 * len(calls) > 0
    assert_same(sifted, plainly(points, labels, within=within))


def test_sketches_are_chosen_where_they_pay():
    def choice(points, labels):
        order = np.argsort(labels, kind="stable")
        frame = Frame.fit(points, order, points.min(axis=0), points.max(axis=0))
        return principal_directions(frame, np.sort(labels))

    points, labels = decaying(9000, 96)
    found = choice(points, labels)
    assert found.few <= 48
    assert Sketch.along(found.rows).sound
    rng = np.random.default_rng(0)
    assert choice(rng.standard_normal((9000, 96)), labels) is None
    assert choice(points[:1000], labels[:1000]) is None
    assert choice(points[:, :20], labels) is None


def test_a_tile_of_too_many_near_pairs_goes_to_the_next_stage(always, monkeypatch):
    data = lw.load("codebook:n=400,d=8,classes=4,noise=0.6")
    results = []
    honest = Sieve.tile_result
    monkeypatch.setattr(Sieve, "tile_result", lambda self, *a: (results.append(r := honest(self, *a)), r)[1])
    monkeypatch.setattr(sys.modules["logwidth.separation.sieve"], "MOST_LEFT", 0)
    found = nearest_opposite(data.points, data.labels)
    assert results
    assert all(r is None for r in results)
    assert_same(found, plainly(data.points, data.labels))
