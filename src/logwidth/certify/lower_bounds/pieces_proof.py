"""Finding and checking the evidence that so many pieces are needed (docs/theory.md, T12)."""

import itertools
import math

import numpy as np

from logwidth.certify.leads.first_layer import SLOP, SMALLEST, row_norms_upper
from logwidth.certify.leads.geometry import power_near
from logwidth.certify.lower_bounds.pieces_bound import PiecesCertificate
from logwidth.dataset import Dataset
from logwidth.rounding import gamma_upper
from logwidth.types import BoolArray, FloatArray, IntArray

MOST_OWN = 400
WORK = 3e10  # multiplications for all classes, some seconds
STARTS = 40
UNIT = 2.0**-53
GRID = 2.0**20  # shares are multiples of its inverse, so that 1 − t is exact


def cliques(images: FloatArray, labels: IntArray, reach: float) -> list[IntArray]:
    """Return, per class, rows no two of which can share a piece as far as floats tell: near a clique of most rows, greedily.

    Of large classes and many samples some are looked at, evenly spaced: fewer rows are found, never wrong ones.
    """
    n_classes = int(labels.max()) + 1
    found = []
    for label in range(n_classes):
        own = _spaced(np.flatnonzero(labels == label), MOST_OWN)
        opposite = np.flatnonzero(labels != label)
        most = WORK / (n_classes * max(1, own.size) ** 2 * (images.shape[1] + 2))
        opposite = _spaced(opposite, max(1, int(most)))
        found.append(own[_greedy_clique(conflicting(images[own], images[opposite], reach))])
    return found


def conflicting(own: FloatArray, opposite: FloatArray, reach: float) -> BoolArray:
    """Return which pairs of `own` `(n, m)` have a point of `opposite` `(k, m)` within `reach` of their segment, `(n, n)`.

    With `u = z − c` for an opposite c and `s² = ‖u‖² − reach²`: the segment of a and b keeps clear of the ball around c iff
    some unit vector has more than `reach` with both, iff the angle between them is below
    `arccos(reach/‖u_a‖) + arccos(reach/‖u_b‖)`, iff `⟨u_a, u_b⟩ + s_a s_b > reach²`.
    """
    least = np.full((len(own), len(own)), np.inf)
    for c in opposite:
        u = own - c
        s = np.sqrt(np.maximum((u * u).sum(axis=1) - reach * reach, 0.0))
        lifted = np.column_stack([u, s])
        np.minimum(least, lifted @ lifted.T, out=least)
    found = least <= reach * reach
    np.fill_diagonal(found, False)
    return np.asarray(found)


def nearest_share(a: FloatArray, b: FloatArray, c: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return, per row of `c` `(k, m)`, the share of b in the point of the segment [a, b] nearest to it, and its distance."""
    along, away = b - a, c - a
    length = float(along @ along)
    share = np.clip(away @ along / length, 0.0, 1.0) if length > 0 else np.zeros(len(c))
    missed = away - share[:, None] * along
    return share, np.sqrt((missed * missed).sum(axis=1))


def _greedy_clique(graph: BoolArray) -> IntArray:
    """Return a clique: from several vertices of many neighbours on, always the one that leaves most candidates."""
    degrees = graph.sum(axis=1)
    best: list[int] = [0]
    for first in np.argsort(-degrees, kind="stable")[:STARTS]:
        members, left = [int(first)], np.flatnonzero(graph[first])
        while left.size:
            inner = graph[np.ix_(left, left)].sum(axis=1)
            members.append(int(left[np.argmax(inner)]))
            left = left[graph[members[-1], left]]
        best = max(best, members, key=len)
    return np.sort(np.array(best, dtype=np.int64))


def _spaced(rows: IntArray, most: int) -> IntArray:
    if rows.size <= most:
        return rows
    return np.asarray(rows[np.linspace(0, rows.size - 1, most).round().astype(np.int64)])


def prove_pieces_bound(data: Dataset, radius: float, T: FloatArray, network_sha256: str) -> PiecesCertificate:
    """Return the best certificate found for ℓ2 balls and a first layer `T` `(m, d)`: at least one piece per class.

    The search is a heuristic in floats; only pairs whose evidence holds with all roundings stay.
    """
    T = T / power_near(T)
    scale = float(np.sqrt((T * T).sum(axis=1).mean()))
    images = data.points @ (T / scale).T
    crowds, between, shares = [], [], []
    for rows in cliques(images, data.labels, 2.0 * radius):
        kept, witnesses, places = _supported(data, radius, T, images, rows)
        crowds.append(kept)
        between.append(witnesses)
        shares.append(places)
    return PiecesCertificate(
        radius, tuple(crowds), np.concatenate(between), np.concatenate(shares), data.sha256, network_sha256
    )


def check_pieces_bound(certificate: PiecesCertificate, data: Dataset, T: FloatArray) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data` and the first layer `T`; empty if right."""
    if certificate.data_sha256 != data.sha256:
        return ("the pieces certificate is for other data: its digest of them differs",)
    problems = _evidence_problems(certificate, data)
    if problems:
        return tuple(problems)
    if not len(certificate.between):
        return ()
    held = meeting(data, certificate.radius, T, certificate.pairs, certificate.between, certificate.shares)
    lost = int((~held).sum())
    return (f"{lost} pairs of samples are not shown to need two pieces",) if lost else ()


def meeting(
    data: Dataset, radius: float, T: FloatArray, pairs: IntArray, between: IntArray, shares: FloatArray
) -> BoolArray:
    """Return for which pairs the images of the ball around `between` and of that around the point on the segment meet.

    Proven where True: with `u = x_j − (1 − t) x_a − t x_b` they meet iff the quotient norm of T u is at most `2 radius`, and
    that is at most `‖T u‖ / √λ_min(T Tᵀ)`. Rounding: `|fl(T u) − T u| ≤ γ_{d+4} |T| (|x_j| + (1 − t)|x_a| + t|x_b|)`.
    T counts in units of its largest entry, and norms are scaled, so that no square underflows.
    """
    T, t = T / power_near(T), shares[:, None]
    a, b, c = (data.points[rows] for rows in (pairs[:, 0], pairs[:, 1], between))
    v = (c - ((1.0 - t) * a + t * b)) @ T.T
    sizes = np.abs(c) + (1.0 - t) * np.abs(a) + t * np.abs(b)
    error = gamma_upper(T.shape[1] + 4, UNIT) * (sizes @ np.abs(T).T) * SLOP
    error += (T.size + float(np.abs(T).sum()) * SLOP) * SMALLEST
    upper = row_norms_upper(np.abs(v) + error, 2.0) * SLOP
    return np.asarray(upper <= 2.0 * radius * least_stretch(T) / SLOP)


def least_stretch(T: FloatArray) -> float:
    """Return a lower bound on `√λ_min(T Tᵀ)`, by Gershgorin's discs: 0 where rows are far from orthogonal."""
    K = T @ T.T
    error = gamma_upper(T.shape[1] + 2, UNIT) * (np.abs(T) @ np.abs(T).T) * SLOP + T.size * SMALLEST
    size = np.diag(K)
    least = float((2.0 * size - (np.abs(K) + error).sum(axis=1) * SLOP - error.max() * SLOP).min())
    return math.sqrt(least) / SLOP if least > 0 else 0.0


def _supported(
    data: Dataset, radius: float, T: FloatArray, images: FloatArray, rows: IntArray
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the rows of which every pair has evidence that holds, those with most pairs that have none left out."""
    opposite = np.flatnonzero(data.labels != data.labels[rows[0]])
    pairs = np.array(list(itertools.combinations(rows.tolist(), 2)), dtype=np.int64).reshape(-1, 2)
    found = [_nearest(images, a, b, opposite) for a, b in pairs]
    between = np.array([j for j, _ in found], dtype=np.int64)
    shares = np.array([t for _, t in found], dtype=np.float64)
    held = meeting(data, radius, T, pairs, between, shares) if len(pairs) else np.empty(0, dtype=bool)
    while not held.all():
        worst = np.bincount(pairs[~held].ravel()).argmax()
        rows = rows[rows != worst]
        stays = (pairs != worst).all(axis=1)
        pairs, between, shares, held = pairs[stays], between[stays], shares[stays], held[stays]
    return rows, between, shares


def _nearest(images: FloatArray, a: int, b: int, opposite: IntArray) -> tuple[int, float]:
    """Return the opposite sample nearest to a segment in the image, and where, as a share on the grid."""
    shares, missed = nearest_share(images[a], images[b], images[opposite])
    best = int(np.argmin(missed))
    return int(opposite[best]), float(np.round(shares[best] * GRID) / GRID)


def _evidence_problems(certificate: PiecesCertificate, data: Dataset) -> list[str]:
    if not (math.isfinite(certificate.radius) and certificate.radius > 0):
        return ["the radius must be positive and finite"]
    if len(certificate.crowds) != data.n_classes:
        return [f"the pieces certificate speaks of {len(certificate.crowds)} classes, the data have {data.n_classes}"]
    wrong = [label for label, rows in enumerate(certificate.crowds) if not _of_class(rows, label, data)]
    if wrong:
        return [f"the rows of class {wrong[0]} must be rows of that class in increasing order, at least one"]
    return _witness_problems(certificate, data)


def _of_class(rows: IntArray, label: int, data: Dataset) -> bool:
    inside = rows.size > 0 and rows.min() >= 0 and rows.max() < data.n_samples
    return bool(inside and (np.diff(rows) > 0).all() and (data.labels[rows] == label).all())


def _witness_problems(certificate: PiecesCertificate, data: Dataset) -> list[str]:
    between, shares = certificate.between, certificate.shares
    count = sum(len(rows) * (len(rows) - 1) // 2 for rows in certificate.crowds)  # before a table of that length is made
    if not count == len(between) == len(shares):
        return [f"{count} pairs need as many samples between them, not {len(between)} with {len(shares)} shares"]
    pairs = certificate.pairs
    inside = (between >= 0) & (between < data.n_samples)
    if not inside.all() or (data.labels[between] == data.labels[pairs[:, 0]]).any():
        return ["the samples between must be rows of the data of another class"]
    on_grid = (shares >= 0.0) & (shares <= 1.0) & (shares * GRID == np.round(shares * GRID))
    return [] if on_grid.all() else ["shares must be multiples of 2^-20 between 0 and 1"]
