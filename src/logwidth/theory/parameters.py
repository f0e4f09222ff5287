"""What robust memorization costs in stored numbers and bits: proven needs beside constructions, all of them counted.

An *entry* is a weight or a bias, zero or not: a dense layer of k units on n inputs has `k (n + 1)`. Bits are those of the
stored entries; a weight that has to be exact on more bits than a float holds cannot run in floats.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from logwidth.display import OneLine, down
from logwidth.errors import InputError
from logwidth.theory.counts import checked_sizes
from logwidth.theory.lattice import lattice_ratio_lower, lattice_shape
from logwidth.theory.possible import possible_ratio_lower

FLOAT_BITS = 32


@dataclass(frozen=True)
class Cost(OneLine):
    """One row: who says it, what it needs or pays, and None where a constant is not known.

    `side` is 'necessary' (some data set, or some labelling of it, cannot be served with less), 'sufficient' (every data set
    is) or 'as built' (what this library's own construction takes at most). `applies` is False where the ratio lies outside
    the theorem's range, which ends at `largest_ratio` (None: at 1). `entries` counts all weights and biases, `nonzero` at
    most so many that are not zero.
    """

    name: str
    side: str
    applies: bool
    entries: int | None
    nonzero: int | None
    bits_per_weight: int | None
    total_bits: int | None
    note: str
    largest_ratio: float | None = None

    def _line(self) -> list[str]:
        bits = "bits unknown" if self.total_bits is None else f"{self.total_bits:,} bits"
        return [self.name, self.side, bits, self.note]


def parameter_costs(
    n_samples: int, n_features: int, ratio: float, n_classes: int = 2, *, spread: float = 10.0
) -> list[Cost]:
    """Return what memorization with ratio `ρ = 2σ/δ` in ℓ2 needs and pays for N samples in d features and C classes.

    `spread` is the largest distance of two samples divided by δ: the lattice of Kim, Moon, Yun grows with it.
    Raises InputError for sizes out of range, a ratio outside `[0, 1)`, fewer than 2 classes or more than samples, and a
    spread below 1 or not finite.

    >>> [cost.name for cost in parameter_costs(1000, 20, 0.5) if cost.side == "necessary"]
    ['first layer', 'shattering', 'counting']
    """
    checked_sizes(n_samples, n_features)
    if not 0.0 <= ratio < 1.0:
        raise InputError(f"the ratio 2*radius/delta must be at least 0 and below 1, not {ratio}")
    if not 2 <= n_classes <= n_samples:
        raise InputError(f"the number of classes must lie between 2 and the number of samples, {n_samples}, not {n_classes}")
    if not (math.isfinite(spread) and spread >= 1.0):
        raise InputError(f"the spread, a distance over delta, must be finite and at least 1, not {spread}")
    return [
        _first_layer(n_samples, n_features, ratio),
        _shattering(n_samples, n_features, ratio),
        _counting(n_samples, n_classes),
        lattice_cost(n_samples, n_features, ratio, n_classes, spread),
        _reduced(n_samples, n_features, ratio),
        _plain_root(n_samples, ratio),
        _register(n_samples, n_features, ratio),
    ]


def first_layer_entries(n_samples: int, n_features: int, ratio: float) -> int:
    """Return `(d + 1) ⌈ρ² min(N − 1, d)⌉`: some data set needs a first layer of so many entries, at least (T2, T3(a)).

    The origin against `min(N − 1, d)` orthogonal vectors: a map that keeps the ratio has rank at least `ρ² min(N − 1, d)`.

    >>> first_layer_entries(1000, 20, 0.5)
    105
    """
    return (n_features + 1) * math.ceil(Fraction(ratio) ** 2 * min(n_samples - 1, n_features))


def _first_layer(n: int, d: int, ratio: float) -> Cost:
    entries = first_layer_entries(n, d, ratio)
    return Cost(
        "first layer", "necessary", True, entries, None, None, None,
        "T2 on the star of min(N - 1, d) orthogonal vectors; entries of the first layer alone, zero or not",
    )  # fmt: skip


def _shattering(n: int, d: int, ratio: float) -> Cost:
    root = math.sqrt(n * min(1.0 / (1.0 - ratio**2), d))
    return Cost(
        "shattering", "necessary", True, None, None, None, None,
        f"a constant times sqrt(N min(1/(1 - rho^2), d)) = {root:.6g} entries by VC dimension; the constant is not stated",
    )  # fmt: skip


def counting_bits(n_samples: int, n_classes: int) -> int:
    """Return `⌈N log₂ C⌉`, rounded down by at most `10⁻¹⁴` of it: some labelling of any N points needs so many stored bits.

    Networks of one architecture whose weights take B bits in all are at most 2^B functions, and there are C^N labellings.

    >>> counting_bits(1000, 2), counting_bits(10, 10)
    (1000, 34)
    """
    if n_samples <= 10**5:
        labellings: int = n_classes**n_samples
        return (labellings - 1).bit_length()
    exact = n_classes & (n_classes - 1) == 0
    return (
        n_samples * (n_classes.bit_length() - 1) if exact else math.floor(n_samples * math.log2(n_classes) * (1.0 - 1e-15))
    )


def _counting(n: int, classes: int) -> Cost:
    bits = counting_bits(n, classes)
    return Cost(
        "counting", "necessary", True, -(-bits // FLOAT_BITS), None, FLOAT_BITS, bits,
        f"N log2 C bits tell the labellings apart; in {FLOAT_BITS}-bit numbers at least so many entries",
    )  # fmt: skip


def lattice_cost(n_samples: int, n_features: int, ratio: float, n_classes: int, spread: float) -> Cost:
    """Return the row of B.3, which serves `ρ ≤ 1/(5 N √d)`."""
    limit = lattice_ratio_lower(n_samples, n_features)
    shape = lattice_shape(n_samples, n_features, n_classes, spread)
    longest = shape.bits_per_weight
    fits = "" if longest <= 53 else f", which no float holds: weights of {longest:,} bits"
    return Cost(
        "lattice (Kim, Moon, Yun B.3)", "sufficient", ratio <= limit, shape.entries, None, longest, shape.entries * longest,
        f"for ratios up to 1/(5 N sqrt(d)) = {down(limit)}, {shape.cells} cells an axis{fits}",
        limit,
    )  # fmt: skip


def _reduced(n: int, d: int, ratio: float) -> Cost:
    rank = max(math.ceil(9 * Fraction(ratio) ** 2 * d), math.ceil(600 * math.log(n)), math.ceil(10 * math.log(d)))
    what = f"rank {rank:,}" if rank < d else f"rank {rank:,}, not below d = {d:,}: nothing is reduced"
    return Cost(
        "reduced (Kim, Moon, Yun B.14)", "sufficient", True, None, None, None, None,
        f"{what}, then Yu, Gao, Zhang (ICLR 2024), whose constants are not stated",
    )  # fmt: skip


def _plain_root(n: int, ratio: float) -> Cost:
    return Cost(
        "square root (Vardi, Yehudai, Shamir 2022)", "sufficient", ratio == 0.0, None, None, None, None,
        f"samples alone, no balls: a constant times sqrt(N log N) = {math.sqrt(n * math.log(n)):.6g} entries of a constant "
        "times sqrt(N log N) bits; the constants are not stated",
        0.0,
    )  # fmt: skip


def register_entries(n_samples: int, n_features: int, map_rank: int) -> tuple[int, int]:
    """Return the entries of the register with N pieces over a map of rank m, and how many can be nonzero at most.

    Width `w = m + 3`, depth N: `w (d + 1) + (N − 1) w (w + 1) + w + 1` entries if every layer is stored as wide as the
    widest. Nonzero at most `(m + 1)(d + 1) + (N − 1)(2m + 9)`: a layer carries m coordinates, reads one affine score of
    these, and holds a constant number of others.

    >>> register_entries(100, 10, 4)
    (5629, 1738)
    """
    w = map_rank + 3
    dense = w * (n_features + 1) + (n_samples - 1) * w * (w + 1) + w + 1
    return dense, (map_rank + 1) * (n_features + 1) + (n_samples - 1) * (2 * map_rank + 9)


def sufficient_rank(n_samples: int, n_features: int, ratio: float) -> int:
    """Return the least rank m at which T4 gives every data set of these sizes a map that keeps the ratio, in ℓ2.

    >>> sufficient_rank(60_000, 784, 0.1)
    43
    """
    low, high = 1, min(n_features, n_samples - 1)
    while low < high:
        middle = (low + high) // 2
        if float(possible_ratio_lower(n_samples, n_features, middle + 1)) > ratio:
            high = middle
        else:
            low = middle + 1
    return low


def _register(n: int, d: int, ratio: float) -> Cost:
    rank = sufficient_rank(n, d, ratio)
    entries, nonzero = register_entries(n, d, rank)
    return Cost(
        "register", "as built", True, entries, nonzero, FLOAT_BITS, entries * FLOAT_BITS,
        f"a piece a sample over rank {rank:,}, which T4 gives every data set; real data take fewer pieces and lower ranks",
    )  # fmt: skip
