"""Moving scores and the row space of the map together: fewer pieces, and the map that they ask for."""

from dataclasses import replace

import numpy as np

from logwidth.construct.plan import Plan, Prototypes
from logwidth.construct.pruning.assign_and_move import (
    ROUNDS,
    AssignedScores,
    Pairs,
    ScoreMover,
    added,
    difference_sums,
    stepped_down,
)
from logwidth.construct.pruning.problem import LEAST, PruningProblem, Scores
from logwidth.types import FloatArray, IntArray


class JointMover(ScoreMover):
    """Moves scores of the features themselves whose weights differ by vectors of one subspace of dimension `rank`.

    The subspace moves too. Scores `⟨v_t, x⟩ + b_t` with all `v_s − v_t` in the row space of T are, up to a common affine
    function, scores of `T x`, with the same `‖v_s − v_t‖`: T6's inequalities for them are those of the network on T.
    """

    def __init__(self, problem: PruningProblem, rank: int, *, hasty: bool = False) -> None:
        super().__init__(problem, hasty=hasty)
        self.rank = rank

    def assign_and_move(self, scores: Scores, rounds: int = ROUNDS) -> AssignedScores:
        """Return the scores moved until all samples are served, or it seems hopeless, with their assignment."""
        return super().assign_and_move(flattened(scores, self.rank), rounds)

    def tightened(self, scores: Scores, cover: IntArray, pairs: Pairs) -> tuple[Scores, float]:
        """Return the scores after a move, and its multiplications."""
        moved, steps = moved_with_map(self.problem, scores, cover, pairs, (*self.target, self.rank))
        entry = 3.0 * self.rank + 0.5 * self.problem.images.shape[1]
        return moved, steps * (8.0 * len(pairs[0]) * entry + 40.0 * scores.weights.size)


def row_space(scores: Scores, rank: int) -> FloatArray:
    """Return orthonormal rows `(rank, d)` that span the differences of the weights as well as so many can."""
    directions = np.linalg.svd(
        scores.weights - scores.weights.mean(axis=0), full_matrices=scores.size <= scores.weights.shape[1]
    )[2]
    return np.asarray(directions[:rank])


def flattened(scores: Scores, rank: int) -> Scores:
    """Return the scores with weights of mean 0, within their best subspace of dimension `rank`."""
    Q = row_space(scores, rank)
    return replace(scores, weights=(scores.weights - scores.weights.mean(axis=0)) @ Q.T @ Q)


def moved_with_map(
    problem: PruningProblem, scores: Scores, cover: IntArray, pairs: Pairs, bounds: tuple[float, float, int]
) -> tuple[Scores, int]:
    """Return scores `v_t = Tᵀw_t` after L-BFGS steps in (w, T, b) downhill on the sum that `tighten.tightened` has.

    `bounds` = (sigma, gap, rank of T). No longer convex. T begins with the row space of the weights, scaled so that steps in
    T and in w weigh alike. Also returns the number of evaluations.
    """
    (rows, others), (sigma, gap, rank) = pairs, bounds
    own, x = cover[rows], problem.images[rows]
    size, d = scores.weights.shape
    sums = difference_sums(own, others, size)

    def parts(unknowns: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        W, T, b = np.split(unknowns, [size * rank, (size + d) * rank])
        return W.reshape(size, rank), T.reshape(rank, d), b

    def shortfall(unknowns: FloatArray) -> tuple[float, FloatArray]:
        W, T, b = parts(unknowns)
        U, z = W.take(own, axis=0), x @ T.T
        U -= W.take(others, axis=0)
        V = U @ (T @ T.T)
        length = np.sqrt(np.maximum(np.einsum("ij,ij->i", U, V), LEAST))
        h = np.maximum(gap + sigma * length - np.einsum("ij,ij->i", U, z) - b[own] + b[others], 0.0)
        on = np.flatnonzero(h)
        pull, U = 2.0 * h[on], U[on]
        stretch = sigma * pull / length[on]
        slopes = added(sums, on, np.column_stack([stretch[:, None] * V[on] - pull[:, None] * z[on], -pull]))
        by_map = (U.T * stretch) @ U @ T - (U.T * pull) @ x[on]
        return float(h @ h), np.concatenate([slopes[:, :-1].ravel(), by_map.ravel(), slopes[:, -1]])

    Q = row_space(scores, rank)
    W = (scores.weights - scores.weights.mean(axis=0)) @ Q.T
    scale = float(np.sqrt((W * W).mean()))
    start = np.concatenate([(W / scale).ravel(), (Q * scale).ravel(), scores.biases])
    x, steps = stepped_down(shortfall, start)
    W, T, b = parts(x)
    return replace(scores, weights=W @ T, biases=b), steps


def prototypes_and_map(plan: Plan, problem: PruningProblem, scores: Scores) -> Prototypes:
    """Return scores on features as pieces in the units of the data, with the map whose rows span their differences."""
    flat = flattened(scores, plan.map_rank)
    centres = 0.5 * flat.weights
    offsets = flat.biases + (centres * centres).sum(axis=1)
    points = plan.points.mean(axis=0) + plan.distance * centres
    unit = plan.distance**2
    return Prototypes(points, offsets * unit, flat.classes, problem.gap * unit, row_space(flat, plan.map_rank))
