"""The norm of a given matrix from ℓp to ℓ2: how far the image of a ball reaches."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.norms import parse_norm
from logwidth.theory.containment import c_plus_upper

SLACK = 2.0**-50


def operator_norm_upper(matrix: ArrayLike, norm: object = 2) -> float:
    """Return an upper bound on `‖P‖_{p→2} = max{‖Px‖_2 : ‖x‖_p ≤ 1}` of a matrix P (k, d): `P B_p(0, σ) ⊂ B_2(0, rσ)`.

    p = 1: the largest column norm, exact up to rounding. 1 < p < 2: `‖P‖_{1→2}^{2/p − 1} ‖P‖_2^{2 − 2/p}`
    (Riesz–Thorin). p ≥ 2: `c_p^+(d) ‖P‖_2`, and for p = ∞ also `(Σ |PᵀP|_ij)^{1/2}`. `‖P‖_2² ≤ ‖PPᵀ‖_∞`, exact for
    orthonormal rows.

    >>> round(operator_norm_upper([[3.0, 0.0], [0.0, 4.0]], 1), 9)
    4.0
    """
    p = parse_norm(norm)
    P: NDArray[np.float64] = np.atleast_2d(np.asarray(matrix, dtype=np.float64))
    k, d = P.shape
    inflate: float = 1.0 + (k + d + 16) * SLACK
    error = (d + 2) * SLACK * (np.abs(P) @ np.abs(P).T)
    spectral: float = math.sqrt(float((np.abs(P @ P.T) + error).sum(axis=1).max())) * inflate
    columns: float = math.sqrt(float(np.max(np.einsum("ij,ij->j", P, P)))) * inflate
    if p == 1.0:
        return columns
    if p < 2.0:
        return float(min(columns, spectral) ** (2.0 / p - 1.0) * spectral ** (2.0 - 2.0 / p) * inflate)
    contained: float = float(c_plus_upper(p, d)) * spectral * inflate
    if not math.isinf(p):
        return contained
    gram = np.abs(P.T @ P) + (k + 2) * SLACK * (np.abs(P).T @ np.abs(P))
    summed: float = math.sqrt(float(np.sum(gram))) * (1.0 + d * d * SLACK)
    return min(contained, summed)
