"""Figure 3: neighbourhoods before a map, after an orthogonal one and after a Gaussian one."""

from typing import Any

import numpy as np

from logwidth.display.pictures import BLACK, BLUE, ORANGE, RED
from logwidth.report.drawing import new_figure, styled
from logwidth.types import BoolArray, FloatArray, IntArray

COLOURS, MARKERS = (BLUE, RED, ORANGE), ("o", "s", "^")


def neighbourhoods_figure(
    points: FloatArray, labels: IntArray, radius: float, maps: list[tuple[str, FloatArray, BoolArray]]
) -> Any:
    """Return the balls of a set in space, and their images under each `(title, T, meets)`, T of shape (2, 3).

    Images that meet an opposite one are outlined."""
    figure = new_figure(3.1 * (1 + len(maps)), 3.6)
    with styled():
        space = figure.add_subplot(1, 1 + len(maps), 1, projection="3d")
        space.set_in_layout(False)  # older layouts take the box of a space axis for wider than the figure
        space.set_position((0.0, 0.02, 1 / (1 + len(maps)), 0.9))
        _space(space, points, labels, radius)
        for number, (title, T, meets) in enumerate(maps):
            axes = figure.add_subplot(1, 1 + len(maps), 2 + number)
            _images(axes, points @ T.T, labels, radius * T, meets)
            axes.set_title(title)
    return figure


def _space(axes: Any, points: FloatArray, labels: IntArray, radius: float) -> None:
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, 25), np.linspace(0, np.pi, 13))
    sphere = np.stack([np.cos(u) * np.sin(v), np.sin(u) * np.sin(v), np.cos(v)])
    for x, label in zip(points, labels, strict=True):
        axes.plot_surface(*(x[:, None, None] + radius * sphere), color=COLOURS[label], alpha=0.35, lw=0)
    for label in np.unique(labels):
        axes.scatter(*points[labels == label].T, color=COLOURS[label], marker=MARKERS[label], s=12)
    axes.set(xticklabels=[], yticklabels=[], zticklabels=[])
    axes.set_aspect("equal")
    axes.set_title("before: disjoint balls in space")


def _images(axes: Any, centres: FloatArray, labels: IntArray, T: FloatArray, meets: BoolArray) -> None:
    """Draw the images of the balls, ellipses with the singular values of `T` as half axes."""
    from matplotlib.patches import Ellipse

    U, sizes, _ = np.linalg.svd(T)
    tilt = float(np.degrees(np.arctan2(U[1, 0], U[0, 0])))
    for x, label, met in zip(centres, labels, meets, strict=True):
        colour = COLOURS[label]
        shape = {"xy": tuple(x), "width": 2 * sizes[0], "height": 2 * sizes[1], "angle": tilt}
        axes.add_patch(Ellipse(**shape, facecolor=colour, alpha=0.4, lw=0))
        axes.add_patch(Ellipse(**shape, fill=False, edgecolor=BLACK if met else colour, lw=1.8 if met else 0.8))
        axes.plot(*x, MARKERS[label], color=colour, ms=3.5)
    axes.set(aspect="equal", xticks=[], yticks=[])
    axes.autoscale_view()
