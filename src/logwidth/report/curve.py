"""The figure of ratio against rank: found from below, ceiling from above, beside random, PCA and the paper's promise."""

from collections.abc import Mapping, Sequence
from typing import Any

from logwidth.display import draw_curve
from logwidth.report.drawing import checked_suffix, figure_bytes, new_figure


def curve_figure(rows: Sequence[Mapping[str, Any]], title: str, suffix: str = ".png") -> bytes:
    """Return the figure of the rows of `ratio_curve` as the bytes of a .png, .svg or .pdf file.

    Raises MissingExtraError without matplotlib (extra `plot`), InputError for another suffix.
    """
    checked_suffix(suffix)
    figure = new_figure(7.0, 4.5)
    draw_curve(figure.subplots(), rows).set_title(title)
    return figure_bytes(figure, suffix)
