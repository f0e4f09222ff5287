"""Search for folds: many starts with one fold, the best cooled, one fold more, until a ratio is reached or nothing helps."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from logwidth.compute.step_cache import StepCache, digest_of
from logwidth.dataset import Dataset
from logwidth.maps.folding.climb import Fold, Ground, climb
from logwidth.maps.folding.found import FoldedMap, in_input_units
from logwidth.maps.folding.starts import first_fold, further_fold
from logwidth.maps.folding.steps import Steps
from logwidth.maps.preserving import PreservingMap
from logwidth.maps.progress import silent
from logwidth.types import Progress

HOT = (0.016, 0.008, 0.004, 0.002, 0.001, 0.0005)
WARM = HOT[2:]
COOL = (0.001, 0.0005, 0.00025, 0.00012)
COLD = (*2 * (0.001,), *2 * (0.0005,), *2 * (0.00025,), *3 * (0.00012,), *3 * (0.00006,), *2 * (0.00003,))
STARTS, COOLED, FROZEN = 24, 8, 3  # tried, and of these cooled a little, and of these far
SIZES = (0.05, 0.05, 0.1, 0.03, 0.05, 0.2)  # of what a further fold's hinges first move
COOLED_FURTHER, FROZEN_FURTHER = 3, 2
MOST_FOLDS = 8
LEAST_GAIN = 0.05  # of what is missing, or a further fold is not worth its layers
ENOUGH, HOPE, COOL_HOPE = 6, 5.5, 3.2  # starts, after which what is missing may be so many times what may be missing
STREAM = 7  # of random numbers, beside the seed
VERSION = 3  # of the search: steps that another version kept are not its own


class FoldSearch:
    """One search on a linear map of the wanted rank: `reach` goes on from where it was, to ever larger ratios."""

    def __init__(
        self, data: Dataset, start: PreservingMap, delta: float, hinges: int, seed: int,
        *, path: StepCache | Path | None = None, progress: Progress | None = None,
    ) -> None:  # fmt: skip
        """Look for folds of `hinges` hinges each after which the coordinates of `start` suffice.

        Deterministic for a seed. `path` keeps the steps done; what is found there is believed as little as anything else.
        """
        self.centre, self.delta = data.points.mean(axis=0), delta
        self.ground = Ground((data.points - self.centre) / delta, data.labels.astype(np.int64))
        self.matrix, self.hinges, self.seed = start.matrix, hinges, seed
        self.progress = progress or silent
        self.steps = Steps(path, digest_of([VERSION, data.sha256, delta, hinges, seed, start.matrix]))
        self.best: Fold | None = None
        self.goal = np.inf
        self.further = self._stages()

    def reach(self, goal: float, wanted: float) -> FoldedMap | None:
        """Return folds that keep `goal` as far as floats tell, None where the search ends below it.

        `wanted` is the ratio that they are for: their scores' least lead there is handed on with them.
        """
        self.goal = goal
        if self.best is not None and self.best.ratio < goal:
            self._keep(self._climbed("cooling", self.best, COLD))
        while self.best is None or self.best.ratio < goal:
            if next(self.further, None) is None:
                return None
        return in_input_units(self.best, self.ground, self.centre, self.delta, wanted)

    def _stages(self) -> Iterator[Fold]:
        """Yield every step's outcome, the best of them kept on the way."""
        starts = []
        for n in range(STARTS):
            rng = np.random.default_rng([self.seed + STREAM, n])
            begin = Fold(first_fold(self.ground, self.matrix, self.hinges, rng, (0.05, 0.1)[n % 2]), -np.inf)
            starts.append(self._climbed(f"start {n + 1}", begin, HOT))
            yield self._keep(starts[-1])
            if n + 1 >= ENOUGH and self._hopeless(HOPE):
                return
        yield from self._cooled("cooling", starts, COOLED, FROZEN)
        if self._hopeless(COOL_HOPE):
            return
        for count in range(2, MOST_FOLDS + 1):
            assert self.best is not None
            before, tries = self.best, []
            for n, size in enumerate(SIZES):
                rng = np.random.default_rng([self.seed + STREAM, count, n])
                begin = Fold(further_fold(self.ground, before.weights, rng, size), -np.inf)
                tries.append(self._climbed(f"fold {count}, start {n + 1}", begin, WARM))
                yield self._keep(tries[-1])
            yield from self._cooled(f"fold {count}, cooling", tries, COOLED_FURTHER, FROZEN_FURTHER)
            if self.best.ratio - before.ratio < LEAST_GAIN * (self.goal - before.ratio):
                return

    def _cooled(self, name: str, folds: list[Fold], some: int, few: int) -> Iterator[Fold]:
        """Cool the best of some folds a little, and the best of these far: how far it gets shows late."""
        cooled = []
        for n, fold in enumerate(_best(folds, some)):
            cooled.append(self._climbed(f"{name} {n + 1}", fold, COOL))
            yield self._keep(cooled[-1])
        for n, fold in enumerate(_best(cooled, few)):
            yield self._keep(self._climbed(f"{name} further {n + 1}", fold, COLD))

    def _hopeless(self, times: float) -> bool:
        """Return whether more is missing to ratio 1 than `times` what may be missing."""
        return self.best is not None and 1.0 - self.best.ratio > times * (1.0 - self.goal)

    def _climbed(self, name: str, begin: Fold, temperatures: tuple[float, ...]) -> Fold:
        said = f"folds of rank {len(self.matrix)}, {name}"
        return self.steps.recall(
            lambda: climb(
                self.ground, begin.weights, temperatures, self.goal, lambda share, _ratio: self.progress(said, share)
            )
        )

    def _keep(self, fold: Fold) -> Fold:
        if self.best is None or fold.ratio > self.best.ratio:
            self.best = fold
        return fold


def _best(folds: list[Fold], most: int) -> list[Fold]:
    return sorted(folds, key=lambda fold: -fold.ratio)[:most]
