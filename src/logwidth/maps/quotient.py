"""Lower bounds on the quotient norm of Fact 1 (docs/theory.md) for any ℓp, read off the images of the data."""

import math

import numpy as np

from logwidth.norms import dual_exponent
from logwidth.rounding import BINARY64, down, gamma_upper, up
from logwidth.separation import Separation, nearest_opposite
from logwidth.types import FloatArray


def quotient_distance_lower(
    points: FloatArray, labels: np.ndarray, T: FloatArray, sep: Separation
) -> tuple[float, float | None]:
    """Return a lower bound on `min_ij min{‖v‖_p : T v = T u_ij}` over opposite pairs, p the norm of `sep`, and its r.

    `T v = T u` implies `‖v‖_p ≥ ‖T u‖_r / ‖T‖_{p→r}` for every `r`; :func:`image_norms` says which `r` have an
    exact operator norm; the best of them is returned, None where none served. A square `T` that is proven invertible
    leaves `v = u` only: then the bound is `sep.lower`.
    Guarantee: holds for the stored matrix and points, all rounding on the safe side. One blocked pass over all pairs
    for each `r`; for p other than 1, 2, ∞ powers are trusted to 4 ulp (:func:`nearest_opposite`).
    """
    if provably_invertible(T):
        return sep.lower, sep.norm if np.array_equal(T, np.eye(len(T))) else None
    Z, error = _images(points, T)
    found: tuple[float, float | None] = (0.0, None)
    for r, norm in image_norms(T, sep.norm):
        kept = down(float(nearest_opposite(Z, labels, r).lower.min()) - 2.0 * error, 2)
        distance = down(kept / norm)
        found = (distance, r) if distance > found[0] else found
    return found


def image_norms(T: FloatArray, p: float) -> list[tuple[float, float]]:
    """Return exponents r with upper bounds on `‖T‖_{p→r}`, each exact up to rounding.

    * `‖T‖_{p→∞} = max_l ‖w_l‖_q`: rows are features, 1-Lipschitz where their dual norm is 1.
    * Rows of disjoint supports: `‖T u‖_p^p = Σ_l |⟨w_l,u⟩|^p ≤ max_l ‖w_l‖_q^p Σ_l ‖u restricted to supp w_l‖_p^p`,
      so `‖T‖_{p→p} = max_l ‖w_l‖_q`. This holds for coordinates: their quotient norm is `‖u_J‖_p` itself.
    * p = 1: `‖T‖_{1→1} = max_j Σ_l |T_lj|`.

    >>> image_norms(np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]), math.inf)[0][0]
    inf
    >>> [r for r, _ in image_norms(np.array([[1.0, 1.0], [1.0, -1.0]]), 1.0)]
    [inf, 1.0]
    """
    rows = max(dual_norm_upper(w, p) for w in T)
    if (np.count_nonzero(T, axis=0) <= 1).all():
        return [(p, rows)]
    if p == 1.0:
        return [(math.inf, rows), (1.0, max(norm_upper(column, 1.0) for column in T.T))]
    return [(math.inf, rows)]


def dual_norm_upper(w: FloatArray, p: float) -> float:
    """Return an upper bound on `‖w‖_q`, `1/p + 1/q = 1`: the Lipschitz constant of `x ↦ ⟨w,x⟩` in ℓp."""
    return norm_upper(w, dual_exponent(p))


def norm_upper(w: FloatArray, q: float) -> float:
    """Return an upper bound on `‖w‖_q`, relative gap about `(4d + 1000) 2^−53`; exact for q = ∞ and unit rows."""
    size = np.abs(w[w != 0.0])
    largest = float(size.max(initial=0.0))
    if len(size) <= 1 or math.isinf(q):
        return largest
    exponent = 1.0 if q == 1.0 else up(1.0 / q)
    total = float(np.sum((size / largest) ** q))
    relative = 1.0 + gamma_upper(4 * len(w) + 1000, BINARY64.unit)
    return up(float((total * relative) ** exponent * relative * largest), 2)


def provably_invertible(T: FloatArray) -> bool:
    """Whether `T` (k, d) is square with `‖I − R T‖_∞ < 1` proven for an approximate inverse `R`; then it is invertible."""
    k, d = T.shape
    if k != d:
        return False
    try:
        R = np.linalg.inv(T)
    except np.linalg.LinAlgError:
        return False
    defect = np.abs(np.eye(d) - R @ T) + gamma_upper(d + 2, BINARY64.unit) * (np.abs(R) @ np.abs(T) + 1.0)
    return bool(np.isfinite(defect).all() and defect.sum(axis=1).max() < 0.5)


def _images(points: FloatArray, T: FloatArray) -> tuple[FloatArray, float]:
    """Return `fl(T fl(x − c))` for every point and a bound on the ℓr error of each row, for every r ≥ 1.

    Entry l errs by at most `γ_{d+2} Σ_j |T_lj| |fl(x_j − c_j)|` and d underflows, and k such entries add up in ℓ1.
    Where every row has one entry, a power of two, and c is left out, products are exact: coordinates cost nothing.
    """
    k, d = T.shape
    if (np.count_nonzero(T, axis=1) == 1).all() and (np.abs(T).max(axis=1) == 1.0).all():
        return np.ascontiguousarray(points @ T.T), 0.0
    centred = points - 0.5 * (points.min(axis=0) + points.max(axis=0))
    reach = float((np.abs(centred).max(axis=0) @ np.abs(T).T).sum())
    error = gamma_upper(d + 2, BINARY64.unit) * reach * (1.0 + gamma_upper(k * d + d + 20, BINARY64.unit))
    return np.ascontiguousarray(centred @ T.T), up(error + 4 * k * d * BINARY64.tiny, 2)
