"""Reading and proving the telescoping register network."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from logwidth.certify.forms.shared.read_out import check_increments, values_after
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import Scores, running_maximum
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.certify.leads.comparison import Comparisons
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces, dot_error
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import float_near, fraction, gamma_upper
from logwidth.types import FloatArray

OUTPUT_ERROR = 0.25


@dataclass(frozen=True, eq=False, repr=False)
class TelescopeForm(Recognised):
    """What the stored layers say: the steps `d_t = a_{t−1} − a_t`, the register's rate and its increments.

    Layer t is `z ← z`, `h ← ReLU(h + d_{t+1}(z))`, `g ← ReLU(g + λ d_{t+1}(z) + inc_{t+1})`; the output is
    `top − (g − λh)`. The `h` and `g` of piece 2 are read off coordinate 0 by the first layer. `steps` holds `d_2, …, d_P`;
    `pieces` are their sums, formed exactly and then rounded. `residue` is by how much all increments together miss integers.
    """

    name = "telescope"
    rule = "rounded"
    first: FirstLayer
    steps: Pieces
    pieces: Pieces
    slope: float
    rate: float
    increments: tuple[float, ...]
    residue: float
    top: float

    def piece_values(self) -> FloatArray:
        """Return the label value of every piece."""
        return values_after(self.increments, self.top)

    def scores(self) -> Scores:
        """Return the pieces with their label values."""
        return Scores(self.pieces, self.piece_values())

    def comparisons(self, domain: Domain) -> tuple[Comparisons, dict[str, float]]:
        """Return what must hold on the balls for labels right to within 1/4, and the constants of the rounding bound.

        In real arithmetic `a_t + h_t` is the running maximum and `κ_t = g_t − λ h_t = ReLU(κ_{t−1} + inc_t − λ r_t)`,
        `r_t` its increment, so `κ` is 0 after the true class if it leads by `R/λ`, R the largest register value. Each of
        `h` and `g` is 1-Lipschitz in its predecessor: their errors are at most the sums of the errors of all their dot
        products.
        """
        terms = np.abs(self.pieces.biases) + abs(float(self.steps.biases[0]))  # the first step's was rounded on its own
        rounded = 2.0**-52 * (np.abs(self.pieces.weights) @ domain.upper + terms)
        pieces = Pieces(self.pieces.weights, self.pieces.biases, rounded)
        largest, error = running_maximum(pieces, domain, domain.lower, domain.upper)
        span = float(sum(self.increments))
        total = self._output_error(domain, largest, span)
        if not total <= OUTPUT_ERROR:
            raise UnprovableNetworkError(
                f"the rounding errors of {len(self.increments)} telescoping layers add up to {total:.2g}, more than 1/4"
            )
        lead = span / self.rate * SLOP
        constants = {"score_error": error, "score_upper": largest, "lead": lead, "rate": self.rate, "output_error": total}
        return Comparisons.of_classes(pieces, self.piece_values(), lead, error), constants

    def _output_error(self, domain: Domain, largest: float, span: float) -> float:
        """Bound `|computed output − exact output at the computed coordinates|`."""
        model, unit = dot_error(domain), domain.first.format.unit
        drop = self.pieces.drop(domain.lower, domain.upper)
        highest = (largest + drop) * SLOP
        sizes = np.abs(self.steps.weights) @ domain.upper + np.abs(self.steps.biases) + 2 * highest
        h_errors = model.factor * sizes + model.floor
        register = (self.rate * highest + 2 * span) * SLOP
        g_errors = model.factor * (self.rate * sizes + 2 * register + span) + model.floor
        twins = self.slope * (domain.error[0] + domain.twin_error) * SLOP
        h_total = float(h_errors.sum()) + float(twins[0])
        g_total = float(g_errors.sum()) + self.rate * float(twins[1])
        if not (register + self.rate * highest) * 8 < domain.first.format.largest:
            raise UnprovableNetworkError("the register may overflow")
        last = gamma_upper(4, unit) * (self.rate * highest + register + abs(self.top))
        return (g_total + self.rate * h_total + last + self.residue) * SLOP


def read_telescope(network: ReluNetwork) -> TelescopeForm:
    """Return the form of a stored telescoping network; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [0, 0])
    trace = Trace(network, first.m, ["h", "g"])
    pairs: list[list[Unit]] = []
    while trace.left:
        pairs.append(trace.carry("h", "g") if trace.left > 1 else trace.last("h", "g"))
    output = trace.output()
    slope, rate = _slope_and_rate(output, pairs)
    shift = fraction(first.twins[0][1]) - fraction(first.b[0])
    steps, offsets = [_along_first(first.m, slope)], [float_near(fraction(slope) * shift)]
    gains = [fraction(rate) * fraction(slope) * (fraction(first.twins[1][1]) - fraction(first.twins[0][1]))]
    for number, (h, g) in enumerate(pairs):
        h.expect({"h": 1.0 if number else slope}, z=ANY, bias=ANY)
        g.expect({"g": 1.0 if number else rate * slope}, z=ANY, bias=ANY)
        if not np.array_equal(g.z, rate * h.z):
            raise g.refuse("is not a multiple of the unit before it")
        steps.append(h.z)
        offsets.append(h.bias)
        gains.append(fraction(g.bias) - fraction(rate) * fraction(h.bias))
    increments = (0.0, *(float(round(gain)) for gain in gains))
    residue = float(sum((abs(gain - round(gain)) for gain in gains), Fraction(0))) * SLOP
    check_increments(increments, output.bias, network)
    d = Pieces(np.array(steps), np.array(offsets), np.zeros(len(steps)))
    return TelescopeForm(first, d, _summed(d), slope, rate, increments, residue, output.bias)


def _slope_and_rate(output: Unit, pairs: list[list[Unit]]) -> tuple[float, float]:
    """Return the slope of the twins and the register's rate; with two pieces the slope stands for their product.

    The output is a constant less g plus the rate times h.
    """
    rate = output.weight("h", sign=+1)
    output.expect({"h": rate, "g": -1.0 if pairs else -rate}, bias=ANY)
    return (pairs[0][0].weight("h", sign=+1), rate) if pairs else (rate, 1.0)


def _along_first(m: int, slope: float) -> FloatArray:
    z = np.zeros(m)
    z[0] = slope
    return z


def _summed(steps: Pieces) -> Pieces:
    """Return the scores `a_1 = 0`, `a_t = −(d_2 + … + d_t)`: summed exactly, then rounded to float64."""
    columns = [*steps.weights.T.tolist(), steps.biases.tolist()]
    sums = []
    for column in columns:
        total, out = Fraction(0), [0.0]
        for value in column:
            total -= fraction(value)
            out.append(float_near(total))
        sums.append(out)
    return Pieces(np.array(sums[:-1]).T, np.array(sums[-1]), np.zeros(len(sums[-1])))
