"""The table and the figure of width against depth."""

from collections.abc import Mapping, Sequence
from typing import Any

from logwidth.report.drawing import checked_suffix, figure_bytes, new_figure

HEADER = ("built", "lanes per class", "width", "depth", "weights", "pieces", "certified", "radius ≥")


def pareto_rows(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the rows of `pareto_front` as text in the columns of HEADER."""
    return [
        (
            str(row["construction"]),
            "–" if row["lanes"] is None else str(row["lanes"]),
            *(f"{row[key]:,}" for key in ("width", "depth", "n_nonzero", "n_pieces", "certified")),
            f"{row['certified_radius']:.4g}",
        )
        for row in rows
    ]


def pareto_figure(rows: Sequence[Mapping[str, Any]], title: str, suffix: str = ".png") -> bytes:
    """Return depth against width as the bytes of a .png, .svg or .pdf file.

    Raises MissingExtraError without matplotlib (extra `plot`), InputError for another suffix.
    """
    checked_suffix(suffix)
    figure = new_figure(7.0, 4.5)
    axes = figure.subplots()
    widths, depths = [row["width"] for row in rows], [row["depth"] for row in rows]
    axes.step(widths, depths, where="post", color="tab:blue", alpha=0.4)
    axes.plot(widths, depths, "o", color="tab:blue", markersize=4)
    for row in rows:
        name = row["construction"] if row["lanes"] is None else f"{row['lanes']}"
        axes.annotate(f" {name}", (row["width"], row["depth"]), fontsize=8)
    axes.set(xscale="log", yscale="log", xlabel="width", ylabel="depth")
    axes.set_title(f"{title}\ncertified networks; the numbers are lanes per class", fontsize=10)
    axes.grid(alpha=0.3, which="both")
    return figure_bytes(figure, suffix)
