"""Few scores that serve all samples, from one per class by moving and splitting: for data too large for a cover."""

from collections.abc import Callable

import numpy as np

from logwidth.construct.pruning.assign_and_move import AssignedScores, ScoreMover
from logwidth.construct.pruning.problem import PruningProblem, Scores
from logwidth.types import BoolArray, FloatArray, IntArray

GENERATIONS = 60
MOST_VAIN = 4  # generations in a row that leave no fewer samples unserved, where there is another way
ROUNDS = 5
BUDGET = 2e12  # multiplications, some ten minutes


def grown_scores(
    mover: ScoreMover, begun: AssignedScores, progress: Callable[[float], None], *, stubborn: bool = True
) -> Scores | None:
    """Return scores that serve all samples in floats; None where as many as samples would not do, or it takes too long.

    It begins with scores that have been moved, one per class. In every generation each piece that still leaves
    samples unserved gets a second one, shifted from the mean of all its samples to the mean of the unserved ones,
    where both tie halfway; then all are moved (:class:`ScoreMover`). The work of a generation is `N P m`, a few
    times. Unless `stubborn`, it gives up also where some generations in a row leave no fewer samples unserved.
    Heuristic: nothing says that fewer would not do.
    """
    (scores, cover, short), fewest, vain = begun, np.inf, 0
    for _ in range(GENERATIONS):
        failing = short > 0.0
        progress(float(1.0 - failing.mean()))
        if not failing.any():
            return scores
        vain = 0 if failing.sum() < fewest else vain + 1
        fewest = min(fewest, float(failing.sum()))
        if scores.size >= len(failing) or mover.work > BUDGET or (vain >= MOST_VAIN and not stubborn):
            break
        scores = scores.joined(offspring(mover.problem, scores, cover, failing))
        scores, cover, short = mover.assign_and_move(scores, ROUNDS)
    return None


def class_means(problem: PruningProblem) -> Scores:
    """Return the Voronoi scores of the classes' means."""
    first = np.unique(problem.labels, return_index=True)[1]
    return Scores.at(problem.balls[0], np.arange(problem.n_classes), first)


def offspring(problem: PruningProblem, scores: Scores, cover: IntArray, failing: BoolArray) -> Scores:
    """Return one more score for every piece that leaves some of its samples unserved.

    With g the mean of the piece's samples and h that of the unserved ones, `a'(z) = a(z) + 2⟨h − g, z − (g + h)/2⟩`.
    """
    order = np.argsort(cover, kind="stable")
    ends = np.searchsorted(cover[order], np.arange(scores.size + 1))
    parents = np.unique(cover[failing])
    children = []
    for s in parents:
        rows = order[ends[s] : ends[s + 1]]
        part = _part(problem.images[rows], failing[rows])
        here, there = problem.images[rows].mean(axis=0), problem.images[rows[part]].mean(axis=0)
        shift = 2.0 * (there - here)
        children.append((scores.weights[s] + shift, scores.biases[s] - 0.5 * shift @ (here + there), rows[part][0]))
    weights, biases, seeds = (np.array(values) for values in zip(*children, strict=True))
    return Scores(weights, biases, scores.classes[parents], seeds)


def _part(z: FloatArray, failing: BoolArray) -> BoolArray:
    """Return for which of a piece's samples `z` `(n, m)` the new one is: the unserved, or those far out if all are."""
    if not failing.all():
        return failing
    away = z - z.mean(axis=0)
    far = away[np.argmax((away * away).sum(axis=1))]
    return np.asarray(away @ far >= 0.5 * (far @ far))
