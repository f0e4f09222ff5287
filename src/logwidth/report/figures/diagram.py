"""Figure 1: what is possible, impossible and unknown, against the width."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from logwidth.display import draw_diagram
from logwidth.norms import norm_name
from logwidth.report.drawing import new_figure, styled
from logwidth.theory import Diagram


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
