"""Figure 1: what is possible, impossible and unknown, against the width."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.norms import norm_name
from logwidth.report.drawing import new_figure
from logwidth.report.figures.sheet import BLACK, BLUE, GREY, RED, styled
from logwidth.theory import Diagram

FLOOR, TOP = 1e-5, 0.9
TICKS, FEW = (1, 3, 10, 30, 100, 300, 1_000), 3_000


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
    edges = np.append(found.widths, 1.3 * found.widths[-1])
    possible, impossible = (_steps(v / 2.0) for v in (found.possible, found.impossible))
    fill = partial(axes.fill_between, edges, step="post", lw=0)
    fill(FLOOR, possible, color=BLUE, alpha=0.45, label="possible (proven here)")
    fill(impossible, TOP, facecolor="#F6CDB5", edgecolor=RED, hatch="////", label="impossible (proven here)")
    fill(possible, impossible, color="#EDEDED", label="unknown")
    line = partial(axes.step, edges, where="post")
    line(possible, color=BLUE, lw=1.6)
    line(impossible, color=RED, lw=1.6)
    line(_steps(found.paper_possible / 2.0), color=BLACK, lw=1.4, ls="--", label="the paper: possible below")
    line(_steps(found.paper_impossible / 2.0), color=BLACK, lw=1.4, ls=":", label="the paper: impossible above")
    axes.axvline(found.n_features + 2, color=GREY, lw=0.8, ls="-.", label="width d + 2")
    axes.set(xscale="log", yscale="log", xlim=(1, edges[-1]), ylim=(FLOOR, TOP), xlabel="width k")
    if found.n_features <= FEW:  # else powers of ten
        ticks = [k for k in TICKS if k < 0.6 * found.n_features] + [found.n_features]
        axes.set_xticks(ticks, [f"{k:,}" for k in ticks])
        axes.tick_params(axis="x", which="minor", bottom=False)
    name = norm_name(found.norm)
    axes.set_title(f"p = {'∞' if name == 'inf' else name}")


def _steps(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values, the last one twice, kept above the floor of the picture."""
    return np.asarray(np.maximum(np.append(values, values[-1]), FLOOR / 10))
