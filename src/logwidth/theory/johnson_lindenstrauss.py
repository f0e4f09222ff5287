"""T4, the robust Johnson–Lindenstrauss lemma: what some orthogonal projection keeps of every pair."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from logwidth.theory.beta_law import log_beta_cdf_upper
from logwidth.types import FloatArray

SLACK = 1e-13
SAFETY = 2e-12 * 4.0 ** np.arange(16)


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
