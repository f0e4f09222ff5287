"""What own scores miss over all opposite ones at samples: products in float32, whatever matters again in float64."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from logwidth.construct.pruning.lengths import pairwise, row_lengths
from logwidth.construct.pruning.problem import Scores
from logwidth.types import FloatArray, IntArray

SINGLE_ROOM = 0.05  # Δ²: more than this float32 may not lose
BLOCK_ENTRIES = 1 << 18  # of a table: it stays in the cache
PAIR_ENTRIES = 1 << 20
WINDOW = 0.25  # Δ²: rivals that limit a sample by less than the most are not kept
KEPT = 8  # of the rivals that limit a sample most: they are asked first whether they limit another choice as much
Entries = NDArray[np.floating]
Sides = tuple[IntArray, IntArray]


class Duel:
    """Own against opposite scores at samples `z` `(n, m)` of one class; `bounds` = (sigma, gap), `power` that of lengths.

    Own score s misses `gap + σ‖w_s − w_j‖_q + a_j(z) − a_s(z)` over the opposite score j. A table of all j is made by
    products in float32 where they lose at most SINGLE_ROOM, with a bound `room` on what they lose; what may be positive,
    or the largest, is computed again in float64. Memory in blocks.
    """

    def __init__(self, z: FloatArray, scores: Scores, sides: Sides, bounds: tuple[float, float], power: float) -> None:
        self.z, self.scores, self.sides, (self.sigma, self.gap), self.power = z, scores, sides, bounds, power
        W, b = scores.weights[sides[1]], scores.biases[sides[1]]
        squares = (W * W).sum(axis=1)
        self.room = self._lost(float(np.abs(b).max()), float(squares.max()))
        single = power == 2.0 and self.room <= SINGLE_ROOM
        self.room = self.room if single else self.room * 2.0**-29
        self.kind: type[np.floating] = np.float32 if single else np.float64
        self.values: Entries = np.column_stack([W, b]).T.astype(self.kind)
        self.lengths: Entries = np.column_stack([W, np.ones(len(W)), squares]).T.astype(self.kind)

    def _lost(self, b: float, square: float) -> float:
        """Return a bound on what an entry loses in float32: in the two values, and in the squared length under its root."""
        own = self.scores.weights[self.sides[0]]
        square = max(square, float((own * own).sum(axis=1).max()))
        z = float((self.z * self.z).sum(axis=1).max(initial=0.0)) ** 0.5
        terms = (self.z.shape[1] + 6) * 2.0**-23
        return float(terms * (2.0 * z * square**0.5 + b + 4.0 * square) + self.sigma * (4.0 * terms * square) ** 0.5)

    def own_values(self) -> FloatArray:
        """Return the own scores at all samples `(n, own)`."""
        values = self.z @ self.scores.weights[self.sides[0]].T
        values += self.scores.biases[self.sides[0]]
        return np.asarray(values)

    def tables(self, rows: IntArray, s: IntArray) -> Iterator[tuple[slice, Entries]]:
        """Yield parts of the rows and what own score `s[k]` misses at sample `rows[k]` over each opposite one, roughly."""
        step = max(1, BLOCK_ENTRIES // self.values.shape[1])
        W, b = self.scores.weights[self.sides[0][s]], self.scores.biases[self.sides[0][s]]
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            z, w = self.z[rows[part]], W[part]
            table = self._lengths(w, s[part])
            table *= self.kind(self.sigma)
            table += np.column_stack([z, np.ones(len(z))]).astype(self.kind) @ self.values
            table += (self.gap - (z * w).sum(axis=1) - b[part]).astype(self.kind)[:, None]
            yield part, table

    def _lengths(self, w: FloatArray, s: IntArray) -> Entries:
        if self.power != 2.0:
            some, which = np.unique(s, return_inverse=True)
            own, opposite = (self.scores.weights[side] for side in (self.sides[0][some], self.sides[1]))
            return np.asarray(pairwise(own, opposite, self.power)[which])
        squares = np.column_stack([-2.0 * w, (w * w).sum(axis=1), np.ones(len(w))]).astype(self.kind) @ self.lengths
        np.maximum(squares, 0.0, out=squares)
        return np.asarray(np.sqrt(squares, out=squares))

    def exactly(self, rows: IntArray, s: IntArray, j: IntArray) -> FloatArray:
        """Return what own scores `s` miss over opposite ones `j` at samples `rows`, in float64; all are places `(n,)`."""
        (own, opposite), W, b = self.sides, self.scores.weights, self.scores.biases
        missing, step = np.empty(len(rows)), max(1, PAIR_ENTRIES // W.shape[1])
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            left, right = own[s[part]], opposite[j[part]]
            between = W[left] - W[right]
            lead = np.einsum("ij,ij->i", between, self.z[rows[part]]) + (b[left] - b[right])
            missing[part] = self.gap + self.sigma * row_lengths(between, self.power) - lead
        return missing

    def missed(self, rows: IntArray, s: IntArray) -> tuple[FloatArray, IntArray]:
        """Return by how much own score `s[k]` is short at sample `rows[k]` `(n,)`, and the rivals of the most, `(n, KEPT)`.

        Exact, but for rounding, where the shortfall is positive; else at most 0, and the rivals are of no matter.
        """
        short, rivals = np.full(len(rows), -0.0), np.zeros((len(rows), KEPT), dtype=np.intp)
        for part, table in self.tables(rows, s):
            level = np.maximum(table.max(axis=1) - self.kind(2.0 * self.room + WINDOW), self.kind(-self.room))
            i, j = np.divmod(np.flatnonzero(table > level[:, None]), table.shape[1])
            if not i.size:
                continue
            i += part.start
            missing = self.exactly(rows[i], s[i], j)
            order = np.lexsort((j, -missing, i))
            i, j, missing = i[order], j[order], missing[order]
            place = np.arange(len(i)) - np.searchsorted(i, i)
            first = np.flatnonzero(place == 0)
            rivals[i[first]] = j[first][:, None]
            rivals[i[place < KEPT], place[place < KEPT]] = j[place < KEPT]
            short[i[first]] = np.where(missing[first] > 0.0, missing[first], -0.0)
        return short, rivals
