"""Reading and proving linear decision lists: nested maxima and minima of halfspaces (T5, last row)."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from logwidth.certify.forms.shared.nested import ListTest, nested_rules, with_errors
from logwidth.certify.forms.shared.read_out import read_two_values
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit, pieces_of
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
    first = read_first_layer(network.hidden[0], [])
    trace = Trace(network, first.m)
    units: list[Unit] = []
    while trace.left > 2:
        units += trace.carry("x")
    y, values = read_two_values(trace)
    units.append(y)
    for unit in units:
        unit.expect({} if unit is units[0] else {"x": unit.inputs.get("x", 0.0)}, z=ANY, bias=ANY)
    rows = units[::-1]  # the first rule asked is the last one read
    rate, signs = _signs([unit.inputs.get("x", 0.0) for unit in rows])
    terms = [*(fraction(w) for w in y.z.tolist()), fraction(y.bias) - Fraction(1, 2)]
    rules = nested_rules([-t / fraction(rate) for t in terms], rows, signs)
    return ListForm(first, rules, pieces_of(rows), signs, rate, values)


def _signs(weights: list[float]) -> tuple[float, tuple[float, ...]]:
    """Return the rate μ and the signs of all rules, from what each row reads of the one before, the last one nothing.

    The last rule's sign has no meaning and is 1.
    """
    if len(weights) == 1:
        return 1.0, (1.0,)
    inner, *relative = weights[:-1]
    if not inner or any(weight not in (1.0, -1.0) for weight in relative):
        raise UnrecognisedNetworkError("a rule does not join the rules after it with weight 1 or −1")
    signs = [-float(np.sign(inner))]
    for weight in relative:
        signs.append(signs[-1] * weight)
    return abs(inner), (*signs, 1.0)
