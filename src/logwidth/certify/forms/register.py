"""Reading and proving the register network with exact carry."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.rows import LayerReader, Row
from logwidth.certify.forms.shared.running_maximum import exact_integers, running_maximum
from logwidth.certify.forms.shared.scores import Scores
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Comparison, Comparisons, Pieces
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import gamma_upper


@dataclass(frozen=True, eq=False, repr=False)
class RegisterForm(Recognised):
    """What the stored layers say: pieces in order, the register's rate (its least) and its increments.

    Layer t ≥ 2 is `z ← z`, `s ← ReLU(s + r)`, `r ← ReLU(a_{t+1}(z) − s − r)`, `κ ← ReLU(κ − λ r + inc_t)`; the last one
    holds κ alone and the output is `top − κ`. Piece 1 is the zero score, piece 2 the twin of coordinate 0.
    """

    name = "register"
    rule = "exact"
    first: FirstLayer
    pieces: Pieces
    slope: float
    rate: float
    increments: tuple[float, ...]
    top: float

    def piece_values(self) -> np.ndarray:
        """Return the label value of every piece: the top less all increments still to come."""
        later = np.cumsum(np.array([*self.increments[1:], 0.0])[::-1])[::-1]
        return self.top - later

    def scores(self) -> Scores:
        """Return the pieces with their label values."""
        return Scores(self.pieces, self.piece_values())

    def comparisons(self, domain: Domain) -> tuple[Comparisons, dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        Let `|error of score t| ≤ E_t`, `u` be the unit roundoff and `0 ≤ s + r ≤ S` on one ball. Then, whatever the depth,
        `max(a_t − E_t) − 2uS ≤ s + r ≤ max(a_t + E_t) + 2uS`: s never decreases, since rounding is monotone; an increment
        starts afresh from a score; and adding 0 rounds nothing.

        The computed increments of the true class sum to at least half the growth `lead − E_s − E_j − 6uS` of `s + r`.
        This needs `fl(s + r) − s ≤ 2r`, that is, a single rounding or accumulators of at least 2p + 2 bits. One step of the
        register errs by at most `3γ_5 R`, underflow of `λ r` included, with `R ≥ 1` the largest register value. So the
        register ends the class at 0 if `λ (lead − E_s − E_j − 6uS)/2 ≥ R (1 + 3 n γ_5)`, and no later score increments.
        """
        unit = domain.first.format.unit
        twin = self.slope * (float(domain.error[0]) + float(domain.twin_error[0])) * SLOP
        pieces = self.pieces.with_error(1, twin)
        largest, error = running_maximum(pieces, domain, domain.lower, domain.upper)
        span = float(sum(self.increments))
        self._check_range(domain, largest, span)
        slack = 3 * self.pieces.size * gamma_upper(5, unit)
        lead = 2 * span * (1 + slack) / self.rate * SLOP
        values = self.piece_values()

        def of_class(value: float) -> Comparison:
            own = values == value
            return Comparison(
                pieces.take(np.flatnonzero(own)),
                pieces.take(np.flatnonzero(~own)),
                frozenset([value]),
                lead,
                carry=6 * unit * SLOP,
                others=0.0,
                highest_error=error,
            )

        return Comparisons(values, of_class), {"score_error": error, "score_upper": largest, "lead": lead, "rate": self.rate}

    def _check_range(self, domain: Domain, largest: float, span: float) -> None:
        if not (largest + span) * max(self.rate, 1.0) * 4 < domain.first.format.largest:
            raise UnprovableNetworkError("the register may overflow")


def read_register(network: ReluNetwork) -> RegisterForm:
    """Return the form of a stored register network; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [0])
    m = first.m
    middle = [_Step.read(LayerReader(layer, m, t), t == 2) for t, layer in enumerate(network.hidden[1:-1], start=2)]
    end = LayerReader(network.hidden[-1], m, network.depth)
    if network.depth < 2 or network.hidden[-1].n_outputs != 1:
        raise UnrecognisedNetworkError(f"layer {network.depth} does not hold the register alone")
    last = end.row(0)
    rates, slope = [step.rate for step in middle], middle[0].slope if middle else 1.0
    rates.append(_register_rate(last, m, alone=network.depth == 2))
    rates[0] = rates[0] / slope / SLOP
    twin_bias = slope * (first.twins[0][1] - float(first.b[0]))
    heads = np.zeros((2, m))
    heads[1, 0] = slope
    pieces = Pieces(
        np.concatenate([heads, *(step.increment.z[None, :] for step in middle)]),
        np.array([0.0, twin_bias, *(step.increment.bias for step in middle)]),
        np.zeros(2 + len(middle)),
    )
    increments = (0.0, *(step.ticks for step in middle), last.bias)
    top = _read_output(network, increments)
    return RegisterForm(first, pieces, slope, min(rates), increments, top)


@dataclass(frozen=True)
class _Step:
    """One middle layer: the next increment, the register's rate and its increment."""

    increment: Row
    rate: float
    ticks: float
    slope: float

    @classmethod
    def read(cls, reader: LayerReader, after_first: bool) -> "_Step":
        m = reader.m
        reader.copies()
        s, r, k = reader.extras([3])
        slope = s.weight(m, sign=+1) if after_first else 1.0
        maximum = {m: slope} if after_first else {m: 1.0, m + 1: 1.0}
        s.expect(maximum, bias=0.0)
        r.expect({unit: -weight for unit, weight in maximum.items()}, z=True)
        return cls(r, _register_rate(k, m, alone=after_first), k.bias, slope)


def _register_rate(k: Row, m: int, *, alone: bool) -> float:
    if alone:
        rate = -k.weight(m, sign=-1)
        k.expect({m: -rate})
        return rate
    rate = -k.weight(m + 1, sign=-1)
    k.expect({m + 1: -rate, m + 2: 1.0})
    return rate


def _read_output(network: ReluNetwork, increments: tuple[float, ...]) -> float:
    top = float(network.output.bias[0])
    if network.n_outputs != 1 or network.output.row(0) != {0: -1.0}:
        raise UnrecognisedNetworkError("the output is not a constant minus the register")
    exact_integers([*increments, sum(increments), top, top - sum(increments)], network.dtype)
    if min(increments) < 0 or sum(increments) <= 0:
        raise UnrecognisedNetworkError("the register counts nothing or backwards")
    return top
