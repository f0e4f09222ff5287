"""Figure 2: a set in the plane that no direction preserves."""

from typing import Any

import numpy as np

from logwidth.display.pictures import BLACK, BLUE, GREY, RED
from logwidth.report.drawing import new_figure, styled
from logwidth.types import FloatArray, IntArray

CLASSES = ((BLUE, "o", "A"), (RED, "s", "B"))


def refusal_figure(points: FloatArray, labels: IntArray, radius: float, angles: FloatArray, kept: FloatArray) -> Any:
    """Return the balls of a planar set with their shadows in the best direction, and what every direction keeps.

    `kept` is the smallest distance of opposite images per angle, in the unit of the points; balls meet where it is at most
    `2·radius`.
    """
    figure = new_figure(7.2, 4.1)
    with styled():
        panels = figure.subplot_mosaic(
            [["set", "curve"], ["shadow", "curve"]], height_ratios=(3.4, 1), width_ratios=(1, 1.15)
        )
        best = float(angles[int(kept.argmax())])
        direction = np.array([np.cos(best), np.sin(best)])
        _balls(panels["set"], points, labels, radius, direction)
        _shadows(panels["shadow"], points @ direction, labels, radius)
        _curve(panels["curve"], angles, kept, radius, best)
    return figure


def _balls(axes: Any, points: FloatArray, labels: IntArray, radius: float, direction: FloatArray) -> None:
    from matplotlib.patches import Circle

    for label, (colour, marker, name) in enumerate(CLASSES):
        chosen = points[labels == label]
        for x in chosen:
            axes.add_patch(Circle(tuple(x), radius, facecolor=colour, alpha=0.3, edgecolor=colour))
        axes.plot(*chosen.T, marker, color=colour, ms=4, label=f"class {name}")
    start, arrow = np.array([0.7, 0.06]), {"arrowstyle": "->", "color": BLACK, "lw": 1.2}
    end, where = start + 0.24 * direction, "axes fraction"
    axes.annotate("", xy=tuple(end), xytext=tuple(start), xycoords=where, textcoords=where, arrowprops=arrow)
    axes.text(0.98, 0.03, "best\ndirection", transform=axes.transAxes, ha="right", fontsize=8)
    axes.set(aspect="equal", xticks=[], yticks=[])
    axes.legend(loc="upper left", frameon=False)
    axes.set_title("opposite balls, far apart in the plane")


def _shadows(axes: Any, images: FloatArray, labels: IntArray, radius: float) -> None:
    for label, (colour, _, _) in enumerate(CLASSES):
        for z in images[labels == label]:
            axes.plot([z - radius, z + radius], [-label, -label], color=colour, lw=5, solid_capstyle="butt", alpha=0.75)
    opposite = [(a, b) for a in images[labels == 0] for b in images[labels == 1] if abs(a - b) <= 2 * radius]
    for a, b in opposite:
        axes.axvspan(max(a, b) - radius, min(a, b) + radius, color=GREY, alpha=0.5, lw=0)
    axes.set(ylim=(-1.6, 0.6), yticks=[0, -1], yticklabels=["A", "B"], xticks=[])
    axes.set_title("their images: opposite ones meet (grey)")


def _curve(axes: Any, angles: FloatArray, kept: FloatArray, radius: float, best: float) -> None:
    degrees = np.degrees(angles)
    axes.plot(degrees, kept, color=BLACK, lw=1.0, label="smallest distance of opposite images")
    axes.axhline(2 * radius, color=RED, lw=1.6, ls="--", label="2σ, to be exceeded")
    axes.axvline(np.degrees(best), color=GREY, lw=1.0, ls=":", label="best direction")
    axes.set(
        xlabel="direction of the projection in degrees", ylabel="distance (δ = 1)", xlim=(0, 180), ylim=(0, 3.3 * radius)
    )
    axes.set_xticks(range(0, 181, 45))
    axes.legend(loc="upper right", framealpha=1.0, edgecolor="none")
    axes.set_title("every direction brings some opposite pair too near")
