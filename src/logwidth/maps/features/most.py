"""The map of a given rank that keeps most in ℓp: coordinates first, then optimised rows."""

import math

import numpy as np

from logwidth.compute.threads import one_thread_each
from logwidth.dataset import Dataset
from logwidth.maps.check import check_map, checked_rank, found_separation
from logwidth.maps.features.coordinates import coordinate_rows, most_kept
from logwidth.maps.features.hard_pairs import HardPairs
from logwidth.maps.features.polish import Family, Polished, family, polish
from logwidth.maps.preserving import PreservingMap
from logwidth.maps.starts import Rng, generator
from logwidth.norms import parse_norm
from logwidth.separation import Separation
from logwidth.types import FloatArray, Progress, silent

LIFT = 0.5
MOST_MISSES = 4
TRIES = 4
JITTER = 0.01
REACHED = 1e-9


def feature_map(
    data: Dataset,
    rank: int,
    norm: object = math.inf,
    rng: Rng = 0,
    *,
    separation: Separation | None = None,
    wanted_ratio: float | None = None,
    progress: Progress | None = None,
) -> PreservingMap:
    """Return the best feature map of a rank that the search finds in ℓp, checked on all opposite pairs.

    Coordinates `x_J` have the quotient norm `‖u_J‖_p` for every p ≥ 1. For p = ∞ also rows of ℓ1 norm 1 (image norm
    ℓ∞), for p = 1 also columns of ℓ1 norm 1 (image norm ℓ1) are optimised; the other p stop at coordinates. Heuristic,
    except for what the map keeps: :func:`check_map` proves that. From the number of coordinates that vary on, the
    result is those coordinates, and loses nothing but rounding. `wanted_ratio` stops the search once it is kept.

    Method: "coordinates" or "features". The same seed gives the same bytes on the same machine.
    Raises InputError for a rank outside `1..d`, or what is not a norm.

    >>> data = Dataset([[0.0, 0.0, 5.0], [3.0, 1.0, 5.0]], [0, 1])
    >>> feature_map(data, 1, "inf").matrix
    array([[1., 0., 0.]])
    """
    sep = found_separation(data, parse_norm(norm), separation, progress)
    checked_rank(rank, data.n_features)
    varying = varying_rows(data)
    if rank >= len(varying):
        return check_map(data, varying, norm=sep.norm, method="coordinates", separation=sep)
    seen, draw = HardPairs(data, sep), generator(rng)
    wanted = 1.0 if wanted_ratio is None else min(1.0, wanted_ratio + REACHED)
    with one_thread_each():
        chosen, value = most_kept(seen, rank, draw, wanted, progress or silent)
        rows = coordinate_rows(chosen, data.n_features)
        kind = family(sep.norm)
        better = lifted(seen, Polished(rows, value), kind, wanted, draw, progress or silent) if kind else None
    plain = check_map(data, rows, norm=sep.norm, method="coordinates", separation=sep)
    if better is None or better.value <= value:
        return plain
    used = better.rows[np.any(better.rows != 0.0, axis=1)]  # a row that steps took to zero is not needed
    other = check_map(data, used, norm=sep.norm, method="features", separation=sep)
    return max(plain, other, key=lambda found: found.ratio_lower)


def varying_rows(data: Dataset) -> FloatArray:
    """Return the rows `e_j` of the coordinates in which the data differ: dropping the others loses nothing."""
    return np.asarray(np.eye(data.n_features)[np.ptp(data.points, axis=0) > 0.0])


def lifted(
    seen: HardPairs, start: Polished, kind: Family, wanted: float, rng: np.random.Generator, progress: Progress
) -> Polished:
    """Return rows optimised for goals above the value so far: far above first, nearer after every miss.

    Each goal is tried from the best rows and from random ones, given up after `MOST_MISSES` misses.
    """
    best, missed = start, 0
    while missed < MOST_MISSES and best.value < wanted:
        progress(f"{len(best.rows)} features", min(1.0, best.value / wanted))
        goal = min(wanted, max(best.value, 1e-3) * (1.0 + LIFT / 2**missed))
        for scale in (JITTER, 1.0):
            rows = best.rows * (1.0 - scale) + scale * rng.standard_normal(best.rows.shape)
            best = max(best, polish(seen, rows, kind, goal, TRIES), key=lambda p: p.value)
            if best.value >= goal:
                break
        missed = missed if best.value >= goal else missed + 1
    return best
