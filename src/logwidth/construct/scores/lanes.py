"""Several running maxima side by side, joined in a tournament that carries the label: width against depth (theorem T5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from logwidth.construct.chain import Chain, Frame, Unit, build_frame
from logwidth.construct.plan import Construction, Plan, score_gap, thin_rate
from logwidth.construct.scores.prototypes import Order, choose_prototypes, scores_relative_to
from logwidth.network import ReluNetwork
from logwidth.types import FloatArray, IntArray

Reading = dict[str, float]
THEOREM = (
    "T5, lanes: s ← ReLU(s + r), r ← ReLU(a_t(z) − s − r) hold one running maximum per lane; lanes meet in pairs, "
    "s ← ReLU(A), r ← ReLU(B − A), first within the classes, then across them, where κ_A ← ReLU(κ_A − λ ReLU(B − A)) "
    "leaves the winner's label alone"
)


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


def lane_layers(map_rank: int, sizes: Sequence[int], lanes: int | None = None) -> list[int]:
    """Return the units of every hidden layer for classes of `sizes` pieces in at most `lanes` lanes per class (None: P).

    `⌈max n_c / q⌉` layers of scores follow the first; then `⌈log₂⌉` of the lanes of a class, `⌈log₂ C⌉` and 2 more.

    >>> lane_layers(5, [4, 3], 2), lane_layers(5, [4, 3])
    ([5, 9, 7, 4, 3, 2], [5, 7, 7, 4, 3, 2])
    """
    lengths = [[len(part) for part in lane_rows(range(n), longest_lane(sizes, lanes))] for n in sizes]
    flat = [n for lane in lengths for n in lane]
    longest = max(flat)
    widths = [map_rank]
    for t in range(longest):
        units = sum(2 if 0 < t < n else 1 for n in flat)
        widths.append(units + (map_rank if t + 1 < longest else 0))
    return widths + tournament_widths([len(lane) for lane in lengths])


def longest_lane(sizes: Sequence[int], lanes: int | None) -> int:
    """Return the pieces of the longest lane, `⌈max n_c / q⌉`."""
    return 1 if lanes is None else -(-max(sizes) // min(lanes, max(sizes)))


def lane_rows(rows: Sequence[int] | IntArray, longest: int) -> list[IntArray]:
    """Return the rows of one class in the fewest lanes of at most `longest`, as equal as possible."""
    return np.array_split(np.asarray(rows), -(-len(rows) // longest))


def fewest_lanes(sizes: Sequence[int], max_depth: int) -> int | None:
    """Return the least number of lanes per class whose network has at most `max_depth` layers, None if there is none.

    >>> fewest_lanes([8, 8], 7), fewest_lanes([8, 8], 12), fewest_lanes([8, 8], 6)
    (4, 1, None)
    """
    for longest in range(max(sizes), 0, -1):
        most = -(-max(sizes) // longest)
        if 2 + longest + rounds(most) + rounds(len(sizes)) <= max_depth:
            return most
    return None


def build_lanes(plan: Plan) -> Construction:
    """Return the network of `plan.lanes` running maxima per class (None: one per piece).

    Layer 1 holds `z = ReLU(T x + b)`; layer t + 1 the t-th score of every lane; then the lanes meet. Scores are lifted by a
    constant so that the own one is positive on every ball: lanes start from 0.
    """
    pieces = choose_prototypes(plan, range(plan.n_classes))
    frame = build_frame(plan, pieces.chosen, [], rows=pieces.rows)
    weights, biases = _lifted_scores(plan, frame, pieces)
    sizes = [pieces.of(c).size for c in range(plan.n_classes)]
    longest = longest_lane(sizes, plan.lanes)
    lanes = [lane_rows(pieces.of(c), longest) for c in range(plan.n_classes)]
    codes = plan.values - plan.values[0]
    rate = thin_rate(16 * float(codes.sum()) / score_gap(plan, frame.scale))

    chain = Chain.of(plan)
    chain.start(frame.T, frame.b)
    ends = _run(chain, [lane for part in lanes for lane in part], weights, biases)
    groups = np.split(np.arange(len(ends)), np.cumsum([len(part) for part in lanes])[:-1])
    tournament = Tournament(chain, rate)
    winners = tournament.within([[ends[k] for k in group] for group in groups])
    network = tournament.across(winners, codes.tolist(), float(plan.values[0]))
    return Construction("lanes", network, THEOREM, "exact", plan.map_rank, pieces.size)


def _run(chain: Chain, lanes: Sequence[IntArray], weights: FloatArray, biases: FloatArray) -> list[dict[str, float]]:
    """Add the layers of scores; return how each lane's maximum is read off the last one."""
    longest = max(len(lane) for lane in lanes)
    ends: list[dict[str, float]] = [{} for _ in lanes]
    for t in range(longest):
        units = [list(_step(k, lane, t, ends[k], (weights, biases))) for k, lane in enumerate(lanes)]
        add = chain.carry if t + 1 < longest else chain.last
        add([unit for part in units for unit in part])
        ends = [{unit.name: 1.0 for unit in part} for part in units]
    return ends


def _step(k: int, lane: IntArray, t: int, end: dict[str, float], scores: tuple[FloatArray, FloatArray]) -> Iterator[Unit]:
    if end:
        yield Unit(f"s{k}", end)
    if t < len(lane):
        weights, biases = scores
        yield Unit(f"r{k}", dict.fromkeys(end, -1.0), float(biases[lane[t]]), weights[lane[t]])


def _lifted_scores(plan: Plan, frame: Frame, pieces: Order) -> tuple[FloatArray, FloatArray]:
    """Return scores relative to the middle of the images, lifted until the own one is positive on every ball."""
    images = plan.points @ frame.T.T + frame.b
    offsets = pieces.offsets * frame.scale**2
    gap = score_gap(plan, frame.scale)
    reach = max(plan.radius, plan.distance / 2) * frame.scale
    weights, biases = scores_relative_to(images.mean(axis=0), frame.images, offsets, plan.dtype)
    lowered = biases - reach * np.linalg.norm(weights, axis=1)
    lowest = min(
        float((images[plan.labels == c] @ weights[pieces.of(c)].T + lowered[pieces.of(c)]).max(axis=1).min())
        for c in range(plan.n_classes)
    )
    return scores_relative_to(images.mean(axis=0), frame.images, offsets + (2 * gap - lowest), plan.dtype)
