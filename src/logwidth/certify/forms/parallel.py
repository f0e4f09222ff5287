"""Reading and proving the network of two running maxima side by side."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from logwidth.certify.forms.shared.read_out import read_two_values
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import Scores, running_maximum
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.certify.leads.comparison import Comparison
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces, dot_error, joined
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import float_near, fraction

LANES = ("hA", "hB")


@dataclass(frozen=True, eq=False, repr=False)
class ParallelForm(Recognised):
    """What the stored layers say: the pieces of classes A and B, and the read-out of their difference.

    Layer t is `z ← z`, `h_A ← ReLU(h_A + d^A_{t+1}(z))`, `h_B` likewise (or a copy); then `y ← ReLU(½ − μ g)` with the lead
    `g = (a − b)(z) + h_A − h_B` of A, `y ← ReLU(1 − y)`, and the output is `v_B + (v_A − v_B) y`. `steps` are all `d`, as
    stored; `slopes` are those of the twins.
    """

    name = "parallel"
    rule = "exact"
    first: FirstLayer
    own: Pieces
    other: Pieces
    steps: Pieces
    slopes: tuple[float, float]
    rate: float
    values: tuple[float, float]

    def scores(self) -> Scores:
        """Return the pieces of both classes with their label values."""
        return Scores(joined(self.own, self.other), np.repeat(self.values, [self.own.size, self.other.size]))

    def comparisons(self, domain: Domain) -> tuple[list[Comparison], dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        In real arithmetic `g` is the difference of the two maxima; `h_A` and `h_B` are 1-Lipschitz in their predecessors, so
        `g` errs by at most the sum of all dot-product errors. `y` is exactly 0 if the computed `½ − μ g ≤ 0` and
        at least 1 if it is ≥ 1; then the output is exactly a label.
        """
        both = joined(self.own, self.other)
        rounded = 2.0**-51 * (np.abs(both.weights) @ domain.upper + np.abs(both.biases))
        both = Pieces(both.weights, both.biases, rounded)
        largest, error = running_maximum(both, domain, domain.lower, domain.upper)
        own, other = both.take(slice(0, self.own.size)), both.take(slice(self.own.size, None))
        total = self._lead_error(domain, (largest + both.drop(domain.lower, domain.upper)) * SLOP)
        lead = (0.5 / self.rate + total) * SLOP
        comparisons = [
            Comparison(own, other, frozenset(self.values[:1]), lead, 0.0, 0.0, error),
            Comparison(other, own, frozenset(self.values[1:]), lead, 0.0, 0.0, error),
        ]
        return comparisons, {"score_error": error, "score_upper": largest, "lead": lead, "rate": self.rate}

    def _lead_error(self, domain: Domain, highest: float) -> float:
        """Bound the error of `(½ − computed y)/μ` against the exact lead at the computed coordinates."""
        model = dot_error(domain)
        sizes = np.abs(self.steps.weights) @ domain.upper + np.abs(self.steps.biases) + 2 * highest
        twins = sum(
            slope * (float(domain.error[j]) + float(domain.twin_error[k]))
            for k, (slope, (j, _)) in enumerate(zip(self.slopes, self.first.twins, strict=True))
        )
        last = model.factor * (2 * self.steps.magnitude(domain.upper) + 6 * highest + 1.0 / self.rate)
        own_last = self.own.magnitude(domain.upper) + self.other.magnitude(domain.upper)
        if not (highest + own_last + 1.0) * max(self.rate, 1.0) * 16 < domain.first.format.largest:
            raise UnprovableNetworkError("the lead may overflow")
        summed = model.factor * float(sizes.sum()) + model.floor * (len(sizes) + 1 / self.rate)
        return (summed + twins + last + model.factor * own_last) * SLOP


def read_parallel(network: ReluNetwork) -> ParallelForm:
    """Return the form of a stored network of two maxima; raise UnrecognisedNetworkError where it departs from it."""
    first = _read_first(network)
    trace = Trace(network, first.m, LANES)
    lanes = (_Lane(first, 0), _Lane(first, 1))
    while trace.left > 2:
        for lane, unit in zip(lanes, trace.carry(*LANES), strict=True):
            lane.step(unit)
    row, values = read_two_values(trace)
    rate = lanes[0].close(-row.weight("hA", sign=-1), None)
    lanes[1].close(row.weight("hB", sign=+1), rate)
    row.expect({name: row.inputs[name] for name in LANES}, z=ANY, bias=ANY)
    terms = [*(fraction(w) for w in row.z.tolist()), fraction(row.bias) - Fraction(1, 2)]
    shares = [-term / fraction(rate) for term in terms]
    own, end = lanes[0].pieces([Fraction(0)] * (first.m + 1))
    other, _ = lanes[1].pieces([a - s for a, s in zip(end, shares, strict=True)], backwards=True)
    steps = Pieces(
        np.array([s[:-1] for lane in lanes for s in lane.steps]),
        np.array([s[-1] for lane in lanes for s in lane.steps]),
        np.zeros(sum(len(lane.steps) for lane in lanes)),
    )
    return ParallelForm(first, own, other, steps, (lanes[0].slope, lanes[1].slope), rate, values)


def _read_first(network: ReluNetwork) -> FirstLayer:
    try:
        return read_first_layer(network.hidden[0], [0, 1])
    except UnrecognisedNetworkError:
        return read_first_layer(network.hidden[0], [0, 0])


class _Lane:
    """One running maximum while it is read: its steps `(w_1 … w_m, bias)`, the twin's first."""

    def __init__(self, first: FirstLayer, number: int) -> None:
        self.first, self.number = first, number
        self.slope = 0.0  # not known yet
        self.steps: list[list[float]] = []

    def step(self, unit: Unit) -> None:
        """Read the next sum, or a copy of the one before."""
        name, first = LANES[self.number], not self.slope
        if first:
            self.slope = unit.weight(name, sign=+1)
        unit.expect({name: self.slope if first else 1.0}, z=ANY, bias=ANY)
        if unit.z.any() or unit.bias:
            self.steps.append([*unit.z.tolist(), unit.bias])

    def close(self, weight: float, rate: float | None) -> float:
        """Fix the twin's slope from the read-out if no step has; return the read-out's rate."""
        if not self.slope:
            rate = weight if rate is None else rate
            self.slope = float_near(fraction(weight) / fraction(rate))
        elif rate is not None and weight != rate:
            raise UnrecognisedNetworkError("the two maxima are read out at different rates")
        j, offset = self.first.twins[self.number]
        twin = [0.0] * (self.first.m + 1)
        twin[j] = self.slope
        twin[-1] = self.slope * (offset - float(self.first.b[j]))
        self.steps.insert(0, twin)
        return weight if rate is None else rate

    def pieces(self, start: list[Fraction], *, backwards: bool = False) -> tuple[Pieces, list[Fraction]]:
        """Return the scores `a_t = a_{t−1} − d_t` from the first score `start` on, or backwards from the last one."""
        rows = [start]
        for step in reversed(self.steps) if backwards else self.steps:
            sign = 1 if backwards else -1
            rows.append([a + sign * fraction(s) for a, s in zip(rows[-1], step, strict=True)])
        table = np.array([[float_near(v) for v in row] for row in rows])
        return Pieces(table[:, :-1], table[:, -1], np.zeros(len(rows))), rows[-1]
