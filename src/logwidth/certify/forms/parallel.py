"""Reading and proving the network of two running maxima side by side."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.rows import LayerReader, Row
from logwidth.certify.forms.shared.running_maximum import exact_integers, running_maximum
from logwidth.certify.forms.shared.scores import Scores
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Comparison, Pieces, dot_error, joined
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import float_near, fraction

FloatArray = NDArray[np.float64]


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
    if network.depth < 3:
        raise UnrecognisedNetworkError("two running maxima need at least three layers")
    first = _read_first(network)
    m = first.m
    middle = [LayerReader(layer, m, t) for t, layer in enumerate(network.hidden[1:-2], start=2)]
    lanes = (_Lane(first, 0), _Lane(first, 1))
    for reader in middle:
        reader.copies()
        for lane, row in zip(lanes, reader.extras([2]), strict=True):
            lane.step(row)
    row = LayerReader(network.hidden[-2], m, network.depth - 1).row(0)
    rate = lanes[0].close(-row.weight(m, sign=-1), None)
    lanes[1].close(row.weight(m + 1, sign=+1), rate)
    row.expect({m: row.others[m], m + 1: row.others[m + 1]}, z=True)
    values = _read_out(network)
    terms = [*(fraction(w) for w in row.z.tolist()), fraction(row.bias) - Fraction(1, 2)]
    shares = [-term / fraction(rate) for term in terms]
    own, end = lanes[0].pieces([Fraction(0)] * (m + 1))
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

    def step(self, row: Row) -> None:
        unit = self.first.m + self.number
        if not self.slope:
            self.slope = row.weight(unit, sign=+1)
            row.expect({unit: self.slope}, z=True)
        else:
            row.expect({unit: 1.0}, z=True)
        if row.z.any() or row.bias:
            self.steps.append([*row.z.tolist(), row.bias])

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


def _read_out(network: ReluNetwork) -> tuple[float, float]:
    readers = network.hidden[-2], network.hidden[-1], network.output
    if [layer.n_outputs for layer in readers] != [1, 1, 1]:
        raise UnrecognisedNetworkError("the last layers do not read out one difference")
    if readers[1].row(0) != {0: -1.0} or readers[1].bias[0] != 1.0:
        raise UnrecognisedNetworkError("the last layer is not 1 − y")
    step, base = readers[2].row(0).get(0, 0.0), float(readers[2].bias[0])
    exact_integers([step, base, base + step], network.dtype)
    if step == 0.0:
        raise UnrecognisedNetworkError("both classes have the same value")
    return base + step, base
