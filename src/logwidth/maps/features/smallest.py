"""The fewest rows that keep a ratio in ℓp, and what so many rows keep: upper bounds on k* (docs/theory.md, T1)."""

import math

import numpy as np

from logwidth.compute.threads import one_thread_each
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps.check import check_map, checked_rank, found_separation
from logwidth.maps.features.coordinates import coordinate_rows, fewest_coordinates, most_kept
from logwidth.maps.features.polish import Family, HardPairs, Polished, family, polish
from logwidth.maps.preserving import NoMapError, PreservingMap
from logwidth.maps.starts import Rng, generator
from logwidth.norms import parse_norm
from logwidth.separation import Separation
from logwidth.types import FloatArray, Progress, silent

LIFT = 0.5
MOST_MISSES = 4
TRIES = 4
JITTER = 0.01
REACHED = 1e-9
SLACK = 1e-3
ATTEMPTS = 3


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


def smallest_feature_map(  # noqa: PLR0913
    data: Dataset,
    ratio: float,
    norm: object = math.inf,
    rng: Rng = 0,
    *,
    max_rank: int | None = None,
    slack: float = SLACK,
    separation: Separation | None = None,
    progress: Progress | None = None,
) -> PreservingMap:
    """Return a feature map of the least rank found that keeps `ratio` in ℓp, checked on all opposite pairs.

    Guarantee: `ratio_lower ≥ ratio + slack·(1 − ratio)`. All coordinates keep every ratio below 1 (up to
    rounding), so some map is always found when `max_rank` allows it. That fewer rows would not do is heuristic: a greedy
    cover by coordinates, swaps with one coordinate fewer while they succeed, then optimised rows, one fewer a time.

    Raises InputError for a ratio outside `[0, 1)`, and, with the best ratio found, if `max_rank` does not suffice.
    """
    sep = found_separation(data, parse_norm(norm), separation, progress)
    if not 0.0 <= ratio < 1.0:
        raise InputError(f"the ratio 2*radius/delta must be at least 0 and below 1, not {ratio}")
    top = checked_rank(data.n_features if max_rank is None else min(max_rank, data.n_features), data.n_features)
    wanted = ratio + slack * (1.0 - ratio)
    with one_thread_each():
        best = _Descent(data, sep, wanted, generator(rng), progress or silent).least()
    if best.rank <= top and best.ratio_lower >= wanted:
        return best
    rest = best if best.rank <= top else feature_map(data, top, sep.norm, rng, separation=sep, progress=progress)
    if rest.ratio_lower >= wanted:
        return rest
    raise NoMapError(top, ratio, rest)


class _Descent:
    """The search from many rows to few; `rows` is the smallest set that keeps `goal` (units of δ) so far."""

    def __init__(self, data: Dataset, sep: Separation, wanted: float, rng: np.random.Generator, progress: Progress) -> None:
        self.data, self.sep, self.wanted, self.rng, self.progress = data, sep, wanted, rng, progress
        self.goal = wanted * (1.0 + REACHED)
        self.seen = HardPairs(data, sep)

    def least(self) -> PreservingMap:
        """Return the checked map with the fewest rows; all varying coordinates if nothing less was found."""
        best = self._checked(varying_rows(self.data), "coordinates")
        sets = fewest_coordinates(self.seen, self.goal, self.rng, self.progress)
        if sets is None:
            return best
        chosen, missed = sets
        found = self._checked(coordinate_rows(chosen, self.data.n_features), "coordinates")
        best = self._better(best, found)
        return self._features(best, missed) if best.rank > 1 else best

    def _features(self, best: PreservingMap, missed: list[int]) -> PreservingMap:
        """Drop a row and optimise the others, as long as one of a few attempts keeps the goal."""
        start: FloatArray | None = coordinate_rows(missed, self.data.n_features)
        while best.rank > 1:
            found = self._fewer_features(best, start)
            if found is None or self._better(best, found) is best:
                break
            best, start = found, None
        return best

    def _fewer_features(self, best: PreservingMap, start: FloatArray | None) -> PreservingMap | None:
        """Return features with one row fewer: from the rows so far less one, then by a climb from the best attempt."""
        kind = family(self.sep.norm)
        if kind is None:
            return None
        tries: list[Polished] = []
        for attempt in range(ATTEMPTS):
            self.progress(f"{best.rank - 1} features", attempt / ATTEMPTS)
            rows = np.delete(best.matrix, self.rng.integers(best.rank), axis=0) if attempt or start is None else start
            jittered = rows + JITTER * self.rng.standard_normal(rows.shape)
            tries.append(polish(self.seen, jittered, kind, self.goal))
            if tries[-1].value >= self.goal:
                return self._checked(tries[-1].rows, "features")
        top = lifted(self.seen, max(tries, key=lambda t: t.value), kind, self.goal, self.rng, self.progress)
        return self._checked(top.rows, "features") if top.value >= self.goal else None

    def _checked(self, rows: FloatArray, method: str) -> PreservingMap:
        return check_map(self.data, rows, norm=self.sep.norm, method=method, separation=self.sep)

    def _better(self, best: PreservingMap, found: PreservingMap) -> PreservingMap:
        return found if found.ratio_lower >= self.wanted and found.rank < best.rank else best
