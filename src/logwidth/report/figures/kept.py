"""The robust Johnson–Lindenstrauss lemma in experiment: measured against the Beta law."""

from typing import Any

import numpy as np

from logwidth.display.pictures import BLACK, BLUE, GREY, RED
from logwidth.report.drawing import new_figure, styled
from logwidth.types import FloatArray


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
