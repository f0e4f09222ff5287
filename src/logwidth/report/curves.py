"""Curves as figures: ratio against rank, depth against width, bits against ratio and samples, what verifiers solve."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from logwidth.display import draw_curve
from logwidth.display.pictures import BLACK, BLUE, RED
from logwidth.report.drawing import checked_suffix, figure_bytes, file_bytes, new_figure, styled
from logwidth.theory import Cost, parameter_costs

LINES = {
    "counting": (BLACK, "--", "needed: N log2 C bits"),
    "lattice (Kim, Moon, Yun B.3)": (RED, "-", "lattice, as published"),
    "register": (BLUE, "-", "register, one piece a sample"),
}
MOST_SAMPLES = 10**7
HEADER = ("built", "lanes per class", "width", "depth", "weights", "pieces", "certified", "radius ≥")
BINS = (1e-5, 1e-3, 1e-2, 5e-2, 0.2, 0.5, 2.0)


def parameters_figure(
    n_samples: int, n_features: int, ratio: float, n_classes: int, spread: float, suffix: str = ".png"
) -> bytes:
    """Return a picture of total bits: left against the ratio for these sizes, right against N at this ratio.

    The published lattice is drawn in full where its theorem applies and dotted beyond.
    """
    suffix = checked_suffix(suffix)
    figure = new_figure(9.0, 4.0)
    with styled():
        left, right = figure.subplots(1, 2)
        ratios = np.unique(np.r_[np.geomspace(1e-9, 0.1, 60), np.linspace(0.1, 0.999, 60)])
        _draw(left, ratios, [parameter_costs(n_samples, n_features, float(r), n_classes, spread=spread) for r in ratios])
        left.set(xscale="log", xlabel="ratio 2σ/δ", title=f"{n_samples:,} samples, {n_features:,} features")
        sizes = np.unique(np.geomspace(max(n_classes, 10), max(n_samples, 1000), 40).astype(np.int64))
        sizes = sizes[sizes <= max(MOST_SAMPLES, n_samples)]
        _draw(right, sizes, [parameter_costs(int(n), n_features, ratio, n_classes, spread=spread) for n in sizes])
        right.set(xscale="log", xlabel="samples N", title=f"ratio 2σ/δ = {ratio:g}")
        for axes in (left, right):
            axes.set(yscale="log", ylabel="bits in all")
        left.legend(loc="best", frameon=False, fontsize=8)
        return file_bytes(figure, suffix)


def _draw(axes: object, xs: np.ndarray, found: list[list[Cost]]) -> None:
    for name, (colour, style, label) in LINES.items():
        costs = [next(cost for cost in row if cost.name == name) for row in found]
        bits = np.array([float(cost.total_bits or 0) for cost in costs])
        holds = np.array([cost.applies for cost in costs])
        axes.plot(xs, np.where(holds, bits, np.nan), style, color=colour, lw=1.5, label=label)  # type: ignore[attr-defined]
        axes.plot(xs, np.where(holds, np.nan, bits), ":", color=colour, lw=1.0)  # type: ignore[attr-defined]


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


def curve_figure(rows: Sequence[Mapping[str, Any]], title: str, suffix: str = ".png") -> bytes:
    """Return the figure of the rows of `ratio_curve` as the bytes of a .png, .svg or .pdf file.

    Raises MissingExtraError without matplotlib (extra `plot`), InputError for another suffix.
    """
    checked_suffix(suffix)
    figure = new_figure(7.0, 4.5)
    draw_curve(figure.subplots(), rows).set_title(title)
    return figure_bytes(figure, suffix)


class Solved(Protocol):
    """An answer, of which only the instance matters here."""

    @property
    def key(self) -> tuple[str, str]:
        """Stems of network and property."""


def difficulty_rows(
    solved: Mapping[str, Sequence[Solved]], asked: Mapping[tuple[str, str], Mapping[str, str]]
) -> list[dict[str, Any]]:
    """Return, per tool, answer and group of closeness or depth, how many instances were asked and solved.

    Groups of closeness are named by their upper end; closeness is |ε/r − 1|, r the proven radius on that side.
    """
    rows = []
    for tool, answers in solved.items():
        keys = {answer.key for answer in answers}
        for quantity in ("closeness", "depth"):
            for answer in ("sat", "unsat"):
                groups: dict[float, list[tuple[str, str]]] = {}
                for key, truth in asked.items():
                    if truth["answer"] == answer and truth["kind"] != "ball":
                        groups.setdefault(_group(quantity, float(truth[quantity])), []).append(key)
                rows += [
                    {
                        "tool": tool, "against": quantity, "answer": answer, "up_to": end,
                        "asked": len(group), "solved": sum(key in keys for key in group),
                    }
                    for end, group in sorted(groups.items())
                ]  # fmt: skip
    return rows


def _group(quantity: str, value: float) -> float:
    return value if quantity == "depth" else next((end for end in BINS if value <= end), BINS[-1])


def difficulty_figure(rows: Sequence[Mapping[str, Any]], suffix: str = ".png") -> bytes:
    """Return the figure of :func:`difficulty_rows`, sat and unsat apart, as the bytes of a .png, .svg or .pdf file.

    Raises MissingExtraError without matplotlib (extra `plot`), InputError for another suffix.
    """
    checked_suffix(suffix)
    figure = new_figure(9.0, 3.6)
    axes = figure.subplots(1, 2, sharey=True)
    for axis, quantity in zip(axes, ("closeness", "depth"), strict=True):
        for tool, answer in sorted({(row["tool"], row["answer"]) for row in rows}):
            part = [r for r in rows if (r["tool"], r["against"], r["answer"]) == (tool, quantity, answer)]
            style = "o-" if answer == "unsat" else "s--"
            shares = [r["solved"] / r["asked"] for r in part]
            axis.plot([r["up_to"] for r in part], shares, style, label=f"{tool}, {answer}")
        axis.set_xscale("log")
        axis.set_xlabel("|ε/r − 1|, at most" if quantity == "closeness" else "depth")
        axis.set_ylim(-0.05, 1.05)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("fraction solved")
    axes[1].legend(fontsize=7)
    return figure_bytes(figure, suffix)
