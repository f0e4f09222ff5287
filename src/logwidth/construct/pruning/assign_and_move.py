"""Moving scores in rounds, the assignment of samples renewed in between, until all samples are served."""

from dataclasses import replace

import numpy as np

from logwidth.construct.pruning.leads import assign, in_order, rivals
from logwidth.construct.pruning.problem import PruningProblem, Scores
from logwidth.construct.pruning.tighten import Pairs, tightened
from logwidth.types import FloatArray, IntArray

ROUNDS = 6
EXTRA_RADIUS = 0.05
EXTRA_GAP = 3.0
REACH = 0.3
VAIN = 2.0
MOST_ENTRIES = 5_000_000  # numbers in the differences of scores that a move looks at
OVERHEAD = 30  # what an entry costs beside its dot product
AssignedScores = tuple[Scores, IntArray, FloatArray]  # with the assignment of the samples, and by how much each is missed


class ScoreMover:
    """Moves scores for one problem and counts the `work` in multiplications.

    Moves in a row keep the pairs of a sample and a rival that they looked at: what one has mended the next leaves alone.
    A `hasty` one gives up where two moves leave more samples unserved than there were, or one more than twice as many
    (`vain`), and moves with the assignment that it has; nearly always the rest would be in vain.
    """

    def __init__(self, problem: PruningProblem, *, hasty: bool = False) -> None:
        self.problem, self.hasty, self.hopeless, self.vain = problem, hasty, False, False
        self.wanted = (problem.sigma, problem.gap)
        self.target = (problem.sigma + EXTRA_RADIUS * (0.5 - problem.sigma), EXTRA_GAP * problem.gap)
        self.held: Pairs | None = None
        self.work = 0.0

    def served(self, scores: Scores) -> tuple[IntArray, FloatArray]:
        """Return the assignment of the samples and by how much each is missed; at most 0 is served."""
        self.work += scan_work(self.problem, scores)
        return assign(self.problem, scores, *self.wanted)

    def assign_and_move(self, scores: Scores, rounds: int = ROUNDS) -> AssignedScores:
        """Return the scores moved until all samples are served, or it seems hopeless, with their assignment."""
        first = last = np.inf
        self.held = None
        for number in range(rounds + 1):
            cover, short = self.served(scores)
            missing = int((short > 0.0).sum())
            self.vain = self.hasty and number > 0 and missing > VAIN * first
            self.hopeless = self.vain or (self.hasty and number > 1 and missing > first)
            if not missing or number == rounds or self.hopeless or (number > 2 and missing > 0.8 * last):
                break
            first, last = (missing if number == 0 else first), missing
            scores = self._moved(scores, cover)
        return scores, cover, short

    def _moved(self, scores: Scores, cover: IntArray) -> Scores:
        if not self.hasty:
            cover = self._assigned(scores, cover)
        reach = REACH * (1.0 - self.problem.sigma)
        most = MOST_ENTRIES // scores.weights.shape[1]
        pairs = rivals(self.problem, scores, cover, self.target, reach, most)
        if self.held is not None:
            keys = np.unique(np.concatenate([i * scores.size + j for i, j in (self.held, pairs)]))
            if len(keys) <= most:
                pairs = in_order(self.problem, cover, *np.divmod(keys, scores.size))
        self.held = pairs
        moved, work = self.tightened(scores, cover, pairs)
        self.work += (1.0 if self.hasty else 2.0) * scan_work(self.problem, scores) + work
        return moved

    def _assigned(self, scores: Scores, cover: IntArray) -> IntArray:
        """Return the assignment for the target; in a class of one score there is nothing to choose."""
        problem = self.problem
        some = np.flatnonzero(np.bincount(scores.classes)[problem.labels] > 1)
        if some.size:
            part = replace(problem, images=problem.images[some], labels=problem.labels[some])
            cover = cover.copy()
            cover[some] = assign(part, scores, *self.target)[0]
        return cover

    def tightened(self, scores: Scores, cover: IntArray, pairs: Pairs) -> tuple[Scores, float]:
        """Return the scores after a move, and its multiplications."""
        moved, steps = tightened(self.problem, scores, cover, pairs, self.target)
        per_step = 8 * len(pairs[0]) * (scores.weights.shape[1] + OVERHEAD / 4) + 40 * scores.weights.size
        return moved, float(steps) * per_step


def scan_work(problem: PruningProblem, scores: Scores) -> float:
    """Return the multiplications of one look at all samples and scores, overhead included."""
    return 2.0 * len(problem.labels) * (scores.weights.size + OVERHEAD * scores.size)
