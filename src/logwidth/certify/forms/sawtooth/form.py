"""Proving networks that sum squares by the sawtooth series (Theorem 4.2 of Egosi, Yehudai, Shamir; T8)."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.shared.read_out import values_after
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, images_of, row_norms_upper, vector_norm_upper
from logwidth.certify.leads.geometry import power_near
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.requirement import Leads, OnlyMeasured
from logwidth.certify.outcome import UnprovableNetworkError
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


@dataclass(frozen=True, eq=False, repr=False)
class SawtoothForm(Recognised):
    """What the stored layers say: `centres` `(P, m)`, `limits` `(P,)`, K `terms`, the register's `rates` and `increments`.

    Per centre c and coordinate j the layers hold `up = ReLU(z_j − c_j)` and `down = ReLU(c_j − z_j)`, `q = ReLU(1 − up −
    down)`; then, with `s = 1 − q`, the sum `A` of all `s − Σ_{r≤K} g_r(s)/4^r`, g_r the iterated tent map, by `p = g_r`,
    `t = ReLU(p − ½)`, `g_{r+1} = 2p − 4t`. After the last coordinate `e = ReLU(A − limit)`, `h = ReLU(κ − λ e)` and
    `κ ← ReLU(κ − h)`; the increment of a class is added one layer later. The first centre starts with `κ = λ e`.
    """

    name = "sawtooth"
    rule = "exact"
    first: FirstLayer
    centres: FloatArray
    limits: FloatArray
    terms: int
    rates: FloatArray
    increments: tuple[float, ...]
    top: float

    def comparisons(self, domain: Domain) -> tuple[list[NearTest], dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        With `D = Σ_j min(1, |z_j − c_j|)²` the computed sum lies in `[min(D, 3/2) − a, D + a + m 4^{−K−1}]`, the upper end
        where `D ≤ 1`, a of :meth:`_sum_error`. If `A ≤ limit` for an own centre, e is 0, so `h = κ` and κ is 0, exactly,
        and stays 0 through the class. If every later centre has `λ e ≥ R`, R the largest register value, then h is 0 and κ
        is unchanged: it only adds integers, exactly. What earlier centres do is without effect.
        """
        sums = self._sum_error(domain)
        series = self.first.m * 4.0 ** -(self.terms + 1)
        span = float(sum(self.increments))
        lead = span / float(self.rates.min()) * (1 + 16 * domain.first.format.unit) * SLOP
        largest = float(self.rates.max()) * (self.first.m + 4) + span + float(np.abs(self.centres).max())
        if not largest * 16 < domain.first.format.largest:
            raise UnprovableNetworkError("the register may overflow")
        error = domain.error.copy()
        error[0] = max(error[0], 2 * float(domain.twin_error.max())) + 2.0**-52 * abs(self.centres[0, 0])
        within = self.limits - (sums + series) * SLOP
        beyond = (self.limits + lead + sums) * SLOP
        if not (beyond.max() <= 1.0 and within.min() > 0.0):
            raise UnprovableNetworkError("a bump is wider than the clipping of the differences, or narrower than its errors")
        near, far = np.sqrt(within) / SLOP, np.sqrt(beyond) * SLOP
        values = values_after(self.increments, self.top)
        tests = [
            NearTest(
                self.centres[values == v],
                near[values == v],
                self.centres[values > v],
                far[values > v],
                frozenset([float(v)]),
                error,
            )
            for v in np.unique(values)
        ]
        constants = {
            "sum_error": sums,
            "series_error": series,
            "lead": lead,
            "rate": float(self.rates.min()),
            "terms": float(self.terms),
        }
        return tests, constants

    def _sum_error(self, domain: Domain) -> float:
        """Bound what rounding adds to `A − limit`, docs/theory.md section 4.

        The tent maps are exact in floats. `s` errs by at most 10u and the series is 2-Lipschitz; each of the `m (K + 1)`
        additions errs by at most `6 γ_2` as long as A ≤ 2, and the last one, which subtracts the limit, by `6 γ_4`.
        """
        fmt, m = domain.first.format, self.first.m
        steps = m * (self.terms + 1)
        additions = 6 * (steps * gamma_upper(2, fmt.unit) + gamma_upper(4, fmt.unit)) + 16 * steps * fmt.tiny
        if not additions <= 2.0**-6:
            raise UnprovableNetworkError(f"the rounding errors of {steps} additions are too large for this float format")
        return (additions + 20 * m * fmt.unit + 2.0**-49) * SLOP
