"""Lower bounds: the largest rank that is proven too small (T1, T2, T19), and the pieces that a first layer needs (T12)."""

from dataclasses import replace

import numpy as np

from logwidth.certify import (
    COVERED_BEYOND,
    CoverCertificate,
    LowerBound,
    PiecesCertificate,
    WidthCertificate,
    find_cover,
    find_line,
    find_surrounded,
    led_by_one,
    prove_boxes_bound,
    prove_pieces_bound,
    prove_width_bound,
    recognise,
)
from logwidth.certify.lower_bounds.width_proof import ratio_upper
from logwidth.construct import BOXES, CONSTRUCTIONS, FOLDED, LATTICE
from logwidth.dataset import Dataset
from logwidth.maps import PreservingMap, rank_ceiling, shortest_pairs
from logwidth.maps.working_set import ALL_SAMPLES_UP_TO
from logwidth.pipeline.problem import Problem
from logwidth.pipeline.run import Run
from logwidth.separation import Separation, target_of
from logwidth.types import FloatArray, IntArray, Progress

MOST_COVERED = 4
MOST_SCANNED = 20_000
NEAREST_PAIRS, NEAREST_IMAGES = 500, 2_000
CLOSE, FEWER_CELLS = 0.005, 30_000

RankBound = WidthCertificate | CoverCertificate


def width_excluded(
    data: Dataset,
    radius: float,
    rank_upper: int,
    sep: Separation,
    *,
    found: PreservingMap | None = None,
    progress: Progress | None = None,
) -> LowerBound | None:
    """Return the best certificate of a width that is too small for `radius`, below the rank of a map that was `found`.

    Where balls of a class enclose a sample of another, or rings of them are linked, as many units as features are too few,
    which is more than ranks can say (T18). If no rank is excluded, a sample between two of another class still shows that
    width 1 is too small.
    """
    enclosed = find_surrounded(data, radius, sep.norm)
    if enclosed is not None:
        return enclosed
    weighted = rank_excluded(data, radius, rank_upper, sep, found=found, progress=progress)
    return kernels_excluded(data, radius, rank_upper, sep, weighted) or find_line(data, radius, sep.norm)


def kernels_excluded(
    data: Dataset, radius: float, rank_upper: int, sep: Separation, best: WidthCertificate | None
) -> RankBound | None:
    """Return a certificate of a rank beyond that of `best`, by covering all kernels with cells (T19); else `best`.

    Ranks are tried one after the other, below `rank_upper` and while kernels have few enough coordinates.
    """
    found: RankBound | None = best
    for rank in range(1 if best is None else best.rank + 1, min(rank_upper, MOST_COVERED + 1)):
        cover = find_cover(data, radius, rank, sep.norm, *_evidence_for_cells(data, rank, sep))
        if cover is None:
            break
        found = cover
    return found


def closer_ceiling(data: Dataset, known: WidthCertificate, kept_ratio: float, sep: Separation) -> RankBound:
    """Return a certificate that excludes smaller ratios for the rank of `known`, by covering kernels (T19); else `known`.

    The ratios between `kept_ratio`, which a map keeps, and that of `known` are halved.
    """
    best: RankBound = known
    low, high = kept_ratio, known.ratio_excluded
    if known.rank > MOST_COVERED or high - low <= CLOSE:
        return best
    pairs, directions = _evidence_for_cells(data, known.rank, sep, known)
    while high - low > CLOSE:
        ratio = (low + high) / 2
        cover = find_cover(data, ratio * sep.lower / 2, known.rank, sep.norm, pairs, directions, most=FEWER_CELLS)
        if cover is None:
            low = ratio
        else:
            best, high = cover, ratio
    return best


def excluded_ratio(proof: RankBound, sep: Separation) -> float:
    """Return the ratio from which on a certificate of a rank excludes it."""
    return proof.ratio_excluded if isinstance(proof, WidthCertificate) else ratio_upper(proof.radius, sep)


def _evidence_for_cells(
    data: Dataset, rank: int, sep: Separation, weighted: WidthCertificate | None = None
) -> tuple[IntArray, FloatArray]:
    """Return the nearest opposite pairs, and the directions that weigh most in the bound of T2 for the rank."""
    varying = np.ptp(data.points, axis=0) > 0.0
    known, directions = np.empty((0, 2), dtype=np.int64), np.eye(data.n_features)[:, varying]
    if sep.norm == 2.0 and directions.shape[1] > rank + COVERED_BEYOND:
        weighted = ceiling_certificate(data, rank, sep) if weighted is None else weighted
        known = weighted.pairs
        gaps = (data.points[known[:, 0]] - data.points[known[:, 1]]) / sep.lower
        directions = np.linalg.eigh((gaps.T * weighted.weights) @ gaps)[1][:, ::-1]
    if data.n_samples <= MOST_SCANNED:
        near = shortest_pairs((data.points - data.points[0]) / sep.lower, data.labels, NEAREST_PAIRS)
        known = np.unique(np.concatenate([known, near]), axis=0)
    return known, directions


def bounded(run: Run, problem: Problem) -> Run:
    """Return the run with the certificates that width and pieces cannot be below `width_lower` and `pieces_lower`."""
    clock, data, radius = problem.session.clock, problem.data, run.certificate.radius
    proof, lower = None, run.summary.width_lower  # of networks that reject a theorem says more than any data (T15a)
    if lower is None:
        proof = clock.timed(
            "width from below",
            lambda: width_excluded(data, radius, _rank_upper(run), problem.sep, found=run.map, progress=clock.progress),
        )
        lower = 1 if proof is None else proof.width_lower
    pieces = clock.timed("pieces from below", lambda: fewer_pieces_excluded(run, data))
    if (
        run.summary.construction == BOXES.name
        and problem.request.norm == np.inf
        and problem.request.radius_per_feature is None
    ):
        boxes = clock.timed("boxes from below", lambda: prove_boxes_bound(data, radius))
        run = replace(run, summary=replace(run.summary, boxes_lower=boxes.boxes_lower))
    summary = replace(
        run.summary,
        width_lower=lower,
        pieces_lower=None if pieces is None else pieces.pieces_lower,
    )
    return replace(run, summary=summary, width_certificate=proof, pieces_certificate=pieces)


def _rank_upper(run: Run) -> int:
    """Return a rank that is not to be excluded: of the map, or of the first layer where that is another."""
    if run.summary.construction in (BOXES.name, LATTICE.name):
        return min(run.summary.map_rank, run.network.n_inputs)
    return min(run.network.width, run.network.n_inputs) if run.summary.construction == FOLDED.name else run.map.rank


def fewer_pieces_excluded(run: Run, data: Dataset) -> PiecesCertificate | None:
    """Return a certificate of how many pieces a network with the first layer of a run needs.

    None where no pieces decide, or where the run's own network is not shown to be one that the theorem speaks of.
    """
    spec = CONSTRUCTIONS.get(run.summary.construction)
    if spec is None or not spec.by_scores or run.certificate.norm != 2.0 or run.certificate.radius <= 0:
        return None
    form = recognise(run.network)
    if not led_by_one(form, data, run.certificate.radius):
        return None
    return prove_pieces_bound(data, run.certificate.radius, form.first.T, run.certificate.network_sha256)


def rank_excluded(
    data: Dataset,
    radius: float,
    rank_upper: int,
    sep: Separation,
    *,
    found: PreservingMap | None = None,
    progress: Progress | None = None,
) -> WidthCertificate | None:
    """Return a certificate of the largest rank below `rank_upper` found too small for `radius`; None if none was.

    Of many samples, of which only some are looked at, those join that a map which was `found` keeps nearest.
    Ranks are tried downwards from `rank_upper − 1` in growing steps, then by bisection; for norms other than ℓ2, whose
    certificates seldom reach beyond small ranks, upwards from 1.
    """
    target = target_of(sep, radius=radius)
    best: WidthCertificate | None = None
    start = None if found is None else _nearest_images(data, found, sep)
    low, high, step = 0, rank_upper, 1
    while low + 1 < high:
        rank = max(low + 1, high - step) if best is None else (low + high) // 2
        if sep.norm != 2.0:
            rank = low + 1
        try:
            proof = ceiling_certificate(data, rank, sep, start=start, wanted_ratio=target.ratio, progress=progress)
        except np.linalg.LinAlgError:  # features of sizes so different that no ellipsoid is found
            proof = None
        if proof is not None and proof.excludes(radius):
            low, best = rank, proof
        else:
            high, step = rank, 2 * step
    return best


def _nearest_images(data: Dataset, found: PreservingMap, sep: Separation) -> tuple[IntArray, FloatArray] | None:
    """Return the opposite pairs whose images are nearest, with even weights; None of few samples: all are looked at."""
    if data.n_samples <= ALL_SAMPLES_UP_TO or sep.norm != 2.0 or found.norm != 2.0:
        return None
    pairs = shortest_pairs(data.points @ found.matrix.T / sep.upper, data.labels, NEAREST_IMAGES)
    return pairs, np.full(len(pairs), 1.0 / len(pairs))


def ceiling_certificate(
    data: Dataset,
    rank: int,
    sep: Separation,
    *,
    start: tuple[IntArray, FloatArray] | None = None,
    wanted_ratio: float | None = None,
    progress: Progress | None = None,
) -> WidthCertificate:
    """Return the certificate that the dual weights for `rank` make; `start` are pairs and weights to begin with."""
    dual = rank_ceiling(data, rank, sep.norm, separation=sep, start=start, wanted_ratio=wanted_ratio, progress=progress)
    return prove_width_bound(data, rank, dual.pairs, dual.weights, norm=sep.norm, ellipsoid=dual.ellipsoid, separation=sep)
