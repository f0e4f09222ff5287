"""How much can any map of a rank keep? Column generation for the dual of T2."""

import math

import numpy as np
from threadpoolctl import threadpool_limits

from logwidth.dataset import Dataset
from logwidth.maps.ceiling.dual import DualWeights, eigensum
from logwidth.maps.ceiling.hunt import Hunt, Weighted
from logwidth.maps.check import checked_rank, found_separation, two_norm
from logwidth.maps.climb import survey
from logwidth.maps.preserving import FloatArray
from logwidth.maps.progress import Progress, silent
from logwidth.maps.scene import IntArray, Scene, scene
from logwidth.maps.starts import principal_frame
from logwidth.separation import Separation

EVEN = 1e-9


def rank_ceiling(
    data: Dataset,
    rank: int,
    norm: object = 2,
    *,
    separation: Separation | None = None,
    start: tuple[IntArray, FloatArray] | None = None,
    wanted_ratio: float | None = None,
    progress: Progress | None = None,
) -> DualWeights:
    """Return weights on opposite pairs that show how little any map of rank ≤ `rank` keeps.

    Minimises `Σ_{l≤k} λ_l(Σ w u uᵀ)` over the simplex of opposite pairs (T2): first L-BFGS on the soft minimum over the
    Fantope, then Newton's method on the pairs that matter, both with column generation from scans of all pairs in the
    image of the relaxed map. Near-optimal in practice (about 1e-5 δ²), but heuristic: what the weights prove is for a
    certificate to say. Deterministic.

    `start` = (pairs, weights), such as :class:`SearchTrace` leaves, saves time. `wanted_ratio` stops the work once the
    estimate is below it, or once the relaxed map keeps more than it, so that no weights can show less.
    Raises InputError for a rank outside `1..d` or a norm other than 2.
    """
    sep = found_separation(data, two_norm(norm), separation)
    checked_rank(rank, data.n_features)
    with threadpool_limits(limits=1, user_api="blas"):
        view = scene(data, sep.upper)
        best = nearest_pair(view, sep)
        if rank < view.dimension:
            hunt = Hunt(view, rank, wanted_ratio, progress or silent)
            best = min([best, *hunt.stages(start or first_pairs(view, rank))], key=lambda found: found.value)
        best = evened(view, best, rank)
    return DualWeights(2.0, rank, best.pairs, best.weights, min(1.0, math.sqrt(best.value)))


def first_pairs(view: Scene, rank: int) -> tuple[IntArray, FloatArray]:
    """Return the shortest opposite pairs in the principal directions, with soft-min weights: a start from nothing."""
    found = survey(view, principal_frame(view, rank))
    return found.pairs, found.weights


def nearest_pair(view: Scene, sep: Separation) -> Weighted:
    """Return all weight on one nearest pair: no map of any rank keeps more than δ."""
    pairs = np.array([sep.pair], dtype=np.int64)
    return Weighted(pairs, np.ones(1), eigensum(view.differences(pairs), np.ones(1), 1))


def evened(view: Scene, found: Weighted, rank: int) -> Weighted:
    """Return equal weights on the same pairs where they do as well (they do when symmetry makes them optimal)."""
    even = np.full(len(found.pairs), 1.0 / len(found.pairs))
    value = eigensum(view.differences(found.pairs), even, rank)
    return Weighted(found.pairs, even, value) if value <= found.value * (1.0 + EVEN) else found
