"""Nested maxima and minima of halfspaces: what a decision list says of a ball, rounding included (T5, last row)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from logwidth.certify.forms.shared.trace import Unit
from logwidth.certify.leads.first_layer import SLOP, Domain, images_of
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.pieces import Pieces, dot_error
from logwidth.certify.leads.polyhedron import halfspace_radii
from logwidth.certify.leads.requirement import Leads, OnlyMeasured
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.rounding import float_near, fraction
from logwidth.types import FloatArray

BLOCK_ENTRIES = 1 << 21


@dataclass(frozen=True, eq=False)
class ListTest(OnlyMeasured):
    """On every ball of a sample with the value `value`, `side · v_1` must exceed `lead`, side ±1.

    `v_t = max(g_t, v_{t+1})` where `signs[t] = 1` and `min(g_t, v_{t+1})` where it is −1; `v_n = g_n`. A ball is inside
    if the nested maxima and minima of its bounds on the `g_t` say so: all rules before one that holds it keep clear of it.
    """

    rules: Pieces
    signs: tuple[float, ...]
    values: frozenset[float]
    side: int
    lead: float

    def measure(self, meter: LeadMeter, points: FloatArray, radius: float) -> Leads:
        """Return proven radii of balls around `points` `(n, d)`; close calls stay unproven."""
        step = max(1, BLOCK_ENTRIES // self.rules.size)
        radii = [self._radii(meter.domain, points[start : start + step]) for start in range(0, len(points), step)]
        found = np.concatenate(radii) if radii else np.zeros(0)
        return Leads(found, found >= radius, np.zeros(len(found), dtype=np.intp))

    def _radii(self, domain: Domain, points: FloatArray) -> FloatArray:
        images, error = images_of(domain.first, points)
        radii = halfspace_radii(self.rules, domain, images, error, sign=self.side, lead=self.lead)
        found = radii[:, -1]
        for t in range(len(self.signs) - 2, -1, -1):
            join = np.maximum if self.signs[t] == self.side else np.minimum
            found = join(radii[:, t], found)
        return np.where(found >= 0, found, -1.0)


def nested_rules(first: list[Fraction], rows: Sequence[Unit], signs: Sequence[float]) -> Pieces:
    """Return `g_1 = first` (weights and bias) and `g_{t+1} = g_t + s_t row_{t+1}`, formed exactly and then rounded.

    `rows` are those of the rules, the first asked first; the first of them is not read.
    """
    current, table = first, [[float_near(v) for v in first]]
    for sign, row in zip(signs, rows[1:], strict=False):
        step = [fraction(v) for v in [*row.z.tolist(), row.bias]]
        current = [a + int(sign) * s for a, s in zip(current, step, strict=True)]
        table.append([float_near(v) for v in current])
    array = np.array(table)
    return Pieces(array[:, :-1], array[:, -1], np.zeros(len(array)))


def with_errors(rules: Pieces, rows: Pieces, domain: Domain, rate: float) -> Pieces:
    """Return the rules with, per rule, a bound on what the computed `v_1` departs from its `g_t` by.

    `rate` is the factor with which the row that reads `v_1` multiplies it. Raises UnprovableNetworkError when the bounds
    grow too large or a rule may overflow.
    """
    model = dot_error(domain)
    largest = 2.0 * rules.magnitude(domain.upper) * (1 + 2.0**-6)
    sizes = np.abs(rows.weights) @ domain.upper + np.abs(rows.biases)
    steps = model.factor * (sizes + largest * np.where(np.arange(len(sizes)), 1.0, rate)) + model.floor
    steps[0] /= rate
    rounded = 2.0**-50 * largest  # the rules were rounded to float64
    errors: FloatArray = (np.cumsum(steps) + rounded) * SLOP
    if not float(errors[-1]) <= largest / 256:
        raise UnprovableNetworkError("the list is too long for this float format")
    if not (float(sizes.max()) + max(rate, 1.0) * largest) * 8 < domain.first.format.largest:
        raise UnprovableNetworkError("a rule may overflow")
    return Pieces(rules.weights, rules.biases, errors)
