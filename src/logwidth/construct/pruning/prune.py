"""Few pieces on a plan: where the search begins, and whether the map is moved with them (beyond theorem T6)."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from logwidth.compute.threads import one_thread_each
from logwidth.construct.plan import Plan, Prototypes
from logwidth.construct.pruning.assign_and_move import ScoreMover, scan_work
from logwidth.construct.pruning.cover import cover_work, covering_rows
from logwidth.construct.pruning.drop import FEWEST_SCANS, MOST_WORK, PROMISING, SMALL, Pruner, class_means, grown_scores
from logwidth.construct.pruning.joint_map_update import JointMover, prototypes_and_map
from logwidth.construct.pruning.problem import PruningProblem, Scores
from logwidth.types import Effort, FractionProgress, silent

FEW, SMALL_COVER, MOST_COVER = 1e7, 1e10, 2e12  # multiplications of a greedy cover: none, some seconds, some ten minutes
HOPEFUL = 0.25  # of the samples that one score per class leaves unserved, at most: then growing is quick
NEARLY = 0.05  # and once they were moved: then growing needs few more, a cover many
SPARE = 0.05  # of the pieces beyond one per class: fewer are not worth a try
FEWEST_PROBED, MOST_PROBED, PROBED_SHARE = 500, 2_000, 8  # samples that one score per class has to serve first
PROBES, HOPELESS = 2, 0.25  # moves, and how many of these samples may be unserved after them: else all will not be served


class Pruning:
    """The search for few pieces on one plan; what it finds on the way serves both the plan's map and a moved one.

    Heuristic: that fewer pieces would not do is not shown. Deterministic for a seed.
    """

    def __init__(
        self, plan: Plan, seed: int = 0, effort: Effort = "normal", say: Callable[[str], None] | None = None
    ) -> None:
        self.plan, self.seed, self.effort = plan, seed, effort
        self.say = say or silent  # hears in a sentence what is left out
        self.progress: FractionProgress = silent

    def pruned(self, progress: FractionProgress | None = None) -> Prototypes | None:
        """Return few affine pieces that serve every ball, by dropping and moving; None where no start was found.

        The start is a greedy cover by samples, or :func:`grown_scores` where one score per class, moved, serves nearly all
        samples, and for data that are too large for a cover.
        A share of the pieces, those that serve the fewest samples, is dropped; the others are moved (:class:`ScoreMover`)
        until they serve all samples, or the share is put back and halved. Every accepted state serves all balls in floats;
        only a certificate of the built network proves it. The work is bounded by a count of operations, not by a clock:
        where N times the pieces is too large for it, the start is returned as it is.
        For balls in other norms than ℓ2 lengths are dual ones, the map must be the identity, and the start is grown where
        samples do not cover all.

        `effort` = 'low' returns the start; 'normal', of more than SMALL pieces and until a first try succeeds, gives a try
        up that leaves more samples unserved after two moves than before, makes none for less than one piece in a hundred,
        and no more where one move leaves more than twice as many unserved. It makes none either where at most one piece in
        twenty could go, one per class being left.
        """
        self.progress = progress or self.progress
        with one_thread_each():  # so that rounding, and with it the result, is always the same
            scores = self._dropped
            return None if scores is None else scores.prototypes(self.plan, self._problem)

    def cover(self) -> Prototypes:
        """Return samples that cover all samples of their class against all opposite samples, chosen greedily.

        Sample s covers i when `(a_s − a_j)(z_i) − 2σ‖c_s − c_j‖ ≥ gap` for every opposite sample j: on the whole ball around
        i the score of s leads. Each class is a set-cover problem of its own (T6). The cover is minimal: without any one of
        its samples some sample is covered no more. For balls in other norms the length is the dual one, and the map must be
        the identity.

        Raises InputError where samples do not cover all: other norms ask for more than half the distance.
        """
        with one_thread_each():
            return self._cover.prototypes(self.plan, self._problem)

    def with_new_map(self, progress: FractionProgress | None = None) -> Prototypes | None:
        """Return few affine pieces and the map of the plan's rank on which they serve every ball.

        As :meth:`pruned`, but pieces are moved together with the map (:class:`JointMover`), from the plan's on; of few
        samples they are moved on that map first. None where it gains nothing or is not tried: where there is one piece per
        class, the map keeps all features, the start spares few samples, the work would be too much; with 'low' effort; and
        with 'normal' effort where of more than SMALL pieces the first tries to drop some on the plan's own map fail.
        """
        self.progress = progress or self.progress
        n, d = self.plan.points.shape
        if self.plan.map_rank >= d or self._problem.power != 2.0 or self.effort == "low":
            return None
        with one_thread_each():
            scores = self._start
            if scores is None or not self._problem.n_classes < scores.size <= PROMISING * n or self._settled:
                return None
            above = replace(self._problem, images=(self.plan.points - self.plan.points.mean(axis=0)) / self.plan.distance)
            lifted = replace(scores, weights=scores.weights @ self.plan.matrix)
            if FEWEST_SCANS * scan_work(above, lifted) > MOST_WORK:
                return None
            if not self._promising:
                self.say(
                    f"pieces: the map is not moved with them, for on it tries to drop some of {scores.size} fail at once"
                )
                return None
            if cover_work(self.plan) <= FEW:
                scores = self._dropped or scores
                lifted = replace(scores, weights=scores.weights @ self.plan.matrix)
            found = self._run(JointMover(above, self.plan.map_rank), lifted)
            return prototypes_and_map(self.plan, above, found) if found.size < scores.size else None

    @cached_property
    def _problem(self) -> PruningProblem:
        return PruningProblem.of(self.plan)

    @cached_property
    def _start(self) -> Scores | None:
        """Scores that serve all samples to begin with.

        One score per class, where it can be moved until it serves them all: no fewer will do.
        """
        problem, work, report = self._problem, cover_work(self.plan), self.progress
        mover, means = ScoreMover(problem), class_means(problem)
        _, before = mover.served(means)
        large, likely = work > MOST_COVER, work > SMALL_COVER and (before > 0.0).mean() <= HOPEFUL
        if not (large or likely or problem.power != 2.0 or self.effort == "high" or _may_serve(problem, means)):
            return self._cover
        begun = mover.assign_and_move(means)
        missing = float((begun[2] > 0.0).mean())
        if missing == 0.0:
            return begun[0]
        if problem.power != 2.0 and not large:
            large = bool((mover.served(Scores.voronoi(problem, np.arange(len(problem.labels))))[1] > 0.0).any())
        if not (large or likely or missing <= NEARLY):
            return self._cover
        scores = grown_scores(mover, begun, lambda fraction: report(0.5 * fraction), stubborn=large)
        return scores if scores is not None or large else self._cover

    @cached_property
    def _cover(self) -> Scores:
        return Scores.voronoi(self._problem, covering_rows(self._problem))

    @cached_property
    def _dropped(self) -> Scores | None:
        """The start, fewer if some can be dropped."""
        scores = self._start
        if self.effort == "low" and scores is not None:
            self.say(f"pieces: with low effort no try to drop some of {scores.size}")
        elif scores is not None and self._settled:
            self.say(
                f"pieces: {scores.size} for {self._problem.n_classes} classes are so few that no try is made to drop some"
            )
        if scores is None or self._pruner is None:
            return scores
        found = self._pruner.run(self._second_half)
        if self._pruner.mover.hasty and self._pruner.tries:
            self.say(
                f"pieces: {self._pruner.tries} short tries to drop some of {scores.size} failed; no longer ones were made"
            )
        return found

    @cached_property
    def _pruner(self) -> "Pruner | None":
        """What drops pieces on the plan's own map; None where that is not tried."""
        scores = self._start
        if (
            scores is None
            or self.effort == "low"
            or self._settled
            or FEWEST_SCANS * scan_work(self._problem, scores) > MOST_WORK
        ):
            return None
        hasty = self.effort == "normal" and scores.size > SMALL
        return Pruner(ScoreMover(self._problem, hasty=hasty), scores, np.random.default_rng(self.seed))

    @cached_property
    def _settled(self) -> bool:
        """Whether so few of the start's pieces could be spared that with normal effort no try is made."""
        scores = self._start
        if scores is None or scores.size <= SMALL or self.effort == "high":
            return False
        return scores.size <= (1.0 + SPARE) * self._problem.n_classes

    @cached_property
    def _promising(self) -> bool:
        """Whether some pieces can be dropped at once, or are so few that all tries take a moment."""
        pruner = self._pruner
        if pruner is None or not pruner.mover.hasty:
            return True
        before = pruner.scores.size
        return pruner.run(self._second_half, first=True).size < before

    def _second_half(self, fraction: float) -> None:
        self.progress(0.5 + 0.5 * fraction)

    def _run(self, mover: ScoreMover, scores: Scores) -> Scores:
        return Pruner(mover, scores, np.random.default_rng(self.seed)).run(self._second_half)


def _may_serve(problem: PruningProblem, means: Scores) -> bool:
    """Return whether one score per class, moved a little, serves most of some samples: else it will hardly serve all.

    With one score per class the assignment is fixed and the problem convex: what serves all samples serves some.
    """
    n = len(problem.labels)
    count = max(FEWEST_PROBED, min(n // PROBED_SHARE, MOST_PROBED))
    if count >= n:
        return True
    some = np.sort(np.random.default_rng(n).permutation(n)[:count])
    mover = ScoreMover(replace(problem, images=problem.images[some], labels=problem.labels[some]))
    _, before = mover.served(means)
    moved, _, short = mover.assign_and_move(means, 1)
    if (short > 0.0).sum() > max((before > 0.0).sum(), 2.0 * HOPELESS * count):
        return False
    return bool((mover.assign_and_move(moved, PROBES - 1)[2] > 0.0).mean() <= HOPELESS)
