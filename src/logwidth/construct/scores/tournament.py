"""Maxima that meet in pairs: within their classes, then across them with the label of the winner."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from logwidth.construct.chain import Chain, Unit
from logwidth.network import ReluNetwork

Reading = dict[str, float]


def rounds(n: int) -> int:
    """Return `⌈log₂ n⌉`, the rounds of a tournament of n."""
    return (n - 1).bit_length()


def tournament_widths(lanes: Sequence[int]) -> list[int]:
    """Return the units of the layers of a tournament between classes of so many lanes.

    >>> tournament_widths([2, 1]), tournament_widths([1, 1, 1])
    ([3, 3, 2], [4, 6, 2])
    """
    counts, widths, labels = list(lanes), [], 0
    while max(counts) > 1:
        widths.append(sum(2 * (n // 2) + n % 2 for n in counts))
        counts = [-(-n // 2) for n in counts]
    n = len(counts)
    while n > 1:
        widths.append(3 * (n // 2) + n % 2 + labels)
        labels = 2 * (n // 2) + n % 2
        n = -(-n // 2)
    return [*widths, labels]


@dataclass(frozen=True)
class _Claim:
    """A label that is still to be struck out if the unit `beaten_by` is positive: `code`, or the sum of `units`."""

    code: float
    units: Reading
    beaten_by: str | None


@dataclass
class Tournament:
    """The layers that join maxima: `s = ReLU(A)`, `r = ReLU(B − A)`, and `q = ReLU(A − B)` where labels are at stake."""

    chain: Chain
    rate: float
    claims: list[list[_Claim]] = field(default_factory=list)

    def within(self, classes: Sequence[Sequence[Reading]]) -> list[Reading]:
        """Add rounds until every class has one maximum; return how they are read."""
        while max(len(part) for part in classes) > 1:
            units: list[Unit] = []
            classes = [self._round(part, units, labels=False) for part in classes]
            self.chain.last(units)
        return [part[0] for part in classes]

    def across(self, players: Sequence[Reading], codes: Sequence[float], lowest: float) -> ReluNetwork:
        """Add the rounds between classes, in which a label unit is struck out by λ times its defeat; return the network."""
        labels = [_Claim(code, {}, None) for code in codes]
        while len(players) > 1:
            units: list[Unit] = []
            players = self._round(players, units, labels=True)
            if self.claims:
                labels = self._settled(units)
            beaten = ((f"r{k}", f"q{k}") if 2 * k + 1 < len(labels) else (None,) for k in range(len(players)))
            self.claims = [
                [_Claim(labels[2 * k + i].code, labels[2 * k + i].units, name) for i, name in enumerate(pair)]
                for k, pair in enumerate(beaten)
            ]
            self.chain.last(units)
        last: list[Unit] = []
        (winner,) = self._settled(last)
        return self.chain.finish(last, Unit("label", winner.units, lowest))

    @staticmethod
    def _round(players: Sequence[Reading], units: list[Unit], *, labels: bool) -> list[Reading]:
        winners = []
        for i in range(0, len(players), 2):
            k = len(units) if not labels else i // 2
            a, s, r = players[i], f"s{k}", f"r{k}"
            units.append(Unit(s, a))
            winners.append({s: 1.0})
            if i + 1 < len(players):
                b = players[i + 1]
                units.append(Unit(r, {**b, **_negative(a)}))
                winners[-1][r] = 1.0
                if labels:
                    units.append(Unit(f"q{k}", {**a, **_negative(b)}))
        return winners

    def _settled(self, units: list[Unit]) -> list[_Claim]:
        """Add the label units of the last round; return what they say."""
        settled = []
        for k, pair in enumerate(self.claims):
            names = [f"p{k}.{i}" for i in range(len(pair))]
            for name, claim in zip(names, pair, strict=True):
                strike = {} if claim.beaten_by is None else {claim.beaten_by: -self.rate}
                units.append(Unit(name, {**claim.units, **strike}, claim.code))
            settled.append(_Claim(0.0, dict.fromkeys(names, 1.0), None))
        return settled


def _negative(reading: Reading) -> Reading:
    return {name: -weight for name, weight in reading.items()}
