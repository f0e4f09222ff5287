"""Memorizing whole numbers: labels over keys as runs of one label, or as digits of words that stretches of keys share."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.types import IntArray

RUN_ENTRIES, WORD_ENTRIES, BIT_ENTRIES = 12, 20, 60  # of dense layers: width 3, 4, and two layers of width 5


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
