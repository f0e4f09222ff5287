"""How much can any map of a rank keep? Column generation for the dual of T2."""

import math
from dataclasses import replace

import numpy as np

from logwidth.compute.threads import one_thread_each
from logwidth.dataset import Dataset
from logwidth.maps.ceiling.column_generation import ColumnGeneration, DualWeights, Weighted, eigensum
from logwidth.maps.ceiling.ellipsoid import ellipsoid_sum, fitted, inverse_root, round_ellipsoid
from logwidth.maps.check import checked_rank, found_separation
from logwidth.maps.climb import survey
from logwidth.maps.span import SpanCoordinates, span_coordinates
from logwidth.maps.starts import principal_frame
from logwidth.maps.working_set import first_working_set
from logwidth.norms import parse_norm
from logwidth.separation import Separation
from logwidth.separation import separation as separation_of
from logwidth.types import FloatArray, IntArray, Progress, silent

EVEN = 1e-9
FIRST_TEMPERATURE = 1e-2


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

    Of many samples only a few are looked at (:func:`first_working_set`, and those of `start`): weights on any pairs prove
    something, though others might prove a little more.

    For p ≠ 2 the same takes place in the coordinates of an inscribed ellipsoid, fitted in turn with the weights; then
    only a local minimum is found, and `wanted_ratio` can only stop the work from below.
    Raises InputError for a rank outside `1..d`.
    """
    p = parse_norm(norm)
    sep = found_separation(data, p, separation, progress)
    checked_rank(rank, data.n_features)
    told, rows = progress or silent, first_working_set(data, sep, 0)
    if len(rows) == data.n_samples:
        return _dual(data, rank, sep, start, wanted_ratio, told)
    rows = rows if start is None else np.union1d(rows, start[0])
    few = Dataset(data.points[rows], data.labels[rows])
    inner = None if start is None else (np.searchsorted(rows, start[0]), start[1])
    found = _dual(few, rank, separation_of(few, norm=p), inner, wanted_ratio, told)
    return replace(found, pairs=rows[found.pairs])


def _dual(
    data: Dataset,
    rank: int,
    sep: Separation,
    start: tuple[IntArray, FloatArray] | None,
    wanted_ratio: float | None,
    told: Progress,
) -> DualWeights:
    """Return the weights for all samples that are given."""
    p = sep.norm
    with one_thread_each():
        view = span_coordinates(data, sep.upper) if p == 2.0 else unturned_coordinates(data, sep.upper)
        generation = ColumnGeneration(view, rank, wanted_ratio, told)
        if p != 2.0:
            generation.fit(p, first_ellipsoid(view, sep, rank))
        best = nearest_pair(view, sep, generation.Q)
        if rank < view.dimension:
            best = min(
                [best, *generation.stages(start or first_pairs(generation.view, rank))], key=lambda found: found.value
            )
        best = evened(view, best, rank) if p == 2.0 else best
    A = None if best.Q is None else inverse_root(best.Q)
    ellipsoid = A if A is None or p > 2.0 else np.diag(A).copy()
    return DualWeights(p, rank, best.pairs, best.weights, min(1.0, math.sqrt(best.value)), ellipsoid)


def unturned_coordinates(data: Dataset, delta: float) -> SpanCoordinates:
    """Return the data about their mean in units of `delta`, in their own coordinates, which a norm other than ℓ2 needs."""
    centred = (data.points - data.points.mean(axis=0)) / delta
    return SpanCoordinates(np.ascontiguousarray(centred), np.eye(data.n_features), data.labels)


def first_ellipsoid(view: SpanCoordinates, sep: Separation, rank: int) -> FloatArray:
    """Return the Q that suits equal weights on the nearest opposite pair of every sample."""
    u = view.coordinates - view.coordinates[sep.neighbor]
    return fitted(sep.norm, u.T @ u / len(u), round_ellipsoid(sep.norm, view.dimension), rank, FIRST_TEMPERATURE)


def first_pairs(view: SpanCoordinates, rank: int) -> tuple[IntArray, FloatArray]:
    """Return the shortest opposite pairs in the principal directions, with soft-min weights: a start from nothing."""
    found = survey(view, principal_frame(view, rank))
    return found.pairs, found.weights


def nearest_pair(view: SpanCoordinates, sep: Separation, Q: FloatArray | None) -> Weighted:
    """Return all weight on one nearest pair: no map of any rank keeps more than δ (given the right ellipsoid)."""
    pairs, weights = np.array([sep.pair], dtype=np.int64), np.ones(1)
    u = view.differences(pairs)
    if Q is None:
        return Weighted(pairs, weights, eigensum(u, weights, 1))
    best = fitted(sep.norm, u.T @ u, Q, 1, FIRST_TEMPERATURE)
    return Weighted(pairs, weights, ellipsoid_sum(u.T @ u, best, 1), best)


def evened(view: SpanCoordinates, found: Weighted, rank: int) -> Weighted:
    """Return equal weights on the same pairs where they do as well (they do when symmetry makes them optimal)."""
    even = np.full(len(found.pairs), 1.0 / len(found.pairs))
    value = eigensum(view.differences(found.pairs), even, rank)
    return Weighted(found.pairs, even, value) if value <= found.value * (1.0 + EVEN) else found
