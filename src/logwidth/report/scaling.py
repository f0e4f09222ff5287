"""A figure on log axes of how a measured quantity scales, with its slopes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from logwidth.report.drawing import checked_suffix, figure_bytes, new_figure

COLOURS = ("tab:red", "tab:blue", "tab:gray", "tab:green")


def slope_of(rows: Sequence[Mapping[str, Any]], x: str, y: str) -> float:
    """Return the least-squares slope of `log y` against `log x`: the measured exponent.

    >>> slope_of([{"n": 1, "r": 3.0}, {"n": 10, "r": 0.03}], "n", "r")
    -2.0
    """
    log_x, log_y = (np.log([float(row[key]) for row in rows]) for key in (x, y))
    centred = log_x - log_x.mean()
    return float(round((centred @ log_y) / (centred @ centred), 12))


def scaling_figure(
    rows: Sequence[Mapping[str, Any]],
    axis: tuple[str, str],
    series: Sequence[tuple[str, str, str]],
    title: str,
    suffix: str = ".png",
) -> bytes:
    """Return the figure of keys of `rows` against the key `axis[0]`, on log axes, as the bytes of a .png, .svg or .pdf file.

    `series` lists `(key, name, marker)`; each gets the line of its slope, which its name states.

    Raises MissingExtraError without matplotlib (extra `plot`), InputError for another suffix.
    """
    checked_suffix(suffix)
    figure = new_figure(7.0, 4.5)
    axes = figure.subplots()
    x = np.array([float(row[axis[0]]) for row in rows])
    for (key, name, marker), colour in zip(series, COLOURS, strict=False):
        y = np.array([float(row[key]) for row in rows])
        slope = slope_of(rows, axis[0], key)
        axes.loglog(x, y, marker, color=colour, markersize=4, alpha=0.7, label=f"{name}, slope {slope:.2f}")
        level = np.exp(np.log(y).mean() - slope * np.log(x).mean())
        ends = np.array([x.min(), x.max()])
        axes.loglog(ends, level * ends**slope, "-", color=colour, linewidth=1)
    axes.set_xlabel(axis[1])
    axes.set_ylabel("radius σ")
    axes.set_title(title)
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=8)
    return figure_bytes(figure, suffix)
