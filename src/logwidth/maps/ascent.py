"""From some starts to one map: climb from each until the ends agree or are clearly too low, then leave the hill."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from logwidth.compute.step_cache import StepCache
from logwidth.maps.checkpoint import STATE
from logwidth.maps.climb import NO_PAIRS, climb, survey
from logwidth.maps.search_state import SearchState, best_of, best_upper_estimate
from logwidth.maps.softmin import projected_squares, soft_minimum
from logwidth.maps.span import SpanCoordinates
from logwidth.maps.starts import haar_frame, moved_frame, neighbour_frame, principal_frame, resized_frame, weighted_frame
from logwidth.types import Effort, FloatArray, IntArray, Progress

HOT, WARM, MILD, COOL = 0.1, 0.025, 0.0125, 0.00625
FIRST_HOP = 7
AGREEMENT = 3e-4
CHEAP = 1e7  # multiplications of a scan: some milliseconds
HUGE = 20_000
ROUNDING = 1e-10  # a later point that is as high keeps other pairs longer
FULL = 1.0 - 1e-9
NOTHING = 1e-6  # of a distance: less is what rounding leaves of none
Neighbors = Callable[[], IntArray]  # the nearest opposite sample of each, sought when it is asked for


@dataclass(frozen=True)
class Hop:
    """A random step of `size` off a hill, from which a climb begins at `hottest`; below `gain` it was in vain."""

    size: float
    hottest: float
    gain: float


@dataclass(frozen=True)
class Patience:
    """How long a search goes on: starts and vain hops for as much as can be had and (`few`) towards a goal.

    Two starts that end within `agreement` of each other are probably on the same hill: then no more follow. Nor do they
    where `near`, and `spreads` times the height between the two best ends, are less than what is missing to a goal, or where
    a warm start ends too low and is to be believed (`warm_alone`).
    Temperatures fall by `cooling`. So many starts as `roomy` says are compared where all of a distance can be kept.
    """

    starts: int
    few_starts: int
    hops: int
    few_hops: int
    agreement: float
    spreads: float
    near: float
    cooling: float
    roomy: int
    hop: Hop = Hop(0.5, WARM, AGREEMENT)
    warm_alone: bool = False


PATIENCE: dict[Effort, Patience] = {
    "low": Patience(3, 2, 0, 0, 1e-2, 0.0, 0.0, 4.0, 1),
    "normal": Patience(3, 4, 0, 0, 3e-3, 1.0, 0.0, 4.0, 1),
    "high": Patience(7, 6, 8, 2, AGREEMENT, 3.0, 0.05, 2.0, 7, Hop(0.12, COOL, AGREEMENT / 10.0)),
}
CHEAPLY = Patience(7, 5, 2, 2, AGREEMENT, 1.0, 0.02, 2.0, 7)


def patience_of(effort: Effort, n_samples: int, rank: int) -> Patience:
    """Return how long a search goes on: with normal effort longer where a climb takes little.

    What a climb takes is judged by the multiplications of one scan, not by a clock, so that equal seeds give equal bytes.
    """
    return CHEAPLY if effort == "normal" and n_samples**2 * rank < CHEAP else PATIENCE[effort]


@dataclass(frozen=True, eq=False)
class Ascent:
    """One search: `rank`, the `goal` at which it may stop, and what it `needs` as an upper estimate, or it stops."""

    view: SpanCoordinates
    rank: int
    goal: float
    needed: float
    seed: int
    progress: Progress
    steps: StepCache
    patience: Patience = PATIENCE["high"]

    def climb(self, start: FloatArray | None, neighbor: Neighbors) -> SearchState:
        """Return the best point found from a warm start, if there is one, and from all others."""
        ends: list[SearchState] = []
        for n, begin in enumerate(self._starts(start, neighbor, ends), start=1):
            hottest = WARM if start is not None and n == 1 else HOT
            ends.append(self._climbed(begin, hottest, f"start {n}"))
            if ends[-1].value >= self.goal or ends[-1].value >= self.needed > -math.inf:
                return ends[-1]
            if start is not None and n == 1 and self.patience.warm_alone and ends[0].upper_estimate < self.needed:
                break
            if max(e.value for e in ends) >= FULL:
                if n >= self.patience.roomy:
                    break
            elif self._enough(ends):
                break
        best = self._roomiest(ends)
        return best if best_upper_estimate(ends) < self.needed else self._hopped(best)

    def _roomiest(self, ends: list[SearchState]) -> SearchState:
        """Return the highest end; of those that keep all of the closest pair the one that keeps others longest."""
        full = [end for end in ends if end.value >= FULL]

        def room(end: SearchState) -> float:
            return soft_minimum(projected_squares(self.view.differences(end.pairs), end.frame), HOT)[0]

        return max(full, key=room) if full else best_of(ends)

    def climb_on(self, frame: FloatArray | None) -> SearchState:
        """Return where a cool climb from a frame ends."""
        assert frame is not None
        return self._climbed(frame, COOL, "with more samples")

    def climb_again(self, end: SearchState, neighbor: Neighbors) -> SearchState:
        """Return the best point found from an end that was good before further samples joined, or else from all others.

        Where a map of a given rank is wanted that keeps a ratio, a hot climb keeps other pairs long as well: the map is to
        leave room for few pieces. Where the end falls short of the goal, no pair can be spared, and it goes on from there.
        """
        roomy = math.isinf(self.needed) and math.isfinite(self.goal) and end.value >= self.goal
        there = self._climbed(end.frame, HOT if roomy else COOL, "with more samples", end.pairs)
        return there if there.value >= self.needed else best_of([there, self.climb(end.frame, neighbor)])

    def _hopped(self, end: SearchState) -> SearchState:
        """Leave a hill by random steps, climb again, and move where it is higher, until no step has helped for a while."""
        failed, n, hop = 0, 0, self.patience.hop
        most_failed = self.patience.hops if math.isinf(self.needed) else self.patience.few_hops
        while failed < most_failed and not self._huge and end.value < min(self.goal, FULL):
            n += 1
            rng = np.random.default_rng([self.seed, self.rank, FIRST_HOP + n])
            there = self._climbed(moved_frame(end.frame, hop.size, rng), hop.hottest, f"hop {n}")
            failed = failed + 1 if there.value < end.value + hop.gain else 0
            end = best_of([end, there])
        return end

    def _climbed(self, start: FloatArray, hottest: float, name: str, known: IntArray = NO_PAIRS) -> SearchState:
        """Return the best point of a climb, cut short when its upper estimate falls below what is needed."""
        first = top = self.steps.recall(f"{name} scan", lambda: survey(self.view, start, hottest, known), STATE)
        self.progress(f"rank {self.rank}, {name}", 0.0)
        end = first
        for fraction, end in climb(self.view, first, (hottest, self.patience.cooling), self.steps, (name, self.goal)):
            self.progress(f"rank {self.rank}, {name}", fraction)
            top = end if end.value >= top.value - ROUNDING else top
            if end.upper_estimate < self.needed:
                break
        return top if top.upper_estimate <= end.upper_estimate else replace(top, upper_estimate=end.upper_estimate)

    @property
    def _huge(self) -> bool:
        """Whether a scan is so dear that one start must do."""
        return len(self.view.labels) > HUGE

    def _starts(self, start: FloatArray | None, neighbor: Neighbors, ends: list[SearchState]) -> Iterator[FloatArray]:
        """Yield the warm start, PCA, nearest differences, the dual start of the best climb so far, random frames."""
        view, rank = self.view, self.rank
        if start is not None:
            yield self._resized(start)
        yield principal_frame(view, rank)
        if self._huge:
            return
        yield neighbour_frame(view, neighbor(), rank)
        best = survey(view, best_of(ends).frame, MILD)
        yield weighted_frame(view.differences(best.pairs), best.weights, rank)
        for n in range(len(ends), self.patience.starts if math.isinf(self.needed) else self.patience.few_starts):
            rng = np.random.default_rng([self.seed, rank, n])
            yield haar_frame(view.dimension, rank, rng)

    def _resized(self, start: FloatArray) -> FloatArray:
        rest = survey(self.view, start)
        return resized_frame(start, self.view.differences(rest.pairs), rest.weights, self.rank)

    def _enough(self, ends: list[SearchState]) -> bool:
        """Whether the two best climbs ended at the same height, or too low for the next to reach what is needed.

        An end that keeps nothing says nothing: where data are symmetric, gradients vanish at a start.
        """
        ends = [end for end in ends if end.value > NOTHING]
        if len(ends) < 2:
            return False
        first, second = sorted((e.value for e in ends), reverse=True)[:2]
        if first - second < self.patience.agreement:
            return True
        ceiling, next_one = sorted((e.upper_estimate for e in ends), reverse=True)[:2]
        return self.needed - ceiling > max(self.patience.near, self.patience.spreads * (ceiling - next_one))


def search_limits(wanted: float, *, may_give_up: bool) -> tuple[float, float]:
    """Return the value at which a search stops, with room for rounding, and the upper estimate below which it gives up."""
    goal = wanted * (1.0 + 1e-10) + 1e-10
    return goal, goal if may_give_up else -math.inf
