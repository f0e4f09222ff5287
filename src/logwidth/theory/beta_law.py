"""Proven bounds on the logarithm of the Beta distribution function, far into its tails."""

import numpy as np
from numpy.typing import ArrayLike

from logwidth.types import FloatArray

UNIT = 2.0**-53
SHIFT = 12
STIRLING_ERROR = 4e-13
MOST_TERMS = 40_000
BLOCK = 64
MOST_RISING = 50.0
MOST_OTHER_RISING = 5.0


def log_beta_cdf_upper(x: ArrayLike, a: ArrayLike, b: ArrayLike) -> FloatArray:
    """Return an upper bound on `ln I_x(a, b)`, I the regularised incomplete beta function; `a, b ≥ 1/2`, broadcast.

    For a uniformly random projection P of rank k in d dimensions, `‖Pu‖²/‖u‖²` has the law Beta(k/2, (d − k)/2), so
    `I_{t²}(k/2, (d − k)/2)` is the probability that P keeps at most the fraction t of `‖u‖`.

    With `s = a + b`,

        I_x(a, b) = x^a (1 − x)^b / (a B(a, b)) · Σ_n x^n Π_{j<n} (s + j)/(a + 1 + j)

    (NIST DLMF 8.17.8). The terms are positive and their ratios, from some term on at most `r < 1`, bound the rest by a
    geometric series; the prefactor is written with Binet's function (:func:`binet`). Far above the mean, where many terms
    would rise first, and near it where the other series is shorter, `I_x(a, b) = 1 − I_{1−x}(b, a)`. Proven, given that
    NumPy's log, log1p, exp, expm1 err by at most 4 ulp.

    >>> bool(-2.0 * np.log(2.0) < log_beta_cdf_upper(0.25, 1.0, 1.0) < -2.0 * np.log(2.0) + 1e-11)
    True
    """
    return _bounds(x, a, b)[1]


def log_beta_cdf_lower(x: ArrayLike, a: ArrayLike, b: ArrayLike) -> FloatArray:
    """Return a lower bound on `ln I_x(a, b)`; see :func:`log_beta_cdf_upper`.

    >>> bool(-2.0 * np.log(2.0) - 1e-11 < log_beta_cdf_lower(0.25, 1.0, 1.0) < -2.0 * np.log(2.0))
    True
    """
    return _bounds(x, a, b)[0]


def _bounds(x: ArrayLike, a: ArrayLike, b: ArrayLike) -> tuple[FloatArray, FloatArray]:
    X, A, B = np.broadcast_arrays(*(np.asarray(v, dtype=np.float64) for v in (x, a, b)))
    shape = X.shape
    X, A, B = X.ravel(), A.ravel(), B.ravel()
    lower, upper = np.full(X.shape, -np.inf), np.zeros(X.shape)
    upper[X <= 0.0] = -np.inf
    lower[X >= 1.0] = 0.0
    inside = (X > 0.0) & (X < 1.0)
    Y = np.where(inside, 1.0 - X, 0.5)
    X = np.where(inside, X, 0.5)
    rising, other_rising = ((A + B) * X - A) / Y, ((A + B) * Y - B) / X
    fewer = np.sqrt(A / Y) + np.maximum(rising, 0.0) <= np.sqrt(B / X) + np.maximum(other_rising, 0.0)
    low = inside & (rising <= MOST_RISING) & (fewer | (other_rising > MOST_OTHER_RISING))
    lower[low], upper[low] = _tail(X[low], Y[low], A[low], B[low])
    high = inside & ~low
    other_lower, other_upper = _tail(Y[high], X[high], B[high], A[high])
    lower[high], upper[high] = _log_one_minus(other_upper, -1.0), _log_one_minus(other_lower, 1.0)
    return lower.reshape(shape), np.minimum(upper, 0.0).reshape(shape)


def _log_one_minus(logs: FloatArray, direction: float) -> FloatArray:
    """Return `ln(1 − e^logs)`, moved by its rounding error in the given direction."""
    with np.errstate(divide="ignore"):
        value = np.log(-np.expm1(logs))
    return np.asarray(value + direction * 16.0 * UNIT * (1.0 - np.where(np.isfinite(value), value, 0.0)))


def _tail(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return bounds on `ln I_x(a, b)` from the series, `y = 1 − x` up to one rounding."""
    value, slack = _log_prefactor(x, y, a, b)
    partial, rest, terms = _series(x, a, b)
    slack = slack + 8.0 * (terms + 4.0) * UNIT + 1e-15 * (1.0 + np.log(partial))
    with np.errstate(invalid="ignore"):
        return value + np.log(partial) - slack, value + np.log(partial + rest) + slack


def _log_prefactor(x: FloatArray, y: FloatArray, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return `ln(x^a y^b / (a B(a, b)))` and a bound on its error.

    With `Γ(z) = √(2π/z) (z/e)^z e^{S(z)}` it is `½ ln(b/(2π a s)) + a ln(sx/a) + b ln(sy/b) + S(s) − S(a) − S(b)`. An
    argument of a logarithm errs by at most 4u relatively, so a product `a ln(·)` by `a (5u + 5u |ln(·)|)`.
    """
    s = a + b
    first, second = np.log(s * x / a), np.log(s * y / b)
    root = 0.5 * np.log(b / (2.0 * np.pi * a * s))
    value = root + a * first + b * second + binet(s) - binet(a) - binet(b)
    weight = a * (1.0 + np.abs(first)) + b * (1.0 + np.abs(second)) + np.abs(root) + 1.0
    return value, 16.0 * UNIT * weight + 3.0 * STIRLING_ERROR


def binet(z: FloatArray) -> FloatArray:
    """Return Binet's `S(z)`, `Γ(z) = √(2π/z) (z/e)^z e^{S(z)}`, for `z ≥ 1/2` within `STIRLING_ERROR`.

    `S(z) = S(z + 1) + (z + ½) ln(1 + 1/z) − 1` moves z beyond 12, where Stirling's series errs by less than the first term
    left out, `1/(1188 z⁹) < 1.7e-13` (NIST DLMF 5.11.1, 5.11(ii)); the rest of the allowance is for rounding.
    """
    shifted = np.zeros_like(z)
    w = z.copy()
    for _ in range(SHIFT):
        small = w < SHIFT
        shifted = np.where(small, shifted + (w + 0.5) * np.log1p(1.0 / w) - 1.0, shifted)
        w = np.where(small, w + 1.0, w)
    v = 1.0 / (w * w)
    return np.asarray(shifted + (1 / 12 - v * (1 / 360 - v * (1 / 1260 - v / 1680))) / w)


def _series(x: FloatArray, a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return partial sums of the series, bounds on their rests (before rounding), and how many terms were taken."""
    total, rest, terms = np.ones_like(x), np.full_like(x, np.inf), np.zeros_like(x)
    term = np.ones_like(x)
    active = np.arange(x.size)
    for n in range(0, MOST_TERMS, BLOCK):
        if not active.size:
            break
        xs, top, bottom = x[active], a[active] + b[active], a[active] + 1.0
        t, s = term[active], total[active]
        for j in range(n, n + BLOCK):
            t = t * ((top + j) / (bottom + j) * xs)
            s = s + t
        ratio = np.maximum((top + n + BLOCK) / (bottom + n + BLOCK) * xs, xs) * (1.0 + 8.0 * UNIT)
        term[active], total[active], terms[active] = t, s, n + BLOCK
        with np.errstate(divide="ignore"):
            rest[active] = np.where(ratio < 1.0, t * ratio / (1.0 - ratio), np.inf) * (1.0 + 16.0 * UNIT)
        active = active[rest[active] > 1e-15 * s]
    return total, rest, terms
