"""The paper's Figures 1, 2 and 3, and the robust Johnson–Lindenstrauss lemma in experiment."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from logwidth.display import draw_diagram
from logwidth.display.pictures import BLACK, BLUE, GREY, ORANGE, RED
from logwidth.norms import norm_name
from logwidth.report.drawing import new_figure, styled
from logwidth.theory import Diagram
from logwidth.types import BoolArray, FloatArray, IntArray

CLASSES = ((BLUE, "o", "A"), (RED, "s", "B"))
COLOURS, MARKERS = (BLUE, RED, ORANGE), ("o", "s", "^")


def diagram_figure(diagrams: Sequence[Diagram]) -> Any:
    """Return one panel per diagram in the paper's axes: width k across, `σ/δ` (half the ratio) upwards, both logarithmic."""
    figure = new_figure(3.1 * len(diagrams) + 0.4, 3.9)
    with styled():
        panels = np.atleast_1d(figure.subplots(1, len(diagrams), sharey=True))
        for axes, found in zip(panels, diagrams, strict=True):
            _panel(axes, found)
        panels[0].set_ylabel("robustness σ/δ   (δ in ℓ2)")
        handles, names = panels[0].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside lower center", ncols=3, frameon=False)
        first = diagrams[0]
        figure.suptitle(f"Robust memorization of every data set: {first.n_samples:,} samples, {first.n_features:,} features")
    return figure


def _panel(axes: Any, found: Diagram) -> None:
    ours, paper = (found.possible, found.impossible), (found.paper_possible, found.paper_impossible)
    draw_diagram(axes, found.widths, ours, paper, found.n_features, norm_name(found.norm))


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


def kept_figure(t: FloatArray, law: tuple[FloatArray, FloatArray], measured: dict[str, FloatArray], title: str) -> Any:
    """Return distribution functions of the smallest kept fraction.

    `law`: the union bound on the failure probability at t, and what independent differences would give. `measured`:
    samples `orthogonal` and `gaussian` (quotient norms), `distances` and `euclidean` (Gaussian: distances kept, and
    divided by the growth).
    """
    figure = new_figure(7.2, 4.6)
    with styled():
        left, right = figure.subplots(1, 2, sharey=True)
        left.plot(t, np.minimum(law[0], 1), color=BLACK, lw=1.6, label="union bound n·I (proven)")
        left.plot(t, law[1], color=GREY, lw=1.2, ls="--", label="1 − (1 − I)^n, as if independent")
        _cdf(left, measured["orthogonal"], BLUE, "-", "orthogonal maps, measured")
        left.set(xlabel="smallest kept fraction t", ylabel="share of maps that keep at most t", ylim=(0, 1.02))
        left.set_xlim(t[0], t[-1])
        left.set_title(title)
        left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), frameon=False)
        _cdf(right, measured["orthogonal"], BLUE, "-", "orthogonal: distances, and radius kept")
        _cdf(right, measured["distances"], RED, "--", "Gaussian: distances kept")
        _cdf(right, measured["euclidean"], RED, "-", "Gaussian: distances ÷ growth of balls")
        _cdf(right, measured["gaussian"], BLACK, ":", "Gaussian: radius kept (Fact 1)")
        right.set(xlabel="smallest kept fraction")
        right.set_title("Gaussian maps: distances kept, balls grow")
        right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), frameon=False)
    return figure


def _cdf(axes: Any, sample: FloatArray, colour: str, style: str, name: str) -> None:
    ordered = np.sort(sample)
    shares = np.arange(1, len(ordered) + 1) / len(ordered)
    axes.step(ordered, shares, where="post", color=colour, ls=style, lw=1.6, label=name)
