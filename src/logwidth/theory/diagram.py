"""The diagram: for every width what all data sets allow, what some data set refuses, and the unknown in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from logwidth.display import Shown, axes_or_new, down, draw_diagram, up
from logwidth.norms import norm_name, parse_norm
from logwidth.theory.counts import checked_sizes, checked_widths
from logwidth.theory.impossible import impossible_ratio_upper
from logwidth.theory.paper import paper_ratio_impossible, paper_ratio_possible_in
from logwidth.theory.possible import UNITS_BESIDE_THE_MAP, possible_ratio_lower
from logwidth.types import FloatArray, IntArray

MOST_LISTED = 40


@dataclass(frozen=True, eq=False, repr=False)
class Diagram(Shown):
    """Ratios `ρ = 2σ/δ`, δ in ℓ2, against widths, for N samples in d dimensions and ℓp balls.

    Every data set is served at width `widths[i]` for every ratio below `possible[i]`; some data set is not served from
    `impossible[i]` on, `reasons[i]` says by which theorem. Both proven and rounded to the safe side; `possible ≤
    impossible`. `paper_possible`, `paper_impossible` are the paper's, in its own constants.
    """

    n_samples: int
    n_features: int
    norm: float
    widths: IntArray
    possible: FloatArray
    impossible: FloatArray
    reasons: tuple[str, ...]
    paper_possible: FloatArray
    paper_impossible: FloatArray

    def rows(self) -> list[dict[str, float | int | str]]:
        """Return one object per width, as `logwidth bounds --json` prints it."""
        return [
            {
                "k": int(k),
                "possible": float(self.possible[i]),
                "impossible": float(self.impossible[i]),
                "paper_possible": float(self.paper_possible[i]),
                "paper_impossible": float(self.paper_impossible[i]),
                "map_rank": min(max(0, int(k) - UNITS_BESIDE_THE_MAP), self.n_features),
                "impossible_by": self.reasons[i],
            }
            for i, k in enumerate(self.widths)
        ]

    def facts(self) -> list[tuple[str, str, str, str]]:
        """Return, per width, the ratio every data set allows, that which some data set refuses, and by which theorem."""
        head = ("width", "possible up to", "impossible from", "by")
        ends = zip(self.widths.tolist(), self.possible.tolist(), self.impossible.tolist(), self.reasons, strict=True)
        return [head, *((f"{k:,}", down(low), up(high), reason) for k, low, high, reason in ends)]

    def plot(self, ax: Any = None) -> Any:
        """Draw what is possible, impossible and unknown into `ax`, or into new axes; return them (extra `plot`)."""
        ours, paper = (self.possible, self.impossible), (self.paper_possible, self.paper_impossible)
        axes = draw_diagram(axes_or_new(ax, 5.5, 4.0), self.widths, ours, paper, self.n_features, norm_name(self.norm))
        axes.set_ylabel("robustness σ/δ   (δ in ℓ2)")
        axes.legend(fontsize=7)
        return axes

    def _line(self) -> list[str]:
        return [
            f"every data set of {self.n_samples:,} samples in {self.n_features:,} features",
            f"l{norm_name(self.norm)}",
            f"{len(self.widths):,} widths from {int(self.widths[0]):,} to {int(self.widths[-1]):,}",
        ]

    def unknown(self) -> tuple[float, float]:
        """Return the mean over the widths of `impossible − possible`, ours and the paper's.

        Over all widths 1, …, d + 6 and divided by the largest ratio it is the share of the diagram that is unknown.
        """
        top = float(self.impossible.max())
        ours, paper = self.impossible - self.possible, self.paper_impossible - self.paper_possible
        return float(ours.mean()) / top, float(paper.mean()) / top


def diagram(n_samples: int, n_features: int, *, norm: object = 2, widths: Sequence[int] | None = None) -> Diagram:
    """Return the diagram of N samples in d dimensions for ℓp balls, at the given widths (default: about 40 from 1 to d + 6).

    Raises InputError unless `2 ≤ N ≤ 10^18`, `1 ≤ d ≤ 10^6`, `1 ≤ k ≤ d + N` and p ≥ 1.

    >>> found = diagram(60_000, 784, widths=[64])
    >>> bool(found.possible[0] > 0.145), bool(found.impossible[0] < 0.2858), round(float(found.paper_possible[0]), 4)
    (True, True, 0.0282)
    """
    p = parse_norm(norm)
    checked_sizes(n_samples, n_features)
    k = checked_widths(spread_widths(n_features, n_samples) if widths is None else widths, n_samples, n_features)
    impossible, reasons = impossible_ratio_upper(n_samples, n_features, k, p)
    return Diagram(
        n_samples,
        n_features,
        p,
        k,
        possible_ratio_lower(n_samples, n_features, k, p),
        impossible,
        tuple(reasons),
        np.array([paper_ratio_possible_in(n_samples, n_features, int(w), p) for w in k]),
        np.array([paper_ratio_impossible(n_samples, n_features, int(w), p) for w in k]),
    )


def spread_widths(n_features: int, n_samples: int) -> list[int]:
    """Return all widths from 1 to `min(d + 6, d + N)`, or about 40 of them spread evenly on a logarithmic scale.

    >>> spread_widths(3, 100)
    [1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    last = min(n_features + 6, n_features + n_samples)
    if last <= MOST_LISTED:
        return list(range(1, last + 1))
    spread = np.unique(np.geomspace(1, n_features, MOST_LISTED - 8).round().astype(int)).tolist()
    return sorted({*spread, *range(n_features + 1, last + 1)})
