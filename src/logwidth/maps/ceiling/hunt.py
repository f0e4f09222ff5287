"""Column generation for the dual of T2: ascend on the Fantope, then descend in the weights, scanning in between."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwidth.maps.ceiling.ascent import ascend_fantope
from logwidth.maps.ceiling.dual import eigensum
from logwidth.maps.ceiling.newton import descend
from logwidth.maps.nearby import shortest_pairs, unique_pairs
from logwidth.maps.preserving import FloatArray
from logwidth.maps.progress import Progress
from logwidth.maps.scene import IntArray, Scene
from logwidth.maps.softmin import projected_squares, soft_minimum
from logwidth.maps.starts import weighted_frame

ASCENTS = ((2e-2, 60), (1e-2, 100), (5e-3, 100), (2e-3, 100), (1e-3, 100), (5e-4, 100))
DESCENTS = (5e-4, 2e-4, 5e-5, 2e-5)
ROUNDS = 3
NEWTON_STEPS = 15
FRESH_PAIRS = 4000
MOST_PAIRS = 800
REACH = 20.0
SMALL = 1e-7
NEWCOMER = 1e-3


@dataclass(frozen=True, eq=False)
class Weighted:
    """Weights on pairs with the sum of eigenvalues `value` (δ²) that they lead to."""

    pairs: IntArray
    weights: FloatArray
    value: float


class Hunt:
    """The pairs in play, their weights, and the factor F (r, m) of the relaxed map `P = F Fᵀ` in the Fantope.

    `reached` is `min ⟨P, u uᵀ⟩` over the pairs in play and `kept` that over all pairs, at most the optimum of T2.
    """

    def __init__(self, view: Scene, rank: int, wanted: float | None, progress: Progress) -> None:
        self.view, self.rank, self.wanted, self.progress = view, rank, wanted, progress
        self.kept = self.reached = 0.0

    def stages(self, start: tuple[IntArray, FloatArray]) -> Iterator[Weighted]:
        """Yield the weights after every stage, hot to cold, until they settle whether the wanted ratio is excluded."""
        done = 0
        for stages in (self._ascents(*start), self._descents()):
            for found in stages:
                done += 1
                self.progress(f"ceiling of rank {self.rank}", done / (len(ASCENTS) + len(DESCENTS)))
                yield found
                if self.wanted is not None and (found.value < self.wanted**2 or self.kept > self.wanted**2):
                    return

    def _ascents(self, pairs: IntArray, weights: FloatArray) -> Iterator[Weighted]:
        """Start from a soft version of the top eigenspace of the given weights."""
        columns = min(self.view.dimension, 2 * self.rank + 24)
        frame = weighted_frame(self.view.differences(pairs), weights, columns)
        Y = frame * np.where(np.arange(columns) < self.rank, 1.5, 0.5)
        self.pairs = pairs
        for temperature, steps in ASCENTS:
            for _ in range(ROUNDS):
                Y = self._ascend(Y, temperature, steps)
                found = self._weighted()
                if self._undercut() <= temperature:
                    break
                self._take(FRESH_PAIRS, REACH * temperature)
            yield found

    def _ascend(self, Y: FloatArray, temperature: float, steps: int) -> FloatArray:
        u = self.view.differences(self.pairs)
        P = ascend_fantope(u, Y, self.rank, temperature, steps)
        self.factor = P.factor
        _, self.weights = soft_minimum(projected_squares(u, self.factor), temperature)
        return P.reduced

    def _descents(self) -> Iterator[Weighted]:
        self._take(0, REACH * DESCENTS[0])
        _, self.weights = soft_minimum(self.squares, DESCENTS[0])
        for temperature in DESCENTS:
            for _ in range(ROUNDS):
                self._descend(temperature)
                found = self._weighted()
                if self._undercut() <= temperature:
                    break
                self._renew(REACH * temperature)
            yield found

    def _descend(self, temperature: float) -> None:
        end = descend(self.view.differences(self.pairs), self.weights, self.rank, temperature, NEWTON_STEPS)
        self.factor, self.weights = end.factor, end.weights

    def _weighted(self) -> Weighted:
        """Return the weights that matter and what they are worth."""
        on = self.weights > SMALL * self.weights.max()
        pairs, weights = self.pairs[on], self.weights[on] / self.weights[on].sum()
        return Weighted(pairs, weights, eigensum(self.view.differences(pairs), weights, self.rank))

    def _undercut(self) -> float:
        """Scan all pairs in the image of F; return by how much (δ²) they undercut the pairs in play."""
        fresh = shortest_pairs(self.view.coordinates @ self.factor, self.view.labels, FRESH_PAIRS)
        self.known = unique_pairs(np.concatenate([self.pairs, fresh]), len(self.view.labels))
        self.squares = projected_squares(self.view.differences(self.known), self.factor)
        self.kept = float(self.squares.min())
        self.reached = float(projected_squares(self.view.differences(self.pairs), self.factor).min())
        return self.reached - self.kept

    def _take(self, least: int, reach: float) -> None:
        """Put the closest known pairs in play: all within `reach` (δ²) of the shortest, and `least` at least."""
        within = int((self.squares <= self.kept + reach).sum())
        chosen = np.sort(np.argsort(self.squares, kind="stable")[: max(least, min(within, least + MOST_PAIRS))])
        self.pairs, self.squares = self.known[chosen], self.squares[chosen]

    def _renew(self, reach: float) -> None:
        """Drop the pairs in play without weight and add those within `reach` of the shortest, with a small weight."""
        n = len(self.view.labels)
        weights = np.zeros(len(self.known))
        weights[np.searchsorted(self.known @ [n, 1], self.pairs @ [n, 1])] = self.weights
        matter = (weights > SMALL) | (self.squares <= self.kept + reach)
        weights = np.where(weights > 0.0, weights, NEWCOMER * self.weights.mean())
        chosen = np.flatnonzero(matter)
        chosen = np.sort(chosen[np.argsort(self.squares[chosen], kind="stable")[:MOST_PAIRS]])
        self.pairs, self.weights = self.known[chosen], weights[chosen] / weights[chosen].sum()
