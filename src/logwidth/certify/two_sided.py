"""Two-sided radii: how far a sample's label is proven, and how far away the rule itself gives another one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.cell_distance import approach_cells
from logwidth.certify.cell_form import CellTest
from logwidth.certify.certify import BallProof
from logwidth.certify.exact_rivals import broken_exactly, distance_upper
from logwidth.certify.first_layer import Domain, domain_around
from logwidth.certify.forms import BallTest, Form
from logwidth.certify.leads import LeadMeter
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.certify.pieces import Comparison
from logwidth.certify.reach import clip_radius_lower, reaches
from logwidth.certify.rivals import Approach, approach_rivals

FloatArray = NDArray[np.float64]
Requirement = Comparison | BallTest
Progress = Callable[[float], None]
PUSHES = tuple(2.0**-k for k in range(46, 8, -2))


@dataclass(frozen=True, eq=False)
class TwoSidedRadii:
    """Per sample, in ℓp: what is proven of the network in floats, and of its rule in real arithmetic.

    `radius_lower`: within it the network as stored, in its float format, returns the label exactly (−1: nothing proven).
    `rule_lower ≤ exact radius ≤ rule_upper`: the distance to the nearest point where the pieces, in real arithmetic, no
    longer prefer the label (Voronoi forms: argmax; cells: in an own cell and in no later one). NaN where no point was
    found, or the first ReLU clips before it. `steps` `(n, d)` lead there: candidates for inputs with another label.
    `solved` small programs were chosen from `pairs` by the bisector bound.
    """

    radius_lower: FloatArray
    rule_lower: FloatArray
    rule_upper: FloatArray
    steps: FloatArray
    solved: int
    pairs: int


def two_sided_radii(
    form: Form, points: FloatArray, values: FloatArray, ball: tuple[float, float], *, progress: Progress | None = None
) -> TwoSidedRadii:
    """Return the radii of `points` `(n, d)` with label values `values` `(n,)` under a recognised network.

    `ball = (radius, p)`: the certified radius, from which the search starts. The first ReLU may clip beyond it: there
    lower radii end.

    Raises UnprovableNetworkError when not even the balls of `radius` can be bounded.
    """
    radius, norm = ball
    base = BallProof(form, points, radius, norm)
    rule = _approach(base.domain, base.comparisons, points, values, rounded=False, progress=_part(progress, 0.0, 0.4))
    clip = clip_radius_lower(form.first, points, norm)
    lower = base.radii(points, values)
    wanted = np.where(np.isfinite(rule.length), rule.length, 4 * radius)
    for i, reach in enumerate(reaches(wanted, clip).tolist()):
        if reach > 0:
            rows = slice(i, i + 1)
            lower[rows] = np.maximum(lower[rows], _proven(form, points[rows], values[rows], (reach, norm)))
        if progress is not None:
            progress(0.4 + 0.4 * (i + 1) / len(points))
    upper = _rule_upper(form, base.comparisons, points, values, rule, norm, _part(progress, 0.8, 1.0))
    return TwoSidedRadii(lower, np.minimum(rule.radius_lower, clip), upper, rule.step, rule.solved, rule.pairs)


def _proven(form: Form, points: FloatArray, values: FloatArray, ball: tuple[float, float]) -> FloatArray:
    """Return radii proven in floats for balls that reach `ball[0]`, on a domain of these points alone.

    The fewer points, the closer are the bounds on what rounding costs: they are those of the largest number on any ball.
    """
    try:
        domain = domain_around(form.first, points, ball[1], ball[0])
        requirements, _ = form.comparisons(domain)
        found = _approach(domain, requirements, points, values, rounded=True)
    except UnprovableNetworkError:
        return np.full(len(points), -1.0)
    return np.minimum(found.radius_lower, ball[0])


def _approach(
    domain: Domain,
    requirements: Sequence[Requirement],
    points: FloatArray,
    values: FloatArray,
    *,
    rounded: bool,
    progress: Progress | None = None,
) -> Approach:
    found = Approach.unlimited(*points.shape)
    meter = LeadMeter(domain)
    known = np.zeros(len(points), dtype=bool)
    for number, requirement in enumerate(requirements, start=1):
        rows = np.flatnonzero(np.isin(values, list(requirement.values)))
        known[rows] = True
        if rows.size and isinstance(requirement, CellTest):
            found = found.meet(rows, approach_cells(domain, requirement, points[rows], rounded=rounded))
        elif rows.size and isinstance(requirement, Comparison):
            found = found.meet(rows, approach_rivals(meter, requirement, points[rows], rounded=rounded))
        elif rows.size and not isinstance(requirement, Comparison):
            found = found.meet(rows, _measured(domain, requirement, points[rows]))
        if progress is not None:
            progress(number / len(requirements))
    found.radius_lower[~known] = -1.0
    return found


def _measured(domain: Domain, test: BallTest, points: FloatArray) -> Approach:
    """Return what a test of another kind proves of the network in floats; it leads to no point where it fails."""
    return replace(Approach.unlimited(*points.shape), radius_lower=test.measure(domain, points, domain.reach).radius_lower)


def _rule_upper(
    form: Form,
    requirements: Sequence[Requirement],
    points: FloatArray,
    values: FloatArray,
    rule: Approach,
    norm: float,
    progress: Progress | None,
) -> FloatArray:
    """Return distances of points at which the rule is broken in exact arithmetic, a hair beyond the solver's."""
    upper = np.full(len(points), np.nan)
    for i in np.flatnonzero(np.isfinite(rule.length)):
        mine = [r for r in requirements if values[i] in r.values and isinstance(r, Comparison | CellTest)]
        for push in PUSHES:
            point = points[i] + rule.step[i] * (1.0 + push)
            if any(broken_exactly(form.first, r, point) for r in mine):
                upper[i] = distance_upper(point, points[i], norm)
                break
        if progress is not None:
            progress((i + 1) / len(points))
    return upper


def _part(progress: Progress | None, start: float, stop: float) -> Progress | None:
    return None if progress is None else lambda share: progress(start + (stop - start) * share)
