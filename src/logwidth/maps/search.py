"""Search for the map that keeps most: several starts, one long climb, one check."""

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike, NDArray

from logwidth.compute.step_cache import steps_in
from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.maps.check import checked_rank, found_separation, orthonormal_rows, two_norm
from logwidth.maps.checkpoint import Checkpoint
from logwidth.maps.features.smallest import feature_map
from logwidth.maps.map_search import MapSearch
from logwidth.maps.preserving import PreservingMap
from logwidth.maps.starts import Rng, drawn_seed
from logwidth.norms import parse_norm
from logwidth.separation import Separation
from logwidth.types import Effort, FloatArray, IntArray, Progress, silent


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


@of_data
def search_map(  # noqa: PLR0913
    data: Dataset,
    rank: int,
    *,
    norm: object = 2,
    rng: Rng = 0,
    separation: Separation | None = None,
    start: PreservingMap | ArrayLike | None = None,
    wanted_ratio: float | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint = None,
    effort: Effort = "high",
) -> PreservingMap:
    """Return the best map of the given rank that the search finds, checked on all pairs.

    Maximises `min_ij ‖Vᵀu_ij‖_2` over orthonormal `V` (d, k) by constraint generation. Heuristic: a local maximum, no
    promise that it is the best; what the map keeps is proven by :func:`check_map`. Up to
    `working_set.ALL_SAMPLES_UP_TO` samples it is never worse than the PCA map; of more samples the climb sees a working
    set, to which those are added that the check finds too close.
    From the dimension of the affine span on, the result is the span itself, of that rank.

    `start` (a map or a (k', d) matrix of any rank) is one more place to climb from. `wanted_ratio` stops the search
    as soon as a map preserves that ratio. The same `rng` seed gives the same bytes on the same machine.
    `checkpoint` names a file that keeps the rounds done: a search that was killed goes on from it when it is called
    again with the same data and arguments, and returns the bytes of an undisturbed one; then the file is removed.
    `effort` says how many starts there are, how near two of them must end to count as one hill, and how often it is tried
    to leave that (docs/effort.md).
    Other norms: :func:`feature_map`, which takes no `start`. Raises InputError for a rank outside `1..d`.
    """
    if parse_norm(norm) != 2.0:
        return feature_map(data, rank, norm, rng, separation=separation, wanted_ratio=wanted_ratio, progress=progress)
    return trace_search(
        data, rank, norm, rng, separation=separation, start=start, wanted_ratio=wanted_ratio, progress=progress,
        checkpoint=checkpoint, effort=effort,
    ).map  # fmt: skip


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
    checkpoint: Checkpoint = None,
    effort: Effort = "high",
) -> SearchTrace:
    """Return what :func:`search_map` finds together with the pairs and weights it ends with."""
    report = progress or silent
    sep = found_separation(data, two_norm(norm), separation, progress)
    checked_rank(rank, data.n_features)
    matrix = start.matrix if isinstance(start, PreservingMap) else start
    rows = None if matrix is None else orthonormal_rows(matrix)
    seed = drawn_seed(rng)
    with steps_in(checkpoint, lambda: ("map", data.sha256, rank, sep.upper, wanted_ratio, seed, rows, effort)) as steps:
        search = MapSearch(data, sep, seed, report, steps, effort)
        found = search.attempt(rank, math.inf if wanted_ratio is None else wanted_ratio, rows)
        return SearchTrace(search.checked(found), _frozen(found.end.pairs), _frozen(found.end.weights))


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
