"""Memorizing whole numbers as keys: labels as runs of one label, or as digits of words that stretches of keys share."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.construct.lattice.choice import Wall
from logwidth.errors import InputError
from logwidth.types import BoolArray, IntArray

RUN_ENTRIES, WORD_ENTRIES, BIT_ENTRIES = 12, 20, 60  # of dense layers: width 3, 4, and two layers of width 5
WORK = 4e6  # keys that are computed while better ones are looked for
LEAST_TRIALS, MOST_TRIALS = 12, 300


@dataclass(frozen=True, eq=False)
class Runs:
    """Labels as runs: codes[i] for keys from `starts[i − 1]` up to below `starts[i]`; R starts."""

    starts: IntArray
    codes: IntArray

    @classmethod
    def of(cls, keys: IntArray, codes: IntArray) -> "Runs":
        """Return the runs of sorted `keys` `(K,)` with their codes.

        >>> runs = Runs.of(np.array([0, 2, 5, 9]), np.array([1, 1, 0, 1]))
        >>> runs.starts.tolist(), runs.codes.tolist()
        ([5, 9], [1, 0, 1])
        """
        change = np.flatnonzero(codes[1:] != codes[:-1]) + 1
        return cls(keys[change], codes[np.concatenate([[0], change])])

    @property
    def layers(self) -> int:
        """Hidden layers: one a boundary, and one."""
        return len(self.starts) + 1

    @property
    def entries(self) -> int:
        """Weights and biases of these layers, about."""
        return RUN_ENTRIES * len(self.starts)


@dataclass(frozen=True, eq=False)
class Words:
    """Labels as digits: word i holds those of the keys `bases[i] + slot`, in `slots` digits of `digit_bits` bits, the first
    one on top; keys behind the last slot and before the next base have its label. The first base is 0.
    """

    bases: IntArray
    words: tuple[int, ...]
    slots: int
    digit_bits: int

    @classmethod
    def of(cls, runs: Runs, word_bits: int) -> "Words":
        """Return words of at most `word_bits` bits: each next one begins with the first run beyond the last one's slots."""
        digit = max(1, int(runs.codes.max()).bit_length())
        slots = word_bits // digit
        starts, codes = runs.starts.tolist(), runs.codes.tolist()
        bases, words, first = [], [], _first_runs(starts, slots)
        for i, after in zip(first, [*first[1:], len(codes)], strict=True):
            base = starts[i - 1] if i else 0
            ends = [*(starts[k] for k in range(i, after - 1)), base + slots]
            labels: list[int] = []
            for k, end in zip(range(i, after), ends, strict=True):
                labels += [codes[k]] * (end - base - len(labels))
            bases.append(base)
            words.append(sum(label << digit * (slots - 1 - place) for place, label in enumerate(labels)))
        return cls(np.array(bases, dtype=np.int64), tuple(words), slots, digit)

    @property
    def bits(self) -> int:
        """Bits of a word."""
        return self.slots * self.digit_bits

    @property
    def layers(self) -> int:
        """Hidden layers: one a word but for the first, and one; two a bit; one."""
        return len(self.words) + 2 * self.bits + 1

    @property
    def entries(self) -> int:
        """Weights and biases of these layers, about."""
        return _word_entries(len(self.words), self.bits)


Memory = Runs | Words


def smallest_memory(runs: Runs, precision: int, *, packed: bool | None = None) -> Memory:
    """Return runs or words, whichever takes fewer entries in a format of so many bits; `packed` demands one of them.

    Words have one bit less than the format: sums of two of them are exact.
    """
    digit = max(1, int(runs.codes.max()).bit_length())
    sizes = [] if packed is False else _some(range(digit, precision, digit))
    starts = runs.starts.tolist()
    if not packed:  # a word holds as many runs as slots at most
        sizes = [bits for bits in sizes if _word_entries(-(-len(runs.codes) // (bits // digit)), bits) < runs.entries]
    costs = [(_word_entries(len(_first_runs(starts, bits // digit)), bits), bits) for bits in sizes]
    least = min(((cost, bits) for cost, bits in costs if cost < runs.entries or packed), default=None)
    if least is None or len(_first_runs(starts, least[1] // digit)) == 1:
        return runs
    return Words.of(runs, least[1])


def _word_entries(words: int, bits: int) -> int:
    return WORD_ENTRIES * (words - 1) + BIT_ENTRIES * bits


def _first_runs(starts: Sequence[int], slots: int) -> list[int]:
    """Return with which run every word begins, the first at key 0: the next is the first run beyond its slots.

    >>> _first_runs([3, 4, 9, 20], 5)
    [0, 3, 4]
    """
    first, i = [], 0
    while i <= len(starts):
        first.append(i)
        i = bisect_left(starts, (starts[i - 1] if i else 0) + slots, i) + 1
    return first


def _some(sizes: Sequence[int]) -> list[int]:
    """Return a few of the sizes, the largest among them."""
    step = max(1, len(sizes) // 4)
    return list(sizes[::-1][::step])


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
