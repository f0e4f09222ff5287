"""What the page of a run is written from, and ratio against rank for the run's own data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logwidth.certify import Certificate, LowerBound
from logwidth.display import down, up
from logwidth.report.page.markup import figure
from logwidth.report.page.plot import Plot, key
from logwidth.theory import Diagram
from logwidth.types import FloatArray

SERIES = (
    ("ratio_upper", "ceiling", "ceiling: no map of this rank keeps more (certificates)"),
    ("ratio_lower", "searched", "found: a searched map, measured on all pairs"),
    ("pca", "pca", "principal components, measured on all pairs"),
    ("random", "random", "a random projection, measured on all pairs"),
    ("paper", "dotted", "the paper's Theorem 4.4, at width rank + 6"),
)
MOST_TICKS = 9


@dataclass(frozen=True)
class RankCurve:
    """Rows as `ratio_curve` returns them, where a number that is not known is None or missing.

    `built` is the rank and the kept ratio of the run's map, `excluded` rank and ratio of its width certificate. `width` and
    `construction` are those of the run's network.
    """

    rows: Sequence[Mapping[str, Any]]
    built: tuple[int, float] | None = None
    excluded: tuple[int, float] | None = None
    width: int | None = None
    construction: str | None = None


def curve_picture(curve: RankCurve) -> str:
    """Return a figure (HTML) of the curve."""
    ranks = [row["map_rank"] for row in curve.rows] + [point[0] for point in (curve.built, curve.excluded) if point]
    low, high = min(ranks), max(ranks)
    plot = Plot(lambda k: (k - low) / max(high - low, 1), lambda v: v / 1.04)
    shown = []
    for name, kind, words in SERIES:
        points = [(row["map_rank"], row[name]) for row in curve.rows if row.get(name) is not None]
        if points:
            plot.line(points, kind)
            plot.dots(points, kind)
            shown.append((f"line {kind}", words))
    if curve.excluded is not None:
        plot.dots([curve.excluded], "impossible solid", 6.0)
        shown.append(("dot impossible solid", f"excluded: rank {curve.excluded[0]} from {up(curve.excluded[1])} on"))
    if curve.built is not None:
        plot.dots([curve.built], "run", 6.0)
        shown.append(("dot run", f"this run's map: rank {curve.built[0]} keeps {down(curve.built[1])}"))
    step = max(1, -(-(high - low) // MOST_TICKS))
    plot.ticks([(k, str(k)) for k in range(low, high + 1, step)], [(v / 4, f"{v / 4:g}") for v in range(5)])
    words = "Ratio kept (upwards) against the rank of the first map (across)"
    return figure(plot.svg(words, "rank k of the first map", "ratio 2σ/δ kept") + key(shown), _caption(curve))


def _caption(curve: RankCurve) -> str:
    words = f"Ratio 2σ/δ that maps of rank k keep apart on these data. {_widths(curve)}"
    if any(row.get("ratio_lower") is not None for row in curve.rows):
        return f"{words} Maps and certificates were proven again from the data for this page."
    return (
        f"{words} For searched maps and their ceilings, find them once and name their folder: logwidth radius DATA --ranks "
        "A:B --out CURVE, then logwidth report RUN --curve CURVE."
    )


def _widths(curve: RankCurve) -> str:
    """Return how wide networks over a map of rank k are, this run's among them, so that the page has one answer."""
    words = "Over a map of rank k the narrower constructions take k + 2 units"
    if curve.built is None or curve.width is None or curve.construction is None:
        return f"{words}."
    rank = curve.built[0]
    return f"{words}; this run's, {curve.construction}, takes {curve.width} over rank {rank}, k + {curve.width - rank}."


@dataclass(frozen=True, eq=False)
class ClosePair:
    """Two samples with different labels: their rows, labels, points `(d,)`, and a lower bound on their distance."""

    rows: tuple[int, int]
    labels: tuple[object, object]
    points: tuple[FloatArray, FloatArray]
    distance_lower: float


@dataclass(frozen=True, eq=False)
class RunFacts:
    """A run's name, its summary and certificate, and where they are known the attack's radii and the nearest pairs.

    `attack` is `(radius_lower, radius_upper)`, both `(N,)`, NaN or infinite where no witness was found. `pairs` is None
    where the data could not be loaded; `feature_range` is `(smallest, largest)` value of the data, the grey levels' ends.
    `exists` is a width at which some network does what this one is certified to do (T5d), if narrower.
    `needed` is the certificate of the width that is needed, None where the run has none.
    `worst` is the diagram for the run's sizes and norm, `mark` the run in it: its width and `2σ/δ`, δ in ℓ2.
    """

    name: str
    summary: dict[str, Any]
    certificate: Certificate
    attack: tuple[FloatArray, FloatArray] | None = None
    pairs: tuple[ClosePair, ...] | None = None
    feature_range: tuple[float, float] = (0.0, 1.0)
    worst: Diagram | None = None
    mark: tuple[int, float] | None = None
    exists: int | None = None
    needed: LowerBound | None = None
    curve: RankCurve | None = None
