"""The fewest rows found that keep a ratio in ℓp: an upper bound on k* (docs/theory.md, T1) for any p."""

import math

import numpy as np

from logwidth.compute.threads import one_thread_each
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps.check import check_map, checked_rank, found_separation
from logwidth.maps.features.coordinates import coordinate_rows, fewest_coordinates
from logwidth.maps.features.hard_pairs import HardPairs
from logwidth.maps.features.most import JITTER, REACHED, feature_map, lifted, varying_rows
from logwidth.maps.features.polish import Polished, family, polish
from logwidth.maps.preserving import NoMapError, PreservingMap
from logwidth.maps.starts import Rng, generator
from logwidth.norms import parse_norm
from logwidth.separation import Separation
from logwidth.types import FloatArray, Progress, silent

SLACK = 1e-3
ATTEMPTS = 3


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
