"""Dropping pieces as long as the others can be moved to serve their samples (beyond theorem T6)."""

import numpy as np

from logwidth.construct.pruning.assign_and_move import ScoreMover, scan_work
from logwidth.construct.pruning.problem import Scores
from logwidth.types import FractionProgress, IntArray

LARGEST_SHARE = 0.15
SMALL = 300  # pieces, with which all tries take a moment
MOST_FAILURES = 6
WORK, MOST_WORK = 5e10, 2e12  # multiplications, about half a minute and some ten minutes
SCANS, FEWEST_SCANS = 40, 10  # or as many looks at all samples and pieces; fewer are not worth a start
STALL = 0.3  # of the work
LEAST_GAIN = 0.01
PROMISING = 0.7  # of the samples, at most: of more pieces, moving them or the map spares few


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
