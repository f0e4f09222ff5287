"""Queries on two networks that print labels: equal on whole balls, which is proven, or not, which an input shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

from logwidth.certify import (
    BallProof,
    UnprovableNetworkError,
    UnrecognisedNetworkError,
    fuse,
    read_fused_onnx,
    read_onnx,
    recognise,
)
from logwidth.construct import CONSTRUCTIONS, Obfuscation, Plan, image_box, obfuscate
from logwidth.dataset import Dataset
from logwidth.export import fused_to_onnx, to_onnx
from logwidth.maps import check_map, search_map
from logwidth.network import ReluNetwork
from logwidth.rounding import distance_upper, down
from logwidth.separation import nearest_opposite
from logwidth.truth import INPUT_TOLERANCE, Replay
from logwidth.types import FloatArray, IndexArray, IntArray

Pool = dict[str, Any]
SURE = 1 - 2.0**-30  # of a proven radius: so much is proven for other orders of summation too
EACH = 3  # centres per pair of networks and answer


@dataclass(frozen=True, eq=False)
class Printer:
    """A stored network that prints labels, and the radii `(n,)` in ℓ∞ on which it is proven to print `labels[i]`."""

    name: str
    content: bytes
    sizes: dict[str, int]
    labels: IntArray
    radii: FloatArray

    def prints(self, point: FloatArray) -> float:
        """Return what onnxruntime makes of a point."""
        return float(Replay(self.content)(point)[0])


def network_pairs(
    data: Dataset, rank: int, name: str, rng: np.random.Generator
) -> tuple[list[Pool], list[bytes], list[Pool]]:
    """Return networks, their bytes and the pool's entries: a chain beside its fused form, a disguise, and one that differs.

    The one that differs has another label on the ball of one sample. Nothing is returned where nothing is proven.
    """
    try:
        chain, *others = list(_printers(data, rank, name, rng))
    except (UnprovableNetworkError, UnrecognisedNetworkError, ValueError):
        return [], [], []
    entries: list[Pool] = []
    for other in others:
        rows = rng.permutation(data.n_samples)
        entries += list(_alike(data, chain, other, rows))
        entries += list(_unlike(data, chain, other, rows, rng))
    for number, entry in enumerate(entries):
        entry["witness_file"] = f"witnesses/{name}-{number}.txt" if entry["witness"] else ""
    printers = [chain, *others]
    networks = [{"name": p.name, **p.sizes, "track": "pairs"} for p in printers]
    return networks, [p.content for p in printers], entries


def _printers(data: Dataset, rank: int, name: str, rng: np.random.Generator) -> Iterator[Printer]:
    """Yield the chain, its fused form, its disguise, and the chain of changed labels."""
    near = float(nearest_opposite(data.points, data.labels).upper.max())
    reach = near / data.n_features**0.5
    bare = _chain(data, rank, rng)
    box = image_box(bare, data.points, 1.6 * reach, np.inf)
    built = obfuscate(bare, box, Obfuscation(), rng)  # nothing is clipped within reach
    yield _proven(f"{name}_chain", to_onnx(built, batch=1), data, reach)
    stored = read_onnx(to_onnx(built)).network
    fused = fused_to_onnx(fuse(stored, recognise(stored)).network)
    yield _proven(f"{name}_fused", _of_one_row(fused), data, reach, {"width": stored.width, "depth": stored.depth})
    disguised = obfuscate(bare, box, Obfuscation(scaled=True, shuffled=True), rng)
    yield _proven(f"{name}_disguise", to_onnx(disguised, batch=1), data, reach)
    labels = data.labels.copy()
    changed = int(rng.integers(data.n_samples))
    labels[changed] = (labels[changed] + 1) % data.n_classes
    other = Dataset(data.points, [int(label) for label in labels])
    if other.n_classes == data.n_classes:
        bare = _chain(other, rank, rng)
        box = image_box(bare, data.points, 1.6 * reach, np.inf)
        yield _proven(f"{name}_changed", to_onnx(obfuscate(bare, box, Obfuscation(), rng), batch=1), other, reach)


def _chain(data: Dataset, rank: int, rng: np.random.Generator) -> ReluNetwork:
    whole = rank >= data.n_features
    found = (
        check_map(data, np.eye(data.n_features), method="identity")
        if whole
        else search_map(data, rank, rng=int(rng.integers(2**31)))
    )
    codes = np.arange(data.n_classes, dtype=np.float64)
    radius = 0.9 * found.distance_lower / 2
    plan = Plan(data.points, data.labels, codes, found.matrix, radius, found.distance_lower, "float32")
    return CONSTRUCTIONS["register"].build(plan).network


def _proven(name: str, content: bytes, data: Dataset, reach: float, sizes: dict[str, int] | None = None) -> Printer:
    """Return a printer with the radii that are proven about its own bytes."""
    network = read_onnx(content).network if sizes is None else read_fused_onnx(content).network
    proof = BallProof(recognise(network), data.points, reach, np.inf)
    radii = proof.radii(data.points, data.labels.astype(np.float64)) * SURE
    if sizes is None and isinstance(network, ReluNetwork):
        sizes = {"width": network.width, "depth": network.depth}
    more = {"classes": 1, "pieces": data.n_samples, "rank": 0}
    return Printer(name, content, {**(sizes or {}), **more}, data.labels, radii)


def _of_one_row(content: bytes) -> bytes:
    """Return a file whose first axis is declared as 1, as verifiers want it."""
    model = onnx.load_from_string(content)
    for entry in (*model.graph.input, *model.graph.output):
        entry.type.tensor_type.shape.dim[0].dim_value = 1
    whole: bytes = model.SerializeToString(deterministic=True)
    return whole


def _alike(data: Dataset, one: Printer, other: Printer, rows: IndexArray) -> Iterator[Pool]:
    """Yield centres on whose balls both networks are proven to print the same label."""
    radii = np.minimum(one.radii, other.radii)
    agree = [int(i) for i in rows if one.labels[i] == other.labels[i] and radii[i] > 10 * INPUT_TOLERANCE]
    for i in agree[:EACH]:
        yield {**_about(data, one, other, i, "unsat"), "radius_lower": float(radii[i]), "sat_from": 0.0}


def _unlike(data: Dataset, one: Printer, other: Printer, rows: IndexArray, rng: np.random.Generator) -> Iterator[Pool]:
    """Yield centres with the nearest point of a ball on which the two networks are proven to print different labels."""
    radii = np.minimum(one.radii, other.radii)
    for j in np.flatnonzero((one.labels != other.labels) & (radii > 10 * INPUT_TOLERANCE)):
        for i in [int(j), *[int(i) for i in rows if i != j][: 3 * EACH - 1]]:
            towards = data.points[i] - data.points[j] if i != j else rng.uniform(-1, 1, data.n_features)
            step = 0.9 * radii[j] / float(np.abs(towards).max())
            point = (data.points[j] + min(step, 1.0) * towards).astype(np.float32).astype(np.float64)
            shown = [one.prints(point), other.prints(point)]
            inside = distance_upper(point, data.points[j], np.inf) <= radii[j]
            if inside and shown == [float(one.labels[j]), float(other.labels[j])]:
                distance = distance_upper(point, data.points[i], np.inf)
                known = {"radius_lower": 0.0, "sat_from": distance, "witness": point.tolist(), "scores": shown}
                yield {**_about(data, one, other, i, "sat"), **known, "margin": abs(shown[0] - shown[1])}


def _about(data: Dataset, one: Printer, other: Printer, i: int, answer: str) -> Pool:
    radius = float(min(one.radii[i], other.radii[i]))
    return {
        "about": {
            "name": f"{one.name}+{other.name}",
            **{key: max(one.sizes[key], other.sizes[key]) for key in ("width", "depth", "pieces")},
        },
        "kind": other.name.rsplit("_", 1)[1],
        "answer": answer,
        "point": data.points[i].tolist(),
        "sample": i,
        "label": int(one.labels[i]),
        "unsat_to": down(radius - INPUT_TOLERANCE * (1 + 2.0**-40), 4),
        "witness": [],
        "scores": [],
        "margin": 0.0,
        "pgd_blind_to": 0.0,
    }
