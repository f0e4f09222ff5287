"""Array types, the callbacks by which long work says how far it is, and how long searches go on."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
IndexArray = NDArray[np.intp]  # what argsort, nonzero and unique return
BoolArray = NDArray[np.bool_]
Progress = Callable[[str, float], None]  # progress(stage, fraction), 0 <= fraction <= 1, called from the working thread
FractionProgress = Callable[[float], None]  # the same within one stage
Effort = Literal["low", "normal", "high"]  # how long a search goes on that may gain little


def silent(*_said: object) -> None:
    """Report nothing: the callback where a caller gives none."""
