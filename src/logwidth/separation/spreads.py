"""Features whose spreads are far apart: one of them decides all distances, and the others drown in its rounding."""

import numpy as np

from logwidth.dataset import Dataset, feature_called

FAR_APART = 8.0


def unequal_spreads(data: Dataset) -> str:
    """Return which features' standard deviations differ by more than 8 times, in words; '' where none do.

    >>> unequal_spreads(Dataset([[0.0, 0.0], [1.0, 500.0]], [0, 1]))
    'the spread of feature 1 is 500 times that of feature 0'
    >>> unequal_spreads(Dataset([[0.0, 0.0], [1.0, 5.0]], [0, 1]))
    ''
    """
    spreads = data.points.std(axis=0)
    some = np.flatnonzero(spreads > 0)
    if not some.size:
        return ""
    least, most = some[np.argmin(spreads[some])], some[np.argmax(spreads[some])]
    times = float(spreads[most] / spreads[least])
    if not times > FAR_APART:
        return ""
    return f"the spread of {feature_called(data, int(most))} is {times:.3g} times that of {feature_called(data, int(least))}"
