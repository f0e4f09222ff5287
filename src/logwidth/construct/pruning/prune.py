"""Dropping pieces as long as the others can be moved to serve their samples (beyond theorem T6)."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
from threadpoolctl import threadpool_limits

from logwidth.construct.plan import Plan, Prototypes
from logwidth.construct.pruning.assign_and_move import ScoreMover, scan_work
from logwidth.construct.pruning.cover import cover_work, covering_rows
from logwidth.construct.pruning.grow import class_means, grown_scores
from logwidth.construct.pruning.joint_map_update import JointMover, prototypes_and_map
from logwidth.construct.pruning.problem import PruningProblem, Scores
from logwidth.types import Effort, FractionProgress, IntArray

SMALL_COVER, MOST_COVER = 1e10, 2e12  # multiplications of a greedy cover: some seconds, some ten minutes
HOPEFUL = 0.25  # of the samples that one score per class leaves unserved, at most: then growing is quick
FEWEST_PROBED, MOST_PROBED, PROBED_SHARE = 500, 2_000, 8  # samples that one score per class has to serve first
PROBES, HOPELESS = 2, 0.25  # moves, and how many of these samples may be unserved after them: else all will not be served
LARGEST_SHARE = 0.15
SMALL = 300  # pieces, with which all tries take a moment
MOST_FAILURES = 6
WORK, MOST_WORK = 5e10, 2e12  # multiplications, about half a minute and some ten minutes
SCANS, FEWEST_SCANS = 40, 10  # or as many looks at all samples and pieces; fewer are not worth a start
STALL = 0.3  # of the work
LEAST_GAIN = 0.01
PROMISING = 0.7  # of the samples, at most: of more pieces, moving them or the map spares few


def pruned_prototypes(
    plan: Plan, *, seed: int = 0, progress: FractionProgress | None = None, effort: Effort = "normal"
) -> Prototypes | None:
    """Return few affine pieces that serve every ball, by dropping and moving; None where no start was found.

    The start is a greedy cover by samples, or :func:`grown_scores` for large data that one score per class nearly serves or
    that are too large for a cover.
    A share of the pieces, those that serve the fewest samples, is dropped; the others are moved (:class:`ScoreMover`)
    until they serve all samples, or the share is put back and halved. Every accepted state serves all balls in floats;
    only a certificate of the built network proves it. Deterministic for a seed; the work is bounded by a count of
    operations, not by a clock: where N times the pieces is too large for it, the start is returned as it is.
    Heuristic: that fewer pieces would not do is not shown. For balls in other norms than ℓ2 lengths are dual ones, the map
    must be the identity, and the start is grown where samples do not cover all.

    `effort` = 'low' returns the start; 'normal', of more than SMALL pieces and until a first try succeeds, gives a try up
    that leaves more samples unserved after two moves than before, and makes none for less than one piece in a hundred.
    """
    return Pruning(plan, seed, effort).pruned(progress)


def prototypes_with_new_map(
    plan: Plan, *, seed: int = 0, progress: FractionProgress | None = None, effort: Effort = "normal"
) -> Prototypes | None:
    """Return few affine pieces and the map of the plan's rank on which they serve every ball.

    As :func:`pruned_prototypes`, from whose pieces it goes on, but the pieces are moved together with the map
    (:class:`JointMover`). None where it gains nothing or is not tried: where there is one piece per class, the map keeps all
    features, the start spares few samples, the work would be too much; with 'low' effort; and with 'normal' effort where of
    more than SMALL pieces none could be dropped on the plan's own map. Heuristic, and deterministic for a seed, as there.
    """
    return Pruning(plan, seed, effort).with_new_map(progress)


class Pruning:
    """The search for few pieces on one plan; what it finds on the way serves both the plan's map and a moved one."""

    def __init__(self, plan: Plan, seed: int, effort: Effort = "normal", say: Callable[[str], None] | None = None) -> None:
        self.plan, self.seed, self.effort = plan, seed, effort
        self.say = say or (lambda _what: None)  # hears in a sentence what is left out
        self.progress: FractionProgress = lambda _fraction: None

    def pruned(self, progress: FractionProgress | None = None) -> Prototypes | None:
        """Return what :func:`pruned_prototypes` does."""
        self.progress = progress or self.progress
        with threadpool_limits(limits=1, user_api="blas"):  # so that rounding, and with it the result, is always the same
            scores = self._dropped
            return None if scores is None else scores.prototypes(self.plan, self._problem)

    def cover(self) -> Prototypes:
        """Return what :func:`covering_prototypes` does."""
        with threadpool_limits(limits=1, user_api="blas"):
            return self._cover.prototypes(self.plan, self._problem)

    def with_new_map(self, progress: FractionProgress | None = None) -> Prototypes | None:
        """Return what :func:`prototypes_with_new_map` does."""
        self.progress = progress or self.progress
        n, d = self.plan.points.shape
        if self.plan.map_rank >= d or self._problem.power != 2.0 or self.effort == "low":
            return None
        with threadpool_limits(limits=1, user_api="blas"):
            start, scores = self._start, self._dropped
            if start is None or scores is None or not self._problem.n_classes < start.size <= PROMISING * n:
                return None
            if self.effort == "normal" and scores.size == start.size > SMALL:
                self.say(f"pieces: the map is not moved with them, for on it none of {scores.size} could be dropped")
                return None
            above = PruningProblem.of_features(self.plan)
            lifted = replace(scores, weights=scores.weights @ self.plan.matrix)
            if FEWEST_SCANS * scan_work(above, lifted) > MOST_WORK:
                return None
            found = self._run(JointMover(above, self.plan.map_rank, hasty=self._hasty(lifted)), lifted)
            return prototypes_and_map(self.plan, above, found) if found.size < scores.size else None

    @cached_property
    def _problem(self) -> PruningProblem:
        return PruningProblem.of(self.plan)

    @cached_property
    def _start(self) -> Scores | None:
        """Scores that serve all samples to begin with.

        One score per class, where it can be moved until it serves them all: no fewer will do.
        """
        problem, mover, work, means = (
            self._problem,
            ScoreMover(self._problem),
            cover_work(self.plan),
            class_means(self._problem),
        )
        report = self.progress
        _, before = mover.served(means)
        grown = work > MOST_COVER or (work > SMALL_COVER and (before > 0.0).mean() <= HOPEFUL)
        if not (grown or problem.power != 2.0 or self.effort == "high" or _may_serve(problem, means)):
            return self._cover
        begun = mover.assign_and_move(means)
        if not (begun[2] > 0.0).any():
            return begun[0]
        if problem.power != 2.0:
            _, short = mover.served(Scores.voronoi(problem, np.arange(len(problem.labels))))
            grown, stubborn = bool((short > 0.0).any()), True
        else:
            stubborn = work > MOST_COVER
        scores = None
        if grown:
            scores = grown_scores(mover, begun, lambda fraction: report(0.5 * fraction), stubborn=stubborn)
        return scores if scores is not None or (stubborn and grown) else self._cover

    @cached_property
    def _cover(self) -> Scores:
        return Scores.voronoi(self._problem, covering_rows(self._problem))

    @cached_property
    def _dropped(self) -> Scores | None:
        """The start, fewer if some can be dropped."""
        scores = self._start
        if self.effort == "low" and scores is not None:
            self.say(f"pieces: with low effort no try to drop some of {scores.size}")
        if scores is None or self.effort == "low" or FEWEST_SCANS * scan_work(self._problem, scores) > MOST_WORK:
            return scores
        return self._run(ScoreMover(self._problem, hasty=self._hasty(scores)), scores)

    def _hasty(self, scores: Scores) -> bool:
        return self.effort == "normal" and scores.size > SMALL

    def _run(self, mover: ScoreMover, scores: Scores) -> Scores:
        report = self.progress
        pruner = _Pruner(mover, scores, np.random.default_rng(self.seed))
        found = pruner.run(lambda fraction: report(0.5 + 0.5 * fraction))
        if mover.hasty and pruner.tries:
            self.say(f"pieces: {pruner.tries} short tries to drop some of {scores.size} failed; no longer ones were made")
        return found


def _may_serve(problem: PruningProblem, means: Scores) -> bool:
    """Return whether one score per class, moved a little, serves most of some samples: else it will hardly serve all.

    With one score per class the assignment is fixed and the problem convex: what serves all samples serves some.
    """
    n = len(problem.labels)
    count = max(FEWEST_PROBED, min(n // PROBED_SHARE, MOST_PROBED))
    if count >= n:
        return True
    some = np.sort(np.random.default_rng(n).permutation(n)[:count])
    part = replace(problem, images=problem.images[some], labels=problem.labels[some])
    return bool((ScoreMover(part).assign_and_move(means, PROBES)[2] > 0.0).mean() <= HOPELESS)


class _Pruner:
    """The scores so far, which serve all samples, with the assignment that shows it."""

    def __init__(self, mover: ScoreMover, scores: Scores, rng: np.random.Generator) -> None:
        self.mover, self.problem, self.scores, self.rng = mover, mover.problem, scores, rng
        self.cover, short = mover.served(scores)
        mover.work = 0.0
        self.budget = min(max(WORK, SCANS * scan_work(self.problem, scores)), MOST_WORK)
        self.mark, self.tries = (0.0, scores.size), 0
        self.sound = bool((short <= 0.0).all())

    def run(self, progress: FractionProgress) -> Scores:
        """Drop and move until several small drops in a row fail, hardly any drop succeeds, or the work is done.

        Where there are nearly as many pieces as samples, the first drop that fails is the last: more would spare less
        than one piece in a hundred and take most of the time. A hasty mover's failures cut the share to a quarter where they
        were hopeless, and drops of less than one piece in a hundred are not tried; it is hasty until the first success.
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
            self.tries += 1
            if self._try(dropped):
                failures, share, self.mover.hasty = 0, min(LARGEST_SHARE, 1.5 * share), False
            elif crowded:
                break
            else:
                failures += count <= 1
                share /= 4.0 if self.mover.hopeless else 2.0
                if self.mover.hasty and share < LEAST_GAIN:
                    break
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
        if self.mover.hopeless:
            return False
        missing = np.intersect1d(self.cover[short > 0.0], dropped)
        if missing.size and missing.size < dropped.size / 2:
            trial, cover, short = self.mover.assign_and_move(trial.joined(self.scores.take(missing)))
        if (short > 0.0).any():
            return False
        self.scores, self.cover = trial, cover
        return True
