"""Dropping and adding pieces, as long as the others can be moved to serve their samples (beyond theorem T6)."""

from collections.abc import Callable

import numpy as np

from logwidth.construct.pruning.assign_and_move import AssignedScores, ScoreMover, scan_work
from logwidth.construct.pruning.problem import PruningProblem, Scores, row_lengths
from logwidth.types import BoolArray, FloatArray, FractionProgress, IntArray

LARGEST_SHARE = 0.15
SMALL = 300  # pieces, with which all tries take a moment
MOST_FAILURES = 6
WORK, MOST_WORK = 5e10, 2e12  # multiplications, about half a minute and some ten minutes
SCANS, FEWEST_SCANS = 40, 10  # or as many looks at all samples and pieces; fewer are not worth a start
STALL = 0.3  # of the work
LEAST_GAIN = 0.01
PROMISING = 0.7  # of the samples, at most: of more pieces, moving them or the map spares few
GENERATIONS = 60
MOST_VAIN = 4  # generations in a row that leave no fewer samples unserved, where there is another way
ROUNDS = 5
MOST_PARTED = 500  # unserved samples, those that miss most, whose opposite pieces are split in a generation
BUDGET = 2e12  # multiplications, some ten minutes


class Pruner:
    """The scores so far, which serve all samples, with the assignment that shows it."""

    def __init__(self, mover: ScoreMover, scores: Scores, rng: np.random.Generator) -> None:
        self.mover, self.problem, self.scores, self.rng = mover, mover.problem, scores, rng
        self.cover, short = mover.served(scores)
        mover.work = 0.0
        self.budget = min(max(WORK, SCANS * scan_work(self.problem, scores)), MOST_WORK)
        self.mark, self.tries = (0.0, scores.size), 0
        self.sound = bool((short <= 0.0).all())
        self.share, self.failures = LARGEST_SHARE * (1.0 - scores.size / len(self.cover)), 0
        self.crowded = scores.size > max(PROMISING * len(self.cover), SMALL)

    def run(self, progress: FractionProgress, *, first: bool = False) -> Scores:
        """Drop and move until several small drops in a row fail, hardly any drop succeeds, or the work is done.

        Or until the `first` drop that succeeds; another call goes on from there.

        Where there are nearly as many pieces as samples, the first drop that fails is the last: more would spare less
        than one piece in a hundred and take most of the time. A hasty mover's failures cut the share to a quarter where they
        were hopeless, the first one in vain is the last, and drops of less than one piece in a hundred are not tried; it is
        hasty until the first success.
        """
        while self.sound and self.failures < MOST_FAILURES and self.mover.work < self.budget:
            if self._stalled() or not self._next() or (first and not self.mover.hasty):
                break
            progress(min(1.0, self.mover.work / self.budget))
        progress(1.0)
        return self.scores

    def _next(self) -> bool:
        """Drop some pieces, put them back where that fails; return whether to go on."""
        count = max(1, round(self.share * self.scores.size))
        dropped = self._least_used(count)
        if not dropped.size:
            return False
        self.tries += 1
        if self._try(dropped):
            self.failures, self.share, self.mover.hasty = 0, min(LARGEST_SHARE, 1.5 * self.share), False
            return True
        self.failures += count <= 1
        self.share /= 4.0 if self.mover.hopeless else 2.0
        done = self.crowded or self.mover.vain or (self.mover.hasty and self.share < LEAST_GAIN)
        self.sound = not done  # another call finds nothing to do
        return not done

    def _stalled(self) -> bool:
        """Return whether the last stretch of work dropped less than one piece in a hundred."""
        if self.mover.work < self.mark[0] + STALL * self.budget:
            return False
        before, self.mark = self.mark[1], (self.mover.work, self.scores.size)
        return self.scores.size > (1.0 - LEAST_GAIN) * before

    def _least_used(self, count: int) -> IntArray:
        """Return pieces that serve few samples, with some chance in it, never the last ones of a class."""
        used = np.bincount(self.cover, minlength=self.scores.size)
        order = np.argsort(used + self.rng.random(self.scores.size) * (1 + 3 * (count < 4)), kind="stable")
        left = np.bincount(self.scores.classes)[self.scores.classes]
        by, place = np.argsort(self.scores.classes[order], kind="stable"), np.empty_like(order)
        classes = self.scores.classes[order][by]
        place[by] = np.arange(len(order)) - np.searchsorted(classes, classes)  # among those of its class
        return np.asarray(order[place < left[order] - 1][:count])

    def _try(self, dropped: IntArray) -> bool:
        """Drop the pieces and move the rest; put those back without which samples stay unserved; keep any gain."""
        kept = np.setdiff1d(np.arange(self.scores.size), dropped)
        trial, cover, short = self.mover.assign_and_move(self.scores.take(kept))
        if self.mover.hopeless:
            return False
        missing = np.intersect1d(self.cover[short > 0.0], dropped)
        if missing.size and missing.size < dropped.size / 2:
            trial, cover, short = self.mover.assign_and_move(trial.joined(self.scores.take(missing)))
        if (short > 0.0).any():
            return False
        self.scores, self.cover = trial, cover
        return True


def grown_scores(
    mover: ScoreMover, begun: AssignedScores, progress: Callable[[float], None], *, stubborn: bool = True
) -> Scores | None:
    """Return scores that serve all samples in floats; None where as many as samples would not do, or it takes too long.

    It begins with scores that have been moved, one per class. In every generation each piece that still leaves
    samples unserved gets a second one, shifted from the mean of all its samples to the mean of the unserved ones,
    where both tie halfway, and so does the opposite piece that limits an unserved one most, towards its sample nearest to
    that one; then all are moved (:class:`ScoreMover`). The work of a generation is `N P m`, a few times. Unless `stubborn`,
    it gives up also where some generations in a row leave no fewer samples unserved.
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
        failing = failing | _in_the_way(mover.problem, scores, cover, np.argsort(-short)[: min(MOST_PARTED, failing.sum())])
        scores = scores.joined(offspring(mover.problem, scores, cover, failing))
        scores, cover, short = mover.assign_and_move(scores, ROUNDS)
    return None


def _in_the_way(problem: PruningProblem, scores: Scores, cover: IntArray, unserved: IntArray) -> BoolArray:
    """Return for which samples the opposite score that limits an unserved one most is needed, near that one.

    An unserved sample may lie nearer to the hull of another piece's samples than to any of them: no scores part them, unless
    that piece is split as well.
    """
    near = np.zeros(len(cover), dtype=bool)
    for i in unserved:
        z, own = problem.images[i], cover[i]
        gaps = scores.weights[own] - scores.weights
        lead = gaps @ z + scores.biases[own] - scores.biases - problem.sigma * row_lengths(gaps, problem.power)
        lead[scores.classes == problem.labels[i]] = np.inf
        rows = np.flatnonzero(cover == np.argmin(lead))
        if rows.size:
            away = problem.images[rows] - z
            near[rows[np.argmin((away * away).sum(axis=1))]] = True
    return near


def class_means(problem: PruningProblem) -> Scores:
    """Return the Voronoi scores of the classes' means."""
    first = np.unique(problem.labels, return_index=True)[1]
    return Scores.at(problem.balls[0], np.arange(problem.n_classes), first)


def offspring(problem: PruningProblem, scores: Scores, cover: IntArray, failing: BoolArray) -> Scores:
    """Return one more score for every piece that leaves some of its samples unserved, and has others.

    With g the mean of the piece's samples and h that of the unserved ones, `a'(z) = a(z) + 2⟨h − g, z − (g + h)/2⟩`.
    """
    order = np.argsort(cover, kind="stable")
    ends = np.searchsorted(cover[order], np.arange(scores.size + 1))
    parents = np.unique(cover[failing])
    parents = parents[ends[parents + 1] - ends[parents] > 1]
    if not parents.size:
        return scores.take(parents)
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
