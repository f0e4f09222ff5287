"""Ellipsoids inscribed in ℓp balls, fitted to given weights (docs/theory.md, T2 for other p). Heuristics: any will do."""

import math

import numpy as np
from scipy.special import expit

from logwidth.maps.ceiling.newton import level
from logwidth.types import FloatArray

FITS = 12
SCALINGS = 10
FLOOR = 1e-9
MIXTURES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


def fitted(p: float, M: FloatArray, Q: FloatArray, rank: int, temperature: float) -> FloatArray:
    """Return Q with `{vᵀQ⁻¹v ≤ 1} ⊂ B_p(0, 1)`, up to rounding, and a smaller sum of eigenvalues of `Q^{−1/2} M Q^{−1/2}`.

    The sum is `max_P tr(C Q⁻¹)`, `C = M^{1/2} P M^{1/2}`, convex in Q; P is smoothed by the temperature, Q renewed for
    the C at hand, and averaged. The best of all steps is returned, so the sum never grows.
    """
    step = _diagonal_step if p < 2.0 else _dense_step
    best, least = Q, ellipsoid_sum(M, Q, rank)
    for _ in range(FITS):
        Q = step(p, _curvature(M, Q, rank, temperature), Q)
        shown = Q if p < 2.0 or math.isinf(p) else _mixed(p, M, Q, rank)
        value = ellipsoid_sum(M, shown, rank)
        best, least = (shown, value) if value < least else (best, least)
    return best


def ellipsoid_sum(M: FloatArray, Q: FloatArray, rank: int) -> float:
    """Return the sum of the `rank` largest eigenvalues of `Q^{−1/2} M Q^{−1/2}`."""
    A = inverse_root(Q)
    return float(np.linalg.eigvalsh(A @ M @ A.T)[-rank:].sum())


def inverse_root(Q: FloatArray) -> FloatArray:
    """Return A with `AᵀA = Q⁻¹`: the ellipsoid is `‖Av‖_2 ≤ 1`. Diagonal if Q is."""
    values, E = np.linalg.eigh(Q)
    return np.asarray((E / np.sqrt(values)) @ E.T)


def round_ellipsoid(p: float, d: int) -> FloatArray:
    """Return the Q of the largest ball inscribed in `B_p(0, 1)`: `c_p^-(d)² I`."""
    return np.asarray(np.eye(d) * min(1.0, float(d) ** (1.0 - 2.0 / p)))


def _curvature(M: FloatArray, Q: FloatArray, rank: int, temperature: float) -> FloatArray:
    """Return `C = Q^{1/2} E diag(pλ) Eᵀ Q^{1/2}`, E and λ the eigenpairs of `Q^{−1/2} M Q^{−1/2}`."""
    values, V = np.linalg.eigh(Q)
    root, back = (V * np.sqrt(values)) @ V.T, (V / np.sqrt(values)) @ V.T
    eigenvalues, E = np.linalg.eigh(back @ M @ back)
    if rank < len(eigenvalues):
        share = expit((eigenvalues - level(eigenvalues, rank, temperature)) / temperature)
    else:
        share = np.ones_like(eigenvalues)
    F = root @ (E * np.sqrt(share * np.maximum(eigenvalues, 0.0)))
    return np.asarray(F @ F.T)


def _diagonal_step(p: float, C: FloatArray, Q: FloatArray) -> FloatArray:
    """Return the geometric mean of Q and the minimiser of `Σ C_jj/t_j` over `‖t‖_s ≤ 1`, `s = p/(2−p)`.

    The minimiser is `t ∝ C_jj^{1/(s+1)}`.
    """
    s = p / (2.0 - p)
    t = np.sqrt(np.diag(Q) * np.maximum(np.diag(C), 0.0) ** (1.0 / (s + 1.0)))
    t = np.maximum(t / t.max(), FLOOR)
    return np.diag(t / (t**s).sum() ** (1.0 / s))


def _dense_step(_p: float, C: FloatArray, Q: FloatArray) -> FloatArray:
    """Return the mean of Q and the minimiser of `tr(C Q⁻¹)` over `diag Q ≤ 1`, its diagonal filled up to 1.

    The minimiser is `D^{−1/2}(D^{1/2} C D^{1/2})^{1/2} D^{−1/2}` with D diagonal, the diagonal of the middle root.
    """
    d = len(C)
    C = np.ldexp(C, -int(np.frexp(np.abs(C).max())[1]))  # the minimiser is the same, and nothing overflows
    C = C + np.eye(d) * (1e-6 * np.trace(C) / d)
    scale = np.sqrt(np.diag(C))
    for _ in range(SCALINGS):
        scale = np.maximum(np.diag(_root(C, scale)), FLOOR * scale.max())
    fresh = _root(C, scale) / np.sqrt(np.outer(scale, scale))
    mean = 0.5 * Q / np.diag(Q).max() + 0.5 * fresh / np.diag(fresh).max()
    mean = 0.5 * (mean + mean.T) * (1.0 - 1e-6)
    return np.asarray(mean + np.diag(1.0 - np.diag(mean)))


def _root(C: FloatArray, scale: FloatArray) -> FloatArray:
    root = np.sqrt(scale)
    values, E = np.linalg.eigh(root[:, None] * C * root)
    return np.asarray((E * np.sqrt(np.maximum(values, 0.0))) @ E.T)


def _mixed(p: float, M: FloatArray, Q: FloatArray, rank: int) -> FloatArray:
    """Return the best mixture of Q and I, normalised by `(max Q_jj)^{1−2/p} λ_max(Q)^{2/p} = 1`, for 2 < p < ∞."""
    mixtures = [share * Q + (1.0 - share) * np.eye(len(Q)) for share in MIXTURES]
    sizes = [np.diag(R).max() ** (1.0 - 2.0 / p) * np.linalg.eigvalsh(R)[-1] ** (2.0 / p) for R in mixtures]
    return min((R / size for R, size in zip(mixtures, sizes, strict=True)), key=lambda R: ellipsoid_sum(M, R, rank))
