"""Numbers on a common grid: their sums and differences round nothing."""

import numpy as np

from logwidth.construct.gap import power_above
from logwidth.types import FloatArray

BITS = {"float32": 24, "float64": 53}


def on_grid(values: FloatArray, dtype: str, *, terms: int = 2, largest: float = 0.0) -> FloatArray:
    """Return the values rounded to multiples of one power of two, such that sums of `terms` of them are exact in `dtype`.

    The grid is as fine as the largest value, or `largest` if that is larger, allows.

    >>> on_grid(np.array([1.0, 0.1]), "float32").tolist()
    [1.0, 0.09999990463256836]
    """
    bound = max(float(np.abs(values).max(initial=0.0)), largest)
    if bound == 0.0:
        return np.asarray(values, dtype=np.float64)
    step = power_above(bound * terms) * 2.0 ** -(BITS[dtype] - 1)
    rounded: FloatArray = np.round(values / step) * step
    return rounded
