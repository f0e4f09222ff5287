"""Radii beyond the certified one: every sample on a domain that reaches as far as its own radius needs."""

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.first_layer import SLOP, FirstLayer, image_error_upper, images_of, row_norms_upper
from logwidth.norms import dual_exponent

FloatArray = NDArray[np.float64]


def clip_radius_lower(first: FirstLayer, points: FloatArray, norm: float) -> FloatArray:
    """Return radii of balls `(n,)` on which `T x + b ≥ 0` in real arithmetic, so that the first ReLU clips nothing."""
    images, _ = images_of(first, points)
    error = image_error_upper(first, np.abs(points).max(axis=0, initial=0.0))
    lipschitz = row_norms_upper(first.T, dual_exponent(norm))
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(lipschitz > 0, (images - error) / lipschitz, np.inf)
    radii: FloatArray = np.maximum(room.min(axis=1) / SLOP, 0.0)
    return radii


def reaches(wanted: FloatArray, clip: FloatArray) -> FloatArray:
    """Return, per sample, a reach a little above its wanted radius or just below where its ball clips; 0: none."""
    open_rows = np.isfinite(wanted) & (wanted > 0) & (clip > 0)
    return np.where(open_rows, np.minimum(wanted * (1 + 2.0**-10), clip * (1 - 2.0**-12)), 0.0)
