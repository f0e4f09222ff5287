"""Constructions side by side: the rows together, and those of what the main job does not build."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from logwidth.certify import argmax_certified, point_in_ball
from logwidth.dataset import Dataset
from logwidth.display import Fields, OneLine, Rows, if_known
from logwidth.errors import InputError
from logwidth.network import ReluNetwork, evaluate
from logwidth.pipeline.exact import memorize_exactly
from logwidth.report import COMPARISON_HEADER, comparison_rows, finished_line
from logwidth.train import Regime, adversarial_points, train_adversarially
from logwidth.types import FloatArray, Progress, silent

BATCH, LEAST_SECONDS = 256, 0.05
SIZES = ("width", "depth", "n_nonzero", "n_entries", "total_bits", "dtype")
ROWS = 16  # samples whose prediction is timed
TREE = "tree"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ComparisonRow(OneLine, Fields):
    """What one construction is, what it costs and what is certified; None where a number is not known.

    `status` is 'built' or 'skipped', `reason` says why, or what is left undecided; `applicable` whether the construction is
    made for such classes and this norm at all. `total_bits` are those of all `n_entries` weights and biases, zero or not.
    `radius` is σ of the ratio; `certified_radius` the least of all proven radii, `certified_fraction` the share of samples
    whose proven radius is at least σ, and `attacked_fraction` (a trained network's alone) the share that survives attacks.
    `seconds_build` counts the layers and the file, not the search for the map, which the constructions share; `microseconds`
    is the time of one prediction by NumPy in a batch of 256.
    """

    construction: str
    status: str = "skipped"
    applicable: bool = True
    reason: str | None = None
    width: int | None = None
    depth: int | None = None
    n_nonzero: int | None = None
    n_entries: int | None = None
    total_bits: int | None = None
    map_rank: int | None = None
    dtype: str | None = None
    rule: str | None = None
    radius: float | None = None
    certified_radius: float | None = None
    certified_fraction: float | None = None
    seconds_build: float | None = None
    seconds_certify: float | None = None
    microseconds: float | None = None
    attacked_fraction: float | None = if_known()

    def _line(self) -> list[str]:
        return [finished_line(self)]


class Comparison(Rows[ComparisonRow]):
    """The rows of :func:`compare`, one per construction; they print in one line."""

    def facts(self) -> list[tuple[str, ...]]:
        """Return the table that `logwidth compare` prints, its heading first."""
        return [COMPARISON_HEADER, *comparison_rows(self)]

    def _line(self) -> list[str]:
        built = [row.construction for row in self if row.status == "built"]
        return [f"{len(built)} of {len(self)} constructions built", *built]


def sizes(of: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a summary and a row both say of a network's size."""
    return {key: of[key] for key in (*SIZES, "map_rank")}


def seconds_of(call: Callable[[], object]) -> float:
    """Return the seconds of a call, the best of repetitions for 0.05 s."""
    best, total = float("inf"), 0.0
    while total < LEAST_SECONDS:
        begin = time.perf_counter()
        call()
        spent = time.perf_counter() - begin
        best, total = min(best, spent), total + spent
    return best


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network and what is known of its balls: `certified` `(n,)` are proven, `survived` `(n,)` were not broken.

    The share of `certified` is a lower bound on the share of robust samples, that of `survived` an upper bound: every other
    sample has a witness in its ball, membership decided exactly.
    """

    network: ReluNetwork
    certified: np.ndarray
    survived: np.ndarray
    seconds_train: float
    seconds_certify: float


def train_and_judge(data: Dataset, regime: Regime, progress: Progress | None = None) -> Trained:
    """Train with attacks, certify by linear bounds rounded outward, and attack the result.

    Raises MissingExtraError without PyTorch (extra `torch`).
    """
    report = progress or silent
    begin = time.perf_counter()
    network = train_adversarially(data, regime, lambda share: report("trained: training", share))
    middle = time.perf_counter()
    certified = argmax_certified(network, data, regime.radius, regime.norm)
    end = time.perf_counter()
    survived = np.ones(data.n_samples, dtype=bool)
    for points in [data.points, *adversarial_points(network, data, regime)]:
        survived &= ~_broken(network, data, points.astype(network.dtype).astype(np.float64), regime)
    return Trained(network, certified, survived, middle - begin, end - middle)


def _broken(network: ReluNetwork, data: Dataset, points: np.ndarray, regime: Regime) -> np.ndarray:
    """Return which samples get another label at their point, which counts only inside the ball."""
    wrong: np.ndarray = evaluate(network, points).argmax(axis=1) != data.labels
    for i in np.flatnonzero(wrong):
        wrong[i] = point_in_ball(points[i], data.points[i], regime.radius, regime.norm)
    return wrong


def exact_row(name: str, data: Dataset, ratio: float, norm: float) -> ComparisonRow:
    """Return the row, called `name`, of the network of exact numbers.

    Raises InputError where it serves neither norm nor ratio.
    """
    if norm != 2.0:
        raise InputError("made for l2 balls")
    run = memorize_exactly(data, ratio=ratio)
    summary, seconds = run.summary, run.summary["seconds"]
    return ComparisonRow(
        construction=name,
        status="built",
        reason=f"exact numbers of up to {summary['bits_per_weight']:,} bits, {summary['total_bits']:,} in all",
        **sizes(summary),
        rule="exact",
        radius=summary["radius"],
        certified_radius=summary["radius"] if run.certificate.holds else 0.0,
        certified_fraction=summary["certified"] / summary["n_samples"],
        seconds_build=seconds["cells"] + seconds["construction"] + seconds["export"],
        seconds_certify=seconds["certification"],
        microseconds=1e6 * seconds_of(lambda: run.stored.class_indices(data.points[:ROWS])) / min(ROWS, data.n_samples),
    )


def tree_row(data: Dataset, radius: float, rng: int) -> ComparisonRow:
    """Return the row of a tree grown until it knows every sample, with scikit-learn's defaults.

    A leaf is a box, so a sample keeps the tree's label in ℓp, for every p, exactly as far as its own leaf's nearest side:
    `certified_fraction` counts the samples for which that is `radius` or more and the label is right. The tree rounds its
    inputs to float32, which is taken off.
    """
    from sklearn.tree import DecisionTreeClassifier

    begin = time.perf_counter()
    tree = DecisionTreeClassifier(random_state=rng).fit(data.points, data.labels)
    built = time.perf_counter() - begin
    begin = time.perf_counter()
    radii = np.where(tree.predict(data.points) == data.labels, leaf_radii(tree, data.points), -1.0)
    certified = time.perf_counter() - begin
    batch = data.points[:BATCH]
    return ComparisonRow(
        construction=TREE,
        status="built",
        reason=f"scikit-learn's tree, no network: {int(tree.get_n_leaves()):,} leaves",
        depth=int(tree.get_depth()),
        rule="leaf",
        radius=radius,
        certified_radius=max(0.0, float(radii.min())),
        certified_fraction=float(np.mean(radii >= radius)),
        seconds_build=built,
        seconds_certify=certified,
        microseconds=1e6 * seconds_of(lambda: tree.predict(batch)) / len(batch),
    )


def leaf_radii(tree: Any, points: FloatArray) -> FloatArray:
    """Return how far each point `(n, d)` may move along a feature and stay in its leaf, less what float32 may round.

    >>> from sklearn.tree import DecisionTreeClassifier
    >>> points = np.array([[0.0], [1.0], [3.0]])
    >>> [round(r, 3) for r in leaf_radii(DecisionTreeClassifier().fit(points, [0, 0, 1]), points).tolist()]
    [2.0, 1.0, 1.0]
    """
    nodes, path = tree.tree_, tree.decision_path(points)
    rows = np.repeat(np.arange(len(points)), np.diff(path.indptr))
    inner = nodes.children_left[path.indices] >= 0
    rows, visited = rows[inner], path.indices[inner]
    x = points[rows, nodes.feature[visited]]
    gaps = np.abs(x - nodes.threshold[visited]) * (1.0 - 2.0**-40) - np.abs(nodes.threshold[visited]) * 2.0**-23
    found = np.full(len(points), np.inf)
    np.minimum.at(found, rows, gaps)
    return found
