"""Constraint generation: climb the soft minimum, re-scan all pairs, cool, repeat."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from logwidth.compute.step_cache import StepCache
from logwidth.maps.checkpoint import STATE
from logwidth.maps.nearby import shortest_pairs, unique_pairs
from logwidth.maps.search_state import SearchState
from logwidth.maps.soft_minimum_all_pairs import FARTHEST, AllPairsSoftMinimum
from logwidth.maps.softmin import ascend, projected_squares, soft_minimum
from logwidth.maps.span import SpanCoordinates
from logwidth.types import FloatArray, IntArray

COOLEST = 2e-4
WARM = 0.03
HOT_STEPS, STEPS = 40, 60
ALL_PAIRS_STEPS = 30
ROUNDS = 3
LEAST_SCANNED, MOST_SCANNED = 6_000, 10_000
LEAST_WORKING, MOST_PAIRS = 1_000, 20_000
REACH = 15.0
RESERVE = 400_000
PROMISE = 4.0
SINGLE = 2e-3
LARGE = 2_000_000
NO_PAIRS = np.empty((0, 2), dtype=np.int64)


def cooling(hottest: float, coolest: float, ratio: float = 2.0) -> list[float]:
    """Return falling temperatures (units of δ²), the last at most `coolest`.

    >>> cooling(0.1, 0.025)
    [0.1, 0.05, 0.025]
    """
    count = 1 + max(0, math.ceil(math.log(hottest / coolest, ratio) - 1e-9))
    return [hottest / ratio**n for n in range(count)]


@dataclass(frozen=True, eq=False)
class PairObjective:
    """What a climb maximises: the soft minimum of pairs of `view`, of all of them at once where that is affordable."""

    view: SpanCoordinates
    all_pairs: AllPairsSoftMinimum | None


def climb(
    objective: PairObjective, start: SearchState, temperatures: list[float], steps: StepCache, task: tuple[str, float]
) -> Iterator[tuple[float, SearchState]]:
    """Yield the fraction done and the state after every round of a task (name, wanted); stop once `value` is wanted.

    A temperature is repeated, ROUNDS times at most, while the scan after it finds pairs shorter than those climbed on by
    as much. Pairs seen once stay as constraints, up to a cap. The values need not increase: a hot stage may step down to
    leave a poor valley. While too many pairs matter to list them, a round climbs on all at once, or else, once, on some.
    """
    here, (name, wanted) = start, task
    for n, temperature in enumerate(temperatures, start=1):
        for again in range(ROUNDS):
            if here.value >= wanted:
                return
            here = steps.recall(f"{name} {n}.{again}", partial(_round, objective, here, temperature, 2**again), STATE)
            yield n / len(temperatures), here
            if here.violation <= temperature:
                break


def survey(view: SpanCoordinates, frame: FloatArray, temperature: float = COOLEST) -> SearchState:
    """Return the state of a frame without climbing: its shortest pairs and their weights at a temperature."""
    return _scanned(view, frame, NO_PAIRS, temperature)


def _round(objective: PairObjective, here: SearchState, temperature: float, reserve: int) -> SearchState:
    """Ascend at a temperature on pairs with some reserve, then scan."""
    view = objective.view
    squares = projected_squares(view.differences(here.pairs), here.frame)
    crowded = len(squares) >= LEAST_SCANNED and _farthest(squares) < squares.min() + REACH * temperature
    if crowded and objective.all_pairs is not None:
        frame = objective.all_pairs.ascend(here.frame, temperature, ALL_PAIRS_STEPS)
        there = _scanned(view, frame, here.pairs, temperature)
        return replace(there, upper_estimate=math.sqrt(there.value**2 + PROMISE * temperature))
    differences = view.differences(here.pairs[_working(squares, here.frame.size, temperature, reserve)])
    frame = _ascended(differences, here.frame, temperature)
    reached = float(projected_squares(differences, frame).min())
    there = _scanned(view, frame, here.pairs, temperature, reached)
    return replace(there, violation=0.0) if crowded and temperature > WARM else there


def _farthest(squares: FloatArray) -> float:
    """Return a square below which the scan surely listed all pairs."""
    return float(np.partition(squares, LEAST_SCANNED - 1)[LEAST_SCANNED - 1])


def _working(squares: FloatArray, freedom: int, temperature: float, reserve: int) -> IntArray:
    """Return which pairs to climb on: those whose weight matters and a reserve, the larger the farther one climbs."""
    matter = int((squares < squares.min() + REACH * temperature).sum())
    least = max(LEAST_WORKING, min(round(RESERVE * temperature), LEAST_SCANNED), min(freedom // 2, MOST_SCANNED))
    wanted = reserve * max(least, min(3 * matter, MOST_SCANNED))
    return np.sort(np.argsort(squares, kind="stable")[:wanted])


def _ascended(differences: FloatArray, frame: FloatArray, temperature: float) -> FloatArray:
    """Return the frame after an ascent, in float32 while that is exact enough."""
    large = differences.size > LARGE
    exact_enough = temperature >= (SINGLE / 5.0 if large else SINGLE) and float(np.abs(differences).max()) < FARTHEST
    used = differences.astype(np.float32) if exact_enough else differences
    with threadpool_limits(limits=None if large else 1, user_api="blas"):
        return ascend(used, frame, temperature, HOT_STEPS if temperature > WARM else STEPS)


def _scanned(
    view: SpanCoordinates, frame: FloatArray, pairs: IntArray, temperature: float, reached: float = math.inf
) -> SearchState:
    """Add the shortest pairs of the image to `pairs` and keep the closest."""
    n = len(view.labels)
    limit = min(max(LEAST_SCANNED, n), MOST_SCANNED)
    fresh = shortest_pairs(view.coordinates @ frame, view.labels, limit, pairs)
    seen = unique_pairs(np.concatenate([pairs, fresh]), n)
    squares = projected_squares(view.differences(seen), frame)
    kept = np.sort(np.argsort(squares, kind="stable")[:MOST_PAIRS])
    squares = squares[kept]
    least = float(squares.min())
    _, weights = soft_minimum(squares, temperature)
    violation = reached - least if math.isfinite(reached) else 0.0
    return SearchState(frame, math.sqrt(least), math.sqrt(reached + PROMISE * temperature), violation, seen[kept], weights)
