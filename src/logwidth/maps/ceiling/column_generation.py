"""Column generation for the dual of T2: ascend on the Fantope, then descend in the weights, scanning in between."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from logwidth.maps.ceiling.ascent import ascend_fantope
from logwidth.maps.ceiling.ellipsoid import descend, fitted, inverse_root
from logwidth.maps.nearby import shortest_pairs, unique_pairs
from logwidth.maps.softmin import projected_squares, soft_minimum
from logwidth.maps.span import SpanCoordinates
from logwidth.maps.starts import weighted_frame
from logwidth.types import FloatArray, IntArray, Progress

ASCENTS = ((2e-2, 60), (1e-2, 100), (5e-3, 100), (2e-3, 100), (1e-3, 100), (5e-4, 100))
DESCENTS = (5e-4, 2e-4, 5e-5, 2e-5)
ROUNDS = 3
NEWTON_STEPS = 15
FRESH_PAIRS = 4000
MOST_PAIRS = 800
REACH = 20.0
SMALL = 1e-7
FRESH_WEIGHT = 1e-3
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class DualWeights:
    """Weights `w > 0` on opposite `pairs` (n, 2), summing to 1 up to rounding, for maps of rank ≤ `rank`.

    They state that no such map keeps more than about `ratio_estimate` of the separation (T2 of docs/theory.md). The estimate
    is a float evaluation without a bound: only a certificate made from the weights proves it. `ellipsoid` is None for
    ℓ2; for other norms it is the matrix A, (d, d) or the diagonal (d,), of the ellipsoid `‖A v‖_2 ≤ 1` used.
    """

    norm: float
    rank: int
    pairs: IntArray
    weights: FloatArray
    ratio_estimate: float
    ellipsoid: FloatArray | None = None

    def __post_init__(self) -> None:
        for array in (self.pairs, self.weights, self.ellipsoid):
            if array is not None:
                array.setflags(write=False)


def eigensum(differences: FloatArray, weights: FloatArray, rank: int) -> float:
    """Return the sum of the `rank` largest eigenvalues of `Σ w u uᵀ`, in floats.

    >>> eigensum(np.eye(4), np.full(4, 0.25), 2)
    0.5
    """
    eigenvalues = np.linalg.eigvalsh(differences.T @ (weights[:, None] * differences))
    return float(eigenvalues[-rank:].sum())


@dataclass(frozen=True, eq=False)
class Weighted:
    """Weights on pairs, the inscribed ellipsoid `vᵀQ⁻¹v ≤ 1` (None: the ℓ2 ball), and their sum of eigenvalues (δ²)."""

    pairs: IntArray
    weights: FloatArray
    value: float
    Q: FloatArray | None = None


class ColumnGeneration:
    """The pairs in play, their weights, and the factor F (r, m) of the relaxed map `P = F Fᵀ` in the Fantope.

    `reached` is `min ⟨P, u uᵀ⟩` over the pairs in play and `kept` that over all pairs, at most the optimum of T2.
    For p ≠ 2 it takes place in the coordinates `Q^{−1/2} u`, in which the inscribed ellipsoid is the unit ball, and
    Q is fitted anew after every ascent.
    """

    def __init__(self, view: SpanCoordinates, rank: int, wanted: float | None, progress: Progress) -> None:
        self.plain = self.view = view
        self.rank, self.wanted, self.progress = rank, wanted, progress
        self.kept = self.reached = 0.0
        self.p = 2.0
        self.Q: FloatArray | None = None

    def fit(self, p: float, Q: FloatArray) -> None:
        """ColumnGeneration for the norm `p` in the coordinates that Q makes round."""
        self.p, self.Q = p, Q
        self.view = replace(self.plain, coordinates=np.ascontiguousarray(self.plain.coordinates @ inverse_root(Q).T))

    def stages(self, start: tuple[IntArray, FloatArray]) -> Iterator[Weighted]:
        """Yield the weights after every stage, hot to cold, until they settle whether the wanted ratio is excluded."""
        total = len(ASCENTS) + (len(DESCENTS) if self.Q is None else 0)
        for done, found in enumerate(chain(self._ascents(*start), self._descents()), start=1):
            self.progress(f"ceiling of rank {self.rank}", done / total)
            yield found
            if done == total or self._settled(found):
                break
        self.progress(f"ceiling of rank {self.rank}", 1.0)

    def _settled(self, found: Weighted) -> bool:
        """Whether the wanted ratio is excluded, or seems out of reach; without one, whether 1 is for p ≠ 2."""
        wanted = 1.0 if self.wanted is None else self.wanted**2
        excluded = self.wanted is not None and found.value < wanted * (1.0 - TOLERANCE)
        return excluded or self.kept > wanted * (1.0 + TOLERANCE)

    def _refitted(self, found: Weighted, temperature: float) -> Weighted:
        """Return the weights with the ellipsoid that suits them, and go on in its coordinates; nothing for ℓ2."""
        if self.Q is None:
            return found
        u = self.plain.differences(found.pairs)
        self.fit(self.p, fitted(self.p, u.T @ (found.weights[:, None] * u), self.Q, self.rank, temperature))
        return replace(found, value=eigensum(self.view.differences(found.pairs), found.weights, self.rank), Q=self.Q)

    def _ascents(self, pairs: IntArray, weights: FloatArray) -> Iterator[Weighted]:
        """Start from a soft version of the top eigenspace of the given weights."""
        columns = min(self.view.dimension, 2 * self.rank + 24)
        frame = weighted_frame(self.view.differences(pairs), weights, columns)
        Y = frame * np.where(np.arange(columns) < self.rank, 1.5, 0.5)
        self.pairs = pairs
        for temperature, steps in ASCENTS:
            for _ in range(ROUNDS):
                Y = self._ascend(Y, temperature, steps)
                found = self._refitted(self._weighted(), temperature)
                if self._undercut() <= temperature and self.Q is None:
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
        """Polish the weights, colder and colder, as long as the pairs that matter can all be in play."""
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
            if len(self.known) > MOST_PAIRS and self.reached - self.kept > REACH * temperature:
                return

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
        weights = np.where(weights > 0.0, weights, FRESH_WEIGHT * self.weights.mean())
        chosen = np.flatnonzero(matter)
        chosen = np.sort(chosen[np.argsort(self.squares[chosen], kind="stable")[:MOST_PAIRS]])
        self.pairs, self.weights = self.known[chosen], weights[chosen] / weights[chosen].sum()
