"""Dropping pieces as long as the others can be moved to serve their samples (beyond theorem T6)."""

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from logwidth.construct.plan import IntArray, Plan, Prototypes
from logwidth.construct.pruning.cover import cover_work, covering_rows
from logwidth.construct.pruning.grow import grown_scores
from logwidth.construct.pruning.scene import Scene, Scores
from logwidth.construct.pruning.settle import Settler, scan_work

Progress = Callable[[float], None]
MOST_COVER = 2e10  # comparisons of a greedy cover: half a minute
LARGEST_SHARE = 0.15
PATIENCE = 6
WORK = 5e10  # multiplications, about half a minute
SCANS = 40  # or as many looks at all samples and pieces
STALL = 0.3  # of the work
LEAST_GAIN = 0.01


def pruned_prototypes(plan: Plan, *, seed: int = 0, progress: Progress | None = None) -> Prototypes | None:
    """Return few affine pieces that serve every ball, by dropping and moving; None where no start was found.

    The start is a greedy cover by samples, or, where that takes too many comparisons, :func:`grown_scores`.
    A share of the pieces, those that serve the fewest samples, is dropped; the others are moved (:class:`Settler`)
    until they serve all samples, or the share is put back and halved. Every accepted state serves all balls in floats;
    only a certificate of the built network proves it. Deterministic for a seed; the work is bounded by a count of
    operations, not by a clock. Heuristic: that fewer pieces would not do is not shown.
    """
    scene, progress = Scene.of(plan), progress or (lambda _fraction: None)
    with threadpool_limits(limits=1, user_api="blas"):  # so that rounding, and with it the result, is always the same
        settler = Settler(scene)
        if cover_work(plan) <= MOST_COVER:
            scores: Scores | None = Scores.voronoi(scene, covering_rows(scene))
        else:
            scores = grown_scores(settler, lambda fraction: progress(0.5 * fraction))
        if scores is None:
            return None
        best = _Pruner(settler, scores, np.random.default_rng(seed)).run(lambda fraction: progress(0.5 + 0.5 * fraction))
    return best.prototypes(plan, scene)


class _Pruner:
    """The scores so far, which serve all samples, with the assignment that shows it."""

    def __init__(self, settler: Settler, scores: Scores, rng: np.random.Generator) -> None:
        self.settler, self.scene, self.scores, self.rng = settler, settler.scene, scores, rng
        self.cover, short = settler.served(scores)
        settler.work = 0.0
        self.budget = max(WORK, SCANS * scan_work(self.scene, scores))
        self.mark = (0.0, scores.size)
        self.sound = bool((short <= 0.0).all())

    def run(self, progress: Progress) -> Scores:
        """Drop and move until several small drops in a row fail, hardly any drop succeeds, or the work is done."""
        share, failures = LARGEST_SHARE * (1.0 - self.scores.size / len(self.cover)), 0
        while self.sound and failures < PATIENCE and self.settler.work < self.budget:
            if self._stalled():
                break
            count = max(1, round(share * self.scores.size))
            dropped = self._least_used(count)
            if not dropped.size:
                break
            if self._try(dropped):
                failures, share = 0, min(LARGEST_SHARE, 1.5 * share)
            else:
                failures += count <= 1
                share /= 2.0
            progress(min(1.0, self.settler.work / self.budget))
        progress(1.0)
        return self.scores

    def _stalled(self) -> bool:
        """Return whether the last stretch of work dropped less than one piece in a hundred."""
        if self.settler.work < self.mark[0] + STALL * self.budget:
            return False
        before, self.mark = self.mark[1], (self.settler.work, self.scores.size)
        return self.scores.size > (1.0 - LEAST_GAIN) * before

    def _least_used(self, count: int) -> IntArray:
        """Return pieces that serve few samples, with some chance in it, never the last ones of a class."""
        used = np.bincount(self.cover, minlength=self.scores.size)
        order = np.argsort(used + self.rng.random(self.scores.size) * (1 + 3 * (count < 4)), kind="stable")
        left = np.bincount(self.scores.classes, minlength=self.scene.n_classes)
        chosen: list[int] = []
        for piece in order:
            if len(chosen) < count and left[self.scores.classes[piece]] > 1:
                left[self.scores.classes[piece]] -= 1
                chosen.append(int(piece))
        return np.array(chosen, dtype=np.intp)

    def _try(self, dropped: IntArray) -> bool:
        """Drop the pieces and move the rest; put those back without which samples stay unserved; keep any gain."""
        kept = np.setdiff1d(np.arange(self.scores.size), dropped)
        trial, cover, short = self.settler.settled(self.scores.take(kept))
        missing = np.intersect1d(self.cover[short > 0.0], dropped)
        if missing.size and missing.size < dropped.size / 2:
            trial, cover, short = self.settler.settled(trial.joined(self.scores.take(missing)))
        if (short > 0.0).any():
            return False
        self.scores, self.cover = trial, cover
        return True
