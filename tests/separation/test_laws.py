"""Laws of the separation, checked against rationals without any tolerance."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logwidth.separation import nearest_opposite
from logwidth.separation.cascade import Direct, Gram32, Gram64
from logwidth.separation.minimum import _minimum

NORMS = (1.0, 2.0, math.inf)
FAMILIES = (
    "normal",
    "lattice",
    "signed_zero",
    "subnormal",
    "tiny",
    "huge",
    "largest",
    "offset",
    "wide",
    "twins",
    "duplicates",
    "clusters",
)


def family(name, n, d, rng):
    x = rng.standard_normal((n, d))
    makers = {
        "normal": lambda: x,
        "lattice": lambda: rng.integers(-2, 3, (n, d)).astype(float),
        "signed_zero": lambda: np.where(rng.random((n, d)) < 0.5, -0.0, rng.integers(0, 2, (n, d))),
        "subnormal": lambda: rng.integers(-9, 10, (n, d)) * 2.0**-1074,
        "tiny": lambda: x * 1e-200,
        "huge": lambda: x * 1e100,
        "largest": lambda: np.clip(x, -1, 1) * np.finfo(float).max,
        "offset": lambda: 1e8 + x * 1e-6,
        "wide": lambda: x * 10.0 ** rng.integers(-300, 300, (n, 1)),
        "twins": lambda: x[rng.integers(0, max(1, n // 4), n)] * (1.0 + rng.integers(0, 5, (n, 1)) * 2.0**-26),
        "duplicates": lambda: x[rng.integers(0, max(2, n // 3), n)],
        "clusters": lambda: x * 1e-9 + rng.integers(0, 2, (n, 1)) * 1e3,
    }
    return makers[name]()


def power_distance(x, y, p):
    u = [abs(Fraction(float(a)) - Fraction(float(b))) for a, b in zip(x, y, strict=True)]
    if p == 2.0:
        return sum((v * v for v in u), Fraction(0))
    return sum(u, Fraction(0)) if p == 1.0 else max(u)


def power(bound, p):
    """The bound in the units of power_distance; an infinite upper bound is above everything."""
    if math.isinf(bound):
        return math.inf
    return Fraction(float(bound)) ** (2 if p == 2.0 else 1)


def check_laws(points, labels, p, **options):
    result = nearest_opposite(points, labels, p, **options)
    least = None
    for i in range(len(points)):
        rivals = {j: power_distance(points[i], points[j], p) for j in range(len(points)) if labels[j] != labels[i]}
        exact = min(rivals.values())
        assert power(result.lower[i], p) <= exact
        assert exact <= power(result.upper[i], p)
        assert rivals[int(result.neighbor[i])] <= power(result.upper[i], p)
        least = exact if least is None else min(least, exact)
    lower, upper, (a, b) = _minimum(points, result)
    assert power(lower, p) <= least <= power(upper, p)
    assert a < b
    assert labels[a] != labels[b]
    assert power_distance(points[a], points[b], p) <= power(upper, p)
    if p in NORMS and math.isfinite(upper):
        assert Fraction(upper) - Fraction(lower) <= 4 * Fraction(math.ulp(lower))
    return result


def sample_case(name, n, d, classes, seed):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, max(0, n - classes))])
    return family(name, len(labels), d, rng), rng.permutation(labels)


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("n", "d", "classes"), [(2, 1, 2), (9, 3, 2), (40, 2, 5), (36, 6, 3)])
def test_bounds_enclose_the_exact_distances(name, p, n, d, classes):
    check_laws(*sample_case(name, n, d, classes, 7), p, memory_bytes=1)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(FAMILIES),
    st.sampled_from(NORMS),
    st.integers(2, 24),
    st.integers(1, 6),
    st.integers(2, 5),
    st.integers(0, 2**32),
)
@example("twins", 2.0, 24, 6, 2, 0)
def test_bounds_enclose_the_exact_distances_at_random(name, p, n, d, classes, seed):
    check_laws(*sample_case(name, n, d, classes, seed), p)


finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(finite, finite), min_size=2, max_size=8), st.sampled_from(NORMS))
@example([(0.0, -0.0), (5e-324, 0.0), (0.0, 0.0)], 2.0)
@example([(1.7976931348623157e308, 0.0), (-1.7976931348623157e308, 0.0)], 2.0)
@example([(1e308, 1e-300), (1e308, 2e-300)], 2.0)
def test_bounds_hold_for_any_floats(rows, p):
    check_laws(np.array(rows), np.arange(len(rows)) % 2, p)


@pytest.mark.parametrize("p", [1.5, 3.0, 40.0, 1000.0])
@pytest.mark.parametrize("name", ["normal", "tiny", "wide", "offset", "duplicates"])
def test_other_norms_agree_with_high_precision(name, p):
    mp = pytest.importorskip("mpmath")
    points, labels = sample_case(name, 14, 3, 3, 3)
    result = nearest_opposite(points, labels, p, memory_bytes=1)
    with mp.workdps(60):
        for i in range(len(points)):
            exact = min(
                sum((abs(mp.mpf(float(a)) - mp.mpf(float(b))) ** p for a, b in zip(points[i], points[j], strict=True)))
                ** (mp.mpf(1) / p)
                for j in range(len(points))
                if labels[i] != labels[j]
            )
            assert mp.mpf(float(result.lower[i])) <= exact <= mp.mpf(float(result.upper[i]))


@pytest.mark.parametrize("p", [*NORMS, 3.0])
@pytest.mark.parametrize("name", ["normal", "offset", "twins", "tiny", "huge"])
def test_sample_bounds_are_tight(name, p):
    result = nearest_opposite(*sample_case(name, 60, 5, 3, 1), p)
    assert np.all(result.upper * 0.5 - result.lower * 0.5 <= 1e-13 * result.lower + 2e-323)


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("name", FAMILIES)
def test_blocks_do_not_change_the_result(name, p):
    points, labels = sample_case(name, 80, 4, 6, 5)
    one, many = (nearest_opposite(points, labels, p, memory_bytes=m) for m in (2**30, 1))
    for field in ("lower", "upper", "neighbor", "close"):
        assert np.array_equal(getattr(one, field), getattr(many, field)), field


@pytest.mark.parametrize("p", NORMS)
def test_order_of_the_samples_does_not_change_the_bounds(p):
    points, labels = sample_case("twins", 90, 4, 4, 11)
    shuffle = np.random.default_rng(0).permutation(len(points))
    one, other = nearest_opposite(points, labels, p), nearest_opposite(points[shuffle], labels[shuffle], p)
    assert np.array_equal(one.lower[shuffle], other.lower)
    assert np.array_equal(one.upper[shuffle], other.upper)


@pytest.mark.parametrize("scale", [1e6, 1e-6, 1e30, 1e-30, 2.0**-900])
def test_units_do_not_matter(scale):
    points, labels = sample_case("normal", 300, 20, 4, 2)
    check = nearest_opposite(points * scale, labels)
    assert np.array_equal(check.neighbor, nearest_opposite(points, labels).neighbor)
    assert np.all(check.upper - check.lower <= 1e-13 * check.lower)


def near_ties(seed=0):
    """Every sample of class 0 has three rivals whose distances differ by less than float32 can see."""
    rng = np.random.default_rng(seed)
    n, d = 24, 6
    centre = rng.standard_normal((n, d))
    away = rng.standard_normal((3, n, d))
    away *= 0.3 * (1 + 1e-8 * rng.standard_normal((3, n, 1))) / np.linalg.norm(away, axis=2, keepdims=True)
    return np.concatenate([centre, *(centre + away)]), np.repeat([0, 1, 1, 1], n)


def test_near_ties_beyond_float32_are_decided():
    check_laws(*near_ties(), 2.0)


def test_a_broken_error_bound_is_caught(monkeypatch):
    """The law above is sharp: without its error bound the float32 stage violates it."""
    honest = Gram32.envelope

    def broken(self, lines, others):
        e = honest(self, lines, others)
        return type(e)(e.power, e.unit, e.relative, e.absolute * 0, e.shift * 0)

    monkeypatch.setattr(Gram32, "envelope", broken)
    with pytest.raises(AssertionError):
        check_laws(*near_ties(), 2.0)


@pytest.mark.parametrize(("name", "stage"), [("normal", Gram32), ("twins", Gram64), ("clusters", Direct)], ids=str)
def test_coarse_tiles_go_to_the_next_stage(name, stage, monkeypatch):
    called = []
    for kind in (Gram32, Gram64, Direct):
        entries = kind.entries
        monkeypatch.setattr(kind, "entries", lambda self, r, c, f=entries, k=kind: (called.append(k), f(self, r, c))[1])
    rng = np.random.default_rng(0)
    points = {
        "normal": lambda: rng.standard_normal((60, 3)),
        "twins": lambda: rng.standard_normal((60, 3)) * 1e-5 + rng.integers(0, 2, (60, 1)),
        "clusters": lambda: rng.standard_normal((60, 3)) * 1e-10 + rng.integers(0, 2, (60, 1)),
    }[name]()
    check_laws(points, np.arange(60) % 2, 2.0)
    assert called[-1] is stage
