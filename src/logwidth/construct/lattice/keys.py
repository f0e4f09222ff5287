"""Short keys: a whole number for every wall such that the sums of those above a sample tell labels apart."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logwidth.construct.lattice.gaps import Wall
from logwidth.construct.lattice.memory import Memory, Runs, smallest_memory
from logwidth.errors import InputError
from logwidth.types import BoolArray, IntArray

WORK = 4e6  # keys that are computed while better ones are looked for
LEAST_TRIALS, MOST_TRIALS = 12, 300


@dataclass(frozen=True, eq=False)
class Keys:
    """Key `Σ weights_w [below wall w]`, and the memory of the labels over keys."""

    weights: IntArray
    memory: Memory


@dataclass(frozen=True, eq=False)
class Cells:
    """Patterns of walls with their codes: `below` `(U, W)`, `codes` `(U,)`; the largest key and the bits of a format."""

    below: BoolArray
    codes: IntArray
    most: int
    precision: int
    packed: bool | None = None

    def keys(self, weights: IntArray) -> Keys | None:
        """Return the keys of these weights, None where two codes share one or the largest may be too large."""
        if weights.min(initial=1) < 1 or int(weights.sum()) > self.most:
            return None
        found = np.zeros(len(self.codes), dtype=np.int64)  # wall by wall: a product would copy all bits to whole numbers
        for side, weight in zip(self.below.T, weights.tolist(), strict=True):
            found += side * np.int64(weight)
        order = np.argsort(found, kind="stable")
        sorted_keys, codes = found[order], self.codes[order]
        if ((sorted_keys[1:] == sorted_keys[:-1]) & (codes[1:] != codes[:-1])).any():
            return None
        return Keys(weights, smallest_memory(Runs.of(sorted_keys, codes), self.precision, packed=self.packed))


def short_keys(cells: Cells, walls: list[Wall]) -> Keys:
    """Return keys whose memory takes few entries: the best of usual ones and of random ones, changed one by one.

    Usual are powers of two, and the numbers of a mixed radix in which the walls of a coordinate count the same.

    Raises InputError where all that were tried are too large or let two labels share a key.
    """
    random = np.random.default_rng(0)
    trials = int(np.clip(WORK / max(1, len(cells.codes)), LEAST_TRIALS, MOST_TRIALS))
    best: Keys | None = None
    for weights in _usual(walls, cells.most, trials // 3, random):
        best = _better(best, cells.keys(weights))
    if best is None:
        raise InputError(
            f"{len(walls)} walls leave {len(cells.codes):,} cells, and no keys up to {cells.most:,} that were tried tell "
            "their labels apart: use --dtype float64 or a smaller ratio"
        )
    for _ in range(trials):
        best = _better(best, cells.keys(_changed(best.weights, random)))
        assert best is not None
    return best


def _better(best: Keys | None, other: Keys | None) -> Keys | None:
    if other is None or best is None:
        return other or best
    size = (other.memory.entries, int(other.weights.sum())) < (best.memory.entries, int(best.weights.sum()))
    return other if size else best


def _usual(walls: list[Wall], most: int, trials: int, random: np.random.Generator) -> Iterator[IntArray]:
    n = len(walls)
    ranks = np.arange(n)[::-1]
    if 2**n - 1 <= most:
        yield 2**ranks
    coordinates = list(dict.fromkeys(j for j, _ in walls))
    for trial in range(max(2, trials // 3)):
        order = coordinates if trial == 0 else [coordinates[k] for k in random.permutation(len(coordinates))]
        radix, weights = 1, np.zeros(n, dtype=np.int64)
        for j in reversed(order):
            own = [k for k in range(n) if walls[k][0] == j]
            weights[own] = min(radix, most + 1)
            radix = min(radix * (len(own) + 1), most + 1)
        if int(weights.sum()) <= most:
            yield weights
        if 2**n - 1 <= most:
            yield 2 ** random.permutation(n)
    largest = most // n
    for trial in range(max(4, trials // 3)):
        yield random.integers(1, max(2, int(largest ** (1.0 if trial < 3 else random.uniform(0.2, 1.0)))), size=n)


def _changed(weights: IntArray, random: np.random.Generator) -> IntArray:
    """Return the weights with one of them changed, or two of them exchanged."""
    found = weights.copy()
    k, other = random.integers(len(found), size=2)
    kind = random.integers(4)
    if kind == 0:
        found[k], found[other] = found[other], found[k]
    elif kind == 1:
        found[k] = max(1, found[k] + random.integers(-2, 3))
    elif kind == 2:
        found[k] = random.integers(1, int(found.max()) + 1)
    else:
        found[k] = max(1, found[k] // 2)
    return found
