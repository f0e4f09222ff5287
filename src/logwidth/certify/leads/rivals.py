"""Exact radii of nearest-piece rules: per opposite piece the nearest point at which no own piece beats it."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.comparison import Comparison
from logwidth.certify.leads.leads import BallScores, blocks_of
from logwidth.certify.leads.polyhedron import Centre, Polyhedron, distance_lower
from logwidth.certify.leads.projection import nearest_point
from logwidth.certify.leads.requirement import Approach
from logwidth.norms import lengths
from logwidth.types import FloatArray

if TYPE_CHECKING:
    from logwidth.certify.leads.meter import LeadMeter

MOST_SOLVED = 64


def approach_rivals(meter: "LeadMeter", comparison: Comparison, points: FloatArray, *, rounded: bool) -> Approach:
    """Return how near the points `(n, d)` are to breaking `comparison`.

    With `rounded` the lead must be what the stored network needs in floats; without, it must be positive in real arithmetic
    (the argmax of the pieces). For fixed x and j, if some convex combination of own pieces leads j by the same combination
    of what they need, then one of them does: so multipliers of the small program
    `min ‖x − x_i‖_p subject to a_j(x) ≥ a_s(x) − required_sj for all own s` prove a radius. Opposite pieces whose
    bisector with the nearest own piece lies beyond the best point found are skipped.
    """
    found = Approach.unlimited(len(points), points.shape[1])
    for rows in blocks_of(comparison, len(points), meter.memory):
        block = _Block(BallScores(meter, comparison, points[rows]), rounded)
        found = found.meet(np.arange(len(points))[rows], block.approach())
    return found


class _Block:
    def __init__(self, ball: BallScores, rounded: bool) -> None:
        self.ball, self.rounded = ball, rounded
        self.comparison, self.domain = ball.comparison, ball.meter.domain
        factor = ball.meter.factor
        self.lift = self.domain.first.T if factor is None else factor.L
        self.error = ball.image_error + (self.domain.error if rounded else 0.0)

    def approach(self) -> Approach:
        ball, n = self.ball, len(self.ball.points)
        rows, chosen = np.arange(n), ball.first_choice()
        bounds = ball.bisectors(chosen, rows, self._required(chosen, rows))
        bounds[np.isnan(bounds)] = -1.0  # where nothing is known: min and max of Python pass NaN over
        lower, length, step, solved = np.full(n, np.inf), np.full(n, np.inf), np.zeros_like(ball.points), 0
        for i in range(n):
            lower[i], step[i], length[i], count = self._nearest(i, bounds[i] / (1.0 + 2.0**-36))
            solved += count
        return Approach(np.where(lower >= 0, lower, -1.0), step, length, solved, bounds.size)

    def _required(self, chosen: NDArray[np.intp], rows: NDArray[np.intp]) -> FloatArray:
        if self.rounded:
            return self.ball.required(chosen, rows)
        return self.comparison.own.errors[chosen][:, None] + self.comparison.opposite.errors[None, :]

    def _nearest(self, i: int, bounds: FloatArray) -> tuple[float, FloatArray, float, int]:
        """Solve opposite pieces in the order of their bisectors until the next one lies beyond the best point found."""
        lower, step, length = np.inf, np.zeros(self.ball.points.shape[1]), np.inf
        for count, j in enumerate(np.argsort(bounds, kind="stable")):
            if bounds[j] >= length or count == MOST_SOLVED:
                return min(lower, float(bounds[j])), step, length, count
            body = self._unbeaten(i, int(j))
            offsets = body.weights @ self.ball.images[i] + body.biases + body.slack
            found = nearest_point(body.weights @ self.lift, offsets, self.domain.norm)
            bound = float(bounds[j])
            if found is not None:
                bound = max(bound, self._checked(i, body, found[1]))
            if found is not None and found[0] is not None:
                there = self._in_inputs(found[0])
                size = float(lengths(there[None], self.domain.norm)[0])
                if size < length:
                    step, length = there, size
            lower = min(lower, bound)
        return lower, step, length, len(bounds)

    def _unbeaten(self, i: int, j: int) -> Polyhedron:
        """Where opposite piece j is not beaten by any own piece by what is required on ball i."""
        own, opposite = self.comparison.own, self.comparison.opposite
        if self.rounded:
            fixed = self.comparison.lead + self.comparison.carry * self.ball.carried[i] + self.ball.opposite_errors[i, j]
            slack = (self.ball.own_errors[i] + fixed) * (1.0 + 2.0**-36)
        else:
            slack = own.errors + opposite.errors[j]
        return Polyhedron(opposite.weights[j] - own.weights, opposite.biases[j] - own.biases, slack)

    def _checked(self, i: int, body: Polyhedron, multipliers: FloatArray) -> float:
        active = np.flatnonzero(multipliers > 0)
        centre = Centre(self.ball.images[i], self.error)
        return distance_lower(self.domain.first, centre, body.take(active), multipliers[active], self.domain.norm)

    def _in_inputs(self, y: FloatArray) -> FloatArray:
        """Return the shortest step in input space whose image is the solver's (its own step already for p ≠ 2)."""
        if self.ball.meter.factor is None:
            return y
        step: FloatArray = self.domain.first.T.T @ np.linalg.solve(self.ball.meter.factor.L.T, y)
        return step
