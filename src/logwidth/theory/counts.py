"""Numbers of samples, pairs and dimensions that go into the bounds, checked once."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError

LARGEST_SAMPLES = 10**18
LARGEST_FEATURES = 10**6


def checked_sizes(n_samples: int, n_features: int) -> None:
    """Raise InputError, naming everything wrong, unless `2 ≤ N ≤ 10^18` and `1 ≤ d ≤ 10^6`."""
    problems = []
    if not 2 <= n_samples <= LARGEST_SAMPLES:
        problems.append(f"n, the number of samples, must lie between 2 and 10^18, not {n_samples}")
    if not 1 <= n_features <= LARGEST_FEATURES:
        problems.append(f"d, the number of features, must lie between 1 and 10^6, not {n_features}")
    if problems:
        raise InputError("; ".join(problems))


def checked_widths(widths: Sequence[int], n_samples: int, n_features: int) -> NDArray[np.int64]:
    """Return the widths as an array; raise InputError unless all lie between 1 and d + N and there is one."""
    most = n_features + n_samples
    wrong = [k for k in widths if not 1 <= k <= most]
    if wrong or not widths:
        shown = f"not {wrong[0]}" if wrong else "and at least one is needed"
        raise InputError(f"k, the width, must lie between 1 and d + n = {most}, {shown}")
    return np.array(widths, dtype=np.int64)


def log_pairs_upper(n_samples: int) -> float:
    """Return an upper bound on `ln(N(N − 1)/2)`, the most opposite pairs whatever the number of classes.

    >>> abs(log_pairs_upper(3) - math.log(3)) < 1e-13
    True
    """
    return math.log(n_samples * (n_samples - 1) // 2) + 1e-13
