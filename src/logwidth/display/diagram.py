"""The picture of what is possible, impossible and unknown, against the width."""

from functools import partial
from typing import Any

import numpy as np

from logwidth.types import FloatArray, IntArray

BLUE, ORANGE, RED, BLACK, GREY = "#0072B2", "#E69F00", "#D55E00", "#000000", "#767676"  # Okabe and Ito
FLOOR, TOP = 1e-5, 0.9
TICKS, FEW = (1, 3, 10, 30, 100, 300, 1_000), 3_000


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
