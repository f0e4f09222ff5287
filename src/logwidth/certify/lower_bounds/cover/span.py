"""Cells of subspaces, and which differences of opposite samples stay near the span of a few vectors, exactly."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from logwidth.certify.lower_bounds.topology.solving import solved
from logwidth.dataset import Dataset
from logwidth.rounding import Dyadic
from logwidth.types import BoolArray, FloatArray, IntArray

DEEPEST = 48
BITS = 30
LARGEST = 2.0**60


"""A side of a cell is at least 2^−48 of a chart's."""
ONE = 1 << DEEPEST


@dataclass(frozen=True)
class Chart:
    """The subspaces of R^n that are spanned by rows `b_l` with `b_l[rows] = e_l` and `b_l[others] = A_l`, `|A| ≤ 1`."""

    rows: tuple[int, ...]
    others: tuple[int, ...]

    def frames(self, centres: FloatArray) -> FloatArray:
        """Return rows `(cells, m, n)` that span the subspaces in the middle of cells, `centres` `(cells, m, n − m)`."""
        found = np.zeros((*centres.shape[:2], len(self.rows) + len(self.others)))
        found[:, np.arange(len(self.rows)), self.rows] = 1.0
        found[:, :, self.others] = centres
        return found


def charts(n: int, m: int) -> list[Chart]:
    """Return charts of all m-dimensional subspaces of R^n: each subspace is in one of them.

    *Proof.* Of a matrix whose rows span the subspace take the m columns with the largest minor in absolute value, not 0,
    and multiply by their inverse. By Cramer's rule each other entry is a quotient of minors, the largest below. ∎

    >>> [chart.rows for chart in charts(3, 2)]
    [(0, 1), (0, 2), (1, 2)]
    """
    return [Chart(rows, tuple(j for j in range(n) if j not in rows)) for rows in combinations(range(n), m)]


@dataclass(frozen=True, eq=False)
class Leaves:
    """The cells `|A − centres| ≤ halves`, both `(cells, m, k)` in units of 2^−48, and the number of each one's pair."""

    centres: IntArray
    halves: IntArray
    pairs: IntArray


def leaves(tree: Sequence[int], m: int, k: int) -> Leaves | None:
    """Return the leaves of a tree of halved cells in preorder, or None where it is none, or too deep.

    An entry below 0 is a cell cut in halves along coordinate −1 − entry of A, counted row by row, the lower half first; any
    other is a cell that is not cut, and the number of its pair.
    """
    size = m * k
    open_: list[tuple[list[int], list[int]]] = [([0] * size, [ONE] * size)]
    centres, halves, pairs = [], [], []
    for entry in tree:
        if not open_ or entry < -size:
            return None
        centre, half = open_.pop()
        if entry >= 0:
            centres.append(centre)
            halves.append(half)
            pairs.append(entry)
            continue
        axis = -1 - entry
        step = half[axis] // 2
        if step < 1:
            return None
        half = [*half[:axis], step, *half[axis + 1 :]]
        open_ += [([*centre[:axis], centre[axis] + sign * step, *centre[axis + 1 :]], half) for sign in (1, -1)]
    if open_:
        return None
    shape = (-1, m, k)
    return Leaves(np.array(centres).reshape(shape), np.array(halves).reshape(shape), np.array(pairs))


def shares(frames: FloatArray, halves: FloatArray, gram: FloatArray, towards: FloatArray) -> FloatArray:
    """Return coefficients `(cells, m, q)` of points of subspaces that stay near `q` given points all over a cell.

    They minimise `|v − B Σ_l c_l b_l|² + Σ_l c_l² |halves_l|²`, `gram` = BᵀB, `towards` = Bᵀv `(n, q)` or `(cells, n, q)`.
    Any coefficients would do: what they prove is found out elsewhere.
    """
    seen = frames @ gram
    matrix = seen @ frames.transpose(0, 2, 1)
    line = np.arange(frames.shape[1])
    matrix[:, line, line] += np.einsum("clk,clk->cl", halves, halves)
    return np.asarray(np.linalg.solve(matrix, frames @ towards))


@dataclass(frozen=True, eq=False)
class Span:
    """The differences v of pairs beside the span of the columns of B, all of them exact, and what distance is near.

    `basis` B `(d, n)`, `gaps` `(pairs, d)`, `gram` BᵀB, `towards` `(pairs, n)` the rows Bᵀv, `squares` `(pairs,)`; `reach`
    is 2σ, and 2^`exponent` a unit of length of about that size.
    """

    basis: Dyadic
    gaps: Dyadic
    gram: Dyadic
    towards: Dyadic
    squares: Dyadic
    reach: Dyadic
    exponent: int

    @classmethod
    def of(cls, data: Dataset, radius: float, basis: FloatArray, pairs: IntArray) -> "Span | None":
        """Return the span and the differences; None where the basis is not independent, or out of range."""
        B = np.asarray(basis, dtype=np.float64)
        if not np.isfinite(B).all() or not 1.0 / LARGEST < float(np.abs(B).max(initial=0.0)) < LARGEST:
            return None
        columns, ends = Dyadic.of(B), Dyadic.of(data.points[pairs])
        gram = Dyadic(columns.integers.T, columns.exponent) @ columns
        entries, n = gram.rationals(), B.shape[1]
        if solved([entries[j * n : (j + 1) * n] for j in range(n)], entries[:n]) is None:
            return None
        gaps = Dyadic(ends.integers[:, 0] - ends.integers[:, 1], ends.exponent)
        half = Dyadic.of(radius)
        reach = Dyadic(half.integers, half.exponent + 1)
        return cls(columns, gaps, gram, gaps @ columns, dots(gaps, gaps), reach, math.frexp(radius)[1] + 1)

    def in_units(self, lengths: Dyadic, power: int = 1) -> FloatArray:
        """Return lengths, or their `power`, as floats in the span's unit of length. Raises OverflowError."""
        return Dyadic(lengths.integers, lengths.exponent - power * self.exponent).floats()


def dots(one: Dyadic, other: Dyadic) -> Dyadic:
    """Return the products of the rows of one with those of the other.

    >>> dots(Dyadic.of(np.eye(2)), Dyadic.of(np.array([[3.0, 1.0], [0.5, 2.0]]))).floats().tolist()
    [3.0, 2.0]
    """
    products = one.integers * other.integers
    return Dyadic(np.asarray(products.sum(axis=1), dtype=object), one.exponent + other.exponent)


def are_near(span: Span, chart: Chart, found: Leaves, norm: float) -> BoolArray:
    """Return for each cell whether all its subspaces are shown to come within 2σ of the difference v of its pair.

    With fixed coefficients c the points `w = Σ_l c_l b_l` of the subspaces of a cell lie around that in its middle, `w_0`,
    with `|w − w_0| ≤ E = Σ_l |c_l| halves_l`, entry by entry, and B w is a point of each subspace. In ℓ2, and for larger
    norms, which are below it,

        |v − B w|² ≤ |v − B w_0|² + 2 Σ_j |BᵀB w_0 − Bᵀv|_j E_j + Σ_jl |BᵀB|_jl E_j E_l ;

    in ℓ∞, and in ℓ1 for smaller norms, |v − B w| ≤ |v − B w_0| + |B| E, entry by entry.
    """
    try:
        gram, towards = span.gram.floats(), span.in_units(span.towards)[found.pairs]
    except OverflowError:
        return np.zeros(len(found.pairs), dtype=bool)
    frames = chart.frames(found.centres / ONE)
    try:
        c = shares(frames, found.halves / ONE, gram, towards[:, :, None])[:, :, 0]
    except np.linalg.LinAlgError:  # columns too short for floats
        return np.zeros(len(found.pairs), dtype=bool)
    if not (np.abs(c) < LARGEST).all():
        return np.zeros(len(found.pairs), dtype=bool)
    whole = np.array([int(x) for x in np.rint(np.ldexp(c, BITS)).ravel()], dtype=object).reshape(c.shape)
    middle, reached = (np.zeros((len(c), span.gram.integers.shape[0]), dtype=object) for _ in range(2))
    middle[:, chart.rows] = whole * ONE
    middle[:, chart.others] = (whole[:, :, None] * found.centres.astype(object)).sum(axis=1)
    reached[:, chart.others] = (np.abs(whole)[:, :, None] * found.halves.astype(object)).sum(axis=1)
    scale = span.exponent - BITS - DEEPEST
    w, E = Dyadic(middle, scale), Dyadic(reached, scale)
    beyond = (
        _squares_beyond(span, found.pairs, w, E) if 2.0 <= norm < math.inf else _sizes_beyond(span, found.pairs, w, E, norm)
    )
    return np.asarray(beyond.integers <= 0, dtype=bool)


def _squares_beyond(span: Span, pairs: IntArray, w: Dyadic, E: Dyadic) -> Dyadic:
    towards, squares = (Dyadic(rows.integers[pairs], rows.exponent) for rows in (span.towards, span.squares))
    slope = (w @ span.gram) + -towards
    middle = squares + -dots(towards, w) + dots(slope, w)
    twice = Dyadic(2 * np.abs(slope.integers), slope.exponent)
    around = dots(twice, E) + dots(E @ _sizes(span.gram), E)
    return middle + around + -_product(span.reach, span.reach)


def _sizes_beyond(span: Span, pairs: IntArray, w: Dyadic, E: Dyadic, norm: float) -> Dyadic:
    across = Dyadic(span.basis.integers.T, span.basis.exponent)
    gaps = Dyadic(span.gaps.integers[pairs], span.gaps.exponent)
    entries = _sizes(gaps + -(w @ across)) + E @ _sizes(across)
    total = entries.integers.max(axis=1) if math.isinf(norm) else entries.integers.sum(axis=1)
    return Dyadic(np.asarray(total, dtype=object), entries.exponent) + -span.reach


def _sizes(numbers: Dyadic) -> Dyadic:
    return Dyadic(np.abs(numbers.integers), numbers.exponent)


def _product(one: Dyadic, other: Dyadic) -> Dyadic:
    return Dyadic(np.asarray(one.integers * other.integers, dtype=object), one.exponent + other.exponent)
