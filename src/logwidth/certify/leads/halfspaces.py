"""Balls against halfspaces of the image: the radius within which a ball lies on one side, rounding included."""

import numpy as np

from logwidth.certify.leads.first_layer import SLOP, SMALLEST, Domain, row_norms_upper
from logwidth.certify.leads.pieces import Pieces
from logwidth.norms import dual_exponent
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray


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
