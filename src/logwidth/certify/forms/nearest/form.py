"""Proving nearest-sample networks: the own distance beats all opposite ones on the ball, rounding included (T7)."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.spatial.distance import cdist

from logwidth.certify.forms.nearest.distances import DistanceShape, image_reach
from logwidth.certify.forms.shared.nearest_sample_maximum import Ending
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, Domain, FirstLayer, images_of, row_norms_upper
from logwidth.certify.leads.geometry import power_near
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.requirement import Leads, OnlyMeasured
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.rounding import gamma_upper
from logwidth.types import BoolArray, FloatArray

BLOCK_ENTRIES = 1 << 22
HALVINGS = 48


@dataclass(frozen=True)
class Sums:
    """A computed distance errs by at most `fixed + relative · D`; `size` bounds the terms of its sums."""

    fixed: float
    relative: float
    size: float


@dataclass(frozen=True, eq=False)
class NearestTest(OnlyMeasured):
    """On every ball of a sample whose label value is in `values`, an `own` centre must beat all `opposite` ones.

    With `D ≤ U` for one own centre and `D ≥ L` for all opposite ones: `K − U` must exceed `K' − L` by the lead of `limits`,
    and the second of `limits`, each with the errors of the sums and `carry` added; K and K' are the least and the largest
    level.
    """

    shape: DistanceShape
    own: FloatArray
    opposite: FloatArray
    values: frozenset[float]
    levels: tuple[float, float]
    sums: Sums
    limits: tuple[float, float]
    carry: float

    def measure(self, meter: LeadMeter, points: FloatArray, radius: float) -> Leads:
        """Return proven radii of balls around `points` `(n, d)`, found by bisection."""
        found = np.full(len(points), -1.0)
        for s in self.shape.exponents(meter.domain.norm):
            step = max(1, BLOCK_ENTRIES // max(self.own.size, self.opposite.size, 1))
            for start in range(0, len(points), step):
                rows = slice(start, start + step)
                found[rows] = np.maximum(found[rows], self._radii(meter.domain, points[rows], radius, s))
        return Leads(found, found >= radius, np.zeros(len(found), dtype=np.intp))

    def _radii(self, domain: Domain, points: FloatArray, radius: float, s: float) -> FloatArray:
        images, error = images_of(domain.first, points)
        blur = float(row_norms_upper((domain.error + error)[None, :], s)[0]) * SLOP
        near, far = self._distances(images, s)
        reach = image_reach(domain.first.T, domain.norm, s)

        def holds(r: FloatArray) -> BoolArray:
            moved = (reach * r + blur) * SLOP
            return self._beats(self.shape.upper((near + moved) * SLOP, s, images.shape[1]), self.shape.lower(far - moved, s))

        low = np.where(holds(np.zeros(len(points))), 0.0, -1.0)
        low = np.where(holds(np.full(len(points), radius)), radius, low)
        high = np.full(len(points), domain.reach)
        low = np.where(holds(high), high, low)
        for _ in range(HALVINGS):
            middle = (np.maximum(low, 0.0) + high) / 2
            right = (low >= 0) & holds(middle)
            low, high = np.where(right, middle, low), np.where(right, high, middle)
        return low

    def _beats(self, upper: FloatArray, lower: FloatArray) -> BoolArray:
        """Return whether distances at most `upper` and at least `lower` satisfy both limits."""
        low, high = self.levels
        ours = low - upper * (1.0 + self.sums.relative) - self.sums.fixed
        theirs = high - lower * (1.0 - self.sums.relative) + self.sums.fixed
        slack = (high + upper + lower) * 2.0**-40 + self.carry
        found: BoolArray = (ours - theirs - slack >= self.limits[0]) & (ours - slack >= self.limits[1])
        return found

    def _distances(self, images: FloatArray, s: float) -> tuple[FloatArray, FloatArray]:
        """Return an upper bound on the distance to one own centre and a lower bound on that to all opposite ones, in ℓs.

        Lengths are scaled below 1/2, so that no power overflows; one that underflows makes a distance smaller, which is safe
        for opposite centres, and own distances are computed anew.
        """
        scale = 4.0 * power_near(images, self.own, self.opposite)
        metric = {"metric": "chebyshev"} if np.isinf(s) else {"metric": "minkowski", "p": s}
        chosen = np.argmin(cdist(images / scale, self.own / scale, **metric), axis=1)
        gaps = np.abs(images - self.own[chosen])
        near = row_norms_upper(gaps, s) * SLOP + SMALLEST
        far = cdist(images / scale, self.opposite / scale, **metric).min(axis=1, initial=np.inf)
        return near, far * scale / SLOP


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
