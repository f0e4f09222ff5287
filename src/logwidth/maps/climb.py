"""Constraint generation: climb the soft minimum of the active pairs, re-scan all pairs, sharpen, repeat."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwidth.maps.nearby import shortest_pairs, unique_pairs
from logwidth.maps.preserving import FloatArray
from logwidth.maps.scene import IntArray, Scene
from logwidth.maps.softmin import ascend, projected_squares, soft_minimum

MOST_PAIRS = 20_000
MOST_FRESH = 10_000
NO_PAIRS = np.empty((0, 2), dtype=np.int64)


@dataclass(frozen=True)
class Stage:
    """One round: `steps` ascent steps at `temperature` (units of δ²) on about `pairs` newly scanned pairs.

    It is repeated, `rounds` times at most, while the scan after it finds pairs shorter than its own by a temperature.
    """

    temperature: float
    steps: int
    pairs: int
    rounds: int = 3


HOT = (
    Stage(0.1, 50, 6000, rounds=2),
    Stage(0.05, 50, 6000, rounds=1),
    Stage(0.02, 60, 6000, rounds=1),
)
WARM = (Stage(0.01, 80, 3000), Stage(0.005, 80, 3000))
COLD = (
    Stage(0.002, 100, 3000),
    Stage(0.001, 150, 3000),
    Stage(0.0005, 200, 2000),
    Stage(0.0002, 200, 2000),
    Stage(0.0001, 200, 2000),
)


@dataclass(frozen=True, eq=False)
class Climb:
    """Where a climb stands: an orthonormal frame (r, k), the pairs it has seen, and their weights.

    `value` is `min ‖Vᵀu‖/δ` over all pairs, up to float32 ties in the scan. `hope` is about the most
    that sharper stages may still reach: the minimum over the pairs of the last ascent plus twice its temperature.
    `weights` are the soft-min weights of `pairs` at the last temperature, in order.
    """

    frame: FloatArray
    value: float
    hope: float
    pairs: IntArray
    weights: FloatArray


def climb(
    scene: Scene, start: FloatArray, stages: tuple[Stage, ...], pairs: IntArray, wanted: float = math.inf
) -> Iterator[tuple[float, Climb]]:
    """Yield the fraction done and the state after every scan, the start first; stop once `value` is `wanted`.

    Pairs seen once stay as constraints, up to a cap. The values need not increase: a hot stage may step down to
    leave a poor valley.
    """
    here = _scanned(scene, start, pairs, stages[0], math.inf)
    yield 0.0, here
    for n, stage in enumerate(stages, start=1):
        for _ in range(stage.rounds):
            if here.value >= wanted:
                return
            before = here
            here, violation = _stage(scene, before, stage)
            yield n / len(stages), here
            if violation <= stage.temperature:
                break


def _stage(scene: Scene, here: Climb, stage: Stage) -> tuple[Climb, float]:
    """Ascend on the closest seen pairs, then scan; return the new state and by how much (δ²) the scan undercuts."""
    squares = projected_squares(scene.differences(here.pairs), here.frame)
    closest = np.argsort(squares, kind="stable")[: _working(squares, stage)]
    differences = scene.differences(here.pairs[np.sort(closest)])
    frame = ascend(differences, here.frame, stage.temperature, stage.steps)
    reached = float(projected_squares(differences, frame).min())
    there = _scanned(scene, frame, here.pairs, stage, math.sqrt(reached) + 2.0 * stage.temperature)
    return there, reached - there.value**2


def _working(squares: FloatArray, stage: Stage) -> int:
    """Return how many pairs a stage works on: those whose weight matters, within 2.5 and 5 times the scanned ones."""
    matter = int((squares < squares.min() + 20.0 * stage.temperature).sum())
    return min(max(5 * stage.pairs // 2, matter), 5 * stage.pairs)


def survey(scene: Scene, frame: FloatArray) -> Climb:
    """Return the state of a frame without climbing: its shortest pairs and their weights at the last temperature."""
    return _scanned(scene, frame, NO_PAIRS, COLD[-1], math.inf)


def best_of(climbs: list[Climb]) -> Climb:
    """Return the first climb with the largest value."""
    return max(climbs, key=lambda c: c.value)


def best_hope(climbs: list[Climb]) -> float:
    """Return the largest hope."""
    return max(c.hope for c in climbs)


def _scanned(scene: Scene, frame: FloatArray, pairs: IntArray, stage: Stage, hope: float) -> Climb:
    """Add the shortest pairs of the image to `pairs` and keep the closest."""
    n = len(scene.labels)
    fresh = shortest_pairs(scene.coordinates @ frame, scene.labels, max(stage.pairs, min(MOST_FRESH, n)))
    seen = unique_pairs(np.concatenate([pairs, fresh]), n)
    squares = projected_squares(scene.differences(seen), frame)
    kept = np.sort(np.argsort(squares, kind="stable")[:MOST_PAIRS])
    squares = squares[kept]
    _, weights = soft_minimum(squares, stage.temperature)
    return Climb(frame, math.sqrt(float(squares.min())), hope, seen[kept], weights)
