"""Coordinate maps: the fewest coordinates whose ℓp norm keeps every opposite pair apart, and how few cannot do."""

import math
from dataclasses import dataclass
from itertools import islice

import numpy as np
from scipy.optimize import linprog

from logwidth.dataset import Dataset
from logwidth.maps.check import found_separation
from logwidth.maps.features.polish import HardPairs
from logwidth.norms import parse_norm
from logwidth.separation import Separation
from logwidth.types import FloatArray, Progress

FULL = 1.0 - 1e-12
SWAPS = 300
ROUNDS = 40
TRIES = 8
CLOSE = 1e-3
SAFETY = 1e-9


@dataclass(frozen=True, eq=False)
class CoordinateCover:
    """Columns `chosen` of a load matrix and the `deficit` `Σ_rows (1 − Σ_chosen load)_+` that they leave."""

    chosen: list[int]
    deficit: float


def greedy_cover(loads: FloatArray, most: int) -> CoordinateCover:
    """Return up to `most` columns, each the one that lowers the deficit most (Wolsey's greedy rule).

    `loads` (n, m) has entries in [0, 1]; ties go to the first column.

    >>> greedy_cover(np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]), 2).chosen
    [2]
    """
    missing = np.ones(len(loads))
    chosen: list[int] = []
    while len(chosen) < most and len(missing):
        gain = np.minimum(loads, missing[:, None]).sum(axis=0)
        gain[chosen] = -1.0
        best = int(gain.argmax())
        if gain[best] <= 0.0:
            break
        chosen.append(best)
        missing = missing - loads[:, best]
        open_rows = missing > 1.0 - FULL
        loads, missing = loads[open_rows], missing[open_rows]
    return CoordinateCover(chosen, float(missing.sum()))


def swapped_cover(loads: FloatArray, start: list[int], steps: int, rng: np.random.Generator) -> CoordinateCover:
    """Return the best set of `len(start)` columns met in `steps` swaps, stopped once nothing is missing.

    Local search with row weights (as in NuMVC for vertex covers): each step drops the column that costs least and
    takes the one that gains most, never one that it dropped or took just now; rows left open grow heavier.
    """
    chosen, weights = list(start), np.ones(len(loads))
    missing = _missing(loads, chosen)
    best = CoordinateCover(list(chosen), float(missing.sum()))
    for _ in range(steps if len(start) < loads.shape[1] else 0):
        if best.deficit <= (1.0 - FULL) * len(loads):
            break
        weights += missing
        gone = chosen.pop(_cheapest(loads, chosen, weights, rng))
        chosen.append(_richest(loads, chosen, weights, [*chosen, gone]))
        missing = _missing(loads, chosen)
        if missing.sum() < best.deficit:
            best = CoordinateCover(list(chosen), float(missing.sum()))
    return best


def _missing(loads: FloatArray, chosen: list[int]) -> FloatArray:
    rest = 1.0 - loads[:, chosen].sum(axis=1)
    return np.where(rest > 1.0 - FULL, rest, 0.0)


def _cheapest(loads: FloatArray, chosen: list[int], weights: FloatArray, rng: np.random.Generator) -> int:
    """Return the position of the column, the newest excepted, whose loss adds least to the weighted deficit."""
    own = loads[:, chosen]
    rest = 1.0 - own.sum(axis=1)
    cost = weights @ (np.maximum(rest[:, None] + own, 0.0) - np.maximum(rest, 0.0)[:, None])
    candidates = cost[:-1] if len(chosen) > 1 else cost
    least = np.flatnonzero(candidates <= candidates.min() * (1.0 + 1e-9))
    return int(rng.choice(least))


def _richest(loads: FloatArray, chosen: list[int], weights: FloatArray, banned: list[int]) -> int:
    """Return the column that lowers the weighted deficit most, none of the `banned`."""
    missing = _missing(loads, chosen)
    open_rows = np.flatnonzero(missing)
    gain = weights[open_rows] @ np.minimum(loads[open_rows], missing[open_rows, None])
    gain[banned] = -1.0
    return int(gain.argmax())


def loads_of(differences: FloatArray, p: float, goal: float) -> FloatArray:
    """Return how much each coordinate does for each pair: `‖u_J‖_p ≥ goal` iff the loads over J sum to 1.

    p = ∞: `1` where `|u_j| ≥ goal`, else 0. p < ∞: `min(1, (|u_j|/goal)^p)`.

    >>> loads_of(np.array([[3.0, 4.0]]), 2.0, 5.0).round(2)
    array([[0.36, 0.64]])
    """
    size = np.abs(differences)
    if math.isinf(p):
        return (size >= goal).astype(np.float64)
    return np.asarray(np.minimum(1.0, size / goal) ** p)


def coordinate_rows(chosen: list[int], n_features: int) -> FloatArray:
    """Return the rows `e_j`, j in increasing order."""
    return np.eye(n_features)[sorted(chosen)]


def greedy_coordinates(hard: HardPairs, goal: float) -> list[int] | None:
    """Return a greedy set that keeps `goal` (units of δ) on all opposite pairs, None if all coordinates do not.

    Greedy on the pairs met; pairs that the scan finds violated join, until none is.
    """
    d, met = hard.points.shape[1], -1
    while met < len(hard.pairs):
        met = len(hard.pairs)
        cover = greedy_cover(loads_of(hard.differences, hard.norm, goal), d)
        if cover.deficit > 0.0:
            return None
        if hard.scan(coordinate_rows(cover.chosen, d), hard.norm, goal) >= goal:
            return cover.chosen
    return None


def fewer_coordinates(
    hard: HardPairs, goal: float, start: list[int], rng: np.random.Generator, rounds: int = ROUNDS
) -> tuple[list[int], bool]:
    """Return a set of `len(start)` coordinates, and whether it keeps `goal` on all opposite pairs.

    Swaps on the pairs met, at most four times as many as there are sets; pairs that the scan finds violated join.
    Heuristic: a miss proves nothing.
    """
    d = hard.points.shape[1]
    cover, swaps_left = CoordinateCover(start, math.inf), 4 * math.comb(d, len(start))
    for _ in range(rounds):
        loads = loads_of(hard.differences, hard.norm, goal)
        cover = swapped_cover(loads, cover.chosen, min(SWAPS, swaps_left), rng)
        swaps_left -= SWAPS * (cover.deficit > (1.0 - FULL) * len(loads))
        if swaps_left <= 0:
            break
        if cover.deficit <= (1.0 - FULL) * len(loads) and (
            hard.scan(coordinate_rows(cover.chosen, d), hard.norm, goal) >= goal
        ):
            return cover.chosen, True
    return cover.chosen, False


def fewest_coordinates(
    hard: HardPairs, goal: float, rng: np.random.Generator, progress: Progress
) -> tuple[list[int], list[int]] | None:
    """Return the smallest set found that keeps `goal`, and a set with one coordinate fewer that misses it.

    Greedy, then one coordinate fewer as long as swaps succeed; None if not even all coordinates keep `goal`.
    """
    best = greedy_coordinates(hard, goal)
    while best is not None and len(best) > 1:
        progress(f"{len(best) - 1} coordinates", 0.0)
        fewer, enough = fewer_coordinates(hard, goal, without_least(hard, goal, best), rng)
        if not enough:
            return best, fewer
        best = fewer
    return None if best is None else (best, best)


def most_kept(
    hard: HardPairs, rank: int, rng: np.random.Generator, wanted: float, progress: Progress
) -> tuple[list[int], float]:
    """Return `rank` coordinates and what they keep (units of δ), by bisection over goals up to `wanted`.

    Every goal starts from the best set so far; goals that the swaps miss are given up, so this is heuristic.
    """
    d, high = hard.points.shape[1], wanted
    best = _filled(greedy_cover(loads_of(hard.differences, hard.norm, 1.0), rank).chosen, rank)
    low = hard.scan(coordinate_rows(best, d), hard.norm, 1.0)
    while high - low > CLOSE:
        progress(f"{rank} coordinates", 1.0 - (high - low))
        goal = 0.5 * (low + high)
        chosen, enough = fewer_coordinates(hard, goal, best, rng, TRIES)
        value = hard.scan(coordinate_rows(chosen, d), hard.norm, goal)
        if value > low:
            best, low = chosen, value
        high = high if enough else goal
    return best, low


def _filled(chosen: list[int], rank: int) -> list[int]:
    """Return the set with the first unused coordinates added, up to `rank` of them."""
    unused = (j for j in range(rank + len(chosen)) if j not in chosen)
    return [*chosen, *islice(unused, rank - len(chosen))]


def without_least(hard: HardPairs, goal: float, chosen: list[int]) -> list[int]:
    """Return the set less the coordinate whose loss opens least."""
    loads = loads_of(hard.differences, hard.norm, goal)
    own = loads[:, chosen]
    open_after = np.maximum(1.0 - (own.sum(axis=1)[:, None] - own), 0.0).sum(axis=0)
    gone = int(open_after.argmin())
    return [j for n, j in enumerate(chosen) if n != gone]


def coordinates_lower(data: Dataset, ratio: float, norm: object = math.inf, *, separation: Separation | None = None) -> int:
    """Return a lower bound on the number of coordinates that keep `ratio` in ℓp; other maps may need fewer rows.

    If `y ≥ 0` are weights on opposite pairs with `Σ y_ij load_ij(l) ≤ 1` for every coordinate `l`, then a set J that
    covers every pair has `|J| ≥ Σ_J Σ y load ≥ Σ y`. Loads are raised and sums lowered by 1e-9 for rounding.

    >>> coordinates_lower(Dataset([[0, 0], [9, 0], [0, 9]], [0, 1, 1]), 0.5)
    2
    """
    sep = found_separation(data, parse_norm(norm), separation)
    if not ratio > 0.0:
        return 1
    hard, goal = HardPairs(data, sep), ratio * (1.0 - SAFETY)
    greedy_coordinates(hard, goal)
    loads = np.unique(np.minimum(1.0, loads_of(hard.differences, sep.norm, goal) * (1.0 + SAFETY)), axis=0)
    y = _dual_weights(loads)
    largest = float((y @ loads).max())
    return max(1, math.ceil(float(y.sum()) / largest * (1.0 - SAFETY) - SAFETY))


def _dual_weights(loads: FloatArray) -> FloatArray:
    """Return nonnegative weights that nearly maximise `Σ y` subject to `yᵀ loads ≤ 1`; uniform ones if HiGHS fails."""
    found = linprog(-np.ones(len(loads)), A_ub=loads.T, b_ub=np.ones(loads.shape[1]), method="highs")
    return np.maximum(found.x, 0.0) if found.x is not None else np.ones(len(loads))
