"""How messages call a feature: by its name where the data have names, else by its number."""

from logwidth.dataset.data import Dataset
from logwidth.dataset.wording import short


def feature_called(data: Dataset, j: int) -> str:
    """Return how messages call feature `j`, `0 ≤ j < d`.

    >>> feature_called(Dataset([[0.0], [1.0]], [0, 1]), 0)
    'feature 0'
    """
    names = getattr(data, "feature_names", None)
    return f"feature {j}" if names is None else f"feature {short(names[j])}"
