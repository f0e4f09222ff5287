"""Two-sided radii: how far a sample's label is proven, and how far away the rule itself gives another one."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from logwidth.certify.balls.ball_proof import BallProof, Part
from logwidth.certify.leads.comparison import image_exactly
from logwidth.certify.leads.first_layer import clip_radius_lower, reaches
from logwidth.certify.leads.requirement import Approach, Form
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.compute.executor import executor_for
from logwidth.display import Shown, axes_or_new, down, draw_radii, up
from logwidth.rounding import distance_upper
from logwidth.types import FloatArray, FractionProgress, IndexArray, silent

Shared = TypeVar("Shared")
Found = TypeVar("Found")
SMALL_PROGRAM = 1e7  # multiplications that a sample's small programs take about as long as
SAMPLE = 1e8  # as many a sample counts where samples are sent together: some take long
PUSHES = tuple(2.0**-k for k in range(46, 8, -2))


@dataclass(frozen=True, eq=False, repr=False)
class TwoSidedRadii(Shown):
    """Per sample, in ℓp: what is proven of the network in floats, and of its rule in real arithmetic.

    `radius_lower`: within it the network as stored, in its float format, returns the label exactly (−1: nothing proven).
    `rule_lower ≤ exact radius ≤ rule_upper`: the distance to the nearest point where the pieces, in real arithmetic, no
    longer prefer the label (Voronoi forms: argmax; cells: in an own cell and in no later one). NaN where no point was
    found, or the first ReLU clips before it. `steps` `(n, d)` lead there, for cells a little farther, to where the network
    in floats surely gives another label: candidates for inputs with another label.
    `solved` small programs were chosen from `pairs` by the bisector bound.
    """

    radius_lower: FloatArray
    rule_lower: FloatArray
    rule_upper: FloatArray
    steps: FloatArray
    solved: int
    pairs: int

    def facts(self) -> list[tuple[str, str]]:
        """Return the medians, from below and from above, as rows of text."""
        ended = self.rule_upper[np.isfinite(self.rule_upper)]
        middle = [down(float(np.median(r))) if r.size else "none" for r in (self.radius_lower, self.rule_lower)]
        return [
            ("samples", f"{self.radius_lower.size:,}"),
            ("median radius of the stored network, at least", middle[0]),
            ("median radius of its rule in real arithmetic, at least", middle[1]),
            ("the same, at most", up(float(np.median(ended))) if ended.size else "none"),
            ("points with another label", f"{ended.size:,} of {self.rule_upper.size:,}"),
            ("small programs solved", f"{self.solved:,} of {self.pairs:,} pairs"),
        ]

    def plot(self, ax: Any = None) -> Any:
        """Draw how many samples have which radius, from both sides, into `ax` or new axes; return them (extra `plot`)."""
        return draw_radii(axes_or_new(ax, 6.0, 3.5), self.radius_lower, self.rule_upper)

    def _line(self) -> list[str]:
        samples, stored, rule, above, *_ = (value for _, value in self.facts())
        return [f"{samples} samples", f"median radius at least {stored}", f"of its rule between {rule} and {above}"]


def two_sided_radii(
    form: Form,
    points: FloatArray,
    values: FloatArray,
    ball: tuple[float, float],
    *,
    progress: FractionProgress | None = None,
) -> TwoSidedRadii:
    """Return the radii of `points` `(n, d)` with label values `values` `(n,)` under a recognised network.

    `ball = (radius, p)`: the certified radius, from which the search starts. The first ReLU may clip beyond it: there
    lower radii end.

    Raises UnprovableNetworkError when not even the balls of `radius` can be bounded.
    """
    radius, norm = ball
    part = _Progress(progress)
    base = BallProof(form, points, radius, norm)
    rule = _approach(base, points, values, rounded=False, progress=part(0.0, 0.4))
    clip = clip_radius_lower(form.first, points, norm)
    lower, steps = base.radii(points, values), rule.step.copy()
    wanted = np.where(np.isfinite(rule.length), rule.length, 4 * radius)
    reach = reaches(wanted, clip)
    for i, found in _each(_proven, (form, points, values, reach, norm), np.flatnonzero(reach > 0), part(0.4, 0.8)):
        lower[i], steps[i] = max(lower[i], found[0]), steps[i] if found[1] is None else found[1]
    upper = np.full(len(points), np.nan)
    ended = np.flatnonzero(np.isfinite(rule.length))
    for i, broken in _each(_rule_upper, (base, points, values, rule.step), ended, part(0.8, 1.0)):
        upper[i] = broken
    ends = np.full(len(points), np.inf) if form.clips else clip
    return TwoSidedRadii(lower, np.minimum(rule.radius_lower, ends), upper, steps, rule.solved, rule.pairs)


def _each(
    function: Callable[[Shared, int], Found], shared: Shared, rows: IndexArray, progress: FractionProgress
) -> Iterator[tuple[int, Found]]:
    """Yield every row with what the function says of it."""
    found = executor_for(work=len(rows) * SMALL_PROGRAM).run(function, shared, rows.tolist(), weigh=lambda _row: SAMPLE)
    for done, (i, value) in enumerate(zip(rows.tolist(), found, strict=True), start=1):
        yield i, value
        progress(done / len(rows))


def _proven(shared: tuple[Form, FloatArray, FloatArray, FloatArray, float], i: int) -> tuple[float, FloatArray | None]:
    """Return a radius proven in floats for the ball of sample i that goes as far as its `reach`, on a domain of its own.

    The fewer points, the closer are the bounds on what rounding costs: they are those of the largest number on any ball.
    For cells also the step to where the network in floats surely errs.
    """
    form, points, values, reach, norm = shared
    rows = slice(i, i + 1)
    try:
        proof = BallProof(form, points[rows], float(reach[i]), norm, float(reach[i]))
        found = _approach(proof, points[rows], values[rows], rounded=True)
    except UnprovableNetworkError:
        return -1.0, None
    sure = np.isfinite(found.length[0]) and any(r.surely for r in proof.comparisons)
    return float(min(found.radius_lower[0], reach[i])), found.step[0] if sure else None


def _approach(
    proof: BallProof, points: FloatArray, values: FloatArray, *, rounded: bool, progress: FractionProgress | None = None
) -> Approach:
    found = Approach.unlimited(*points.shape)
    known = np.zeros(len(points), dtype=bool)
    parts = list(proof.parts(values))
    answers = executor_for(work=len(points) * SMALL_PROGRAM).run(
        _approached, (proof, points, rounded), parts, weigh=lambda part: part.work + len(part.rows) * SMALL_PROGRAM
    )
    for done, (part, answer) in enumerate(zip(parts, answers, strict=True), start=1):
        known[part.rows] = True
        found = found.meet(part.rows, answer)
        if progress is not None:
            progress(done / len(parts))
    found.radius_lower[~known] = -1.0
    return found


def _approached(shared: tuple[BallProof, FloatArray, bool], part: Part) -> Approach:
    """Return how near some points are to breaking one requirement."""
    proof, points, rounded = shared
    with np.errstate(over="ignore", invalid="ignore"):
        return proof.comparisons[part.number].approach(proof.meter, points[part.rows], rounded=rounded)


def _rule_upper(shared: tuple[BallProof, FloatArray, FloatArray, FloatArray], i: int) -> float:
    """Return the distance of a point at which the rule is broken in exact arithmetic, a hair beyond the solver's; or NaN."""
    proof, points, values, steps = shared
    mine = [r for r in proof.comparisons if values[i] in r.values]
    for push in PUSHES:
        point = points[i] + steps[i] * (1.0 + push)
        z = image_exactly(proof.form.first, point)
        if z is not None and any(r.broken(z) for r in mine):
            return distance_upper(point, points[i], proof.domain.norm)
    return math.nan


class _Progress:
    """FractionProgress of one step within that of all."""

    def __init__(self, progress: FractionProgress | None) -> None:
        self._progress: FractionProgress = progress or silent

    def __call__(self, start: float, stop: float) -> FractionProgress:
        return lambda share: self._progress(start + (stop - start) * share)
