"""The Beta law: proven bounds contain the exact logarithm, in both tails and at extreme sizes."""

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logwidth.theory.beta_law import STIRLING_ERROR, binet, log_beta_cdf_lower, log_beta_cdf_upper
from logwidth.theory.counts import log_pairs_upper
from logwidth.theory.possible import _log_chi_mgf_lower, kept_closed_form_lower, kept_fraction_lower
from logwidth.theory.product_nets import ball_net_upper, sphere_net_upper


def exact(x, a, b):
    """`ln I_x(a, b)` by mpmath: its own function for small parameters, else its gamma function and the plain series."""
    with mp.workdps(50):
        x, a, b = mp.mpf(float(x)), mp.mpf(a), mp.mpf(b)
        if a + b < 400:
            return mp.log(mp.betainc(a, b, 0, x, regularized=True))
        if x > a / (a + b):
            return mp.log1p(-mp.exp(_by_series(1 - x, b, a)))
        return _by_series(x, a, b)


def _by_series(x, a, b):
    term = total = mp.mpf(1)
    n = 0
    while term > total * mp.mpf(10) ** -35:
        term *= (a + b + n) / (a + 1 + n) * x
        total += term
        n += 1
    beta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)
    return a * mp.log(x) + b * mp.log1p(-x) - mp.log(a) - beta + mp.log(total)


def holds(x, a, b, gap):
    low, high, true = float(log_beta_cdf_lower(x, a, b)), float(log_beta_cdf_upper(x, a, b)), exact(x, a, b)
    assert low <= true <= high
    assert high - low <= gap * (1 + abs(low))


@given(k=st.integers(1, 60), rest=st.integers(1, 60), x=st.floats(1e-6, 1 - 1e-6))
@example(k=1, rest=1, x=0.5)
@example(k=1, rest=59, x=1e-6)
def test_bounds_contain_the_beta_law(k, rest, x):
    holds(x, k / 2, rest / 2, 1e-10)


@pytest.mark.parametrize("d", [1_000, 30_000, 10**6])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.5])
def test_bounds_hold_at_large_dimensions_and_in_far_tails(d, share):
    k = max(1, int(share * d))
    a, b = k / 2, (d - k) / 2
    for n in (1e3, 1e9, 5e17, 1e36):
        x = float(kept_fraction_lower(math.log(n), k, d)) ** 2
        holds(x, a, b, 1e-8)


@pytest.mark.parametrize("shift", [-8, -2, -0.1, 0.1, 1])
def test_bounds_hold_around_the_mean(shift):
    for k, d in ((7, 5_000), (2_000, 5_000), (4_990, 5_000)):
        p = k / d
        x = p + shift * math.sqrt(2 * p * (1 - p) / d)
        if 0 < x < 1:
            holds(x, k / 2, (d - k) / 2, 1e-6)


def test_ends_and_shapes():
    assert log_beta_cdf_upper([[0.0], [1.0]], 1.5, [2.0, 3.0]).tolist() == [[-np.inf] * 2, [0.0] * 2]
    assert log_beta_cdf_lower([0.0, 1.0], 1.5, 2.0).tolist() == [-np.inf, 0.0]


def test_binet_is_as_near_as_stated():
    z = np.concatenate([np.arange(1, 60) / 2, [1e3, 1e6 + 0.5]])
    with mp.workdps(40):
        for value, argument in zip(binet(z), z, strict=True):
            w = mp.mpf(argument)
            true = mp.loggamma(w) - (w - mp.mpf(1) / 2) * mp.log(w) + w - mp.log(2 * mp.pi) / 2
            assert abs(mp.mpf(value) - true) < STIRLING_ERROR


def test_the_kept_fraction_is_the_root_and_on_its_safe_side():
    for n_samples, k, d in ((2, 3, 9), (60_000, 62, 784), (10**18, 1, 10**6), (10**18, 9_999, 10**4), (10**18, 5, 6)):
        logs = log_pairs_upper(n_samples) if n_samples > 2 else math.log(1.5)
        t = float(kept_fraction_lower(logs, k, d))
        assert exact(t * t, k / 2, (d - k) / 2) + logs < 0
        assert exact((t * (1 + 1e-6)) ** 2, k / 2, (d - k) / 2) + logs > 0
        assert kept_closed_form_lower(logs, k, d) <= t


def test_kept_fractions_grow_with_the_rank_and_fall_with_pairs_and_dimension():
    k = np.arange(1, 200)
    t = kept_fraction_lower(20.0, k, 200)
    assert (np.diff(t) > 0).all()
    assert (t >= kept_fraction_lower(21.0, k, 200)).all()
    assert (t >= kept_fraction_lower(20.0, k, 230)).all()


def test_the_chi_moment_is_a_lower_bound():
    with mp.workdps(30):
        for m, theta in ((2, 0.5), (3, 4.0), (40, 0.1), (40, 9.0), (783, 23.0)):
            scale = (m / 2 - 1) * mp.log(2) + mp.loggamma(mp.mpf(m) / 2)
            peak = (theta + math.sqrt(theta**2 + 4 * (m - 1))) / 2

            def density(r, m=m, theta=theta, scale=scale):
                return mp.exp((m - 1) * mp.log(r) - r * r / 2 + theta * r - scale) if r > 0 else mp.mpf(0)

            true = mp.log(mp.quad(density, [max(0, peak - 12), peak - 3, peak, peak + 3, peak + 12]))
            bound = float(_log_chi_mgf_lower(np.array([theta]), m)[0])
            assert bound <= true <= bound + 0.75


@pytest.mark.parametrize("m", [1, 2, 3, 5])
def test_nets_are_not_counted_too_small(m):
    """Packing says how few points can cover: volumes from below, for balls and caps."""
    for eta in (0.02, 0.1, 0.3, 0.9):
        assert ball_net_upper(m, np.array(eta)) >= (1 / eta) ** m * (1 - 1e-9)
        angle = 2 * math.asin(eta / 2)
        if m == 2:
            assert sphere_net_upper(m, np.array(eta)) >= math.pi / angle * (1 - 1e-9)
        if m > 2:  # a cap of half-angle θ has at most the share ½ sin^{m−1}(θ)·… ≤ ½ of the sphere, at most θ^{m−1}
            assert sphere_net_upper(m, np.array(eta)) >= angle ** (1 - m) * (1 - 1e-9)
