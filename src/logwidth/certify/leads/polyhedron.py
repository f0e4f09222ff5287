"""How far halfspaces and polyhedra stay from a point, with every rounding."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import SLOP, SMALLEST, Domain, FirstLayer, row_norms_upper
from logwidth.certify.leads.pieces import Pieces
from logwidth.norms import dual_exponent
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray

UNIT = 2.0**-53


@dataclass(frozen=True, eq=False)
class Polyhedron:
    """The set `{z : ⟨weights_k, z⟩ + biases_k + slack_k ≥ 0 for all k}`, `slack ≥ 0`, in the coordinates `z = T x + b`.

    `weights` `(K, m)` and `biases` `(K,)` may each be off by one rounding of float64 (differences of stored
    numbers are).
    """

    weights: FloatArray
    biases: FloatArray
    slack: FloatArray

    def take(self, which: NDArray[np.intp]) -> "Polyhedron":
        """Return the polyhedron of some of the constraints: a larger set."""
        return Polyhedron(self.weights[which], self.biases[which], self.slack[which])


@dataclass(frozen=True, eq=False)
class Centre:
    """The image `z` `(m,)` of a ball's centre in float64 and bounds `error` `(m,)` on all that a coordinate may err by."""

    image: FloatArray
    error: FloatArray


def distance_lower(first: FirstLayer, centre: Centre, body: Polyhedron, multipliers: FloatArray, norm: float) -> float:
    """Return a radius within which, in ℓp around the centre, no point's image lies in `body`; −1 if none is shown.

    For multipliers `λ ≥ 0` every point of the body has `Σ λ_k (⟨g_k, z⟩ + β_k + s_k) ≥ 0`. The sum is affine in x with the
    slope `Tᵀ Σ λ_k g_k`, so it stays negative up to the radius `−sum(x_i) / ‖Tᵀ Σ λ_k g_k‖_q`. Any λ is valid, wherever
    it came from. All roundings of the computation and `centre.error` are taken on the safe side. A body shown to be
    empty is far away.
    """
    weight = np.where(multipliers > 0, multipliers, 0.0)
    if not (np.isfinite(weight).all() and weight.any()):
        return -1.0
    weight = weight / weight.max()
    terms, m = weight.size, centre.image.size
    mixed = weight @ body.weights
    sizes = weight @ np.abs(body.weights)
    value = -float(mixed @ centre.image + weight @ body.biases)
    unsure = gamma_upper(terms + m + 12, UNIT) * float(sizes @ np.abs(centre.image) + weight @ np.abs(body.biases))
    given = float(weight @ body.slack + sizes_of(mixed, sizes, terms) @ centre.error)
    value -= (unsure + given) * SLOP + (terms + m) * SMALLEST * (1.0 + float(np.abs(centre.image).sum()))
    through = gamma_upper(terms + m + 8, UNIT) * float((sizes @ np.abs(first.T)).sum()) * SLOP
    through += (first.T.size + terms * float(np.abs(first.T).sum())) * SMALLEST
    slope = float(row_norms_upper((mixed @ first.T)[None, :], dual_exponent(norm))[0] + through) * SLOP
    with np.errstate(over="ignore"):
        return float(np.float64(value) / slope / SLOP) if value >= 0 else -1.0


def sizes_of(mixed: FloatArray, sizes: FloatArray, terms: int) -> FloatArray:
    """Return bounds `(m,)` on the exact `|Σ λ_k g_k|` from the computed sum and the sum of sizes."""
    bound: FloatArray = (np.abs(mixed) + gamma_upper(terms + 4, UNIT) * sizes) * SLOP
    return bound


def halfspace_radii(
    h: Pieces, domain: Domain, images: FloatArray, error: FloatArray, *, sign: int, lead: float
) -> FloatArray:
    """Return, per point and halfspace, a radius within which `sign · l_h` exceeds `lead` and all errors, rounded down.

    Where none is known it is negative.
    """
    m = domain.first.m
    values = sign * (images @ h.weights.T + h.biases)
    unsure = gamma_upper(m + 8, 2.0**-53) * (np.abs(images) @ np.abs(h.weights).T + np.abs(h.biases)) + m * SMALLEST
    through = np.abs(h.weights) @ (domain.error + error)
    values -= (unsure + (through + h.errors + lead)) * SLOP
    slopes = lipschitz_upper(h, domain)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        radii = values / (slopes * SLOP)  # slopes are positive: they hold what underflow may have lost
    return np.where(np.isnan(radii), -1.0, radii)


def lipschitz_upper(h: Pieces, domain: Domain) -> FloatArray:
    """Return upper bounds on `‖Tᵀ w_h‖_q`, the Lipschitz constants of the halfspaces in ℓp."""
    T, q = domain.first.T, dual_exponent(domain.norm)
    lifted = h.weights @ T
    error = gamma_upper(domain.first.m + 2, 2.0**-53) * (np.abs(h.weights) @ np.abs(T).sum(axis=1)) + T.size * SMALLEST
    bound: FloatArray = (row_norms_upper(lifted, q) + error) * SLOP
    return bound
