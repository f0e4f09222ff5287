"""Theorem B.3 of Kim, Moon, Yun (NeurIPS 2025) in numbers: where it holds, and the sizes of its network, layer by layer."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from logwidth.rounding import sqrt_lower


def lattice_ratio_lower(n_samples: int, n_features: int) -> float:
    """Return `1/(5 N √d)`, rounded down by three ulps at most: the largest ratio 2σ/δ that the theorem serves.

    >>> round(lattice_ratio_lower(150, 4), 9)
    0.000666667
    """
    return sqrt_lower(Fraction(1, 25 * n_samples**2 * n_features))


def lattice_rank(n_samples: int, n_features: int) -> int:
    """Return the coordinates that are kept, `m = min(d, max(⌈864 ln N⌉, ⌈10 ln d⌉))`; all of them for most data.

    >>> lattice_rank(1797, 64), lattice_rank(10, 5000)
    (64, 1990)
    """
    return min(n_features, max(math.ceil(864 * math.log(n_samples)), math.ceil(10 * math.log(n_features)), 1))


@dataclass(frozen=True)
class LatticeShape:
    """The sizes of the network: rank m, cells an axis R, bits of a key, samples a group g, bits of a label as published."""

    rank: int
    cells: int
    key_bits: int
    groups: int
    label_bits: int
    n_samples: int
    n_features: int
    n_classes: int

    @classmethod
    def of(cls, n_samples: int, n_features: int, n_classes: int, cells: int) -> Self:
        """Return the sizes for R = `cells` on an axis: `key = ⌈(m + 1) log₂ R⌉`, `g = ⌊√N⌋ + 1`, `c = ⌈log₂ C⌉`."""
        rank = lattice_rank(n_samples, n_features)
        key, label = (cells ** (rank + 1) - 1).bit_length(), (n_classes - 1).bit_length()
        return cls(rank, cells, key, math.isqrt(n_samples) + 1, label, n_samples, n_features, n_classes)

    @property
    def root(self) -> int:
        """Number of groups: `⌈√N⌉`."""
        return math.isqrt(self.n_samples - 1) + 1

    @property
    def stored_label_bits(self) -> int:
        """Bits of a label as stored, from 1 to C: `⌈log₂(C + 1)⌉`; the published `⌈log₂ C⌉` cannot hold C where it is 2^c.

        Neither exceeds `key_bits`: C classes fill C cells, so `R^{m+1} ≥ 2C`. Of all sizes only `entries_built` sees it.
        """
        return self.n_classes.bit_length()

    @property
    def floor_layers(self) -> int:
        """Layers of the net that rounds down: `⌈log₂ R⌉`."""
        return max(1, (self.cells - 1).bit_length())

    @property
    def select_depth(self) -> int:
        """Layers that find the group: `3⌈√N⌉ + 2`."""
        return 3 * self.root + 2

    @property
    def recall_depth(self) -> int:
        """Layers that find the label: `3 g max(key, c) + 2g + 2`."""
        return 3 * self.groups * max(self.key_bits, self.label_bits) + 2 * self.groups + 2

    @property
    def memory_depth(self) -> int:
        """Depth of the integer memorizer: `(3⌈√N⌉ + 2) + (3 g max(key, c) + 2g + 2)`."""
        return self.select_depth + self.recall_depth

    @property
    def depth(self) -> int:
        """Hidden layers in all."""
        return self.floor_layers + self.memory_depth

    @property
    def width(self) -> int:
        """Width: 5 units a coordinate while rounding down, 12 in the memorizer."""
        return max(5 * self.rank, 12)

    @property
    def bits_per_weight(self) -> int:
        """Bits of the longest weight: `g max(key, c) + 2`."""
        return self.groups * max(self.key_bits, self.label_bits) + 2

    @property
    def entries(self) -> int:
        """All weights and biases with every layer of the memorizer 12 wide, as published."""
        wide = 5 * self.rank
        rounding = wide * (self.n_features + 1) + (self.floor_layers - 1) * wide * (wide + 1)
        return rounding + 12 * (wide + 1) + (self.memory_depth - 1) * 12 * 13 + 13

    @property
    def widths(self) -> list[int]:
        """Units of each hidden layer as it is built."""
        steps = (
            unit for step in range(self.key_bits) for unit in ((12, 8, 10) if step < self.stored_label_bits else (10, 8, 9))
        )
        slot = [*steps, 9, 7]
        return [5 * self.rank] * self.floor_layers + [3, *[5, 4, 3] * self.root, 3] + [6, *slot * self.groups, 1]

    @property
    def entries_built(self) -> int:
        """All weights and biases of the layers as they are built: `Σ k (n + 1)`, a little fewer than `entries`."""
        inputs, layers = [self.n_features, *self.widths], [*self.widths, 1]
        return sum(k * (n + 1) for n, k in zip(inputs, layers, strict=True))


def lattice_shape(n_samples: int, n_features: int, n_classes: int, spread: float) -> LatticeShape:
    """Return the sizes for samples whose largest distance is `spread` times δ.

    Scaled by `22√d/(9δ)`, an axis has at most `R = ⌊22√d spread/9⌋ + 2` cells.

    >>> lattice_shape(1797, 64, 10, 6.0).groups
    43
    """
    cells = math.floor(22.0 * math.sqrt(n_features) * spread / 9.0) + 2
    return LatticeShape.of(n_samples, n_features, n_classes, cells)
