"""Verification benchmarks: networks are built and obfuscated, truths proven about their files, and both written down."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from logwidth.certify import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.construct import CONSTRUCTIONS, Obfuscation, Plan, image_box, obfuscate, with_logits
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import to_onnx
from logwidth.export.benchmark_folder import benchmark_files
from logwidth.export.property_text import box_around
from logwidth.maps import PreservingMap, check_map, search_map
from logwidth.network import ReluNetwork
from logwidth.pipeline.forms import network_forms
from logwidth.pipeline.pairs import network_pairs
from logwidth.pipeline.twins import rounding_twins
from logwidth.rounding import stored
from logwidth.separation import nearest_opposite
from logwidth.truth import RESTARTS, CentreTruth, TruthProver, gradient_attack
from logwidth.types import FloatArray, Progress, silent

FORMAT = "logwidth truth pool 2"
LONGEST_DAY = 6 * 3600
SOFT = 16  # the builder's rates are as large as float32 bears; tools that reckon with tolerances need smaller weights
PAIR_SAMPLES, PAIR_RANK = 6, 4
Extra = tuple[list[dict[str, Any]], list[bytes], list[dict[str, Any]]]
BLIND_AT = (1.0, 1.01, 1.1, 1.4, 2.1)


@dataclass(frozen=True)
class NetworkOrder:
    """One network of a benchmark: how many samples it reads, through a map of which rank, and how it is obfuscated.

    `ratio` is the part of the map's separation for which it is built: near 1 the label changes within a thin layer.
    """

    name: str
    pieces: int
    rank: int
    ratio: float = 0.99
    obfuscation: Obfuscation = field(default_factory=Obfuscation)

    @classmethod
    def hidden(
        cls, name: str, pieces: int, rank: int, ratio: float, hiding: tuple[int, int, int], soft: int = SOFT
    ) -> "NetworkOrder":
        """Return an order for a network of shuffled and scaled units; `hiding = (mixes, split, idle)`."""
        mixes, split, idle = hiding
        return cls(name, pieces, rank, ratio, Obfuscation(mixes, split, idle, scaled=True, shuffled=True, soft=soft))


FAMILY = (
    NetworkOrder("plain12", 12, 4, obfuscation=Obfuscation(soft=SOFT)),
    NetworkOrder.hidden("wide8", 8, 64, 0.99, (0, 2, 16)),
    NetworkOrder.hidden("wide16", 16, 64, 0.99, (2, 1, 16)),
    NetworkOrder.hidden("thin24", 24, 6, 0.999, (0, 1, 0)),
    NetworkOrder.hidden("mixed24", 24, 6, 0.999, (4, 2, 6)),
    NetworkOrder.hidden("deep60", 60, 8, 0.999, (0, 1, 0)),
    NetworkOrder.hidden("mixed60", 60, 8, 0.99, (4, 2, 8)),
    NetworkOrder.hidden("deep200", 200, 8, 0.999, (0, 1, 0)),
)


@dataclass(frozen=True)
class BenchmarkRequest:
    """What a benchmark should hold: about `count` boxes, half of them sat, `balls` Euclidean balls, from `orders`.

    `nearest` is the least relative distance of a box from what is proven; `limit` the time a tool gets, in seconds. `twins`
    are boxes on networks that floats read otherwise than real numbers, `pairs` sets of networks to be compared;
    `forms` of the networks are also written with other operators.
    """

    count: int = 240
    balls: int = 24
    centres: int = 15
    nearest: float = 1e-4
    limit: int = 60
    seed: int = 0
    orders: Sequence[NetworkOrder] = FAMILY
    twins: int = 96
    pairs: int = 3
    forms: int = 2


def benchmark(data: Dataset, request: BenchmarkRequest, progress: Progress | None = None) -> dict[str, bytes]:
    """Return the files of a benchmark from `data`: the same request gives the same bytes.

    What is proven about no centre of a network is left out, with it the network. Raises InputError when nothing is left.
    """
    if request.count < 2 or request.centres < 1:
        raise InputError("a benchmark needs at least two instances and one centre per network")
    told = progress or silent
    networks: list[dict[str, Any]] = []
    contents: list[bytes] = []
    centres: list[dict[str, Any]] = []
    for number, order in enumerate(request.orders):
        told("networks", number / len(request.orders))
        work = _Workshop(data, order, request, np.random.default_rng([request.seed, number]))
        found = work.centres(len(networks))
        if found:
            centres += found
            contents.append(work.content)
            networks.append(work.description())
    told("networks", 1.0)
    if not centres:
        raise InputError(
            "nothing could be proven about these networks; use fewer pieces, mixes or splits, or larger distances"
        )
    more_networks, more_contents, twins = _twins(request, len(networks))
    pair_networks, pair_contents, pairs = _pairs(data, request)
    form_networks, form_contents = _forms(networks, contents, centres, request)
    pool = {
        "format": FORMAT,
        "asked": asked_of(data, request),
        "seed": request.seed,
        "count": request.count,
        "balls": request.balls,
        "nearest": request.nearest,
        "timeout": max(1, min(request.limit, LONGEST_DAY // (request.count + 2 * request.balls))),
        "networks": [*networks, *more_networks, *pair_networks, *form_networks],
        "centres": centres,
        "twin_count": request.twins,
        "twins": twins,
        "pairs": pairs,
    }
    return benchmark_files(pool, [*contents, *more_contents, *pair_contents, *form_contents], data.name, RESTARTS)


def _twins(request: BenchmarkRequest, first: int) -> Extra:
    """Return networks, their bytes and twins; nothing if none are asked for."""
    return rounding_twins(first, np.random.default_rng([request.seed, 1, 1])) if request.twins else ([], [], [])


def _forms(
    networks: list[dict[str, Any]], contents: list[bytes], centres: list[dict[str, Any]], request: BenchmarkRequest
) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Return the first networks written with other operators."""
    found: list[dict[str, Any]] = []
    written: list[bytes] = []
    for number, (network, content) in enumerate(zip(networks[: request.forms], contents, strict=False)):
        own = [centre for centre in centres if centre["network"] == number]
        for entry, other in network_forms(network, content, own):
            found.append(entry)
            written.append(other)
    return found, written


def _pairs(data: Dataset, request: BenchmarkRequest) -> Extra:
    """Return networks, their bytes and pairs of them, of ever more samples; what is not proven is left out."""
    networks: list[dict[str, Any]] = []
    contents: list[bytes] = []
    pairs: list[dict[str, Any]] = []
    for number in range(request.pairs):
        rng = np.random.default_rng([request.seed, 2, number])
        part = _some_of(data, PAIR_SAMPLES * 2**number, rng)
        made, stored, known = network_pairs(part, PAIR_RANK, f"pair{number + 1}", rng)
        networks, contents, pairs = [*networks, *made], [*contents, *stored], [*pairs, *known]
    return networks, contents, pairs


def asked_of(data: Dataset, request: BenchmarkRequest) -> dict[str, Any]:
    """Return what decides every byte of a benchmark, as JSON has it: the digest of the data and the request."""
    asked: dict[str, Any] = json.loads(json.dumps({"data_sha256": data.sha256, **asdict(request)}))
    return asked


class _Workshop:
    """One network: its samples, its ONNX bytes, and the truths about its centres."""

    def __init__(self, data: Dataset, order: NetworkOrder, request: BenchmarkRequest, rng: np.random.Generator) -> None:
        self.order, self.request, self.rng = order, request, rng
        self.data = _some_of(data, order.pieces, rng)
        near = nearest_opposite(self.data.points, self.data.labels).upper
        # a hyperplane in general position is about sqrt(d) times nearer in the maximum norm
        self.reach = {2.0: float(near.max()), np.inf: float(near.max()) / math.sqrt(self.data.n_features)}
        self.network, self.pieces, self.rank = self._built()
        self.content = to_onnx(self.network, batch=1)

    def _built(self) -> tuple[ReluNetwork, int, int]:
        """Return the network with the numbers of its pieces and of its map's coordinates."""
        data, order = self.data, self.order
        found = self._map()
        codes = np.arange(data.n_classes, dtype=np.float64)
        radius = order.ratio * found.distance_lower / 2
        plan = Plan(data.points, data.labels, codes, found.matrix, radius, found.distance_lower, "float32")
        built = CONSTRUCTIONS["register"].build(plan)
        boxes = [image_box(built.network, data.points, 1.6 * reach, norm) for norm, reach in self.reach.items()]
        box = np.minimum(boxes[0][0], boxes[1][0]), np.maximum(boxes[0][1], boxes[1][1])
        network = with_logits(obfuscate(built.network, box, order.obfuscation, self.rng), data.n_classes)
        return network, built.n_pieces, built.map_rank

    def _map(self) -> PreservingMap:
        rank = min(self.order.rank, self.data.n_features)
        if rank == self.data.n_features:
            return check_map(self.data, np.eye(rank), method="identity")
        return search_map(self.data, rank, rng=int(self.rng.integers(2**31)))

    def description(self) -> dict[str, Any]:
        """Return what the pool says of the network."""
        return {
            "name": self.order.name,
            "classes": self.data.n_classes,
            "width": self.network.width,
            "depth": self.network.depth,
            "pieces": self.pieces,
            "rank": self.rank,
        }

    def centres(self, number: int) -> list[dict[str, Any]]:
        """Return the pool's entries of this network, which will have that number; none where nothing is proven."""
        rows = np.sort(self.rng.permutation(self.data.n_samples)[: self.request.centres])
        try:
            boxes, balls = (
                TruthProver(self.content, self.data.points, self.reach[norm], norm).truths(self.data.labels, rows)
                for norm in (np.inf, 2.0)
            )
        except (UnprovableNetworkError, UnrecognisedNetworkError):
            return []
        found = []
        for row, box, ball in zip(rows, boxes, balls, strict=True):
            entry = self._entry(box, np.inf, f"{self.order.name}-{row}")
            blind = self._blind_to(box, self.data.points[row])
            more = {
                "network": number,
                "sample": int(row),
                "label": int(self.data.labels[row]),
                "point": self.data.points[row].tolist(),
                "pgd_blind_to": blind,
                "l2": self._entry(ball, 2.0, f"{self.order.name}-{row}-l2"),
            }
            if box.witness is not None and entry["unsat_to"] > 0:
                found.append({**more, **entry})
        return found

    def _entry(self, truth: CentreTruth, norm: float, name: str) -> dict[str, Any]:
        known = truth.witness is not None
        return {
            "radius_lower": truth.radius_lower,
            "unsat_to": truth.unsat_to(norm, self.data.n_features),
            "sat_from": truth.witness_distance if known else 0.0,
            "witness": truth.witness.tolist() if truth.witness is not None else [],
            "witness_file": f"witnesses/{name}.txt" if known else "",
            "witness_radius": truth.witness_radius,
            "scores": list(truth.scores),
            "margin": truth.margin,
        }

    def _blind_to(self, truth: CentreTruth, point: FloatArray) -> float:
        """Return the largest half-width tried up to which gradient ascent found nothing."""
        blind = 0.0
        for factor in BLIND_AT if truth.witness is not None else ():
            epsilon = truth.witness_distance * factor
            lower, upper = np.array(box_around(point.tolist(), epsilon)).T
            if gradient_attack(self.network, (lower, upper), truth.label, self.rng):
                break
            blind = epsilon
        return blind


def _some_of(data: Dataset, count: int, rng: np.random.Generator) -> Dataset:
    """Return about `count` samples, at least two classes of them, in turn from each class of a random few."""
    order = rng.permutation(data.n_samples)
    kept = rng.permutation(data.n_classes)[: max(2, min(data.n_classes, count // 3))]
    turns = [order[data.labels[order] == c] for c in kept]
    queue = sorted((turn, c, int(row)) for c, rows in enumerate(turns) for turn, row in enumerate(rows))
    chosen = np.sort([row for _, _, row in queue[:count]])
    points = stored(data.points[chosen], "float32")
    if len(chosen) < 3:
        raise InputError("a benchmark needs at least three samples per network")
    return Dataset(points, data.labels[chosen])
