"""Reading and proving the register network with exact carry; which of its pieces serve which samples."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.forms.shared.read_out import read_register_top, values_after
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import Scores, running_maximum
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit, negated
from logwidth.certify.leads.comparison import Comparisons
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.dataset import Dataset
from logwidth.network import ReluNetwork
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray

CHOICES = 20  # pieces of largest score that are tried


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
        """Return the label value of every piece."""
        return values_after(self.increments, self.top)

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
        found = Comparisons.of_classes(pieces, self.piece_values(), lead, error, carry=6 * unit * SLOP)
        return found, {"score_error": error, "score_upper": largest, "lead": lead, "rate": self.rate}

    def _check_range(self, domain: Domain, largest: float, span: float) -> None:
        if not (largest + span) * max(self.rate, 1.0) * 4 < domain.first.format.largest:
            raise UnprovableNetworkError("the register may overflow")


def read_register(network: ReluNetwork) -> RegisterForm:
    """Return the form of a stored register network; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [0])
    trace = Trace(network, first.m, ["r"])
    maximum, kept, slope = {"r": 1.0}, dict[str, float](), 1.0
    weights: list[FloatArray] = []
    biases: list[float] = []
    rates: list[float] = []
    steps = [0.0]
    while trace.left > 1:
        s, r, k = trace.carry("s", "r", "k")
        if not weights:
            slope = s.weight("r", sign=+1)
            maximum = {"r": slope}
        s.expect(maximum)
        r.expect(negated(maximum), z=ANY, bias=ANY)
        weights.append(r.z)
        biases.append(r.bias)
        rates.append(_rate(k, kept))
        steps.append(k.bias)
        maximum, kept = {"s": 1.0, "r": 1.0}, {"k": 1.0}
    (k,) = trace.last("k")
    rates.append(_rate(k, kept))
    steps.append(k.bias)
    rates[0] = rates[0] / slope / SLOP
    heads = np.zeros((2, first.m))
    heads[1, 0] = slope
    pieces = Pieces(
        np.concatenate([heads, *(z[None, :] for z in weights)]),
        np.array([0.0, slope * (first.twins[0][1] - float(first.b[0])), *biases]),
        np.zeros(2 + len(weights)),
    )
    increments = tuple(steps)
    return RegisterForm(first, pieces, slope, min(rates), increments, read_register_top(network, increments))


def _rate(k: Unit, kept: Mapping[str, float]) -> float:
    """Return λ of a unit `κ − λ r + inc` that is nothing else: it keeps κ, if there is one, and loses λ times r."""
    lost = k.weight("r", sign=-1)
    k.expect({**kept, "r": lost}, bias=ANY)
    return -lost


def own_pieces(form: RegisterForm, data: Dataset, radius: float) -> NDArray[np.intp]:
    """Return, per sample, the own piece with the largest least lead on its ℓ2 ball of `radius`, in plain float64.

    Found, not proven: nothing may rest on it. A sample whose value no piece has gets piece 0.
    """
    values, pieces, first = form.piece_values(), form.pieces, form.first
    images = data.points @ first.T.T + first.b
    stretch = radius * float(np.linalg.norm(first.T, 2))
    scores = images @ pieces.weights.T + pieces.biases
    found = np.zeros(data.n_samples, dtype=np.intp)
    for value in np.unique(values).tolist():
        own, opposite = np.flatnonzero(values == value), np.flatnonzero(values != value)
        rows = np.flatnonzero(data.values[data.labels] == value)
        for i in rows.tolist():
            best = own[np.argsort(-scores[i, own], kind="stable")[:CHOICES]]
            gaps = pieces.weights[best][:, None, :] - pieces.weights[opposite][None, :, :]
            leads = (
                scores[i, best][:, None]
                - scores[i, opposite][None, :]
                - stretch * np.sqrt(np.einsum("sjl,sjl->sj", gaps, gaps))
            )
            found[i] = best[int(np.argmax(leads.min(axis=1)))]
    return found
