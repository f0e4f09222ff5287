"""What a lattice network makes of its key: a table over runs of keys, or digits of words (T17)."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from logwidth.types import FloatArray, IntArray


class Memory(Protocol):
    """What a network makes of its key."""

    def values(self, keys: IntArray) -> FloatArray:
        """Return the label value of every key `(n,)`."""

    @property
    def pieces(self) -> int:
        """Return the number of stretches of keys that it tells apart."""

    @property
    def table_values(self) -> FloatArray:
        """Return all values that it may return."""


@dataclass(frozen=True, eq=False)
class RunMemory:
    """`table[i]` for keys that have passed i of the `thresholds`.

    >>> RunMemory(np.array([3, 5]), np.array([0.0, 1.0, 0.0])).values(np.array([2, 3, 4, 5])).tolist()
    [0.0, 1.0, 1.0, 0.0]
    """

    thresholds: IntArray
    table: FloatArray

    def values(self, keys: IntArray) -> FloatArray:
        """Return the label value of every key `(n,)`."""
        return np.asarray(self.table[np.searchsorted(self.thresholds, keys, side="right")])

    @property
    def pieces(self) -> int:
        """Return the number of runs."""
        return len(self.table)

    @property
    def table_values(self) -> FloatArray:
        """Return all values that it may return."""
        return np.unique(self.table)


@dataclass(frozen=True)
class Digit:
    """Bit `bit` of a word counts `place` for the key `slot` behind the word's base, and with `beyond` for all after it."""

    bit: int
    place: float
    slot: int
    beyond: bool


@dataclass(frozen=True, eq=False)
class WordMemory:
    """`words[i]` and `bases[i]` for keys that have passed i of the `thresholds`; a digit of the word, and `shift`."""

    thresholds: IntArray
    words: IntArray
    bases: IntArray
    digits: tuple[Digit, ...]
    shift: float

    def values(self, keys: IntArray) -> FloatArray:
        """Return the label value of every key `(n,)`."""
        place = np.searchsorted(self.thresholds, keys, side="right")
        words, slots = self.words[place], keys - self.bases[place]
        found = np.full(len(keys), self.shift)
        for digit in self.digits:
            there = (slots >= digit.slot) if digit.beyond else (slots == digit.slot)
            found += digit.place * (there & ((words >> digit.bit) & 1 == 1))
        return found

    @property
    def pieces(self) -> int:
        """Return the number of words."""
        return len(self.words)

    @property
    def table_values(self) -> FloatArray:
        """Return all values that it may return, at the keys where a digit begins."""
        slots = np.unique([digit.slot for digit in self.digits])
        return np.unique(self.values((self.bases[:, None] + slots).ravel()))
