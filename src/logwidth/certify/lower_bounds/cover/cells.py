"""Cells of subspaces: boxes in the charts of a Grassmannian, and the points that all subspaces of a cell come near to."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from logwidth.types import FloatArray, IntArray

DEEPEST = 48
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
