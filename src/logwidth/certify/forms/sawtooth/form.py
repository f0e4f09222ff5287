"""Proving networks that sum squares by the sawtooth series (Theorem 4.2 of Egosi, Yehudai, Shamir; T8)."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.sawtooth.requirement import NearTest
from logwidth.certify.forms.shared.read_out import values_after
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray


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
