"""Search for folds: many starts with one fold, the best cooled, one fold more, until a ratio is reached or nothing helps."""

from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np

from logwidth.compute.step_cache import StepCache, digest_of
from logwidth.dataset import Dataset
from logwidth.maps.folding.climb import Fold, ScaledData, climb
from logwidth.maps.folding.found import FoldedMap, in_input_units
from logwidth.maps.folding.starts import first_fold, further_fold
from logwidth.maps.folding.steps import Steps
from logwidth.maps.folding.weights import FoldWeights
from logwidth.maps.preserving import PreservingMap
from logwidth.types import Progress, silent

HOT = (0.016, 0.008, 0.004, 0.002, 0.001, 0.0005)
WARM = (0.002, 0.001, 0.0005)
COLD = (*3 * (0.002,), *3 * (0.001,), *3 * (0.0005,), *2 * (0.00025,), *2 * (0.00012,), *2 * (0.00006,))
STARTS, COOLED = 12, 4  # of a chain: tried, and of these cooled, the best of them again and again
ENOUGH = 6  # starts that show whether folds may make up what is missing
CYCLES, SLOW = 3, 0.04  # how often the best is cooled again, while that takes so much off what is missing to 1
SIZES = (0.05, 0.03, 0.1)  # of what a further fold's hinges first move
MOST_FOLDS, CHAINS = 8, 2  # of one hinge a fold there is one chain: it serves small data, and is tried wherever it may
APART = 3  # a further chain begins as the first one of a seed so much larger: what one seed reaches, another reaches late
FAR, HOPE, COOL_HOPE = 5.0, 2.5, 1.5  # further folds may gain so many times what the first gains: of few starts, all, cooled
ANOTHER = 1.6  # times what may be missing to 1 is missing after a chain, or no other is begun
STREAM = 7  # of random numbers, beside the seed
VERSION = 6  # of the search: steps that another version kept are not its own


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
        self.scaled = ScaledData((data.points - self.centre) / delta, data.labels.astype(np.int64))
        self.matrix, self.hinges, self.seed = start.matrix, hinges, seed
        self.linear = start.ratio_lower
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
        while self.best is None or self.best.ratio < goal:
            found = next(self.further, None)
            if found is None:
                return None
            self._keep(found)
        return self.so_far(wanted)

    def so_far(self, wanted: float) -> FoldedMap | None:
        """Return the best folds that were found, None where they keep no more than the `wanted` ratio."""
        if self.best is None or not self.best.ratio > wanted:
            return None
        return in_input_units(self.best, self.scaled, self.centre, self.delta, wanted)

    def _stages(self) -> Iterator[Fold]:
        """Yield every step's outcome: chains of ever more folds, each from other starts, while that may help."""
        for chain in range(CHAINS if self.hinges > 1 else 1):
            yield from self._chain(chain)
            if self.best is None or 1.0 - self.best.ratio > ANOTHER * (1.0 - self.goal):
                return

    def _chain(self, chain: int) -> Iterator[Fold]:
        """Yield the outcomes of one fold from some starts, cooled, and of one fold more while that gains something."""
        said, stream = "" if chain == 0 else f"chain {chain + 1}, ", self.seed + STREAM + APART * chain
        rngs = [np.random.default_rng([stream, n]) for n in range(STARTS)]
        begins = [first_fold(self.scaled, self.matrix, self.hinges, rng, (0.05, 0.1)[n % 2]) for n, rng in enumerate(rngs)]
        tries = yield from self._climbs(f"{said}start", begins[:ENOUGH], HOT)
        if self._hopeless(_best(tries, 1)[0], FAR):
            return
        tries += yield from self._climbs(f"{said}start, more", begins[ENOUGH:], HOT)
        if self._hopeless(_best(tries, 1)[0], HOPE):
            return
        best = yield from self._cooled(f"{said}cooling", tries, COOLED)
        if self._hopeless(best, COOL_HOPE):
            return
        for count in range(2, MOST_FOLDS + 1):
            before = best
            rngs = [np.random.default_rng([stream, 0, count, n]) for n in range(len(SIZES))]
            begins = [further_fold(self.scaled, before.weights, rng, size) for rng, size in zip(rngs, SIZES, strict=True)]
            tries = yield from self._climbs(f"{said}fold {count}, start", begins, WARM)
            best = yield from self._cooled(f"{said}fold {count}, cooling", tries, 1)
            if (best.ratio - before.ratio) * (MOST_FOLDS - count) < self.goal - best.ratio:
                return

    def _cooled(self, name: str, folds: list[Fold], most: int) -> Generator[Fold, None, Fold]:
        """Cool the best of some folds slowly, and the best of these again: how far it gets shows late."""
        cold = yield from self._climbs(name, [fold.weights for fold in _best(folds, most)], COLD)
        best = _best([*folds, *cold], 1)[0]
        for cycle in range(CYCLES):
            before, last = best, (yield from self._climbs(f"{name} again, cycle {cycle + 1}", [best.weights], COLD))
            best = _best([best, *last], 1)[0]
            if best.ratio - before.ratio < SLOW * (1.0 - before.ratio):
                break
        return best

    def _hopeless(self, best: Fold, times: float) -> bool:
        """Return whether too much is missing to 1, even if further folds divide it by what the first has, and `times`."""
        missing = 1.0 - best.ratio
        return missing * missing > times * (1.0 - self.goal) * (1.0 - self.linear)

    def _climbs(
        self, name: str, begins: list[FoldWeights], temperatures: tuple[float, ...]
    ) -> Generator[Fold, None, list[Fold]]:
        """Yield what is climbed to from each of some weights; return all of it."""
        found = []
        for n, begin in enumerate(begins):
            found.append(self._climbed(f"{name} {n + 1}", begin, temperatures))
            yield found[-1]
        return found

    def _climbed(self, name: str, begin: FoldWeights, temperatures: tuple[float, ...]) -> Fold:
        said = f"folds of rank {len(self.matrix)}, {name}"
        return self.steps.recall(
            lambda: climb(self.scaled, begin, temperatures, self.goal, lambda share, _ratio: self.progress(said, share))
        )

    def _keep(self, fold: Fold) -> None:
        if self.best is None or fold.ratio > self.best.ratio:
            self.best = fold


def _best(folds: list[Fold], most: int) -> list[Fold]:
    return sorted(folds, key=lambda fold: -fold.ratio)[:most]
