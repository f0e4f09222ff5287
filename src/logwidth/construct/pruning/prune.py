"""Dropping pieces as long as the others can be moved to serve their samples (beyond theorem T6)."""

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from logwidth.construct.plan import FloatArray, IntArray, Plan, Prototypes
from logwidth.construct.pruning.cover import covering_rows
from logwidth.construct.pruning.leads import assign, rivals
from logwidth.construct.pruning.scene import Scene, Scores
from logwidth.construct.pruning.tighten import tightened

Progress = Callable[[float], None]
LARGEST_SHARE = 0.15
ROUNDS = 6
PATIENCE = 6
EXTRA_RADIUS = 0.05
EXTRA_GAP = 3.0
REACH = 0.3
OVERHEAD = 30  # what an entry costs beside its dot product
WORK = 5e10  # multiplications, about half a minute
STALL = 1.5e10
LEAST_GAIN = 0.01


def pruned_prototypes(plan: Plan, *, seed: int = 0, progress: Progress | None = None) -> Prototypes:
    """Return few affine pieces that serve every ball, from a greedy cover by dropping and moving.

    A share of the pieces, those that serve the fewest samples, is dropped; the others are moved (:func:`tightened`)
    until they serve all samples, or the share is put back and halved. Every accepted state serves all balls in floats;
    only a certificate of the built network proves it. Deterministic for a seed; the work is bounded by a count of
    operations, not by a clock. Heuristic: that fewer pieces would not do is not shown.
    """
    scene = Scene.of(plan)
    with threadpool_limits(limits=1, user_api="blas"):  # so that rounding, and with it the result, is always the same
        scores = Scores.voronoi(scene, covering_rows(scene))
        pruner = _Pruner(scene, scores, np.random.default_rng(seed))
        best = pruner.run(progress or (lambda _fraction: None))
    return best.prototypes(plan, scene)


class _Pruner:
    """The scores so far, which serve all samples, with the assignment that shows it."""

    def __init__(self, scene: Scene, scores: Scores, rng: np.random.Generator) -> None:
        self.scene, self.scores, self.rng = scene, scores, rng
        self.wanted = (scene.sigma, scene.gap)
        self.target = (scene.sigma + EXTRA_RADIUS * (0.5 - scene.sigma), EXTRA_GAP * scene.gap)
        self.cover, short = assign(scene, scores, *self.wanted)
        self.work = 0.0
        self.mark = (0.0, scores.size)
        self.sound = bool((short <= 0.0).all())

    def run(self, progress: Progress) -> Scores:
        """Drop and move until several small drops in a row fail, hardly any drop succeeds, or the work is done."""
        share, failures = LARGEST_SHARE * (1.0 - self.scores.size / len(self.cover)), 0
        while self.sound and failures < PATIENCE and self.work < WORK and self.scores.size > self.scene.n_classes:
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
            progress(min(1.0, self.work / WORK))
        progress(1.0)
        return self.scores

    def _stalled(self) -> bool:
        """Return whether the last stretch of work dropped less than one piece in a hundred."""
        if self.work < self.mark[0] + STALL:
            return False
        before, self.mark = self.mark[1], (self.work, self.scores.size)
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
        trial, cover, short = self._settled(self.scores.take(kept))
        missing = np.intersect1d(self.cover[short > 0.0], dropped)
        if missing.size and missing.size < dropped.size / 2:
            trial, cover, short = self._settled(trial.joined(self.scores.take(missing)))
        if (short > 0.0).any():
            return False
        self.scores, self.cover = trial, cover
        return True

    def _settled(self, scores: Scores) -> tuple[Scores, IntArray, FloatArray]:
        """Return the scores moved in rounds until all samples are served, or it seems hopeless."""
        last = np.inf
        for number in range(ROUNDS + 1):
            cover, short = assign(self.scene, scores, *self.wanted)
            scan = 2.0 * len(cover) * (scores.weights.size + OVERHEAD * scores.size)
            self.work += scan
            missing = int((short > 0.0).sum())
            if not missing or number == ROUNDS or (number > 2 and missing > 0.8 * last):
                break
            last = missing
            cover, _ = assign(self.scene, scores, *self.target)
            pairs = rivals(self.scene, scores, cover, self.target, REACH * (1.0 - self.scene.sigma))
            scores, steps = tightened(self.scene, scores, cover, pairs, self.target)
            per_step = 8 * len(pairs[0]) * (scores.weights.shape[1] + OVERHEAD / 4) + 40 * scores.weights.size
            self.work += 2.0 * scan + float(steps) * per_step
        return scores, cover, short
