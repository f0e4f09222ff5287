"""Whole numbers of all coordinates as one key (stage III of Theorem B.3): no layer of its own."""

from collections.abc import Sequence
from itertools import pairwise

from logwidth.construct.lattice_paper.chain import ZERO, Affine


def flattened(floors: Sequence[Affine], cells: int) -> Affine:
    """Return `Σ_j R^j ⌊z_j⌋`, j from 0: different for different cells where every `⌊z_j⌋` lies in `[0, R)`."""
    total = ZERO
    for j, value in enumerate(floors):
        total = total + cells**j * value
    return total


def key_of(floors: Sequence[int], cells: int) -> int:
    """Return the key of one cell.

    >>> key_of([3, 1], 10)
    13
    """
    return sum(value * cells**j for j, value in enumerate(floors))


def groups_of(keys: Sequence[int], size: int, count: int) -> list[list[int]]:
    """Return rising, different keys in `count` groups of at most `size`; the last ones may be empty.

    >>> groups_of([1, 4, 6], 2, 3)
    [[1, 4], [6], []]
    """
    assert len(keys) <= size * count
    assert all(a < b for a, b in pairwise(keys))
    return [list(keys[i * size : (i + 1) * size]) for i in range(count)]
