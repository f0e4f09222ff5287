"""Data sets that need no file: scikit-learn's bundled ones, a code book, and the hard sets of the theory with parameters."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError
from logwidth.theory.sets import HARD_SETS, NOISY_CODEBOOK

FIXED_NAMES = ("digits", "iris", "wine", "breast_cancer", "codebook")
BUILTIN_NAMES = (*FIXED_NAMES, *HARD_SETS)
GENERATED = {**HARD_SETS, NOISY_CODEBOOK.name: NOISY_CODEBOOK}


def is_builtin(data: object) -> bool:
    """Return whether `data` names a built-in data set, with parameters or without.

    >>> is_builtin("basis:d=64"), is_builtin("basis.csv")
    (True, False)
    """
    return isinstance(data, str) and data.partition(":")[0] in BUILTIN_NAMES


def canonical(data: str) -> str:
    """Return the name with all its parameters in their order, so that it means the same data under other defaults.

    `codebook` alone is the Reed–Muller code; with parameters (`codebook:n=1000000`) it is a random code with noise.

    Raises InputError that lists every problem and all parameters.

    >>> canonical("sphere:d=3"), canonical("iris")
    ('sphere:n=200,d=3,seed=0', 'iris')
    """
    name, _, text = data.partition(":")
    if name in FIXED_NAMES and not (text and name in GENERATED):
        if text:
            raise InputError(f"data set {name!r} takes no parameters, not {text[:40]!r}")
        return name
    values = GENERATED[name].values(text)
    listed = ",".join(f"{key}={value}" for key, value in values.items())
    return f"{name}:{listed}" if listed else name


def builtin(name: str) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    """Return points and labels of a built-in data set: one of `FIXED_NAMES`, or one with parameters; no downloads.

    Raises InputError for parameters that the set does not take.

    >>> [len(builtin(name)[1]) for name in (*FIXED_NAMES, "basis:d=3")]
    [1797, 150, 178, 569, 64, 4]
    """
    head, _, text = canonical(name).partition(":")
    if head == "codebook" and not text:
        return codebook()
    if head in GENERATED:
        return GENERATED[head].make(**GENERATED[head].values(text))
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
