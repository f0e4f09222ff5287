"""Code books: every word of a binary code is a class of its own."""

import math
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError
from logwidth.theory.sets.hard_set import HardSet, Made, Parameter

PRIMITIVE = {3: 0b1011, 4: 0b10011, 5: 0b100101, 6: 0b1000011, 7: 0b10001001, 8: 0b100011101}
GOLAY_GENERATOR = 0b101011100011
MOST_BITS = 13


def _hadamard(m: int) -> Made:
    """Rows `x ↦ ⟨a, x⟩ mod 2` of Sylvester's matrix: `2^m` words of length `2^m`, any two differ in half of the places."""
    inputs = np.arange(2**m)
    parity = np.array([[int(a & x).bit_count() % 2 for x in inputs] for a in inputs], dtype=np.float64)
    return parity, np.arange(2**m)


def _hadamard_refuses(rank: int, m: int) -> float:
    """The first coordinate is constant and the words form a simplex of `2^m` points."""
    return math.sqrt(rank / (2**m - 1)) if rank < 2**m - 1 else 1.0


def _golay() -> Made:
    """The extended binary Golay code [24, 12, 8] (MacWilliams and Sloane, chapter 2, §6), from its cyclic generator."""
    words = _multiples(GOLAY_GENERATOR, 23, 12)
    return np.hstack([words, words.sum(axis=1, keepdims=True) % 2]), np.arange(len(words))


def _even_refuses(rank: int) -> float:
    """Differences of words at distance 8, equally weighted over pairs, average to `8/24 I`: supports are a 5-design."""
    return math.sqrt(rank / 24.0) if rank < 24 else 1.0


def _bch(m: int, t: int) -> Made:
    """The primitive narrow-sense BCH code of length `2^m − 1` with designed distance `2t + 1`."""
    length = 2**m - 1
    generator = _bch_generator(m, t)
    bits = length - (generator.bit_length() - 1)
    if not 1 <= bits <= MOST_BITS:
        raise InputError(f"data set 'bch': m={m}, t={t} has 2^{bits} words; choose m and t with 2 to 2^{MOST_BITS} words")
    words = _multiples(generator, length, bits)
    return words, np.arange(len(words))


def _bch_refuses(rank: int, m: int, t: int) -> float:
    """Return `√(k/n)` if no two places agree in all words (else no claim: 1).

    Then the signs of two places are independent over the words, and in a cyclic code every place is in equally many words of
    least weight, so the differences at the least distance average to a multiple of I.
    """
    words = _bch(m, t)[0]
    n = words.shape[1]
    return math.sqrt(rank / n) if rank < n and len(np.unique(words, axis=1).T) == n else 1.0


def _bch_generator(m: int, t: int) -> int:
    """Return the least common multiple of the minimal polynomials of `α, α³, …, α^{2t−1}` over GF(2), as bits."""
    order = 2**m - 1
    cosets = {frozenset((e * 2**j) % order for j in range(m)) for e in range(1, 2 * t, 2)}
    return reduce(_product, (_minimal(sorted(coset), m) for coset in sorted(map(sorted, cosets))), 1)


def _minimal(exponents: list[int], m: int) -> int:
    """Return `Π (x − α^e)`, whose coefficients are 0 or 1, as bits."""
    powers = [1]
    for _ in range(2**m - 2):
        shifted = powers[-1] << 1
        powers.append(shifted ^ PRIMITIVE[m] if shifted >> m else shifted)
    logs = {value: e for e, value in enumerate(powers)}
    polynomial = [1]
    for e in exponents:
        scaled = [powers[(logs[c] + e) % (2**m - 1)] if c else 0 for c in polynomial]
        polynomial = [a ^ b for a, b in zip([0, *polynomial], [*scaled, 0], strict=True)]
    return sum(bit << i for i, bit in enumerate(polynomial))


def _product(a: int, b: int) -> int:
    """Return the product of two polynomials over GF(2)."""
    return reduce(lambda total, i: total ^ (a << i) if b >> i & 1 else total, range(b.bit_length()), 0)


def _multiples(generator: int, length: int, bits: int) -> NDArray[np.float64]:
    """Return all words `generator · message`, message below `2^bits`, as rows of 0 and 1."""
    words = np.array([_product(generator, message) for message in range(2**bits)], dtype=object)
    return np.array([[word >> i & 1 for i in range(length)] for word in words], dtype=np.float64)


HADAMARD = HardSet(
    "hadamard",
    "the 2^m words of the Hadamard code of length 2^m, one class each",
    {"m": Parameter(4, 1, 10)},
    _hadamard,
    _hadamard_refuses,
    "T2 with equal weights on all pairs",
)
GOLAY = HardSet(
    "golay",
    "the 4,096 words of the extended binary Golay code, length 24, distance 8, one class each",
    {},
    _golay,
    _even_refuses,
    "T2 with equal weights on the pairs at distance 8",
)
BCH = HardSet(
    "bch",
    "the words of the binary BCH code of length 2^m − 1 that corrects t errors, one class each",
    {"m": Parameter(4, 3, 8), "t": Parameter(2, 1, 127)},
    _bch,
    _bch_refuses,
    "T2 with equal weights on the pairs at the least distance",
)
