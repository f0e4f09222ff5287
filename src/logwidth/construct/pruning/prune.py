"""Dropping pieces as long as the others can be moved to serve their samples (beyond theorem T6)."""

from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from logwidth.construct.plan import Plan, Prototypes
from logwidth.construct.pruning.assign_and_move import ScoreMover, scan_work
from logwidth.construct.pruning.cover import cover_work, covering_rows
from logwidth.construct.pruning.grow import class_means, grown_scores
from logwidth.construct.pruning.joint_map_update import JointMover, prototypes_and_map
from logwidth.construct.pruning.problem import PruningProblem, Scores
from logwidth.types import FractionProgress, IntArray

FEW, SMALL_COVER, MOST_COVER = 1e7, 1e10, 2e12  # multiplications of a greedy cover: none, some seconds, some ten minutes
HOPEFUL = 0.25  # of the samples that one score per class leaves unserved, at most: then growing is quick
LARGEST_SHARE = 0.15
SMALL = 300  # pieces, with which all tries take a moment
MOST_FAILURES = 6
WORK, MOST_WORK = 5e10, 2e12  # multiplications, about half a minute and some ten minutes
SCANS, FEWEST_SCANS = 40, 10  # or as many looks at all samples and pieces; fewer are not worth a start
STALL = 0.3  # of the work
LEAST_GAIN = 0.01
PROMISING = 0.7  # of the samples, at most: of more pieces, moving them or the map spares few


def pruned_prototypes(plan: Plan, *, seed: int = 0, progress: FractionProgress | None = None) -> Prototypes | None:
    """Return few affine pieces that serve every ball, by dropping and moving; None where no start was found.

    The start is a greedy cover by samples, or :func:`grown_scores` for large data that one score per class nearly serves or
    that are too large for a cover.
    A share of the pieces, those that serve the fewest samples, is dropped; the others are moved (:class:`ScoreMover`)
    until they serve all samples, or the share is put back and halved. Every accepted state serves all balls in floats;
    only a certificate of the built network proves it. Deterministic for a seed; the work is bounded by a count of
    operations, not by a clock: where N times the pieces is too large for it, the start is returned as it is.
    Heuristic: that fewer pieces would not do is not shown. For balls in other norms than ℓ2 lengths are dual ones, the map
    must be the identity, and the start is grown where samples do not cover all.
    """
    problem, progress = PruningProblem.of(plan), progress or (lambda _fraction: None)
    with threadpool_limits(limits=1, user_api="blas"):  # so that rounding, and with it the result, is always the same
        mover = ScoreMover(problem)
        scores = _start(mover, cover_work(plan), lambda fraction: progress(0.5 * fraction))
        if scores is not None and FEWEST_SCANS * scan_work(problem, scores) <= MOST_WORK:
            pruner = _Pruner(mover, scores, np.random.default_rng(seed))
            scores = pruner.run(lambda fraction: progress(0.5 + 0.5 * fraction))
    return None if scores is None else scores.prototypes(plan, problem)


def prototypes_with_new_map(plan: Plan, *, seed: int = 0, progress: FractionProgress | None = None) -> Prototypes | None:
    """Return few affine pieces and the map of the plan's rank on which they serve every ball.

    As :func:`pruned_prototypes`, but the pieces are moved together with the map (:class:`JointMover`), from the
    plan's on; of few samples they are moved on that map first. None where it gains nothing or is not tried: where
    there is one piece per class, the map keeps all features, the start spares few samples, or the work would be too
    much. Heuristic, and deterministic for a seed, as there.
    """
    problem, progress = PruningProblem.of(plan), progress or (lambda _fraction: None)
    n, d = plan.points.shape
    if plan.map_rank >= d or problem.power != 2.0:
        return None
    with threadpool_limits(limits=1, user_api="blas"):
        mover = ScoreMover(problem)
        scores = _start(mover, cover_work(plan), progress)
        if scores is None or not problem.n_classes < scores.size <= PROMISING * n:
            return None
        if cover_work(plan) <= FEW:
            scores = _Pruner(mover, scores, np.random.default_rng(seed)).run(progress)
        above = PruningProblem.of_features(plan)
        lifted = replace(scores, weights=scores.weights @ plan.matrix)
        if FEWEST_SCANS * scan_work(above, lifted) > MOST_WORK:
            return None
        found = _Pruner(JointMover(above, plan.map_rank), lifted, np.random.default_rng(seed)).run(progress)
        return prototypes_and_map(plan, above, found) if found.size < scores.size else None


def _start(mover: ScoreMover, work: float, progress: FractionProgress) -> Scores | None:
    """Return scores that serve all samples to begin with; `work` is that of a greedy cover.

    One score per class, where it can be moved until it serves them all: no fewer will do.
    """
    problem, means = mover.problem, class_means(mover.problem)
    _, before = mover.served(means)
    begun = mover.assign_and_move(means)
    if not (begun[2] > 0.0).any():
        return begun[0]
    if problem.power != 2.0:
        _, short = mover.served(Scores.voronoi(problem, np.arange(len(problem.labels))))
        covered = not (short > 0.0).any()
        return Scores.voronoi(problem, covering_rows(problem)) if covered else grown_scores(mover, begun, progress)
    scores = None
    if work > MOST_COVER or (work > SMALL_COVER and (before > 0.0).mean() <= HOPEFUL):
        scores = grown_scores(mover, begun, progress, stubborn=work > MOST_COVER)
    if scores is None and work <= MOST_COVER:
        scores = Scores.voronoi(problem, covering_rows(problem))
    return scores


class _Pruner:
    """The scores so far, which serve all samples, with the assignment that shows it."""

    def __init__(self, mover: ScoreMover, scores: Scores, rng: np.random.Generator) -> None:
        self.mover, self.problem, self.scores, self.rng = mover, mover.problem, scores, rng
        self.cover, short = mover.served(scores)
        mover.work = 0.0
        self.budget = min(max(WORK, SCANS * scan_work(self.problem, scores)), MOST_WORK)
        self.mark = (0.0, scores.size)
        self.sound = bool((short <= 0.0).all())

    def run(self, progress: FractionProgress) -> Scores:
        """Drop and move until several small drops in a row fail, hardly any drop succeeds, or the work is done.

        Where there are nearly as many pieces as samples, the first drop that fails is the last: more would spare less
        than one piece in a hundred and take most of the time.
        """
        share, failures = LARGEST_SHARE * (1.0 - self.scores.size / len(self.cover)), 0
        crowded = self.scores.size > max(PROMISING * len(self.cover), SMALL)
        while self.sound and failures < MOST_FAILURES and self.mover.work < self.budget:
            if self._stalled():
                break
            count = max(1, round(share * self.scores.size))
            dropped = self._least_used(count)
            if not dropped.size:
                break
            if self._try(dropped):
                failures, share = 0, min(LARGEST_SHARE, 1.5 * share)
            elif crowded:
                break
            else:
                failures += count <= 1
                share /= 2.0
            progress(min(1.0, self.mover.work / self.budget))
        progress(1.0)
        return self.scores

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
        left = np.bincount(self.scores.classes, minlength=self.problem.n_classes)
        chosen: list[int] = []
        for piece in order:
            if len(chosen) < count and left[self.scores.classes[piece]] > 1:
                left[self.scores.classes[piece]] -= 1
                chosen.append(int(piece))
        return np.array(chosen, dtype=np.intp)

    def _try(self, dropped: IntArray) -> bool:
        """Drop the pieces and move the rest; put those back without which samples stay unserved; keep any gain."""
        kept = np.setdiff1d(np.arange(self.scores.size), dropped)
        trial, cover, short = self.mover.assign_and_move(self.scores.take(kept))
        missing = np.intersect1d(self.cover[short > 0.0], dropped)
        if missing.size and missing.size < dropped.size / 2:
            trial, cover, short = self.mover.assign_and_move(trial.joined(self.scores.take(missing)))
        if (short > 0.0).any():
            return False
        self.scores, self.cover = trial, cover
        return True
