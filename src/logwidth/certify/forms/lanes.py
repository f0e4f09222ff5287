"""Reading and proving the network of several running maxima that meet in a tournament."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import Scores, exact_integers, running_maximum
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit, negated, pieces_of
from logwidth.certify.leads.comparison import Comparisons
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray

Units = tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class LanesForm(Recognised):
    """What the stored layers say: scores `pieces` with their label `values` `(P,)`, and the tournament of their maxima.

    Layers of scores hold, per lane, `s ← ReLU(s + r)`, `r ← ReLU(a_t(z) − s − r)`. Then pairs A, B of maxima meet,
    `s ← ReLU(A)`, `r ← ReLU(B − A)`, in `rounds` rounds; those between classes also hold `q ← ReLU(A − B)`, and one layer
    later the label units of A less λ r, those of B less λ q. `codes` are the labels less the output's constant, `rates` the
    least and the largest λ.
    """

    name = "lanes"
    rule = "exact"
    first: FirstLayer
    pieces: Pieces
    values: FloatArray
    codes: tuple[float, ...]
    rounds: int
    rates: tuple[float, float]

    def scores(self) -> Scores:
        """Return the pieces with their label values."""
        return Scores(self.pieces, self.values, from_zero=True)

    def comparisons(self, domain: Domain) -> tuple[Comparisons, dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        A lane starts from 0, so 0 is one more opposite score. Its `M = s + r` lies within 2uS of a maximum of
        scores `a_t ± E_t` and 0 (as in the register). A round moves a maximum by at most `(u + 2γ_3)S`: one rounding
        of s, three additions in r (the weights are ±1), and max is 1-Lipschitz. So in the last of k rounds, and in all
        before, the winner of the true class's match is ahead, as computed, by
        `lead − E_s − E_j − (4u + 2(k − 1)(u + 2γ_3) + 2γ_3)S`; if that is at least `4 Σ codes/λ` the loser's label
        units, which sum to at most `2 Σ codes`, are exactly 0, and the winner's are copied.
        """
        unit = domain.first.format.unit
        rounded, match = gamma_upper(1, unit), 2 * gamma_upper(3, unit)
        moved = (2 * rounded + (self.rounds - 1) * (rounded + match)) * SLOP
        largest, error = running_maximum(self.pieces, domain, domain.lower, domain.upper)
        self._check_range(domain, largest, moved)
        lead = 4 * sum(self.codes) / self.rates[0] * SLOP
        carry = (2 * moved + match) * SLOP
        highest = (error + (moved + rounded + match) * largest) * SLOP  # the last round's maximum too
        zero = Pieces(np.zeros((1, self.first.m)), np.zeros(1), np.zeros(1))
        found = Comparisons.of_classes(self.pieces, self.values, lead, highest, carry=carry, rival=zero)
        return found, {"score_error": error, "score_upper": largest, "lead": lead, "rate": self.rates[0]}

    def _check_range(self, domain: Domain, largest: float, moved: float) -> None:
        """`largest` is 1% above the scores, of which their errors take 0.4%."""
        if not moved <= 2.0**-9:
            raise UnprovableNetworkError(f"{self.rounds} rounds are too many for this float format")
        if not (largest + sum(self.codes)) * max(self.rates[1], 1.0) * 8 < domain.first.format.largest:
            raise UnprovableNetworkError("a label unit may overflow")


@dataclass(frozen=True)
class _Maximum:
    """The sum of `units` of the layer read last is a maximum of the scores `pieces` (and of 0)."""

    units: Units
    pieces: tuple[int, ...]

    @property
    def sum(self) -> dict[str, float]:
        """What a unit reads that reads the maximum."""
        return dict.fromkeys(self.units, 1.0)


@dataclass(frozen=True)
class _Claim:
    """A label that is 0 from the next layer on if the unit `beaten_by` is positive enough; `units` None: a class's own."""

    units: Units | None
    beaten_by: str | None


def read_lanes(network: ReluNetwork) -> LanesForm:
    """Return the form of a stored network of lanes; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [])
    trace = Trace(network, first.m)
    lanes = _Lanes(trace)
    while not lanes.done:
        lanes.read()
    tournament = _Tournament(trace, lanes.maxima)
    while trace.left:
        tournament.read()
    lowest, codes = _read_output(trace, tournament)
    values = np.full(len(lanes.scores), np.nan)
    for group, code in zip(tournament.classes, codes, strict=True):
        values[list(group.pieces)] = lowest + code
    rates = min(tournament.rates), max(tournament.rates)
    return LanesForm(first, pieces_of(lanes.scores), values, codes, tournament.rounds, rates)


class _Lanes:
    """The layers of scores; the last one is the first that does not copy the coordinates."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.done = trace, False
        self.scores: list[Unit] = []
        self.maxima: list[_Maximum] = []

    def read(self) -> None:
        """Read one layer: the first score of every lane, or a further one of some."""
        self.done = not self.trace.copies_ahead()
        self.trace.begin(carries=not self.done)
        if self.maxima:
            self.maxima = [self._step(lane, maximum) for lane, maximum in enumerate(self.maxima)]
        else:
            self.maxima = [self._score(lane) for lane in range(self.trace.untaken)]
        self.trace.end()

    def _step(self, lane: int, maximum: _Maximum) -> _Maximum:
        s, r = f"s{lane}", f"r{lane}"
        self.trace.take(s).expect(maximum.sum)
        score = self.trace.take_if(r, negated(maximum.sum))
        if score is None:
            return _Maximum((s,), maximum.pieces)
        self.scores.append(score)
        return _Maximum((s, r), (*maximum.pieces, len(self.scores) - 1))

    def _score(self, lane: int) -> _Maximum:
        score = self.trace.take(f"s{lane}")
        score.expect({}, z=ANY, bias=ANY)
        self.scores.append(score)
        return _Maximum((f"s{lane}",), (len(self.scores) - 1,))


@dataclass(frozen=True)
class _Match:
    """A maximum of one or two, and the units that tell by how much the first is beaten (r) and beats (q)."""

    winner: _Maximum
    r: str | None = None
    q: str | None = None


class _Tournament:
    """The rounds: within classes until the first one with units `q`, then between the `classes`, then the last labels."""

    def __init__(self, trace: Trace, maxima: list[_Maximum]) -> None:
        self.trace, self.maxima, self.rounds, self.done = trace, maxima, 0, False
        self.classes: list[_Maximum] = []
        self.claims: list[list[_Claim]] = []
        self.labels: list[Units | None] = []
        self.codes: list[float] = []
        self.rates: list[float] = []

    def read(self) -> None:
        """Read one layer."""
        if self.done:
            raise self.trace.refuse("follows the last labels")
        self.trace.begin(carries=False)
        if self.classes and len(self.maxima) == 1:
            self.labels, self.done = self._settled(), True
        else:
            self._round()
        self.trace.end()

    def _round(self) -> None:
        """Read the maxima of one round and, between classes, the label units of the round before."""
        before, matches, i = self.maxima, list[_Match](), 0
        while i < len(before):
            matches.append(self._match(len(matches), before[i : i + 2]))
            i += 1 if matches[-1].r is None else 2
        self.maxima, self.rounds = [match.winner for match in matches], self.rounds + 1
        at_stake = [match.q is not None for match in matches if match.r is not None]
        if not at_stake or any(at_stake) != all(at_stake) or (self.classes and not all(at_stake)):
            raise self.trace.refuse("holds neither a round within classes nor one between them")
        if all(at_stake):
            if self.classes:
                self.labels = self._settled()
            else:
                self.classes, self.labels = before, [None] * len(before)
            self.claims = self._claims(matches)

    def _match(self, number: int, players: list[_Maximum]) -> _Match:
        a, b = players[0], players[-1]
        s, r, q = f"s{number}", f"r{number}", f"q{number}"
        self.trace.take(s).expect(a.sum)
        found = self._difference(r, b, a) if len(players) > 1 else None
        if found is None:
            return _Match(_Maximum((s,), a.pieces))
        other = self._difference(q, a, b)
        return _Match(_Maximum((s, r), a.pieces + b.pieces), r, None if other is None else q)

    def _difference(self, name: str, more: _Maximum, less: _Maximum) -> Unit | None:
        """Take the next unit if it is by how much one maximum is larger than another one."""
        inputs = {**more.sum, **negated(less.sum)}
        unit = self.trace.take_if(name, inputs)
        if unit is not None:
            unit.expect(inputs)
        return unit

    def _claims(self, matches: list[_Match]) -> list[list[_Claim]]:
        labels = iter(self.labels)
        return [[_Claim(next(labels), unit) for unit in ([m.r] if m.r is None else [m.r, m.q])] for m in matches]

    def _settled(self) -> list[Units | None]:
        """Read the label units of the last round: what each sums up, less λ times the defeat."""
        names: list[Units | None] = []
        for number, node in enumerate(self.claims):
            names.append(tuple(self._label(f"label {number}.{place}", claim) for place, claim in enumerate(node)))
        return names

    def _label(self, name: str, claim: _Claim) -> str:
        unit = self.trace.take(name)
        inputs = dict.fromkeys(claim.units or (), 1.0)
        if claim.beaten_by is not None:
            inputs[claim.beaten_by] = unit.weight(claim.beaten_by, sign=-1)
            self.rates.append(-inputs[claim.beaten_by])
        unit.expect(inputs, bias=ANY if claim.units is None else 0.0)
        if claim.units is None:
            self.codes.append(unit.bias)
        return name


def _read_output(trace: Trace, tournament: _Tournament) -> tuple[float, tuple[float, ...]]:
    """Return the output's constant, and the codes of the classes above it."""
    if not tournament.done:
        raise UnrecognisedNetworkError("the tournament does not end with one label", trace.done)
    output, codes = trace.output(), tuple(tournament.codes)
    output.expect(dict.fromkeys(tournament.labels[0] or (), 1.0), bias=ANY)
    lowest = output.bias
    exact_integers([lowest, *codes, *(lowest + code for code in codes)], trace.network.dtype, output.layer)
    if min(codes) < 0 or len(set(codes)) != len(codes):
        raise output.refuse("has two classes of the same label, or one of a negative code")
    return lowest, codes
