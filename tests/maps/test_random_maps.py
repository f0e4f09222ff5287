"""The robust Johnson–Lindenstrauss lemma in experiment, and its map without luck."""

import math

import numpy as np
import pytest
from scipy.special import betainc
from scipy.stats import beta, kstest

import logwidth as lw
from derandomised import derandomised_map
from logwidth.maps import kept_fractions
from logwidth.theory.possible import kept_fraction_lower


@pytest.mark.parametrize("gaussian", [False, True])
@pytest.mark.parametrize(("k", "d"), [(1, 5), (4, 9), (16, 40)])
def test_one_difference_follows_the_beta_law(k, d, gaussian):
    """The quotient norm of a Gaussian map has the law of an orthogonal one: it depends on the kernel alone."""
    kept = kept_fractions(np.eye(1, d), k, 500, gaussian=gaussian, rng=1)
    assert kstest(kept.robust**2, beta(k / 2, (d - k) / 2).cdf).pvalue > 1e-3


@pytest.mark.parametrize(("k", "d", "n"), [(3, 12, 40), (8, 30, 200)])
def test_failures_stay_below_the_union_bound(k, d, n):
    u = np.random.default_rng(2).standard_normal((n, d))
    draws = 600
    kept = kept_fractions(u, k, draws, rng=3).robust
    for t in np.quantile(kept, [0.02, 0.1, 0.3]):
        union = n * betainc(k / 2, (d - k) / 2, t * t)
        assert np.mean(kept <= t) <= union + 4 * math.sqrt(max(union, 1 / draws) / draws)


def test_gaussian_maps_keep_distances_and_let_neighbourhoods_grow():
    u = np.random.default_rng(4).standard_normal((100, 60))
    orthogonal, normal = kept_fractions(u, 12, 50, rng=5), kept_fractions(u, 12, 50, gaussian=True, rng=5)
    assert np.allclose(orthogonal.distances, orthogonal.robust)
    assert normal.distances.mean() > 1.5 * orthogonal.distances.mean()
    assert (normal.distances / normal.growth).mean() < orthogonal.distances.mean()
    assert (normal.distances / normal.growth <= normal.robust + 1e-12).all()


@pytest.mark.parametrize(
    ("text", "rank"), [("sphere:n=40,d=12", 4), ("differences:n=30,d=8", 3), ("basis:d=16", 5), ("iris", 2)]
)
def test_the_map_without_luck_keeps_what_t4_promises(text, rank):
    """Data-dependent T4: the largest ratio at which the expected number of lost pairs is below one."""
    data = lw.load(text)
    sep = lw.separation(data)
    i, j = np.nonzero(np.triu(data.labels[:, None] != data.labels))
    squares = np.sum((data.points[i] - data.points[j]) ** 2, axis=1)
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = 0.5 * (low + high)
        lost = betainc(rank / 2, (data.n_features - rank) / 2, np.minimum((middle * sep.lower) ** 2 / squares, 1)).sum()
        low, high = (middle, high) if lost < 1 else (low, middle)
    ratio = low * 0.999
    assert ratio >= kept_fraction_lower(math.log(len(i)), rank, data.n_features) * 0.99
    for seed in range(3):
        assert derandomised_map(data, rank, ratio, rng=seed).ratio_lower >= ratio * (1 - 1e-9)


def test_its_refusals():
    data = lw.load("iris")
    with pytest.raises(lw.InputError, match="strictly between"):
        derandomised_map(data, 2, 1.0)
    with pytest.raises(lw.InputError, match="too many"):
        derandomised_map(lw.load("sphere:n=200002,d=2"), 1, 0.1)
