"""Slices of a table: what a network answers at every point, and the cells around states on which that is proven."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from logwidth.display.pictures import BLACK
from logwidth.report.drawing import new_figure, styled
from logwidth.types import BoolArray, FloatArray, IntArray

COLOURS = ("#e8e8e8", "#9ecae1", "#fdae6b", "#3182bd", "#e6550d", "#74c476", "#9e9ac8", "#fde0dd")
PANEL = 3.4


@dataclass(frozen=True, eq=False)
class Slice:
    """One slice: `answers` `(h, w)` are classes at the places `y` `(h,)` and `x` `(w,)`.

    Cells have the corners `low`, `high` `(n, 2)`; `proven` `(n,)` says on which of them the answer is proven throughout.
    """

    title: str
    x: FloatArray
    y: FloatArray
    answers: IntArray
    low: FloatArray
    high: FloatArray
    proven: BoolArray


def table_figure(slices: Sequence[Slice], classes: Sequence[str], names: tuple[str, str]) -> Any:
    """Return a figure of slices side by side: a colour for each class, a frame around each proven cell, a cross on others.

    `classes` are the words for the classes, at most eight; `names` those for the two axes.
    """
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch, Rectangle

    figure = new_figure(PANEL * len(slices), PANEL + 0.5)
    colours = ListedColormap(COLOURS[: len(classes)])
    with styled():
        for number, part in enumerate(slices):
            axes = figure.add_subplot(1, len(slices), number + 1)
            axes.pcolormesh(part.x, part.y, part.answers, cmap=colours, vmin=-0.5, vmax=len(classes) - 0.5, rasterized=True)
            for low, high, proven in zip(part.low, part.high, part.proven, strict=True):
                if proven:
                    axes.add_patch(Rectangle(tuple(low), *(high - low), fill=False, edgecolor=BLACK, lw=0.4))
                else:
                    axes.plot(*((low + high) / 2), "x", color=BLACK, ms=4)
            axes.set(title=part.title, xlabel=names[0], ylabel=names[1] if number == 0 else "")
        keys = [Patch(facecolor=COLOURS[k], label=name) for k, name in enumerate(classes)]
        keys.append(Patch(facecolor="none", edgecolor=BLACK, label="proven cell"))
        figure.legend(handles=keys, loc="outside lower center", ncols=len(keys), frameon=False)
    return figure
