"""Several running maxima side by side, joined in a tournament that carries the label: width against depth (theorem T5)."""

from collections.abc import Iterator, Sequence

import numpy as np

from logwidth.construct.chain import Chain, Unit
from logwidth.construct.frame import Frame, build_frame
from logwidth.construct.gap import score_gap, thin_rate
from logwidth.construct.plan import Construction, Plan
from logwidth.construct.scores.prototypes import Order, choose_prototypes
from logwidth.construct.scores.scores import scores_relative_to
from logwidth.construct.scores.tournament import Tournament, rounds, tournament_widths
from logwidth.types import FloatArray, IntArray

THEOREM = (
    "T5, lanes: s ← ReLU(s + r), r ← ReLU(a_t(z) − s − r) hold one running maximum per lane; lanes meet in pairs, "
    "s ← ReLU(A), r ← ReLU(B − A), first within the classes, then across them, where κ_A ← ReLU(κ_A − λ ReLU(B − A)) "
    "leaves the winner's label alone"
)


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
