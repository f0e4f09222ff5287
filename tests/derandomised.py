"""T4 without luck: a map whose rows are chosen one by one so that the expected number of lost pairs never grows."""

from itertools import combinations

import numpy as np
from scipy.special import betainc

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps.check import check_map, checked_rank, found_separation, two_norm
from logwidth.maps.preserving import PreservingMap
from logwidth.maps.starts import Rng, generator
from logwidth.separation import Separation
from logwidth.types import FloatArray

MOST_PAIRS = 200_000
TRIES = 24
ROUNDS = 40


def derandomised_map(
    data: Dataset, rank: int, ratio: float, *, norm: object = 2, rng: Rng = 0, separation: Separation | None = None
) -> PreservingMap:
    """Return a map of this rank that preserves the ratio `ρ = 2σ/δ` whenever T4 promises one: conditional expectations.

    With rows `v_1, …, v_r` chosen, `s = Σ⟨v_l, u⟩²` and `w = ‖u‖² − s`, a random completion loses the pair u with
    probability `I_{((2σ)² − s)/w}((k − r)/2, (d − k)/2)`, 0 where `s > (2σ)²`. The sum over the pairs is an average over
    the next row, so some row does not raise it; rows are drawn until one does not, the best of each round is taken. If the
    sum is below 1 at the start (T4 in its data-dependent form), it ends below 1, so at 0. Computed in floats, then checked
    as every map is; a sum that starts above 1 often ends at 0 too.

    Raises InputError for a rank outside `1..d`, a ratio outside (0, 1), another norm, or more than 200,000 opposite pairs.

    >>> data = Dataset(np.vstack([np.zeros(4), np.eye(4)]), [0, 1, 1, 1, 1])
    >>> derandomised_map(data, 2, 0.4).ratio_lower > 0.4
    True
    """
    p, k = two_norm(norm), checked_rank(rank, data.n_features)
    if not 0.0 < ratio < 1.0:
        raise InputError(f"the ratio 2*radius/delta must lie strictly between 0 and 1, not {ratio}")
    sep = found_separation(data, p, separation)
    u = _differences(data)
    found = _frame(u, k, (ratio * sep.upper) ** 2, generator(rng))
    return check_map(data, found, norm=p, method="derandomised", separation=sep)


def lost_pairs_expected(squares: FloatArray, kept: FloatArray, radius_square: float, left: int, beyond: int) -> float:
    """Return the expected number of pairs with `‖Pu‖² ≤ (2σ)²`, in floats, when `left` rows are still random.

    `squares` are `‖u‖²`, `kept` the part of it in the chosen rows, `beyond = d − k`.
    """
    open_ones = kept <= radius_square
    need, rest = radius_square - kept[open_ones], squares[open_ones] - kept[open_ones]
    if left == 0 or beyond == 0:
        return float(np.count_nonzero(open_ones if left == 0 else rest <= need))
    share = np.clip(need / np.maximum(rest, 1e-300), 0.0, 1.0)
    return float(np.sum(betainc(left / 2.0, beyond / 2.0, share)))


def _differences(data: Dataset) -> FloatArray:
    sizes = np.bincount(data.labels).astype(np.float64)
    count = int((sizes.sum() ** 2 - (sizes**2).sum()) / 2)
    if count > MOST_PAIRS:
        raise InputError(f"{count:,} opposite pairs are too many: conditional expectations sum over at most {MOST_PAIRS:,}")
    classes = [data.points[data.labels == c] for c in range(data.n_classes)]
    blocks = [(a[:, None, :] - b[None, :, :]).reshape(-1, data.n_features) for a, b in combinations(classes, 2)]
    return np.concatenate(blocks)


def _frame(u: FloatArray, rank: int, radius_square: float, rng: np.random.Generator) -> FloatArray:
    """Return orthonormal rows (k, d)."""
    d = u.shape[1]
    squares, kept = np.einsum("ij,ij->i", u, u), np.zeros(len(u))
    rows = np.zeros((0, d))
    for r in range(rank):
        before = lost_pairs_expected(squares, kept, radius_square, rank - r, d - rank)
        best, value = np.zeros(d), np.inf
        for _ in range(ROUNDS):
            for row in _candidates(rows, d, rng):
                now = lost_pairs_expected(squares, kept + (u @ row) ** 2, radius_square, rank - r - 1, d - rank)
                best, value = (row, now) if now < value else (best, value)
            if value <= before:
                break
        rows = np.vstack([rows, best])
        kept = kept + (u @ best) ** 2
    return rows


def _candidates(rows: FloatArray, d: int, rng: np.random.Generator) -> FloatArray:
    """Return random unit vectors orthogonal to the rows, which are projected out twice."""
    drawn = rng.standard_normal((TRIES, d))
    for _ in range(2):
        drawn = drawn - (drawn @ rows.T) @ rows
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1)[:, None])
