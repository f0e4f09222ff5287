"""How far the bounds of a domain hold: up to where the first ReLU clips.

Coordinate l of `z = T x + b` changes by at most `‖T_l‖_q ρ` on the ball `B_p(x, ρ)`, 1/p + 1/q = 1 (Hölder), and by no
less at its worst point. So it stays at least 0 exactly for `ρ ≤ (T x + b)_l / ‖T_l‖_q`, and the ReLU clips nothing on the
ball for ρ up to the least of these. Every radius here is rounded down: the image is taken less its error in float64, and
the norm is an upper bound.
"""

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
from logwidth.types import FloatArray, IntArray

NEAR = 1.5  # radii that a domain reaches, if nobody says how far and the first layer allows it


def domain_reaching(
    first: FirstLayer,
    points: FloatArray,
    ball: tuple[float, float],
    reach: float | None = None,
    rows: IntArray | None = None,
) -> Domain:
    """Return what is known on the balls `B_p(x_i, reach)`, of those `rows` only if any are named; `ball = (radius, p)`.

    Without `reach` it goes as far as the first layer allows beyond `radius`, up to NEAR radii, so that larger radii can be
    reported. Raises UnprovableNetworkError when the first ReLU may clip on a ball of `radius`.
    """
    (radius, norm), seen = ball, Extremes.of(first, points, rows)
    return domain_within(first, seen, norm, reach or max(radius, largest_reach(first, seen, norm, NEAR * radius)))


def clip_radius_lower(first: FirstLayer, points: FloatArray, norm: float) -> FloatArray:
    """Return lower bounds `(n,)` on the radii at which the first ReLU clips, in real arithmetic; 0 where it does at once.

    `min_l (T x + b)_l / ‖T_l‖_q`, infinite where no coordinate depends on x.
    """
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
