"""Searches at several ranks: climb on a working set, check on all pairs, add the violated ones, climb again."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from logwidth.compute.step_cache import StepCache
from logwidth.compute.threads import one_thread_each
from logwidth.dataset import Dataset
from logwidth.maps.ascent import AGREEMENT, Ascent, patience_of, search_limits
from logwidth.maps.check import check_with_nearest, checked_rank, orthonormal_rows
from logwidth.maps.checkpoint import STATE
from logwidth.maps.climb import survey
from logwidth.maps.nearby import shortest_pairs
from logwidth.maps.preserving import PreservingMap
from logwidth.maps.search_state import SearchState
from logwidth.maps.span import SpanCoordinates, affine_span
from logwidth.maps.working_set import (
    ADDED,
    MARGIN,
    MOST_ADDED,
    Near,
    first_working_set,
    nearest_of_pairs,
    rows_of_violated_pairs,
)
from logwidth.separation import NearestOpposite, Separation, nearest_opposite, share_within
from logwidth.types import Effort, FloatArray, IntArray, Progress

ROUNDS, FEW_ROUNDS = 8, 3  # in which others join: towards a goal, and for as much as can be had
OVERSHOOT = 0.5  # of what a goal leaves, by which a climb on some samples may go beyond it: the others will keep less
CLEARLY = 1e-6
SAMPLED, MOST_SAMPLED = 3, 40_000  # one sample in so many, so many at most, is looked at before all pairs are
MANY = 200_000  # samples: a part is looked at first even where a look at all pairs is cheap
FIRST_LOOKS = 4  # after which fewer samples should be too near than at the first
LEAST_CHECKS = 3  # after which it shows whether climbs and checks may meet at what is wanted
FEW_LEFT = 4  # one in so many
SPREADS = 0.25  # of the patience of a climb on all samples: a start more on some of them is worth less


@dataclass(frozen=True, eq=False)
class Attempt:
    """Where a search at one rank ended: a map, and the end of its climb with pairs as rows of the data.

    `checked` is the map with its proof on all pairs, None where the climb shows already that the goal was missed.
    """

    matrix: FloatArray
    end: SearchState
    checked: PreservingMap | None


@dataclass
class Looks:
    """The looks of a search at samples that it does not climb on: in `rounds` of a part of them, then of all, checked.

    Where a look at all is `cheap` there are none at a part, unless there are `many` samples. `short` are the numbers of
    samples that looks at a part and at all found too near, about. `margins` are, for each look at all, by how much the
    climb before it exceeds what is wanted, and how much is missing to that on all pairs.
    """

    rounds: int
    many: bool = False
    cheap: bool | None = None
    sampled: int = 0
    checked: int = 0
    short: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))
    margins: list[tuple[float, float]] = field(default_factory=list)

    @property
    def at_parts(self) -> bool:
        """Return whether the next look is at a part of the samples."""
        return (self.many or not self.cheap) and self.sampled < self.rounds

    @property
    def most_checked(self) -> int:
        """Return after how many checks that found violated pairs the search ends."""
        return 2 * self.rounds if self.cheap and not self.many else self.rounds

    @property
    def in_vain(self) -> bool:
        """Whether some looks found no fewer samples too near than the first, and more than may still join."""
        left = self.most_checked - self.checked + (self.rounds - self.sampled if self.at_parts else 0)
        enough = (short for short in self.short if len(short) >= FIRST_LOOKS)
        return any(short[-1] >= max(short[0], left * ADDED // 4) for short in enough)

    @property
    def shrinking(self) -> bool:
        """Whether climbs lose what they have left above the wanted value faster than checks gain what is missing to it.

        Not while few of the samples that the first look at all found too near are left.
        """
        short = self.short[1]
        if len(self.margins) < LEAST_CHECKS or FEW_LEFT * short[-1] < short[0]:
            return False
        (first_left, first_missing), (left, _) = self.margins[0], self.margins[-1]
        missing = min(missing for _, missing in self.margins)
        return missing > left and missing * first_left > left * first_missing

    def saw(self, short: int, *, part: bool = False) -> None:
        """Remember how many samples a look found too near."""
        self.short[0 if part else 1].append(short)


class MapSearch:
    """Searches on one data set; keeps the data's span, the separation and the samples that it looks at between ranks.

    `span` holds the working set, the samples `rows` of the data: all if they are few, else some of them. The check on all
    pairs may find shorter pairs than the working set has; then their samples are added (:mod:`working_set`).
    """

    def __init__(
        self, data: Dataset, sep: Separation, seed: int, progress: Progress, steps: StepCache, effort: Effort = "high"
    ) -> None:
        self.effort = effort
        self.data, self.sep, self.seed, self.progress, self.steps = data, sep, seed, progress, steps
        progress("span of the data", 0.0)
        with one_thread_each():
            self.affine_span = affine_span(data, sep.upper)
        self._work_on(first_working_set(data, sep, seed))
        self.traced = 0
        self.cheap: bool | None = None  # looks at all pairs; judged at the first rank that comes to one

    def _work_on(self, rows: IntArray) -> None:
        self.rows = rows
        self.complete = len(rows) == self.data.n_samples
        self.span: SpanCoordinates = self.affine_span.coordinates_of(rows)
        self._neighbor = self.sep.neighbor if self.complete else None

    def neighbor(self) -> IntArray:
        """Return the nearest opposite sample of each of those that the search works on; sought when first asked for."""
        if self._neighbor is None:
            self._neighbor = nearest_opposite(self.span.coordinates, self.span.labels).neighbor
        return self._neighbor

    def attempt(self, rank: int, wanted: float, start: FloatArray | None, *, may_give_up: bool = False) -> Attempt:
        """Return the best map of `rank` that is found, or the first that provably preserves `wanted`.

        With `may_give_up` a climb that is clearly going to miss `wanted` is cut short, and its map not checked.
        """
        checked_rank(rank, self.data.n_features)
        self.traced += 1
        if rank >= self.span.dimension:
            return self._span()
        limits = search_limits(wanted, may_give_up=may_give_up)
        ascent = self._ascent(rank, limits)
        end = self._recalled(f"{self.traced}, rank {rank}", lambda: ascent.climb(self._frame(start), self.neighbor))
        best: Attempt | None = None
        looks = Looks(ROUNDS if math.isfinite(wanted) or self.effort == "high" else FEW_ROUNDS, self.data.n_samples > MANY)
        while True:
            missed = may_give_up and end.value < wanted * (1.0 - CLEARLY)
            if missed or (may_give_up and (looks.in_vain or looks.shrinking)):
                return self._ended(end, None if best is None else best.checked)
            level = min(end.value - AGREEMENT, wanted) * self.sep.upper
            if self.cheap is None:
                self.cheap = self._looks_are_cheap(end, level)
            looks.cheap = self.cheap
            violated = self.rows[:0]
            if not self.complete and looks.at_parts:
                looks.sampled += 1
                nearest: NearestOpposite | Near = self._nearest_in_a_sample(rank, end, looks.sampled)
                violated = rows_of_violated_pairs(nearest, self.data.labels, self.rows, level, end.frame.size)
                share = self._size_of_a_sample / self.data.n_samples
                looks.saw(round(int((nearest.upper < level).sum()) / share), part=True)
            if not violated.size:
                found, nearest = self._check(rank, end, 0.0 if self.complete else level * MARGIN)
                if best is None or best.checked is None or found.ratio_lower > best.checked.ratio_lower:
                    best = self._ended(end, found)
                violated = rows_of_violated_pairs(nearest, self.data.labels, self.rows, level, end.frame.size)
                looks.saw(int((nearest.upper < level).sum()))
                looks.margins.append((end.value - wanted, wanted - found.ratio_lower))
                if self.complete or found.ratio_lower >= wanted or not violated.size or looks.checked == looks.most_checked:
                    break
                looks.checked += 1
            self._work_on(np.concatenate([self.rows, violated]))
            again = partial(self._ascent(rank, limits).climb_again, end, self.neighbor)
            end = self._recalled(f"{self.traced}, rank {rank}, joined {looks.sampled + looks.checked}", again)
        assert best is not None
        return best

    def roomier(self, found: PreservingMap, enough: float) -> PreservingMap:
        """Return a map of the same rank that keeps more: `enough`, or what some further rounds on some samples give."""
        ascent = self._ascent(found.rank, (math.inf, -math.inf))
        best = found
        for count in range(ROUNDS):
            if self.complete or best.ratio_lower >= enough:
                break
            self.traced += 1
            again = partial(ascent.climb_on, self._frame(found.matrix))
            end = self._recalled(f"{self.traced}, rank {found.rank}, room {count}", again)
            level = (end.value - AGREEMENT) * self.sep.upper
            found, nearest = self._check(found.rank, end, level * MARGIN)
            best = max(best, found, key=lambda some: some.ratio_lower)
            violated = rows_of_violated_pairs(nearest, self.data.labels, self.rows, level, end.frame.size)
            if not violated.size:
                break
            self._work_on(np.concatenate([self.rows, violated]))
            ascent = self._ascent(found.rank, (math.inf, -math.inf))
        return best

    def checked(self, attempt: Attempt) -> PreservingMap:
        """Return the map of an attempt with its proof."""
        if attempt.checked is not None:
            return attempt.checked
        return check_with_nearest(self.data, attempt.matrix, self.sep, "search")[0]

    def _looks_are_cheap(self, end: SearchState, level: float) -> bool:
        """Whether a look at all pairs of an end takes little more than one at a part: most lie in blocks far apart."""
        if self.complete:
            return True
        images = self.data.points @ self._matrix(end).T
        return share_within(images, self.data.labels, level * MARGIN) < 1.0 / SAMPLED

    @property
    def _size_of_a_sample(self) -> int:
        return min(self.data.n_samples // SAMPLED, MOST_SAMPLED)

    def _nearest_in_a_sample(self, rank: int, end: SearchState, number: int) -> Near:
        """Return the ends of the shortest pairs that the end leaves, of a part of all samples: a ninth of the pairs or less.

        While many pairs are too short some of them are there. What is proven is proven on all pairs, later and less often.
        """
        n = self.data.n_samples
        rng = np.random.default_rng([self.seed, rank, self.traced, number - 1])
        some = np.sort(rng.permutation(n)[: self._size_of_a_sample])
        labels = np.unique(self.data.labels[some], return_inverse=True)[1]
        images = self.affine_span.coordinates_of(some).coordinates @ end.frame
        pairs = shortest_pairs(images, labels, MOST_ADDED) if labels.any() else np.empty((0, 2), dtype=np.int64)
        gaps = images[pairs[:, 0]] - images[pairs[:, 1]]
        lengths = np.sqrt(np.einsum("ij,ij->i", gaps, gaps)) * self.sep.upper
        return nearest_of_pairs(some[pairs], lengths, n)

    def _check(self, rank: int, end: SearchState, reach: float) -> tuple[PreservingMap, NearestOpposite]:
        self.progress(f"rank {rank}, check of all pairs", 0.0)
        found = check_with_nearest(self.data, self._matrix(end), self.sep, "search", reach)
        self.progress(f"rank {rank}, check of all pairs", 1.0)
        return found

    def _span(self) -> Attempt:
        end = survey(self.span, np.eye(self.span.dimension))
        found, _ = check_with_nearest(self.data, self.span.basis, self.sep, "span")
        return Attempt(found.matrix, self._in_rows(end), found)

    def _ended(self, end: SearchState, checked: PreservingMap | None) -> Attempt:
        matrix = self._matrix(end) if checked is None else checked.matrix
        return Attempt(matrix, self._in_rows(end), checked)

    def _in_rows(self, end: SearchState) -> SearchState:
        """Return the end with the pairs as rows of the data."""
        return replace(end, pairs=self.rows[end.pairs])

    def _matrix(self, end: SearchState) -> FloatArray:
        return orthonormal_rows(self.span.lift(end.frame))

    def _frame(self, start: FloatArray | None) -> FloatArray | None:
        return None if start is None else orthonormal_rows(self.span.lower(start).T).T

    def _recalled(self, name: str, climb: Callable[[], SearchState]) -> SearchState:
        with one_thread_each():
            return self.steps.recall(name, climb, STATE)

    def goal(self, wanted: float) -> float:
        """Return the value at which a climb stops: beyond what is wanted where it is on some of the samples only."""
        aims_beyond = not self.complete and math.isfinite(wanted)
        return wanted + OVERSHOOT * max(0.0, 1.0 - wanted) if aims_beyond else wanted

    def _ascent(self, rank: int, limits: tuple[float, float]) -> Ascent:
        patience = patience_of(self.effort, len(self.rows), rank)
        if not self.complete:
            patience = replace(patience, spreads=SPREADS * patience.spreads, warm_alone=True, roomy=1)
        goal, needed = limits
        return Ascent(self.span, rank, self.goal(goal), needed, self.seed, self.progress, self.steps, patience)
