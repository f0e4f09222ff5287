"""The axes that a `plot()` draws in."""

from typing import Any

from logwidth.errors import MissingExtraError


def axes_or_new(ax: Any, width: float, height: float) -> Any:
    """Return `ax`, or the axes of a new figure of this size in inches, which notebooks show.

    Raises MissingExtraError without matplotlib (extra `plot`).
    """
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as problem:
        raise MissingExtraError("matplotlib", "plot") from problem
    return pyplot.subplots(figsize=(width, height), layout="constrained")[1]
