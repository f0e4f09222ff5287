"""Radii beyond the certified one: every sample on a domain that reaches as far as its own radius needs."""

import numpy as np

from logwidth.certify.leads.first_layer import (
    SLOP,
    Domain,
    Extremes,
    FirstLayer,
    by_chunks,
    domain_within,
    image_error_upper,
    largest_reach,
    row_norms_upper,
)
from logwidth.norms import dual_exponent
from logwidth.types import FloatArray

NEAR = 1.5  # radii that a domain reaches, if nobody says how far and the first layer allows it


def domain_reaching(first: FirstLayer, points: FloatArray, radius: float, norm: float, reach: float | None = None) -> Domain:
    """Return what is known on the balls `B_p(x_i, reach)`.

    Without `reach` it goes as far as the first layer allows beyond `radius`, up to NEAR radii, so that larger radii can be
    reported. Raises UnprovableNetworkError when the first ReLU may clip on a ball of `radius`.
    """
    seen = Extremes.of(first, points)
    return domain_within(first, seen, norm, reach or max(radius, largest_reach(first, seen, norm, NEAR * radius)))


def clip_radius_lower(first: FirstLayer, points: FloatArray, norm: float) -> FloatArray:
    """Return radii of balls `(n,)` on which `T x + b ≥ 0` in real arithmetic, so that the first ReLU clips nothing."""
    largest = np.max(by_chunks(lambda rows: np.abs(rows).max(axis=0, initial=0.0), points), axis=0)
    error = image_error_upper(first, largest)
    lipschitz = row_norms_upper(first.T, dual_exponent(norm))

    def room(rows: FloatArray) -> FloatArray:
        images = rows @ first.T.T + first.b
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(lipschitz > 0, (images - error) / lipschitz, np.inf).min(axis=1))

    radii: FloatArray = np.maximum(np.concatenate(by_chunks(room, points)) / SLOP, 0.0)
    return radii


def reaches(wanted: FloatArray, clip: FloatArray) -> FloatArray:
    """Return, per sample, a reach a little above its wanted radius or just below where its ball clips; 0: none."""
    open_rows = np.isfinite(wanted) & (wanted > 0) & (clip > 0)
    return np.where(open_rows, np.minimum(wanted * (1 + 2.0**-10), clip * (1 - 2.0**-12)), 0.0)
