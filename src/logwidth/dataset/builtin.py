"""Data sets that need no file: scikit-learn's bundled ones and a code book."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BUILTIN_NAMES = ("digits", "iris", "wine", "breast_cancer", "codebook")


def builtin(name: str) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    """Return points and labels of the built-in data set `name`, one of `BUILTIN_NAMES`; no downloads.

    >>> [len(builtin(name)[1]) for name in BUILTIN_NAMES]
    [1797, 150, 178, 569, 64]
    """
    if name == "codebook":
        return codebook()
    from sklearn import datasets

    points, labels = getattr(datasets, f"load_{name}")(return_X_y=True)
    return points, labels


def codebook(order: int = 5) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the first-order Reed–Muller code `RM(1, m)`: `2^{m+1}` words of length `2^m`, one class each.

    With `m = order`, the words are `x ↦ a_0 + ⟨a, x⟩ mod 2` over `x ∈ {0,1}^m`, numbered by `(a_0, a)`.
    Two differ in `2^{m−1}` places, or in all if they are complements, so `δ_2 = 2^{(m−1)/2}`
    (MacWilliams and Sloane, chapter 13, §3).

    >>> points, labels = codebook(2)
    >>> points[:3]
    array([[0., 0., 0., 0.],
           [0., 1., 0., 1.],
           [0., 0., 1., 1.]])
    """
    inputs = np.arange(2**order)
    words = np.array([[int(a & x).bit_count() % 2 for x in inputs] for a in inputs], dtype=np.float64)
    return np.concatenate([words, 1.0 - words]), np.arange(2 ** (order + 1))
