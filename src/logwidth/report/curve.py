"""The figure of ratio against rank: found from below, ceiling from above, beside random, PCA and the paper's promise."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from logwidth.errors import InputError, MissingExtraError

SERIES = (
    ("ratio_upper", "ceiling (dual certificate)", "tab:red", "v-"),
    ("ratio_lower", "found (checked map)", "tab:blue", "o-"),
    ("pca", "PCA", "tab:green", "s--"),
    ("random", "random projection", "tab:gray", "x--"),
    ("paper", "the paper's Theorem 4.4", "black", ":"),
)


def curve_figure(rows: Sequence[Mapping[str, Any]], title: str, suffix: str = ".png") -> bytes:
    """Return the figure of the rows of `ratio_curve` as the bytes of a .png, .svg or .pdf file.

    Raises MissingExtraError without matplotlib (extra `plot`), InputError for another suffix.
    """
    if suffix not in (".png", ".svg", ".pdf"):
        raise InputError(f"a figure is a .png, .svg or .pdf file, not {suffix!r}")
    try:
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError as problem:
        raise MissingExtraError("matplotlib", "plot") from problem
    figure = Figure(figsize=(7.0, 4.5), layout="constrained")
    axes = figure.subplots()
    ranks = [row["map_rank"] for row in rows]
    for key, name, colour, style in SERIES:
        if any(row[key] is None for row in rows):
            continue
        axes.plot(ranks, [row[key] for row in rows], style, color=colour, label=name, markersize=4)
    lower, upper = ([row[key] for row in rows] for key in ("ratio_lower", "ratio_upper"))
    axes.fill_between(ranks, lower, upper, color="tab:orange", alpha=0.25, label="unknown")
    axes.set_xlabel("rank k of the first linear map")
    axes.set_ylabel("ratio 2σ/δ kept")
    axes.set_ylim(0.0, 1.04)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    stream = io.BytesIO()
    figure.savefig(stream, format=suffix[1:], dpi=150, metadata={"Date": None} if suffix == ".svg" else None)
    return stream.getvalue()
