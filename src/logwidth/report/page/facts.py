"""What the page of a run is written from."""

from dataclasses import dataclass
from typing import Any

from logwidth.certify import Certificate, LowerBound
from logwidth.report.page.rank_curve import RankCurve
from logwidth.theory import Diagram
from logwidth.types import FloatArray


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
