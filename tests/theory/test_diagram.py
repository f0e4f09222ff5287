"""Laws of the worst-case bounds: possible and impossible never overlap, and both move as the theorems say."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.spatial import cKDTree

from logwidth.errors import InputError
from logwidth.theory import diagram
from logwidth.theory.containment import c_minus_lower, c_plus_lower, c_plus_upper
from logwidth.theory.counts import log_pairs_upper
from logwidth.theory.differences import difference_ratio_upper, sphere_ratio_upper
from logwidth.theory.impossible import impossible_ratio_upper, star_ratio_upper
from logwidth.theory.linked import enclosing_ratio_upper, linked_ratio_upper
from logwidth.theory.possible import dual_ratio_lower, kept_fraction_lower, possible_ratio_lower
from logwidth.theory.product_nets import product_ratio_upper

NORMS = (1.0, 1.3, 2.0, 3.0, math.inf)


def random_sizes(rng, i):
    most = 10 ** rng.uniform(0.4, 18) if i % 3 else rng.uniform(2, 300)
    d = int(10 ** rng.uniform(0, 6)) if i % 2 else int(rng.integers(1, 40))
    return int(most), d


def some_widths(rng, n, d, count):
    last = min(d + n, d + 8)
    spread = 10 ** rng.uniform(0, math.log10(last + 1), count // 2)
    return np.clip(np.concatenate([spread.astype(int), rng.integers(1, last + 1, count - count // 2)]), 1, last)


def test_possible_and_impossible_never_overlap():
    """10,000 random (N, d, k, p)."""
    rng = np.random.default_rng(5)
    for i in range(50):
        n, d = random_sizes(rng, i)
        p, k = NORMS[i % len(NORMS)], some_widths(rng, n, d, 200)
        possible, (impossible, _) = possible_ratio_lower(n, d, k, p), impossible_ratio_upper(n, d, k, p)
        assert np.isfinite(possible).all()
        assert np.isfinite(impossible).all()
        assert (possible >= 0).all()
        assert (possible <= impossible).all(), (n, d, p, k[possible > impossible])


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize(("n", "d"), [(5, 3), (2, 7), (60_000, 30), (10**9, 60)])
def test_more_width_never_hurts_and_more_samples_never_help(p, n, d):
    k = np.arange(1, d + 3)
    possible, (impossible, _) = possible_ratio_lower(n, d, k, p), impossible_ratio_upper(n, d, k, p)
    assert (np.diff(possible) >= -1e-12).all()
    assert possible[-1] == pytest.approx(1 / c_plus_upper(p, d), rel=1e-12)
    more = 10 * n
    assert (possible_ratio_lower(more, d, k, p) <= possible * (1 + 1e-9)).all()
    assert (impossible_ratio_upper(more, d, k, p)[0] <= impossible * 1.02).all()


def test_the_headline_numbers():
    found = diagram(60_000, 784, widths=[64, 787])
    first, second = found.rows()
    assert first["possible"] >= 0.145
    assert 0.02821 < first["paper_possible"] < 0.02823
    assert first["impossible"] <= 0.2858
    assert kept_fraction_lower(log_pairs_upper(60_000), 61, 784) >= 0.142
    assert second["possible"] == 1.0


def test_the_unknown_area_is_what_the_docs_say():
    ours, paper = diagram(60_000, 784, widths=range(1, 791)).unknown()
    assert (round(ours, 3), round(paper, 3)) == (0.106, 0.903)


@pytest.mark.parametrize("p", NORMS)
def test_containment_constants_have_their_directions(p):
    d = np.array([1, 2, 784, 10**6])
    power = d ** (0.5 - 1 / p)
    plus, minus = np.maximum(1, power), np.minimum(1, power)
    for lower, true in ((c_plus_lower, plus), (c_minus_lower, minus)):
        assert (lower(p, d) <= true * (1 + 1e-15)).all()
        assert (true <= lower(p, d) * (1 + 1e-12)).all()
    assert (plus <= c_plus_upper(p, d) * (1 + 1e-15)).all()
    assert (c_plus_upper(p, d) <= c_plus_lower(p, d) * (1 + 1e-12)).all()


def quotient(P, u, p):
    """The quotient norm of Fact 1 for p = 1, ∞, by a linear program."""
    d = len(u)
    if math.isinf(p):
        objective = np.r_[np.zeros(d), 1.0]
        slack = np.ones((d, 1))
    else:
        objective, slack = np.r_[np.zeros(d), np.ones(d)], np.eye(d)
    inequalities = np.block([[np.eye(d), -slack], [-np.eye(d), -slack]])
    equal = np.hstack([P, np.zeros((len(P), slack.shape[1]))])
    bounds = [(None, None)] * d + [(0, None)] * slack.shape[1]
    return linprog(objective, inequalities, np.zeros(2 * d), equal, P @ u, bounds=bounds).fun


@pytest.mark.parametrize(("p", "k"), [(1.0, 30), (math.inf, 6)])
def test_random_maps_keep_what_dual_images_promise(p, k):
    """A random map fails with a chance well below one if there are few pairs: the promise for n = 1000 at 12 of them."""
    rng, d = np.random.default_rng(7), 120
    promised = float(dual_ratio_lower(math.log(1000.0), np.array([k]), d, p)[0])
    assert promised > float(kept_fraction_lower(math.log(1000.0), k, d)) / float(c_plus_upper(p, d)) * 1.01
    u = rng.standard_normal((12, d))
    u[:6] = np.eye(d)[:6] if p == 1.0 else np.sign(u[:6])
    u /= np.linalg.norm(u, axis=1)[:, None]
    P = np.linalg.qr(rng.standard_normal((d, k)))[0].T
    assert min(quotient(P, v, p) for v in u) >= promised


def test_bounds_of_each_kind_are_infinite_where_they_say_nothing():
    k = np.array([3, 5])
    assert np.isinf(star_ratio_upper(4, 9, k)).all()
    assert np.isinf(sphere_ratio_upper(10, 3, k)).all()
    assert np.isinf(product_ratio_upper(10**6, 5, [5])).all()
    assert np.isinf(difference_ratio_upper(10**6, 4, k)).all()
    assert np.isinf(enclosing_ratio_upper(10**6, 2, k)).all()


@pytest.mark.parametrize("k", [1, 2, 3, 6, 10])
def test_more_samples_exclude_smaller_ratios(k):
    values = [float(impossible_ratio_upper(10**e, 60, k)[0][0]) for e in (2, 3, 6, 9, 12, 15, 18)]
    assert all(later <= earlier for earlier, later in itertools.pairwise(values)), values
    assert k == 1 or values[-1] < values[0] / 5


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"n_samples": 1, "n_features": 5}, "2 and 10\\^18, not 1"),
        ({"n_samples": 10, "n_features": 0}, "1 and 10\\^6, not 0"),
        ({"n_samples": 10, "n_features": 5, "widths": [16]}, "d \\+ n = 15, not 16"),
        ({"n_samples": 10, "n_features": 5, "widths": []}, "at least one"),
        ({"n_samples": 10, "n_features": 5, "norm": 0.5}, "p >= 1"),
        ({"n_samples": 0, "n_features": 0}, "samples.*features"),
    ],
)
def test_bad_sizes_are_refused(arguments, word):
    with pytest.raises(InputError, match=word):
        diagram(**arguments)


@pytest.mark.parametrize("d", [3, 4])
def test_random_sets_refuse_what_the_theorems_say(d):
    """T3(b) and T3(d) for rank one, measured: over many directions no random set keeps what some set must not."""
    rng, n = np.random.default_rng(d), 20_000
    x = rng.standard_normal((n, d))
    x /= np.linalg.norm(x, axis=1)[:, None]
    labels = np.arange(n) % 2
    delta = float(cKDTree(x[labels == 0]).query(x[labels == 1])[0].min())
    sphere, pairs = float(sphere_ratio_upper(n + 1, d, 1)), float(difference_ratio_upper(n, d, 1))
    assert max(sphere, pairs) < 0.1
    for direction in np.linalg.qr(rng.standard_normal((60, d, d)))[0][:, 0]:
        images = x @ direction
        order = np.argsort(images)
        opposite = np.diff(labels[order]) != 0
        assert np.abs(images).min() <= sphere
        assert np.diff(images[order])[opposite].min() <= pairs * delta


def test_linked_spheres_need_fewer_samples_than_an_enclosed_one():
    """T18: spheres of half the dimension; regular polygons for k = 3."""
    for n in (14, 30, 1000, 10**6):
        k = np.arange(3, 20)
        linked = linked_ratio_upper(n, 30, k)
        assert (linked <= enclosing_ratio_upper(n, 30, k)).all()
        assert (np.diff(linked[np.isfinite(linked)]) >= 0).all()
        assert linked[0] == pytest.approx(2 * math.sin(math.pi / (n // 2)), rel=1e-11)
    assert np.isinf(linked_ratio_upper(12, 3, [2, 3])).all()  # six corners: ratio 1
    assert linked_ratio_upper(24, 3, [3], 1.0)[0] == pytest.approx(math.sqrt(3) * linked_ratio_upper(24, 3, [3])[0])


@pytest.mark.parametrize(("a", "k"), [(1, 3), (1, 4), (2, 5)])
def test_linked_spheres_are_one_apart_everywhere(a, k):
    rng = np.random.default_rng(k)
    first, second = rng.normal(size=(4000, a + 1)), rng.normal(size=(4000, k - a))
    first, second = (s / np.linalg.norm(s, axis=1, keepdims=True) for s in (first, second))
    here = np.hstack([first, np.zeros((4000, k - a - 1))])
    there = np.hstack([1 + second[:, :1], np.zeros((4000, a)), second[:, 1:]])
    nearest, _ = cKDTree(here).query(there)
    assert nearest.min() >= 1 - 1e-12
    assert nearest.max() < 1.2
