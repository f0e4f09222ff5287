"""Search for the map that keeps most (THEORY §4): several starts, one long climb, one check."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from logwidth.dataset import Dataset
from logwidth.maps.check import check_map, checked_rank, found_separation, orthonormal_rows, two_norm
from logwidth.maps.climb import COLD, HOT, NO_PAIRS, WARM, Climb, Stage, best_hope, best_of, climb, survey
from logwidth.maps.features import feature_map
from logwidth.maps.preserving import FloatArray, PreservingMap
from logwidth.maps.progress import Progress, silent
from logwidth.maps.scene import IntArray, scene
from logwidth.maps.simple import span_map
from logwidth.maps.starts import (
    Rng,
    generator,
    haar_frame,
    neighbour_frame,
    principal_frame,
    resized_frame,
    weighted_frame,
)
from logwidth.norms import parse_norm
from logwidth.separation import Separation

MOST_STARTS = 5
AGREEMENT = 1e-4
REACHED = 1e-10


@dataclass(frozen=True, eq=False)
class SearchTrace:
    """A found map and the evidence that the search leaves behind.

    `weights` (n,) ≥ 0 sum to 1 up to rounding and belong to the opposite `pairs` (n, 2): the soft-min weights at the
    end of the climb. At a smooth local maximum they are nearly the dual weights of T2, so they are a start (no more)
    for a certificate that no map of this rank keeps much more.
    """

    map: PreservingMap
    pairs: IntArray
    weights: FloatArray


def search_map(  # noqa: PLR0913
    data: Dataset,
    rank: int,
    norm: object = 2,
    rng: Rng = 0,
    *,
    separation: Separation | None = None,
    start: PreservingMap | ArrayLike | None = None,
    wanted_ratio: float | None = None,
    progress: Progress | None = None,
) -> PreservingMap:
    """Return the best map of the given rank that the search finds, checked on all pairs.

    Maximises `min_ij ‖Vᵀu_ij‖_2` over orthonormal `V` (d, k) by constraint generation. Heuristic: a local maximum, no
    promise that it is the best; what the map keeps is proven by :func:`check_map`. Never worse than the PCA map.
    From the dimension of the affine span on, the result is the span itself, of that rank.

    `start` (a map or a (k', d) matrix of any rank) is one more place to climb from. `wanted_ratio` stops the search
    as soon as a map preserves that ratio. The same `rng` seed gives the same bytes on the same machine.
    Other norms: :func:`feature_map`, which takes no `start`. Raises InputError for a rank outside `1..d`.
    """
    if parse_norm(norm) != 2.0:
        return feature_map(data, rank, norm, rng, separation=separation, wanted_ratio=wanted_ratio, progress=progress)
    return trace_search(
        data, rank, norm, rng, separation=separation, start=start, wanted_ratio=wanted_ratio, progress=progress
    ).map


def trace_search(  # noqa: PLR0913
    data: Dataset,
    rank: int,
    norm: object = 2,
    rng: Rng = 0,
    *,
    separation: Separation | None = None,
    start: PreservingMap | ArrayLike | None = None,
    wanted_ratio: float | None = None,
    progress: Progress | None = None,
) -> SearchTrace:
    """Return what :func:`search_map` finds together with the pairs and weights it ends with."""
    sep = found_separation(data, two_norm(norm), separation)
    checked_rank(rank, data.n_features)
    matrix = start.matrix if isinstance(start, PreservingMap) else start
    rows = None if matrix is None else orthonormal_rows(matrix)
    search = Search(data, sep, generator(rng), progress or silent)
    return search.trace(rank, math.inf if wanted_ratio is None else wanted_ratio, rows)


class Search:
    """Searches on one data set; keeps the data's span and the separation between ranks."""

    def __init__(self, data: Dataset, sep: Separation, rng: np.random.Generator, progress: Progress) -> None:
        self.data, self.sep, self.rng, self.progress = data, sep, rng, progress
        with threadpool_limits(limits=1, user_api="blas"):
            self.scene = scene(data, sep.upper)

    def trace(self, rank: int, wanted: float, start: FloatArray | None, *, may_give_up: bool = False) -> SearchTrace:
        """Return the best map of `rank`, or the first that provably preserves `wanted`, with its trace.

        With `may_give_up` a climb that is clearly going to miss `wanted` is cut short.
        """
        checked_rank(rank, self.data.n_features)
        if rank >= self.scene.dimension:
            return self._span()
        with threadpool_limits(limits=1, user_api="blas"):
            found = self._ascent(rank, wanted, start, may_give_up)
        T = self.scene.lift(found.frame)
        checked = check_map(self.data, orthonormal_rows(T), method="search", separation=self.sep)
        return _trace(checked, found)

    def _span(self) -> SearchTrace:
        frame = np.eye(self.scene.dimension)
        return _trace(span_map(self.data, self.scene, self.sep), survey(self.scene, frame))

    def _ascent(self, rank: int, wanted: float, start: FloatArray | None, may_give_up: bool) -> Climb:
        """Screen the starts through the hot and warm stages; take the best through the cold ones."""
        goal = wanted * (1.0 + REACHED) + REACHED
        needed = goal if may_give_up else -math.inf
        ends: list[Climb] = []
        tops: list[Climb] = []
        for frame in self._starts(rank, start, ends):
            end, top = self._run(frame, HOT + WARM, NO_PAIRS, (needed, goal), f"rank {rank}, start {len(ends) + 1}")
            ends.append(end)
            tops.append(top)
            if top.value >= goal:
                return top
            if len(ends) > 1 and (_agree(ends) or best_hope(ends) < needed):
                break
        if best_hope(ends) < needed:
            return best_of(tops)
        end = best_of(ends)
        _, top = self._run(end.frame, COLD, end.pairs, (needed, goal), f"rank {rank}, final climb")
        return best_of([*tops, top])

    def _run(
        self, frame: FloatArray, stages: tuple[Stage, ...], pairs: IntArray, limits: tuple[float, float], name: str
    ) -> tuple[Climb, Climb]:
        """Return the end and the best point of a climb, cut short when its hope falls below the first limit."""
        needed, goal = limits
        points: list[Climb] = []
        for fraction, here in climb(self.scene, frame, stages, pairs, goal):
            self.progress(name, fraction)
            points.append(here)
            if here.hope < needed:
                break
        return points[-1], best_of(points)

    def _starts(self, rank: int, start: FloatArray | None, ends: list[Climb]) -> Iterator[FloatArray]:
        """Yield the warm start, PCA, nearest differences, the dual start of the best climb so far, random frames."""
        if start is not None:
            yield self._resized(start, rank)
        yield principal_frame(self.scene, rank)
        yield neighbour_frame(self.scene, self.sep.neighbor, rank)
        best = best_of(ends)
        yield weighted_frame(self.scene.differences(best.pairs), best.weights, rank)
        while len(ends) < MOST_STARTS:
            yield haar_frame(self.scene.dimension, rank, self.rng)

    def _resized(self, start: FloatArray, rank: int) -> FloatArray:
        frame = orthonormal_rows(self.scene.lower(start).T).T
        rest = survey(self.scene, frame)
        return resized_frame(frame, self.scene.differences(rest.pairs), rest.weights, rank)


def _trace(found: PreservingMap, end: Climb) -> SearchTrace:
    end.pairs.setflags(write=False)
    end.weights.setflags(write=False)
    return SearchTrace(found, end.pairs, end.weights)


def _agree(ends: list[Climb]) -> bool:
    """Whether the two best climbs ended at the same height, probably on the same hill."""
    first, second = sorted((e.value for e in ends), reverse=True)[:2]
    return first - second < AGREEMENT
