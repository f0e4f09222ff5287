"""Pictures of radii, brackets, curves and the diagram, drawn into given axes from numbers that others proved."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from logwidth.display.numbers import down
from logwidth.errors import MissingExtraError
from logwidth.types import FloatArray, IntArray

MOST_BINS = 30
SERIES = (
    ("ratio_upper", "ceiling (certificate)", "tab:red", "v-"),
    ("ratio_lower", "found (checked map)", "tab:blue", "o-"),
    ("pca", "PCA", "tab:green", "s--"),
    ("random", "random projection", "tab:gray", "x--"),
    ("paper", "the paper's Theorem 4.4", "black", ":"),
)
BLUE, ORANGE, RED, BLACK, GREY = "#0072B2", "#E69F00", "#D55E00", "#000000", "#767676"  # Okabe and Ito
FLOOR, TOP = 1e-5, 0.9
TICKS, FEW = (1, 3, 10, 30, 100, 300, 1_000), 3_000


def draw_radii(axes: Any, lower: FloatArray, upper: FloatArray | None = None, claimed: float | None = None) -> Any:
    """Draw how many samples have which proven radius `lower` `(N,)`, which finite `upper` one, and the `claimed` radius."""
    proven = np.maximum(lower, 0.0)
    broken = np.empty(0) if upper is None else upper[np.isfinite(upper)]
    end = max(float(proven.max(initial=0.0)), float(broken.max(initial=0.0)), claimed or 0.0) or 1.0
    edges = np.linspace(0.0, 1.02 * end, MOST_BINS + 1)
    axes.hist(proven, edges, color="tab:blue", alpha=0.75, label="proven: the label stays at least so far")
    if broken.size:
        axes.hist(broken, edges, histtype="step", color="tab:red", lw=1.6, label="found: another label at most so far")
    if claimed is not None:
        axes.axvline(claimed, color="black", ls="--", lw=1.2, label=f"claimed radius {down(claimed)}")
    axes.set(xlabel="radius", ylabel="samples")
    axes.legend(fontsize=8)
    return axes


def draw_bracket(axes: Any, quantity: str, parts: Sequence[tuple[str, float, float, str]]) -> Any:
    """Draw a line of `parts` `(kind, from, to, words)`: 'excluded' by a certificate, 'open', or 'built' and certified."""
    colours = {"excluded": "tab:red", "open": "tab:orange", "built": "tab:blue"}
    for kind, left, right, words in parts:
        if right > left:
            axes.barh(0, right - left, left=left, height=0.5, color=colours[kind], alpha=0.75, label=words)
    axes.set(xlabel=quantity, xlim=(parts[0][1], parts[-1][2]), yticks=[])
    axes.legend(fontsize=8, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
    return axes


def draw_curve(axes: Any, rows: Sequence[Mapping[str, Any]]) -> Any:
    """Draw ratio against rank: found from below, ceiling from above, beside random, PCA and the paper's promise."""
    from matplotlib.ticker import MaxNLocator

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
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    return axes


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


def draw_diagram(
    axes: Any,
    widths: IntArray,
    ours: tuple[FloatArray, FloatArray],
    paper: tuple[FloatArray, FloatArray],
    n_features: int,
    norm: str,
) -> Any:
    """Draw width k across and `σ/δ`, half the ratio, upwards, both logarithmic.

    `ours` and `paper` are the ratios `(possible, impossible)` at each width, for ℓp balls, p the `norm` by name.
    """
    edges = np.append(widths, 1.3 * widths[-1])
    possible, impossible = (_steps(v / 2.0) for v in ours)
    fill = partial(axes.fill_between, edges, step="post", lw=0)
    fill(FLOOR, possible, color=BLUE, alpha=0.45, label="possible (proven here)")
    fill(impossible, TOP, facecolor="#F6CDB5", edgecolor=RED, hatch="////", label="impossible (proven here)")
    fill(possible, impossible, color="#EDEDED", label="unknown")
    line = partial(axes.step, edges, where="post")
    line(possible, color=BLUE, lw=1.6)
    line(impossible, color=RED, lw=1.6)
    line(_steps(paper[0] / 2.0), color=BLACK, lw=1.4, ls="--", label="the paper: possible below")
    line(_steps(paper[1] / 2.0), color=BLACK, lw=1.4, ls=":", label="the paper: impossible above")
    axes.axvline(n_features + 2, color=GREY, lw=0.8, ls="-.", label="width d + 2")
    axes.set(xscale="log", yscale="log", xlim=(1, edges[-1]), ylim=(FLOOR, TOP), xlabel="width k")
    if n_features <= FEW:  # else powers of ten
        ticks = [k for k in TICKS if k < 0.6 * n_features] + [n_features]
        axes.set_xticks(ticks, [f"{k:,}" for k in ticks])
        axes.tick_params(axis="x", which="minor", bottom=False)
    axes.set_title(f"p = {'∞' if norm == 'inf' else norm}")
    return axes


def _steps(values: FloatArray) -> FloatArray:
    """Return the values, the last one twice, kept above the floor of the picture."""
    return np.asarray(np.maximum(np.append(values, values[-1]), FLOOR / 10))
