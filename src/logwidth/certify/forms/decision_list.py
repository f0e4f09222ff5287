"""Reading and proving linear decision lists: nested maxima and minima of halfspaces (T5, last row)."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from logwidth.certify.forms.shared.nested import ListTest, nested_rules, stored, with_errors
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.rows import LayerReader, Row
from logwidth.certify.forms.shared.running_maximum import exact_integers
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import fraction


@dataclass(frozen=True, eq=False, repr=False)
class ListForm(Recognised):
    """What the stored layers say: the rules `g_1, …, g_n` from the first asked to the last, their signs, the read-out.

    Layer t is `z ← z`, `x ← ReLU(±(v_{k+1} − g_k))` for the rules k = n − 1, …, 1, with `v_{k+1} = g_{k+1} ± x`; then
    `y ← ReLU(½ − μ v_1)`, `y ← ReLU(1 − y)`, and the output is `v_B + (v_A − v_B) y`. `rows` are those stored.
    """

    name = "list"
    rule = "exact"
    first: FirstLayer
    rules: Pieces
    rows: Pieces
    signs: tuple[float, ...]
    rate: float
    values: tuple[float, float]

    def comparisons(self, domain: Domain) -> tuple[list[ListTest], dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        With `|e_t|` the error of the dot product of rule t, the computed `v_t` (that is `g_t ± x_t`) is exactly
        `max(g_t, v_{t+1} + e_t)` or `min(g_t, v_{t+1} + e_t)`: what an inner rule says is moved by the errors of the rules
        outside it, and by nothing else. So rule k needs `½/μ` and `Σ_{t<k} E_t`, the read-out's included; then the
        computed `½ − μ v_1` is ≤ 0 or ≥ 1, and y is exactly 1 or 0.
        """
        rules = with_errors(self.rules, self.rows, domain, self.rate)
        lead = 0.5 / self.rate * SLOP
        tests = [
            ListTest(rules, self.signs, frozenset([value]), side, lead)
            for value, side in zip(self.values, (1, -1), strict=True)
        ]
        return tests, {"score_error": float(rules.errors.max()), "lead": lead, "rate": self.rate}


def read_list(network: ReluNetwork) -> ListForm:
    """Return the form of a stored decision list; raise UnrecognisedNetworkError where it departs from it."""
    if network.depth < 3:
        raise UnrecognisedNetworkError("a decision list needs at least three layers")
    first = read_first_layer(network.hidden[0], [])
    m = first.m
    read = LayerReader(network.hidden[-2], m, network.depth - 1).row(0)
    rows, relative, inner = [read], [], read.others.get(m, 0.0)
    for number in range(network.depth - 2, 1, -1):
        reader = LayerReader(network.hidden[number - 1], m, number)
        reader.copies()
        (row,) = reader.extras([1])
        rows.append(row)
        relative.append(row.others.get(m, 0.0))
    for row, weight in zip(rows, [inner, *relative], strict=True):
        row.expect({m: weight} if row is not rows[-1] else {}, z=True)
    values = _read_out(network)
    rate, signs = _signs(rows, inner, relative)
    terms = [*(fraction(w) for w in rows[0].z.tolist()), fraction(rows[0].bias) - Fraction(1, 2)]
    return ListForm(
        first, nested_rules([-t / fraction(rate) for t in terms], rows, signs), stored(rows), signs, rate, values
    )


def _signs(rows: list[Row], inner: float, relative: list[float]) -> tuple[float, tuple[float, ...]]:
    """Return the rate μ and the signs of all rules; the last rule's sign has no meaning and is 1."""
    if len(rows) == 1:
        return 1.0, (1.0,)
    if not inner or any(weight not in (1.0, -1.0) for weight in relative[:-1]):
        raise UnrecognisedNetworkError("a rule does not join the rules after it with weight 1 or −1")
    signs = [-float(np.sign(inner))]
    for weight in relative[:-1]:
        signs.append(signs[-1] * weight)
    return abs(inner), (*signs, 1.0)


def _read_out(network: ReluNetwork) -> tuple[float, float]:
    """Return the values of both sides; refuse anything but `y ← ReLU(1 − y)` and an output `v_B + (v_A − v_B) y`."""
    layers = network.hidden[-2], network.hidden[-1], network.output
    if [layer.n_outputs for layer in layers] != [1, 1, 1]:
        raise UnrecognisedNetworkError("the last layers do not read out one number")
    if layers[1].row(0) != {0: -1.0} or layers[1].bias[0] != 1.0:
        raise UnrecognisedNetworkError("the last layer is not 1 − y")
    step, base = layers[2].row(0).get(0, 0.0), float(layers[2].bias[0])
    exact_integers([step, base, base + step], network.dtype)
    if step == 0.0:
        raise UnrecognisedNetworkError("both classes have the same value")
    return base + step, base
