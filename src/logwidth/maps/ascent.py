"""From many starts to one map: screen the starts through the hot temperatures, take the best through the cold ones."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwidth.compute.step_cache import StepCache
from logwidth.maps.checkpoint import STATE
from logwidth.maps.climb import COOLEST, PairObjective, climb, cooling, survey
from logwidth.maps.search_state import SearchState, best_of, best_upper_estimate
from logwidth.maps.starts import haar_frame, moved_frame, neighbour_frame, principal_frame, resized_frame, weighted_frame
from logwidth.types import Effort, FloatArray, IntArray, Progress

HOTTEST, HOT, WARM, SCREENED = 0.2, 0.1, 0.025, 0.0125
MOST_STARTS = 7
AGREEMENT = 3e-4
HUGE = 20_000
COOL = 1e-3
HOP = 0.5
LEAST_VALUE = 1e-3


@dataclass(frozen=True)
class Patience:
    """How long a search goes on: starts and vain hops for as much as can be had and (`few`) towards a goal.

    Two starts that end within `agreement` of each other are probably on the same hill: then no more follow.
    """

    starts: int
    few_starts: int
    hops: int
    few_hops: int
    agreement: float


PATIENCE: dict[Effort, Patience] = {
    "low": Patience(3, 2, 0, 0, 1e-2),
    "normal": Patience(MOST_STARTS, 5, 6, 2, AGREEMENT),
    "high": Patience(MOST_STARTS, 5, 6, 2, AGREEMENT),
}


@dataclass(frozen=True, eq=False)
class Start:
    """A frame to climb from and the temperature to begin with; `thin` climbs list pairs even while too many matter.

    Over all pairs at once nearly every start climbs to the same maximum; a climb over listed pairs may reach a higher one.
    """

    frame: FloatArray
    hottest: float
    thin: bool = False


@dataclass(frozen=True, eq=False)
class Ascent:
    """One search: `rank`, the `goal` at which it may stop, and what it `needs` as an upper estimate, or it stops."""

    objective: PairObjective
    rank: int
    goal: float
    needed: float
    seed: int
    progress: Progress
    steps: StepCache
    patience: Patience = PATIENCE["high"]

    def climb(self, start: FloatArray | None, neighbor: IntArray) -> SearchState:
        """Return the best point found from a warm start, if there is one, and from all others."""
        ends: list[SearchState] = []
        tops: list[SearchState] = []
        for n, begin in enumerate(self._starts(start, neighbor, ends), start=1):
            end, top = self._screened(begin, f"start {n}")
            ends.append(end)
            tops.append(top)
            if top.value >= self.goal:
                return top
            if len(ends) > 1 and (_agree(ends, self.patience.agreement) or best_upper_estimate(ends) < self.needed):
                break
        if best_upper_estimate(ends) < self.needed:
            return best_of(tops)
        end, top = self._hopped(best_of(ends))
        return best_of([*tops, top, self._cooled(end)])

    def climb_again(self, start: FloatArray) -> SearchState:
        """Return the best point found from a frame that was good before further samples joined."""
        end, top = self._screened(Start(start, WARM, thin=True), "with more samples")
        return top if top.value >= self.goal or end.upper_estimate < self.needed else best_of([top, self._cooled(end)])

    def _hopped(self, end: SearchState) -> tuple[SearchState, SearchState]:
        """Leave a hill by random steps, climb again, and move where it is higher, until no step has helped for a while."""
        top, failed, n = end, 0, 0
        most_failed = self.patience.hops if math.isinf(self.needed) else self.patience.few_hops
        while failed < most_failed and not self._huge and top.value < self.goal:
            n += 1
            rng = np.random.default_rng([self.seed, self.rank, MOST_STARTS + n])
            there, over = self._screened(Start(moved_frame(end.frame, HOP, rng), WARM, thin=True), f"hop {n}")
            top = best_of([top, over])
            failed = failed + 1 if there.value < end.value + AGREEMENT else 0
            end = best_of([end, there])
        return end, top

    def _screened(self, start: Start, name: str) -> tuple[SearchState, SearchState]:
        """Return the end and the best point of a climb through the hot temperatures."""
        objective = PairObjective(self.objective.view, None) if start.thin else self.objective
        hottest = start.hottest if objective.all_pairs is not None else min(start.hottest, HOT)
        first = self.steps.recall(f"{name} scan", lambda: survey(self.objective.view, start.frame, hottest), STATE)
        points = [first, *self._points(objective, first, cooling(hottest, SCREENED), name)]
        return points[-1], best_of(points)

    def _cooled(self, end: SearchState) -> SearchState:
        """Return the best point of a climb through the cold temperatures."""
        coolest = (COOL if self._huge else COOLEST) * max(end.value, LEAST_VALUE) ** 2
        return best_of([end, *self._points(self.objective, end, cooling(SCREENED / 2.0, coolest, 3.0), "final climb")])

    @property
    def _huge(self) -> bool:
        """Whether a scan is so dear that one start must do."""
        return len(self.objective.view.labels) > HUGE

    def _points(
        self, objective: PairObjective, first: SearchState, temperatures: list[float], name: str
    ) -> Iterator[SearchState]:
        """Yield the points of a climb, cut short when its upper estimate falls below what is needed."""
        self.progress(f"rank {self.rank}, {name}", 0.0)
        for fraction, here in climb(objective, first, temperatures, self.steps, (name, self.goal)):
            self.progress(f"rank {self.rank}, {name}", fraction)
            yield here
            if here.upper_estimate < self.needed:
                return

    def _starts(self, start: FloatArray | None, neighbor: IntArray, ends: list[SearchState]) -> Iterator[Start]:
        """Yield the warm start, PCA, nearest differences, the dual start of the best climb so far, random frames."""
        view, rank = self.objective.view, self.rank
        if start is not None:
            yield Start(self._resized(start), WARM)
        yield Start(principal_frame(view, rank), HOT, thin=True)
        if self._huge:
            return
        yield Start(neighbour_frame(view, neighbor, rank), HOT, thin=True)
        if self.objective.all_pairs is not None:
            yield Start(principal_frame(view, rank), HOTTEST)
        best = best_of(ends)
        yield Start(weighted_frame(view.differences(best.pairs), best.weights, rank), HOT, thin=True)
        for n in range(len(ends), self.patience.starts if math.isinf(self.needed) else self.patience.few_starts):
            rng = np.random.default_rng([self.seed, rank, n])
            yield Start(haar_frame(view.dimension, rank, rng), HOT, thin=True)

    def _resized(self, start: FloatArray) -> FloatArray:
        rest = survey(self.objective.view, start)
        return resized_frame(start, self.objective.view.differences(rest.pairs), rest.weights, self.rank)


def _agree(ends: list[SearchState], agreement: float) -> bool:
    """Whether the two best climbs ended at the same height, probably on the same hill."""
    first, second = sorted((e.value for e in ends), reverse=True)[:2]
    return first - second < agreement


def search_limits(wanted: float, *, may_give_up: bool) -> tuple[float, float]:
    """Return the value at which a search stops, with room for rounding, and the upper estimate below which it gives up."""
    goal = wanted * (1.0 + 1e-10) + 1e-10
    return goal, goal if may_give_up else -math.inf
