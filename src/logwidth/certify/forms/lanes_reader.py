"""Reading the network of several running maxima that meet in a tournament, unit by unit."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.lanes import LanesForm
from logwidth.certify.forms.shared.rows import LayerReader, Row
from logwidth.certify.forms.shared.running_maximum import exact_integers
from logwidth.certify.leads.first_layer import read_first_layer
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork

Units = tuple[int, ...]


@dataclass(frozen=True)
class _Maximum:
    """The sum of `units` of the layer read last is a maximum of the scores `pieces` (and of 0)."""

    units: Units
    pieces: tuple[int, ...]

    def reading(self, sign: float = 1.0) -> dict[int, float]:
        return dict.fromkeys(self.units, sign)


@dataclass(frozen=True)
class _Claim:
    """A label that is 0 from the next layer on if the unit `beaten_by` is positive enough; `units` None: a class's own."""

    units: Units | None
    beaten_by: int | None


class _Rows:
    """The units of one layer in order, each of which must be accounted for."""

    def __init__(self, reader: LayerReader, start: int) -> None:
        self.reader, self.next = reader, start
        self.size = reader.layer.n_outputs

    def peek(self) -> Row | None:
        return self.reader.row(self.next) if self.next < self.size else None

    def take(self) -> tuple[int, Row]:
        row = self.peek()
        if row is None:
            raise self.reader.refuse("ends before all maxima are accounted for")
        self.next += 1
        return self.next - 1, row

    def take_if(self, inputs: dict[int, float]) -> tuple[int, Row] | None:
        """Return the next unit if it reads other units in just this way."""
        row = self.peek()
        return self.take() if row is not None and row.others == inputs else None

    def end(self) -> None:
        if self.next != self.size:
            raise self.reader.refuse(f"has {self.size - self.next} units more than its maxima need")


def read_lanes(network: ReluNetwork) -> LanesForm:
    """Return the form of a stored network of lanes; raise UnrecognisedNetworkError where it departs from it."""
    if network.depth < 4:
        raise UnrecognisedNetworkError("lanes and a tournament need at least four layers")
    first = read_first_layer(network.hidden[0], [])
    lanes = _Lanes(first.m)
    number = 1
    while number < network.depth and not lanes.done:
        lanes.read(network.hidden[number], number + 1)
        number += 1
    tournament = _Tournament(lanes.maxima)
    for layer in network.hidden[number:]:
        number += 1
        tournament.read(LayerReader(layer, 0, number))
    lowest, codes = _read_output(network, tournament)
    values = np.full(len(lanes.scores), np.nan)
    for group, code in zip(tournament.classes, codes, strict=True):
        values[list(group.pieces)] = lowest + code
    pieces = Pieces(
        np.array([row.z for row in lanes.scores]),
        np.array([row.bias for row in lanes.scores]),
        np.zeros(len(lanes.scores)),
    )
    return LanesForm(first, pieces, values, codes, tournament.rounds, (min(tournament.rates), max(tournament.rates)))


class _Lanes:
    """The layers of scores; the last one is the first that does not copy the coordinates."""

    def __init__(self, m: int) -> None:
        self.m, self.done = m, False
        self.scores: list[Row] = []
        self.maxima: list[_Maximum] = []

    def read(self, layer: AffineLayer, number: int) -> None:
        reader = LayerReader(layer, self.m, number)
        self.done = not _copies(reader)
        rows = _Rows(reader, 0 if self.done else self.m)
        if self.maxima:
            self.maxima = [self._step(rows, maximum) for maximum in self.maxima]
        else:
            self.maxima = [self._score(*rows.take()) for _ in range(rows.next, rows.size)]
        rows.end()

    def _step(self, rows: _Rows, maximum: _Maximum) -> _Maximum:
        place, s = rows.take()
        s.expect(maximum.reading(), bias=0.0)
        found = rows.take_if(maximum.reading(-1.0))
        if found is None:
            return _Maximum((place,), maximum.pieces)
        self.scores.append(found[1])
        return _Maximum((place, found[0]), (*maximum.pieces, len(self.scores) - 1))

    def _score(self, place: int, row: Row) -> _Maximum:
        row.expect({}, z=True)
        self.scores.append(row)
        return _Maximum((place,), (len(self.scores) - 1,))


def _copies(reader: LayerReader) -> bool:
    try:
        reader.copies()
    except UnrecognisedNetworkError:
        return False
    return True


@dataclass(frozen=True)
class _Match:
    """A maximum of one or two, and the units that tell by how much the first is beaten (r) and beats (q)."""

    winner: _Maximum
    r: int | None = None
    q: int | None = None


class _Tournament:
    """The rounds: within classes until the first one with units `q`, then between the `classes`, then the last labels."""

    def __init__(self, maxima: list[_Maximum]) -> None:
        self.maxima, self.rounds, self.done = maxima, 0, False
        self.classes: list[_Maximum] = []
        self.claims: list[list[_Claim]] = []
        self.labels: list[Units | None] = []
        self.codes: list[float] = []
        self.rates: list[float] = []

    def read(self, reader: LayerReader) -> None:
        """Read one layer."""
        if self.done:
            raise reader.refuse("follows the last labels")
        rows = _Rows(reader, 0)
        if self.classes and len(self.maxima) == 1:
            self.labels, self.done = self._settled(rows), True
        else:
            self._round(rows)
        rows.end()

    def _round(self, rows: _Rows) -> None:
        """Read the maxima of one round and, between classes, the label units of the round before."""
        before, matches, i = self.maxima, [], 0
        while i < len(before):
            matches.append(self._match(rows, before[i : i + 2]))
            i += 1 if matches[-1].r is None else 2
        self.maxima, self.rounds = [match.winner for match in matches], self.rounds + 1
        at_stake = [match.q is not None for match in matches if match.r is not None]
        if not at_stake or any(at_stake) != all(at_stake) or (self.classes and not all(at_stake)):
            raise rows.reader.refuse("holds neither a round within classes nor one between them")
        if all(at_stake):
            if self.classes:
                self.labels = self._settled(rows)
            else:
                self.classes, self.labels = before, [None] * len(before)
            self.claims = self._claims(matches)

    @staticmethod
    def _match(rows: _Rows, players: list[_Maximum]) -> _Match:
        a, b = players[0], players[-1]
        place, s = rows.take()
        s.expect(a.reading(), bias=0.0)
        found = rows.take_if({**b.reading(), **a.reading(-1.0)}) if len(players) > 1 else None
        if found is None:
            return _Match(_Maximum((place,), a.pieces))
        found[1].expect(found[1].others, bias=0.0)
        winner = _Maximum((place, found[0]), a.pieces + b.pieces)
        other = rows.take_if({**a.reading(), **b.reading(-1.0)})
        if other is None:
            return _Match(winner, found[0])
        other[1].expect(other[1].others, bias=0.0)
        return _Match(winner, found[0], other[0])

    def _claims(self, matches: list[_Match]) -> list[list[_Claim]]:
        labels = iter(self.labels)
        return [[_Claim(next(labels), unit) for unit in ([m.r] if m.r is None else [m.r, m.q])] for m in matches]

    def _settled(self, rows: _Rows) -> list[Units | None]:
        """Read the label units of the last round: what each sums up, less λ times the defeat."""
        return [tuple(self._label(rows, claim) for claim in node) for node in self.claims]

    def _label(self, rows: _Rows, claim: _Claim) -> int:
        place, row = rows.take()
        inputs = dict.fromkeys(claim.units or (), 1.0)
        if claim.beaten_by is not None:
            inputs[claim.beaten_by] = row.weight(claim.beaten_by, sign=-1)
            self.rates.append(-inputs[claim.beaten_by])
        row.expect(inputs, bias=row.bias if claim.units is None else 0.0)
        if claim.units is None:
            self.codes.append(row.bias)
        return place


def _read_output(network: ReluNetwork, tournament: _Tournament) -> tuple[float, tuple[float, ...]]:
    """Return the output's constant, and the codes of the classes above it."""
    lowest, codes = float(network.output.bias[0]), tuple(tournament.codes)
    if not tournament.done or network.n_outputs != 1:
        raise UnrecognisedNetworkError("the tournament does not end with one label")
    if network.output.row(0) != dict.fromkeys(tournament.labels[0] or (), 1.0):
        raise UnrecognisedNetworkError("the output is not the sum of the last label units and a constant")
    exact_integers([lowest, *codes, *(lowest + code for code in codes)], network.dtype)
    if min(codes) < 0 or len(set(codes)) != len(codes):
        raise UnrecognisedNetworkError("two classes have the same label, or one a negative code")
    return lowest, codes
