"""Proving that a ball lies near one of the own centres and far from every later one, in the image's ℓ2 distance."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.leads.first_layer import SLOP, Domain, images_of, row_norms_upper, vector_norm_upper
from logwidth.certify.leads.geometry import power_near
from logwidth.certify.leads.measured import Leads
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.requirement import OnlyMeasured
from logwidth.norms import containment, dual_exponent
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray

BLOCK_ENTRIES = 1 << 21
FLOOR = 2.0**-500  # covers what underflowing squares lose of a distance


@dataclass(frozen=True, eq=False)
class NearTest(OnlyMeasured):
    """On balls of samples whose label value is in `values`: `‖z − own_k‖_2 ≤ near_k` for some k, `≥ far_k` for all `later`.

    `own` `(n, m)`, `near` `(n,)`; `later` `(n', m)`, `far` `(n',)`. `z` is any point whose coordinates differ from those of
    `T x + b` by at most `error` `(m,)`.
    """

    own: FloatArray
    near: FloatArray
    later: FloatArray
    far: FloatArray
    values: frozenset[float]
    error: FloatArray

    def measure(self, meter: LeadMeter, points: FloatArray, radius: float) -> Leads:
        """Return proven radii of balls around `points` `(n, d)` in ℓp; −1 where none is proven.

        `z` moves by at most `‖T‖_{p→2}` times the radius, so both distances change by at most that.
        """
        step = max(1, BLOCK_ENTRIES // ((len(self.own) + len(self.later)) * meter.domain.first.m))
        radii = [self._radii(meter.domain, points[start : start + step]) for start in range(0, len(points), step)]
        found = np.concatenate(radii) if radii else np.zeros(0)
        return Leads(found, found >= radius, np.zeros(len(found), dtype=np.intp))

    def _radii(self, domain: Domain, points: FloatArray) -> FloatArray:
        images, image_error = images_of(domain.first, points)
        shift = vector_norm_upper((self.error + image_error) * SLOP)
        unsure = gamma_upper(domain.first.m + 8, 2.0**-53) * SLOP
        near = distances(images, self.own)
        room = (self.near - (near * (1 + unsure) + shift + FLOOR) * SLOP).max(axis=1)
        if len(self.later):
            far = distances(images, self.later)
            room = np.minimum(room, (far * (1 - 2 * unsure) - (self.far + shift + FLOOR) * SLOP).min(axis=1))
        speed = image_speed_upper(domain.first.T, domain.norm)
        radii = room / (speed * SLOP * SLOP) if speed > 0 else np.where(room >= 0, np.inf, -1.0)
        return np.where(room >= 0, radii, -1.0)


def distances(images: FloatArray, centres: FloatArray) -> FloatArray:
    """Return `‖z_i − c_k‖_2` `(n, P)` to within a relative `γ_{m+4}` and FLOOR, by explicit differences."""
    gaps = images[:, None, :] - centres[None, :, :]
    found: FloatArray = np.sqrt((gaps * gaps).sum(axis=2))
    return found


def image_speed_upper(T: FloatArray, p: float) -> float:
    """Return an upper bound on `‖T‖_{p→2}` for `T` `(m, d)`.

    The least of: `‖T‖_2 ≤ ‖T Tᵀ‖_∞^{1/2}` times `c_p^+ = max(1, d^{1/2 − 1/p})`; `(Σ_l ‖T_l‖_q²)^{1/2}`; for p = 1 the
    longest column.
    """
    scale = power_near(T)
    rows = T / scale
    magnitude = np.abs(rows)
    gram = np.abs(rows @ rows.T) + gamma_upper(T.shape[1] + 2, 2.0**-53) * (magnitude @ magnitude.T)
    spectral = float(np.sqrt(gram.sum(axis=1).max(initial=0.0))) * SLOP
    contained = containment(p, T.shape[1])
    by_rows = vector_norm_upper(row_norms_upper(rows, dual_exponent(p)))
    bounds = [spectral * contained, by_rows]
    if p == 1.0:
        bounds.append(float(row_norms_upper(rows.T, 2.0).max(initial=0.0)))
    return float(min(bounds)) * scale * SLOP + 2.0**-1000
