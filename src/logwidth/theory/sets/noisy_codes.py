"""Samples around the words of a random code: as many as one likes, for measuring how costs grow."""

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError
from logwidth.theory.sets.hard_set import HardSet, Made, Parameter

MOST_REFUSED = 200
BLOCK = 1 << 16


def noisy_codebook(n: int, d: int, classes: int, noise: float, seed: int) -> Made:
    """Return n points in R^d: words of a binary code, one class each in turn, plus noise from a ball.

    The words `w_c ∈ {0,1}^d` are random, any two at least h places apart; h is the largest number for which enough of them
    are found by drawing. The noise is uniform in the Euclidean ball of radius `noise·√h/2`, so opposite points are at
    least `(1 − noise)√h` apart. Raises InputError if there are too few words or samples.

    >>> points, labels = noisy_codebook(n=6, d=8, classes=3, noise=0.5, seed=0)
    >>> points.shape, labels.tolist()
    ((6, 8), [0, 1, 2, 0, 1, 2])
    """
    if n < classes:
        raise InputError(f"data set 'codebook': {classes} classes need at least as many samples, not n={n}")
    rng = np.random.default_rng(seed)
    words, apart = _code(d, classes, rng)
    labels = np.arange(n, dtype=np.int64) % classes
    points = words[labels]
    for start in range(0, n, BLOCK):
        block = points[start : start + BLOCK]
        block += 0.5 * noise * np.sqrt(apart) * _in_ball(len(block), d, rng)
    return points, labels


def _code(d: int, classes: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], int]:
    """Return words (classes, d) and their least distance, the largest at which draws are not refused for too long."""
    if classes > 2**d:
        raise InputError(f"data set 'codebook': there are only {2**d} words of length d={d}, fewer than {classes} classes")
    for apart in range(max(1, d // 2), 1, -1):
        words = _words(d, classes, apart, rng)
        if words is not None:
            return words, apart
    numbers = rng.permutation(2**d)[:classes]  # so many words that d is small
    return ((numbers[:, None] >> np.arange(d)) & 1).astype(np.float64), 1


def _words(d: int, classes: int, apart: int, rng: np.random.Generator) -> NDArray[np.float64] | None:
    words = np.empty((classes, d))
    found = refused = 0
    while found < classes and refused < MOST_REFUSED:
        word = rng.integers(2, size=d).astype(np.float64)
        if (np.abs(words[:found] - word).sum(axis=1) >= apart).all():
            words[found], found, refused = word, found + 1, 0
        else:
            refused += 1
    return words if found == classes else None


def _in_ball(n: int, d: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return n points, uniform in the unit ball of R^d."""
    g = rng.standard_normal((n, d))
    g *= (rng.random(n) ** (1.0 / d) / np.linalg.norm(g, axis=1))[:, None]
    return g


NOISY_CODEBOOK = HardSet(
    "codebook",
    "words of a random binary code, one class each, with noise",
    {
        "n": Parameter(10_000, 2, 10**8),
        "d": Parameter(32, 2, 4096),
        "classes": Parameter(1_000, 2, 20_000),
        "noise": Parameter(0.25, 0.0, 0.99),
        "seed": Parameter(0, 0, 2**32 - 1),
    },
    noisy_codebook,
)
