"""Search for folds: many starts with one fold, the best cooled, one fold more, until a ratio is reached or nothing helps."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from logwidth.compute.step_cache import Arrays, Codec, StepCache, digest_of
from logwidth.dataset import Dataset
from logwidth.maps.folding.bound import SampleTerms
from logwidth.maps.folding.climb import Fold, ScaledData, climb
from logwidth.maps.folding.scan import HALF, TIGHTEST, tightest_pairs
from logwidth.maps.folding.weights import FoldWeights, passed
from logwidth.maps.preserving import PreservingMap
from logwidth.types import FloatArray, Progress, silent

NAMES = tuple(field.name for field in fields(FoldWeights))
LEADING = 12  # principal directions that first hinges are drawn from
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


@dataclass(frozen=True, eq=False)
class FoldedMap:
    """Folding layers and scores as in `FoldWeights`, for samples as they are; `ratio` is measured, not proven.

    `gap`: about the least lead of a sample's score on a ball of the wanted ratio, in squared input units.
    """

    P: FloatArray
    A: FloatArray
    t: FloatArray
    B: FloatArray
    b: FloatArray
    E: FloatArray
    moves: FloatArray
    offsets: FloatArray
    gap: float
    ratio: float


def in_input_units(fold: Fold, scaled: ScaledData, centre: FloatArray, delta: float, wanted: float) -> FoldedMap:
    """Return folds found for `(x − centre)/delta` as folds of x: `p` becomes `delta p + P centre`; u and h are scaled."""
    w = fold.weights
    shift = w.P @ centre
    t = delta * w.t
    t[0] += w.A @ centre
    t[1:] += w.B @ shift
    gap = max(_least_lead(fold, scaled, wanted), 2.0**-40) * delta**2
    return FoldedMap(w.P, w.A, t, w.B, w.b, w.E, delta * w.moves, delta**2 * w.offsets, gap, fold.ratio)


def _least_lead(fold: Fold, scaled: ScaledData, wanted: float) -> float:
    """Return about the least lead of an own score on a ball of the wanted ratio, in squared units of the separation."""
    terms = SampleTerms.of(fold.weights, scaled.points)
    pairs = tightest_pairs(terms, scaled.labels, TIGHTEST)
    apart = float(np.linalg.norm(terms.centres[pairs[:, 0]] - terms.centres[pairs[:, 1]], axis=1).min())
    return apart * HALF * (fold.ratio - wanted)


class Steps:
    """Remembers the numbered outcomes of one search in the store of the program that it is a part of, or in a file.

    What is kept is no claim: folds are proven from the stored network or not at all. A file of another search, or a damaged
    one, is ignored.
    """

    def __init__(self, place: StepCache | Path | None, digest: str) -> None:
        self.store = place if isinstance(place, StepCache) else StepCache(place, lambda: [digest], silent)
        self.name, self.number = f"folds {digest_of([digest])[:12]}", 0

    @property
    def path(self) -> Path | None:
        """The file of the store; None where there is none, or where it cannot be written."""
        return self.store.path

    @property
    def done(self) -> list[str]:
        """The names of the steps that are kept."""
        return [name for name in self.store.done if self.name in name]

    def recall(self, step: Callable[[], Fold]) -> Fold:
        """Return the outcome of the next step: remembered, or computed now and remembered."""
        self.number += 1
        return self.store.recall(f"{self.name} {self.number:03}", step, FOLD)

    def close(self) -> None:
        """Forget the steps: the search is finished."""
        self.store.forget(self.name)


def _fold(parts: Arrays) -> Fold:
    return Fold(FoldWeights(**{name: parts[name] for name in NAMES}), float(parts["ratio"]))


def _arrays(fold: Fold) -> Arrays:
    return {**{name: getattr(fold.weights, name) for name in NAMES}, "ratio": np.array(fold.ratio)}


FOLD = Codec[Fold](_arrays, _fold)


def first_fold(scaled: ScaledData, matrix: FloatArray, hinges: int, rng: np.random.Generator, size: float) -> FoldWeights:
    """Return the linear map `matrix` `(r, n)` with random hinges that move its image by about `size`."""
    samples, n = scaled.points.shape
    _, axes = np.linalg.eigh(scaled.points.T @ scaled.points)
    leading = axes[:, -min(LEADING, n) :]
    A = rng.normal(size=(hinges, leading.shape[1])) @ leading.T
    A /= np.linalg.norm(A, axis=1)[:, None]
    t = np.array([np.quantile(scaled.points @ a, rng.uniform(0.35, 0.65)) for a in A])
    rank = len(matrix)
    return FoldWeights(
        P=np.array(matrix, dtype=np.float64),
        A=A,
        t=t[None],
        B=np.zeros((0, hinges, rank)),
        b=np.zeros((0, hinges, hinges)),
        E=size * rng.normal(size=(1, rank, hinges)),
        steepness=np.ones((1, hinges)),
        moves=np.zeros((samples, rank)),
        offsets=np.zeros(samples),
        tilts=np.zeros((samples, 1, hinges)),
    )


def further_fold(scaled: ScaledData, w: FoldWeights, rng: np.random.Generator, size: float) -> FoldWeights:
    """Return the weights with one fold more, whose random hinges move the image by about `size`."""
    forward = passed(w, scaled.points)
    values, axes = np.linalg.eigh(np.cov(forward.y.T).reshape(w.rank, w.rank))
    shares = np.maximum(values / values[-1], 0.0) ** 0.15
    B = (rng.normal(size=(w.hinges, w.rank)) * shares) @ axes.T
    B /= np.linalg.norm(B, axis=1)[:, None]
    b = 0.3 * rng.normal(size=(w.hinges, w.hinges))
    u = forward.p[-1] @ B.T + forward.h[-1] @ b.T
    t = np.array([np.quantile(column, rng.uniform(0.3, 0.7)) for column in u.T])
    return w.grown(B, b, t, size * rng.normal(size=(w.rank, w.hinges)), 1.0)


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
