"""The maps on which a request's networks are built: of least rank, of the rank that a budget allows, of a given rank."""

from logwidth.construct import Recipe
from logwidth.dataset import Dataset
from logwidth.maps import NoMapError, PreservingMap, check_map, search_map, smallest_rank_map
from logwidth.maps.working_set import ALL_SAMPLES_UP_TO
from logwidth.pipeline.clock import Clock
from logwidth.pipeline.fallback import TooNarrowError
from logwidth.pipeline.line import LINE
from logwidth.pipeline.memo import Key, Memo
from logwidth.pipeline.own import map_of_own_radii
from logwidth.pipeline.record import Record, Search
from logwidth.pipeline.reference import Ground, paper_map
from logwidth.pipeline.run import Request, Run
from logwidth.separation import Goal

ROOM_LEFT = 1 / 8  # of what a ratio leaves below 1, that a map of many samples may take: it costs 1 piece in 200


class Mapmaker:
    """Finds maps for one request on one ground; what searches found is kept in the record.

    `least` is the map of least rank, once it is known. A map that the user gave (`start`) comes first if it keeps enough.
    """

    def __init__(
        self,
        data: Dataset,
        asked: tuple[Request, list[Recipe], PreservingMap | None],
        ground: Ground,
        kept: tuple[Clock, Record, Memo],
    ) -> None:
        self.data, self.ground = data, ground
        self.clock, self.record, self.memo = kept
        self.request, self.recipes, self.start = asked
        self.least: PreservingMap | None = None

    def first_map(self) -> PreservingMap:
        """Return the map to build on first.

        Raises InputError when the search finds none within the width budget.
        """
        budget, request, goal = self.largest_rank(), self.request, self.ground.goal
        fits = self.start is not None and self.start.norm == self.ground.norm and self.start.rank <= budget
        if self.start is not None and fits and self.start.ratio_lower > goal.ratio:
            return self.start
        if request.own_radii:
            return self._recorded(
                ("own", budget),
                lambda _: map_of_own_radii(self.data, budget, self.ground.sep, request.seed, self.clock.progress),
            )
        if self.recipes[0].reference:
            return paper_map(self.data, self.ground, request.width, request.seed, self.clock.progress)
        if (found := self._of_many_samples(budget)) is not None:
            return found
        try:
            least = self._recorded(
                ("least", budget, goal.ratio),
                lambda rounds: smallest_rank_map(
                    self.data,
                    goal.ratio,
                    norm=self.ground.norm,
                    rng=request.seed,
                    max_rank=budget,
                    separation=self.ground.sep,
                    checkpoint=request.checkpoint or rounds,
                    progress=self.clock.progress,
                ),
            )
        except NoMapError as problem:
            if request.width is None:
                raise
            raise TooNarrowError(request.width, goal.ratio, problem.best.ratio_lower, problem.best.rank) from problem
        self.least = least
        return self._spent(least)

    def _of_many_samples(self, budget: int) -> PreservingMap | None:
        """Return, of many samples, a map of the rank that a width budget allows which leaves nearly all room there is.

        To look for the least rank first, and for the last bit of room then, would take longer than all the rest. None where
        there is no budget, or no such map is found.
        """
        request, preferred = self.request, self.recipes[0]
        if (
            request.width is None
            or self.data.n_samples <= ALL_SAMPLES_UP_TO
            or self.ground.norm != 2.0
            or not preferred.by_scores
        ):
            return None
        rank = min(self.data.n_features, budget, request.width - preferred.extra_width)
        if rank < 1 or not 0.0 < self.ground.goal.ratio < 1.0:
            return None
        found = self.search(rank, None, 1.0 - ROOM_LEFT * (1.0 - self.ground.goal.ratio))
        return found if found.ratio_lower > self.ground.goal.ratio else None

    def _spent(self, least: PreservingMap) -> PreservingMap:
        """Return a map that keeps as much as it can, of the rank that the width budget allows: more room, fewer pieces."""
        request, preferred = self.request, self.recipes[0]
        served = preferred.by_scores or (
            preferred.name == "cells" and request.construction != LINE
        )  # room for halfspaces too
        if request.pieces != "least" or not served or self.ground.norm != 2.0:
            return least
        spent = not (request.width is None or request.smallest or preferred.by_budget)  # lanes take what is left
        budget = (request.width or 0) - preferred.extra_width if spent else least.rank
        rank = max(least.rank, min(self.data.n_features, budget))
        found = self.search(rank, least)  # of many samples it looks at a few, and may end with less than it began with
        return found if found.ratio_lower >= least.ratio_lower else least

    def search(self, rank: int, start: PreservingMap | None, wanted: float | None = None) -> PreservingMap:
        """Return the best map of a rank that is found from another one, or the first that keeps a wanted ratio."""
        return self._recorded(
            ("rank", rank, None if start is None else start.matrix.tobytes(), wanted),
            lambda rounds: search_map(
                self.data,
                rank,
                norm=self.ground.norm,
                rng=self.request.seed,
                separation=self.ground.sep,
                start=start,
                wanted_ratio=wanted,
                progress=self.clock.progress,
                checkpoint=rounds,
            ),
        )

    def _recorded(self, asked: Key, search: Search) -> PreservingMap:
        """Return what a search finds, or found before it was killed, checked again; `asked` is all that it depends on."""
        sep, key = self.ground.sep, (self.ground.norm, *asked)
        if key not in self.memo.maps:
            self.memo.maps[key] = self.record.map(
                search, lambda matrix, method: check_map(self.data, matrix, norm=sep.norm, method=method, separation=sep)
            )
        return self.memo.maps[key]

    def largest_rank(self) -> int:
        """Return the largest rank that the data and the width budget allow."""
        if self.request.width is None:
            return self.data.n_features
        return min(self.data.n_features, self.request.width - min(recipe.extra_width for recipe in self.recipes))

    def better_map(self, run: Run, found: PreservingMap, goal: Goal) -> PreservingMap | None:
        """Return a map that keeps what the certificate fell short of, None if there is none left."""
        radii = run.certificate.radius_lower
        short = self.ground.goal.ratio * (1.0 - max(float(radii.min()), 0.5 * goal.radius) / goal.radius)
        wanted = found.ratio_lower + 1.5 * short
        if self.recipes[0].reference or self.request.construction == LINE or self.request.own_radii:
            return None
        if wanted >= 1.0 and found.rank >= self.largest_rank():
            return None
        for rank in range(found.rank, self.largest_rank() + 1):
            better = self.search(rank, found, min(wanted, 1.0))
            if better.ratio_lower >= min(wanted, 1.0 - 1e-6):
                return better
        return None
