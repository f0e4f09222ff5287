"""Covering by few columns: given a load matrix, choose columns whose loads sum to 1 in every row."""

from dataclasses import dataclass

import numpy as np

from logwidth.types import FloatArray

FULL = 1.0 - 1e-12


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
