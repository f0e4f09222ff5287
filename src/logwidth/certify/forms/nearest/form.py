"""Proving nearest-sample networks: the own distance beats all opposite ones on the ball, rounding included (T7)."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from logwidth.certify.forms.nearest.distances import DistanceShape
from logwidth.certify.forms.nearest.requirement import NearestTest, Sums
from logwidth.certify.forms.shared.nearest_sample_maximum import Ending
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class NearestForm(Recognised):
    """What the stored layers say: centres `(P, m)` with their label `values`, the distance, the levels K, the ending.

    The layers compute `a_t = K_t − D_t(z)` one after the other, `D_t` the distance of `z` from centre t; `S` is the
    largest so far (and 0), `r ← ReLU(a_t − S)`, `S ← S + r`. `twin_gap` is by how much the first layer's hinge misses
    centre 1. All coordinates and samples share one shape, and levels differ by rounding only.
    """

    rule = "exact"
    name: str
    first: FirstLayer
    centres: FloatArray
    values: FloatArray
    levels: tuple[Fraction, Fraction]
    shape: DistanceShape
    twin_gap: Fraction
    ending: Ending

    def comparisons(self, domain: Domain) -> tuple[list[NearestTest], dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        Let `|computed a_t − a_t| ≤ ε + η D_t`. Then, as for every exact carry, the computed S lies between
        `max(0, a_t − ε − ηD_t) − 2uS` and `max(0, a_t + ε + ηD_t) + 2uS`, however many samples there are, since S never
        decreases and is unchanged, exactly, where r = 0. *Register*: the increments of the true class sum to at least half
        of its growth, so κ is 0 after it if the own `a` leads the opposite ones, and 0 for classes after the first, by
        `2R(1 + 3nγ_5)/λ`; later r are exactly 0. *Collapse*: on a ball of the first class no r of the second is positive
        and S stays, at least `1/(read-out)`; on one of the second some r is at least the lead, and λ times it exceeds S.
        """
        unit, ending = domain.first.format.unit, self.ending
        low, high = float(self.levels[0]) / SLOP, float(self.levels[1]) * SLOP
        if not low > 0:
            raise UnprovableNetworkError("a sample's level is not positive")
        largest = 1.05 * high
        sums = self._errors(domain, largest)
        if not sums.fixed <= high / 64:
            raise UnprovableNetworkError("the distances are too coarse for their differences in this float format")
        if not (largest + ending.span) * max(ending.rates[1], ending.read_out, 1.0) * 8 < domain.first.format.largest:
            raise UnprovableNetworkError("the register may overflow")
        if ending.collapse:
            lead = largest * (1 + 64 * unit) / ending.rates[0] * SLOP
            limits = [(0.0, (1 + 64 * unit) / ending.read_out * SLOP), (lead, -np.inf)]
        else:
            slack = 3 * len(self.centres) * gamma_upper(5, unit)
            lead = 2 * ending.span * (1 + slack) / ending.rates[0] * SLOP
            limits = [(lead, -np.inf)] + [(lead, lead)] * (len(np.unique(self.values)) - 1)
        order = list(dict.fromkeys(self.values.tolist()))
        tests = [
            NearestTest(
                self.shape, self.centres[self.values == v], self.centres[self.values != v], frozenset([v]),
                (low, high), sums, limit, 8 * unit * largest * SLOP,
            )
            for v, limit in zip(order, limits, strict=True)
        ]  # fmt: skip
        return tests, {"score_error": sums.fixed, "score_upper": high, "lead": lead, "rate": ending.rates[0]}

    def _errors(self, domain: Domain, largest: float) -> Sums:
        upper = domain.upper
        centre = np.abs(self.centres).max(axis=0)
        spread = np.maximum(upper - self.centres.min(axis=0), self.centres.max(axis=0) - domain.lower)
        sums = {"maximum": _maximum_errors, "absolute": _absolute_errors, "power": _power_errors}[self.shape.kind](
            self, domain, centre, spread, largest
        )
        twins = 2.0 * (float(domain.error[0]) + float(domain.twin_error.sum()) + float(self.twin_gap) * SLOP)
        twins = twins if domain.first.twins else 0.0
        if not (float(upper.sum()) + float(centre.sum()) + largest + sums.size) * 16 < domain.first.format.largest:
            raise UnprovableNetworkError("a distance may overflow")
        return Sums((sums.fixed + twins) * SLOP, sums.relative, sums.size)


def _maximum_errors(_form: NearestForm, domain: Domain, centre: FloatArray, spread: FloatArray, largest: float) -> Sums:
    """ℓ∞: 2m dot products of at most four terms, each 1-Lipschitz in the one before; the first is read twice."""
    fmt = domain.first.format
    step, floor = gamma_upper(6, fmt.unit) * SLOP, 8 * fmt.tiny
    sizes, top = domain.upper + centre, 2.02 * float(spread.max())
    total = 2 * (step * float(sizes[0]) + floor)
    total += float((step * (top + 2 * sizes[1:]) + floor).sum() + (step * (top + sizes[1:] + sizes[:-1]) + floor).sum())
    total += step * (top + float(sizes[-1]) + 4 * largest) + floor
    return Sums(total * SLOP, 0.0, top)


def _absolute_errors(form: NearestForm, domain: Domain, centre: FloatArray, spread: FloatArray, largest: float) -> Sums:
    """ℓ1: m hinges of two terms, their sum in m steps, and one dot product of m + 5 terms."""
    fmt, m = domain.first.format, form.first.m
    floor = 8 * fmt.tiny
    hinges = 2 * (gamma_upper(3, fmt.unit) * float((domain.upper + centre).sum()) + m * floor)
    total = 2.02 * float(spread.sum())
    adding = m * (gamma_upper(4, fmt.unit) * total + floor)
    last = gamma_upper(m + 6, fmt.unit) * (float((domain.upper + centre).sum()) + total + 4 * largest) + floor
    return Sums((hinges + adding + last) * SLOP, 0.0, total)


def _power_errors(form: NearestForm, domain: Domain, centre: FloatArray, spread: FloatArray, largest: float) -> Sums:
    """Sums of positive terms: relative errors as long as the hinges are right, which err by what their sums are rounded."""
    fmt, m = domain.first.format, form.first.m
    slope, knots = float(form.shape.weights.sum()), form.shape.knots
    steps, floor = m * len(knots), 8 * fmt.tiny
    relative = gamma_upper(3 * steps + 16, fmt.unit) * SLOP
    hinges = gamma_upper(3, fmt.unit) * float((domain.upper + centre + knots[-1]).sum()) + m * floor
    fixed = 2 * slope * hinges + 2 * steps * floor + gamma_upper(8, fmt.unit) * 8 * largest
    return Sums(fixed * (1 + 2 * relative) * SLOP, relative, 1.01 * slope * float(spread.sum()))
