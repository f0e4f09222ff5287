"""The least rank for which the search reaches a ratio: an upper bound on k* (docs/theory.md, T1)."""

import math

import numpy as np

from logwidth.compute.step_cache import steps_in
from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.errors import InputError
from logwidth.maps.check import checked_rank, found_separation
from logwidth.maps.checkpoint import Checkpoint
from logwidth.maps.features.smallest import smallest_feature_map
from logwidth.maps.map_search import Attempt, MapSearch
from logwidth.maps.preserving import NoMapError, PreservingMap
from logwidth.maps.softmin import projected_squares, soft_minimum
from logwidth.maps.span import SpanCoordinates
from logwidth.maps.starts import Rng, drawn_seed
from logwidth.norms import parse_norm
from logwidth.separation import Separation
from logwidth.types import Effort, FloatArray, IntArray, Progress, silent

SLACK = 1e-3
THIN = (
    0.05  # of what the wanted ratio leaves below 1: a map of some of the samples that keeps no more room makes many pieces
)


@of_data
def smallest_rank_map(  # noqa: PLR0913
    data: Dataset,
    ratio: float,
    *,
    norm: object = 2,
    rng: Rng = 0,
    max_rank: int | None = None,
    slack: float = SLACK,
    separation: Separation | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint = None,
    effort: Effort = "high",
) -> PreservingMap:
    """Return a map of the least rank for which the search reaches `ratio`, checked on all pairs.

    Guarantee: `ratio_lower ≥ ratio + slack·(1 − ratio)`, which leaves the builder some room.
    That no smaller rank would do is heuristic. Ranks are tried by galloping up from a rank that the T2 ceiling of
    the current weights does not exclude, then by bisection; each try starts from the best map so far. Of many samples the
    gallop jumps to a likely rank, and goes down by one where a map just keeps enough.
    `effort` as in :func:`search_map`.
    Other norms: :func:`smallest_feature_map`. `checkpoint` names a file from which a killed search goes on, as in
    :func:`search_map`.

    Raises InputError for a ratio outside `[0, 1)`, and, with the best ratio found, if `max_rank` does not suffice.
    """
    if parse_norm(norm) != 2.0:
        return smallest_feature_map(
            data, ratio, norm, rng, max_rank=max_rank, slack=slack, separation=separation, progress=progress
        )
    sep = found_separation(data, 2.0, separation, progress)
    if not 0.0 <= ratio < 1.0:
        raise InputError(f"the ratio 2*radius/delta must be at least 0 and below 1, not {ratio}")
    top = checked_rank(data.n_features if max_rank is None else min(max_rank, data.n_features), data.n_features)
    wanted = ratio + slack * (1.0 - ratio)
    seed = drawn_seed(rng)
    with steps_in(checkpoint, lambda: ("least rank", data.sha256, wanted, sep.upper, top, seed, effort)) as steps:
        ranks = _RankSearch(MapSearch(data, sep, seed, progress or silent, steps, effort), wanted)
        best = ranks.least(min(top, ranks.search.span.dimension))
    if best.ratio_lower < wanted:
        raise NoMapError(top, ratio, best)
    return best


class _RankSearch:
    """The state of the search over ranks: ranks below `low` are excluded or given up, `found` reaches `wanted`."""

    def __init__(self, search: MapSearch, wanted: float) -> None:
        self.search, self.wanted = search, wanted
        self.low = first_rank(search.span, search.neighbor(), wanted)
        self.found: PreservingMap | None = None
        self.failed: Attempt | None = None
        self.tight = False  # whether the map found keeps less than its climb aimed at: few ranks below will do

    def least(self, top: int) -> PreservingMap:
        """Gallop up to a rank that reaches the goal, then bisect; return the best failure if `top` fails."""
        step = 1
        rank = min(self.low, top)
        while not self._reaches(rank, may_give_up=rank < top):
            if rank == top:
                return self._best_failure()
            rank, step = min(max(self.low, rank + step, self._likely()), top), 2 * step
        while self.found is not None and self.low < self.found.rank:
            self._reaches(self.found.rank - 1 if self.tight else (self.low + self.found.rank) // 2)
        if self.found is None:
            return self._best_failure()
        return self.search.roomier(self.found, self.wanted + THIN * (1.0 - self.wanted))

    def _reaches(self, rank: int, *, may_give_up: bool = True) -> bool:
        """Try one rank, and learn from the outcome."""
        known = self.found or self.failed
        attempt = self.search.attempt(rank, self.wanted, None if known is None else known.matrix, may_give_up=may_give_up)
        if attempt.checked is not None and attempt.checked.ratio_lower >= self.wanted:
            self.found, self.tight = attempt.checked, attempt.end.value < self.search.goal(self.wanted)
            return True
        if self.failed is None or attempt.end.value > self.failed.end.value:
            self.failed = attempt
        self.low = max(rank + 1, self.low, self._not_excluded(attempt))
        return False

    def _likely(self) -> int:
        """Return the rank whose maps keep enough if their squares lie on a line from the best failure to the span.

        Only where climbs are on some of the samples: ranks that those exclude are cheap, and others are best met from above,
        with a working set that holds what they must keep.
        """
        if self.search.complete or self.failed is None or self.failed.end.value >= self.wanted:
            return 0
        kept, rank = self.failed.end.value**2, len(self.failed.matrix)
        return rank + math.ceil((self.search.span.dimension - rank) * (self.wanted**2 - kept) / (1.0 - kept))

    def _not_excluded(self, attempt: Attempt) -> int:
        gaps = self.search.affine_span.differences(attempt.end.pairs)
        return least_rank_of_mass(gaps, attempt.end.weights, self.wanted)

    def _best_failure(self) -> PreservingMap:
        assert self.failed is not None
        return self.search.checked(self.failed)


def first_rank(view: SpanCoordinates, neighbor: IntArray, wanted: float) -> int:
    """Return a rank below which T2, with soft-min weights on the nearest opposite pairs, promises too little."""
    u = view.coordinates - view.coordinates[neighbor]
    _, weights = soft_minimum(projected_squares(u, np.eye(view.dimension)), 0.1)
    return least_rank_of_mass(u, weights, wanted)


def least_rank_of_mass(differences: FloatArray, weights: FloatArray, wanted: float) -> int:
    """Return the least k whose k largest eigenvalues of `Σ w u uᵀ` sum to at least `wanted²`, at most the dimension.

    By T2 (in exact arithmetic) no map of smaller rank keeps more than `wanted`; here it only orders the tries.
    """
    eigenvalues = np.linalg.eigvalsh(differences.T @ (weights[:, None] * differences))[::-1]
    enough = np.flatnonzero(np.cumsum(eigenvalues) >= wanted**2)
    return int(enough[0]) + 1 if len(enough) else differences.shape[1]
