"""Constraint generation: climb the soft minimum of listed pairs, scan all pairs, keep what is better, cool, repeat."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from logwidth.compute.step_cache import StepCache
from logwidth.maps.checkpoint import STATE
from logwidth.maps.nearby import shortest_pairs, unique_pairs
from logwidth.maps.search_state import SearchState
from logwidth.maps.softmin import ascend, projected_squares, soft_minimum
from logwidth.maps.span import SpanCoordinates
from logwidth.types import FloatArray, IntArray

COOLEST = 2e-4
LEAST_VALUE = 1e-3
STEPS, TRIES = 30, 8
LEAST_SCANNED, MOST_SCANNED = 6_000, 10_000
LEAST_WORKING, MOST_PAIRS = 1_000, 20_000
REACH = 15.0
RESERVE = 400_000
PROMISE = 4.0
SINGLE = 2e-3
LARGE, FEW = 2_000_000, 20_000
FARTHEST = 1e4
NO_PAIRS = np.empty((0, 2), dtype=np.int64)


def climb(
    view: SpanCoordinates, start: SearchState, cooling: tuple[float, float], steps: StepCache, task: tuple[str, float]
) -> Iterator[tuple[float, SearchState]]:
    """Yield the fraction done and the state after every round of a task (name, wanted); stop once `value` is wanted.

    Temperatures (units of δ²) fall from the first of `cooling` by its second, a ratio, until colder ones would hardly
    raise the value. At each, a try ascends from the frame on the pairs listed and scans all pairs at its end. An end with a
    smaller soft minimum is left again, but its shortest pairs stay, so that the next try knows them (a null step of a bundle
    method): without them a climb over some of many pairs goes in circles. A temperature is tried TRIES times at most, while
    the scan finds pairs shorter than those climbed on by as much. A hot try may lower the value, to lengthen other pairs.
    """
    here, (name, wanted) = start, task
    hottest, ratio = cooling
    temperature, n = hottest, 0
    while True:
        for again in range(TRIES):
            if here.value >= wanted:
                return
            here = steps.recall(f"{name} {n}.{again}", partial(_round, view, here, temperature, 2 ** min(again, 4)), STATE)
            coolest = min(COOLEST * max(here.value, LEAST_VALUE) ** 2, hottest)
            yield min(1.0, math.log(ratio * hottest / temperature) / math.log(ratio * hottest / coolest)), here
            if here.violation <= temperature:
                break
        if temperature <= coolest:
            return
        temperature, n = temperature / ratio, n + 1


def survey(
    view: SpanCoordinates, frame: FloatArray, temperature: float = COOLEST, known: IntArray = NO_PAIRS
) -> SearchState:
    """Return the state of a frame without climbing: its shortest pairs and their weights at a temperature.

    Some `known` opposite pairs that are short spare time; the state does not depend on them.
    """
    pairs = _shortest(view, frame, known)
    squares = projected_squares(view.differences(pairs), frame)
    nearest = np.argsort(squares, kind="stable")[:MOST_PAIRS]
    squares = squares[nearest]
    _, weights = soft_minimum(squares, temperature)
    return SearchState(frame, math.sqrt(float(squares[0])), math.inf, 0.0, pairs[nearest], weights)


def _round(view: SpanCoordinates, here: SearchState, temperature: float, reserve: int) -> SearchState:
    """Ascend at a temperature on pairs with some reserve, scan, and move there if it is better."""
    squares = projected_squares(view.differences(here.pairs), here.frame)
    differences = view.differences(here.pairs[: _working(squares, here.frame.size, temperature, reserve)])
    frame = _ascended(differences, here.frame, temperature)
    reached = float(projected_squares(differences, frame).min())
    return _scanned(view, here, frame, temperature, reached)


def _working(squares: FloatArray, freedom: int, temperature: float, reserve: int) -> int:
    """Return how many pairs to climb on: those whose weight matters and a reserve, the larger the farther one climbs."""
    matter = int((squares < squares.min() + REACH * temperature).sum())
    least = max(LEAST_WORKING, min(round(RESERVE * temperature), LEAST_SCANNED), min(freedom // 2, MOST_SCANNED))
    return reserve * max(least, min(3 * matter, MOST_SCANNED))


def _ascended(differences: FloatArray, frame: FloatArray, temperature: float) -> FloatArray:
    """Return the frame after an ascent, in float32 while that is exact enough."""
    large, few = differences.size > LARGE, differences.size < FEW
    exact_enough = temperature >= (SINGLE / 5.0 if large else SINGLE) and float(np.abs(differences).max()) < FARTHEST
    used = differences.astype(np.float32) if exact_enough and not few else differences
    return ascend(used, frame, temperature, STEPS)


def _shortest(view: SpanCoordinates, frame: FloatArray, known: IntArray) -> IntArray:
    limit = min(max(LEAST_SCANNED, len(view.labels)), MOST_SCANNED)
    return shortest_pairs(view.coordinates @ frame, view.labels, limit, known)


def _scanned(view: SpanCoordinates, here: SearchState, frame: FloatArray, temperature: float, reached: float) -> SearchState:
    """Add the shortest pairs at a frame to those known, and go there if its value is larger.

    The pairs that are close in either frame are kept, the closest first.
    """
    pairs = unique_pairs(np.concatenate([here.pairs, _shortest(view, frame, here.pairs)]), len(view.labels))
    differences = view.differences(pairs)
    there, stayed = projected_squares(differences, frame), projected_squares(differences, here.frame)
    least = float(there.min())
    nearness = np.minimum(there - least, stayed - stayed.min())
    nearest = np.argsort(nearness, kind="stable")[:MOST_PAIRS]
    better = soft_minimum(there, temperature)[0] > soft_minimum(stayed, temperature)[0]
    squares = (there if better else stayed)[nearest]
    return replace(
        here,
        frame=frame if better else here.frame,
        value=math.sqrt(float(squares.min())),
        upper_estimate=math.sqrt(reached + PROMISE * temperature),
        violation=reached - least,
        pairs=pairs[nearest],
        weights=soft_minimum(squares, temperature)[1],
    )
