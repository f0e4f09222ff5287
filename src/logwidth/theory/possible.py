"""What every data set allows at a width: T4, the robust Johnson–Lindenstrauss lemma, in ℓp too; T5d everywhere."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv, erf

from logwidth.theory.beta_law import STIRLING_ERROR, UNIT, binet, log_beta_cdf_upper
from logwidth.theory.containment import c_plus_upper
from logwidth.theory.counts import log_pairs_upper
from logwidth.types import FloatArray, IntArray

SAFETY = 2e-12 * 4.0 ** np.arange(16)
SHARE = 1e-3
TILTS = np.geomspace(0.01, 6.0, 80)
HALVINGS = 60
SLACK = 1e-13
UNITS_BESIDE_THE_MAP = 1


def kept_closed_form_lower(log_pairs: ArrayLike, rank: ArrayLike, dimension: ArrayLike) -> FloatArray:
    """Return `t ≤ √(k/(e d)) n^{−1/k}`: some rank-k projection has `‖Pu‖ > t‖u‖` for all of any n vectors u in d dimensions.

    *Proof.* `P(‖Pu‖² ≤ βk/d ‖u‖²) ≤ (β e^{1−β})^{k/2} < (eβ)^{k/2}` (Dasgupta and Gupta, 2003), which is `1/n` at
    `β = n^{−2/k}/e`; union bound. ∎ `log_pairs` is `ln n`; broadcast. 1 where `k ≥ d`, 0 where `k < 1`.

    >>> round(float(kept_closed_form_lower(np.log(10.0), 4, 16)), 4)
    0.1705
    """
    logs, k, d = (np.asarray(v, dtype=np.float64) for v in np.broadcast_arrays(log_pairs, rank, dimension))
    safe = np.maximum(k, 1.0)
    exponent = 0.5 * np.log(safe / d) - 0.5 - logs / safe
    value = np.exp(exponent) * (1.0 - SLACK * (1.0 + np.abs(exponent)))
    return np.where(k >= d, 1.0, np.where(k < 1.0, 0.0, value))


def kept_fraction_lower(log_pairs: ArrayLike, rank: ArrayLike, dimension: ArrayLike) -> FloatArray:
    """Return t with `n I_{t²}(k/2, (d − k)/2) < 1`, nearly the largest: some rank-k projection keeps more of any n vectors.

    `log_pairs` is (at least) `ln n`; all arguments broadcast. *Proof.* `‖Pu‖²/‖u‖²` of a uniformly random orthogonal
    projection P of rank k has the law Beta(k/2, (d − k)/2), so the expected number of vectors with `‖Pu‖ ≤ t‖u‖` is
    below 1. ∎ Proven: candidates at and a little below SciPy's quantile count only after the inequality was shown with
    :func:`log_beta_cdf_upper`; if none does, the closed form. 1 where `k ≥ d` (the identity), 0 where `k < 1`.

    >>> round(float(kept_fraction_lower(np.log(1.8e9), 62, 784)), 4)
    0.1452
    """
    logs, k, d = (np.array(v, dtype=np.float64) for v in np.broadcast_arrays(log_pairs, rank, dimension))
    found = kept_closed_form_lower(logs, k, d)
    inner = (k >= 1.0) & (k < d)
    if inner.any():
        a, b, n = k[inner] / 2.0, (d[inner] - k[inner]) / 2.0, logs[inner]
        guess = betaincinv(a, b, np.exp(-n))
        found[inner] = np.maximum(found[inner], _proven(n, a, b, guess.astype(np.float64)))
    return found


def _proven(logs: FloatArray, a: FloatArray, b: FloatArray, guess: FloatArray) -> FloatArray:
    """Return `√x` for the largest tried x below the guess with `ln n + ln I_x(a, b) < 0` proven, 0 if there is none."""
    found = np.zeros_like(guess)
    for safety in SAFETY:
        open_ones = np.flatnonzero(found == 0.0)
        if not open_ones.size:
            break
        x = guess[open_ones] * (1.0 - safety)
        proven = logs[open_ones] + log_beta_cdf_upper(x, a[open_ones], b[open_ones]) < 0.0
        found[open_ones] = np.where(proven, np.sqrt(x) * (1.0 - SLACK), 0.0)
    return found


def dual_ratio_lower(log_pairs: float, rank: IntArray, dimension: int, p: float) -> FloatArray:
    """Return a ratio, δ in ℓ2, up to which some rank-k map preserves all of any n pairs in ℓp; per rank.

    Let P be a random orthogonal projection of rank k < d, `τ = ‖Pu‖/‖u‖`, `h = Pu/‖Pu‖`. By Fact 1 the quotient norm of u
    is at least `⟨h, u⟩/‖h‖_q = τ‖u‖/‖h‖_q`. Now `h = τ û + √(1 − τ²) g` with g uniform on the unit sphere of `u^⊥`, so
    with `‖g‖ ≤ s` in ℓ∞ (p < 2) or ℓ1 (p > 2), and A = 1 or √d the largest such norm of û,

        ‖h‖_q ≤ H(τ)^θ,  H(τ) = min(A, τA + √(1 − τ²) s),  θ = |1 − 2/p|

    (Hölder between that norm and `‖h‖_2 = 1`), and `τ/H(τ)^θ` rises with τ. With t from T4 for `n/(1 − 10⁻³)` pairs and
    `P(‖g‖ > s) ≤ 10⁻³/n`, some P gives every pair the ratio `t/H(t)^θ`. Never below T4's `t/c_p^+(d)` at that t. Proven.

    >>> kept = dual_ratio_lower(math.log(1.8e9), np.array([62]), 784, 1.0)
    >>> bool(kept[0] > 2 * 0.145)
    True
    """
    kept = kept_fraction_lower(log_pairs - math.log1p(-SHARE) + SLACK, rank, dimension)
    theta = abs(1.0 - 2.0 / p)
    plain = kept / c_plus_upper(p, dimension) * (1.0 - SLACK)
    if dimension < 4 or theta == 0.0:
        return np.asarray(plain)
    budget = log_pairs - math.log(SHARE)
    largest = 1.0 if p < 2.0 else math.sqrt(dimension) * (1.0 + SLACK)
    s = _entry_upper(budget, dimension) if p < 2.0 else _sum_upper(budget, dimension)
    reach = np.minimum(largest, kept * largest + np.sqrt(1.0 - np.minimum(kept, 1.0) ** 2) * s)
    return np.asarray(np.maximum(plain, kept / reach**theta * (1.0 - 1e-12)))


def _entry_upper(budget: float, d: int) -> float:
    """Return s with `d e^budget P(|g_1| > s) ≤ 1` for g uniform on the unit sphere of `R^{d−1}`.

    `1 − g_1² ~ Beta(a, ½)`, `a = (d − 2)/2`, is stochastically larger than Beta(a, 1) (their densities' ratio rises), so
    `P(|g_1| > s) ≤ (1 − s²)^a`. The coordinates of a vector uniform on the sphere of `u^⊥` are stochastically smaller.
    """
    total = (budget + math.log(d)) * (1.0 + SLACK) + SLACK
    return math.sqrt(-math.expm1(-2.0 * total / (d - 2))) * (1.0 + SLACK)


def _sum_upper(budget: float, d: int) -> float:
    """Return s with `e^budget P(‖g‖_1 > s) ≤ 1` for g uniform on the unit sphere of `u^⊥` in `R^d`; at most √d.

    With G standard normal in `R^d` and G' its projection to `u^⊥`, `g = G'/‖G'‖` is independent of `R = ‖G'‖ ~ χ_{d−1}`,
    so for every μ > 0: `P(‖g‖_1 ≥ s) E e^{μsR} ≤ E e^{μ‖G'‖_1} ≤ E e^{μ‖G‖_1} = ((1 + erf(μ/√2)) e^{μ²/2})^d` (Jensen for
    the second). The left expectation is bounded below by :func:`_log_chi_mgf_lower`; μ is searched. SciPy's erf is trusted
    to 1e-14.
    """
    above = d * (np.log1p(erf(TILTS / math.sqrt(2.0))) + 0.5 * TILTS**2) * (1.0 + SLACK) + budget + 1e-9
    low, high = np.zeros_like(TILTS), np.full_like(TILTS, math.sqrt(d))
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        holds = above - _log_chi_mgf_lower(TILTS * middle, d - 1) < 0.0
        low, high = np.where(holds, low, middle), np.where(holds, middle, high)
    return float(high.min()) * (1.0 + SLACK)


def _log_chi_mgf_lower(theta: FloatArray, m: int) -> FloatArray:
    """Return a lower bound on `ln E e^{θR}`, `R ~ χ_m`, `m ≥ 2`.

    The integrand is `e^{L(r)}`, `L = (m − 1) ln r − r²/2 + θr`, up to `2^{m/2−1} Γ(m/2)`. `L''' > 0`, so to the right of
    any point with `L' ≥ 0` it is at least `L + ½L''(r − r_0)²`, and the integral at least `½ √(2π/|L''|) e^{L(r_0)}`.
    """
    r = 0.5 * (theta + np.sqrt(theta * theta + 4.0 * (m - 1))) * (1.0 - 1e-9)
    z = m / 2.0
    log_gamma = 0.5 * math.log(2.0 * math.pi / z) + z * math.log(z) - z + float(binet(np.array([z]))[0]) + STIRLING_ERROR
    terms = [(m - 1) * np.log(r), -0.5 * r * r, theta * r, 0.5 * np.log(math.pi / (2.0 * ((m - 1) / r**2 + 1.0)))]
    size = sum(np.abs(term) for term in terms) + z * (2.0 + abs(math.log(z)))
    return np.asarray(sum(terms) - (z - 1.0) * math.log(2.0) - log_gamma - 32.0 * UNIT * size)


def possible_ratio_lower(n_samples: int, n_features: int, width: ArrayLike, p: float = 2.0) -> NDArray[np.float64]:
    """Return ρ such that every data set of these sizes, whatever its classes, allows every ratio below ρ at this width.

    Any preserving map has a network of width rank + 1 (T5d), so the rank is `k − 1`; there are at most `N(N − 1)/2`
    opposite pairs. p = 2: the data span at most `N − 1` dimensions, which the identity of the span preserves, so T4
    is used in `min(d, N − 1)` dimensions. Other p: the better of T4 with `c_p^+` and :func:`dual_ratio_lower`; from rank d
    on every ratio below `1/c_p^+(d)`. δ is in ℓ2. Width below 2: 0.

    >>> possible_ratio_lower(60_000, 784, [64, 785]).round(4).tolist()
    [0.1474, 1.0]
    """
    rank = np.asarray(width, dtype=np.int64) - UNITS_BESIDE_THE_MAP
    pairs = log_pairs_upper(n_samples)
    if p == 2.0:
        return kept_fraction_lower(pairs, rank, min(n_features, n_samples - 1))
    whole = np.nextafter(1.0 / c_plus_upper(p, n_features), 0.0)
    inside = np.clip(rank, 1, n_features - 1) if n_features > 1 else np.ones_like(rank)
    plain = kept_fraction_lower(pairs, inside, n_features) * whole * (1.0 - 1e-15)
    found = np.maximum(plain, dual_ratio_lower(pairs, inside, n_features, p)) if n_features > 1 else plain
    return np.where(rank >= n_features, whole, np.where(rank < 1, 0.0, np.minimum(found, whole)))
