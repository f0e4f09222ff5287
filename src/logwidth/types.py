"""Array types, and the callbacks by which long work says how far it is."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Progress = Callable[[str, float], None]  # progress(stage, fraction), 0 <= fraction <= 1, called from the working thread
FractionProgress = Callable[[float], None]  # the same within one stage
