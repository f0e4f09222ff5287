"""What own scores miss over all opposite ones at samples: products in float32, whatever matters again in float64."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logwidth.construct.pruning.problem import Scores, members, pairwise, row_lengths
from logwidth.types import FloatArray, IntArray

SINGLE_ROOM = 0.05  # Δ²: more than this float32 may not lose
BLOCK_ENTRIES = 1 << 18  # of a table: it stays in the cache
PAIR_ENTRIES = 1 << 20
WINDOW = 0.25  # Δ²: rivals that limit a sample by less than the most are not kept
KEPT = 8  # of the rivals that limit a sample most: they are asked first whether they limit another choice as much
Entries = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Sides:
    """Samples `rows`, the range of scores of each one's class, from `first` to `last`, and the scores `opposite` to look at.

    Of several classes `opposite` are scores of all, and `mixed` says that each sample's own ones among them do not count.
    Over scores that are left out of `opposite` nothing is missed.
    """

    rows: IntArray
    first: IntArray
    last: IntArray
    opposite: IntArray
    mixed: bool

    def part(self, which: slice) -> "Sides":
        """Return some of the samples."""
        return replace(self, rows=self.rows[which], first=self.first[which], last=self.last[which])


class Duel:
    """Own against opposite scores at the samples `z` `(n, m)` of `sides`; `bounds` = (sigma, gap), `power` that of lengths.

    Own score s misses `gap + σ‖w_s − w_j‖_q + a_j(z) − a_s(z)` over the opposite score j. A table of all j is made by
    products in float32 where they lose at most SINGLE_ROOM, with a bound `room` on what they lose; what may be positive,
    or the largest, is computed again in float64. Scores are in the order of their classes. Memory in blocks.
    """

    def __init__(self, z: FloatArray, scores: Scores, sides: Sides, bounds: tuple[float, float], power: float) -> None:
        self.z, self.scores, self.sides, (self.sigma, self.gap), self.power = z, scores, sides, bounds, power
        W, b = scores.weights[sides.opposite], scores.biases[sides.opposite]
        squares = (W * W).sum(axis=1)
        self.columns = np.full(scores.size, -1)
        self.columns[sides.opposite] = np.arange(len(b))
        self.room = self._lost(float(np.abs(b).max(initial=0.0)), float(squares.max(initial=0.0)))
        single = power == 2.0 and self.room <= SINGLE_ROOM
        self.room = self.room if single else self.room * 2.0**-29
        self.kind: type[np.floating] = np.float32 if single else np.float64
        self.values: Entries = np.column_stack([W, b]).T.astype(self.kind)
        self.lengths: Entries = np.column_stack([W, np.ones(len(W)), squares]).T.astype(self.kind)

    def _lost(self, b: float, square: float) -> float:
        """Return a bound on what an entry loses in float32: in the two values, and in the squared length under its root."""
        own = self.scores.weights[self.sides.first.min() : self.sides.last.max()]
        square = max(square, float((own * own).sum(axis=1).max()))
        z = float((self.z * self.z).sum(axis=1).max(initial=0.0)) ** 0.5
        terms = (self.z.shape[1] + 6) * 2.0**-23
        return float(terms * (2.0 * z * square**0.5 + b + 4.0 * square) + self.sigma * (4.0 * terms * square) ** 0.5)

    def own_values(self) -> FloatArray:
        """Return the own scores at all samples `(n, own)`, −∞ where a class has fewer than another."""
        W, b = self.scores.weights, self.scores.biases
        if not self.sides.mixed:
            own = slice(self.sides.first[0], self.sides.last[0])
            values = self.z @ W[own].T
            values += b[own]
            return np.asarray(values)
        count = self.sides.last - self.sides.first
        i, s = members(self.sides.first, count)
        values, step = np.empty(len(i)), max(1, PAIR_ENTRIES // W.shape[1])
        for start in range(0, len(i), step):
            part = slice(start, start + step)
            values[part] = np.einsum("ij,ij->i", W[s[part]], self.z[i[part]]) + b[s[part]]
        table = np.full((len(count), int(count.max())), -np.inf)
        table[i, s - self.sides.first[i]] = values
        return table

    def tables(self, rows: IntArray, s: IntArray) -> Iterator[tuple[slice, Entries]]:
        """Yield parts of the rows and what score `s[k]` misses at sample `rows[k]` over each opposite one, roughly.

        It is −∞ where that is one of the sample's own. Nothing is yielded where there are no opposite ones.
        """
        if not self.sides.opposite.size:
            return
        step = max(1, BLOCK_ENTRIES // self.values.shape[1])
        W, b = self.scores.weights[s], self.scores.biases[s]
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            z, w = self.z[rows[part]], W[part]
            table = self._lengths(w, s[part])
            table *= self.kind(self.sigma)
            table += np.column_stack([z, np.ones(len(z))]).astype(self.kind) @ self.values
            table += (self.gap - (z * w).sum(axis=1) - b[part]).astype(self.kind)[:, None]
            if self.sides.mixed:
                first, last = self.sides.first[rows[part]], self.sides.last[rows[part]]
                i, own = members(first, last - first)
                column = self.columns[own]
                table[i[column >= 0], column[column >= 0]] = -np.inf
            yield part, table

    def _lengths(self, w: FloatArray, s: IntArray) -> Entries:
        if self.power != 2.0:
            some, which = np.unique(s, return_inverse=True)
            own, opposite = (self.scores.weights[side] for side in (some, self.sides.opposite))
            return np.asarray(pairwise(own, opposite, self.power)[which])
        squares = np.column_stack([-2.0 * w, (w * w).sum(axis=1), np.ones(len(w))]).astype(self.kind) @ self.lengths
        np.maximum(squares, 0.0, out=squares)
        return np.asarray(np.sqrt(squares, out=squares))

    def exactly(self, rows: IntArray, s: IntArray, j: IntArray) -> FloatArray:
        """Return what own scores `s` miss over opposite ones `j` at samples `rows`, in float64; all `(n,)`."""
        W, b = self.scores.weights, self.scores.biases
        missing, step = np.empty(len(rows)), max(1, PAIR_ENTRIES // W.shape[1])
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            left, right = s[part], j[part]
            between = W[left] - W[right]
            lead = np.einsum("ij,ij->i", between, self.z[rows[part]]) + (b[left] - b[right])
            missing[part] = self.gap + self.sigma * row_lengths(between, self.power) - lead
        return missing

    def missed(self, rows: IntArray, s: IntArray) -> tuple[FloatArray, IntArray]:
        """Return by how much score `s[k]` is short at sample `rows[k]` `(n,)`, and the rivals of the most, `(n, KEPT)`.

        Exact, but for rounding, where the shortfall is positive; else at most 0, and the rivals are of no matter.
        """
        short, rivals = np.full(len(rows), -0.0), np.zeros((len(rows), KEPT), dtype=np.intp)
        for part, table in self.tables(rows, s):
            level = np.maximum(table.max(axis=1) - self.kind(2.0 * self.room + WINDOW), self.kind(-self.room))
            i, j = np.divmod(np.flatnonzero(table > level[:, None]), table.shape[1])
            if not i.size:
                continue
            i, j = i + part.start, self.sides.opposite[j]
            missing = self.exactly(rows[i], s[i], j)
            order = np.lexsort((j, -missing, i))
            i, j, missing = i[order], j[order], missing[order]
            place = np.arange(len(i)) - np.searchsorted(i, i)
            first = np.flatnonzero(place == 0)
            rivals[i[first]] = j[first][:, None]
            rivals[i[place < KEPT], place[place < KEPT]] = j[place < KEPT]
            short[i[first]] = np.where(missing[first] > 0.0, missing[first], -0.0)
        return short, rivals
