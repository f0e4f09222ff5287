"""Decision lists behind folding layers, whose rules may cut balls, alone or mixed (docs/theory/t13-folding.md)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linprog

from logwidth.certify.forms.folded.balls import UNIT, FoldedBalls
from logwidth.certify.forms.folded.functions import Sides, Wanted, proven, sought
from logwidth.certify.forms.folded.requirement import FoldedDomain, OnWholeBalls
from logwidth.certify.forms.shared.nested import ListTest
from logwidth.certify.leads.first_layer import SLOP, SMALLEST
from logwidth.rounding import gamma_upper
from logwidth.types import BoolArray, FloatArray, IndexArray

MEMBERS = 12  # functions that are mixed, those largest at the centre
ROUNDS = 10
LEAST_SHARE = 1e-9
BLOCK_ENTRIES = 1 << 20
TRIED = 4  # rules of a ball's own side that are tried on all of it, the most promising first


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Questions `(M,)`: is the function of rule `target`, or of a rule `own` before it, enough at every point of `ball`?

    If `Σ_s λ_s (f_s − needed_s) ≥ 0` on the ball for some `λ ≥ 0`, not all of them 0, then at every point some f_s with
    `λ_s > 0` reaches what it needs. The mixture is one affine function of z, which T13 bounds.
    """

    sides: Sides
    ball: IndexArray
    target: IndexArray
    own: BoolArray

    def proven(self) -> BoolArray:
        """Return which questions are answered by some mixture; shares are looked for by cutting planes."""
        found = np.zeros(len(self.ball), dtype=bool)
        members = [self._members(i, t) for i, t in zip(self.ball, self.target, strict=True)]
        points = [self.sides.balls.centre[-1][i][None] for i in self.ball]
        left = np.arange(len(found))
        if left.size:
            single = [(k, s) for k in left for s in members[k]]
            self._looked_at(points, np.array([k for k, _ in single]), [(np.array([s]), np.ones(1)) for _, s in single])
        for _ in range(ROUNDS):
            tried = [self._shares(members[k], points[k]) for k in left]
            left = left[np.array([shares is not None for shares in tried], dtype=bool)]
            if not left.size:
                break
            good = self._looked_at(points, left, [shares for shares in tried if shares is not None])
            found[left[good]] = True
            left = left[~good]
        return found

    def _members(self, ball: int, target: int) -> IndexArray:
        """Return the rules that are mixed: the target, and own ones before it that may be positive somewhere on the ball."""
        centre, least = self.sides.margins
        before = np.flatnonzero(self.own[:target])
        reach = centre[ball, before] - least[ball, before]
        before = before[centre[ball, before] + reach > 0.0]
        return np.append(before[np.argsort(-centre[ball, before], kind="stable")[:MEMBERS]], target)

    def _shares(self, members: IndexArray, points: FloatArray) -> tuple[IndexArray, FloatArray] | None:
        """Return the rules and their shares in the mixture that is largest where it is least of some points, None if ≤ 0."""
        h, sign = self.sides.halfspaces.take(members), self.sides.sign
        values = sign * (points @ h.weights.T + h.biases) - self.sides.needed[members]
        scale = float(np.abs(values).max()) or 1.0
        count = len(members)
        table = np.concatenate([-values / scale, np.ones((len(points), 1))], axis=1)
        sums = np.append(np.ones(count), 0.0)[None]
        bounds = [(0.0, 1.0)] * count + [(None, None)]
        found = linprog(np.append(np.zeros(count), -1.0), table, np.zeros(len(points)), sums, [1.0], bounds)
        if found.x is None or not found.x[-1] > 0.0:
            return None
        chosen = found.x[:-1] > LEAST_SHARE
        return members[chosen], found.x[:-1][chosen]

    def _mixed(self, ball: IndexArray, shares: list[tuple[IndexArray, FloatArray]]) -> Wanted:
        """Return mixtures, one a ball, and what they must reach, the rounding of their own numbers included."""
        balls, h = self.sides.balls, self.sides.halfspaces
        largest = np.maximum(np.abs(balls.low[-1]), np.abs(balls.high[-1]))[ball]
        v, const, needed = np.zeros((len(ball), h.weights.shape[1])), np.zeros(len(ball)), np.zeros(len(ball))
        for row, (members, parts) in enumerate(shares):
            weights, biases = h.weights[members], h.biases[members]
            v[row], const[row] = self.sides.sign * (parts @ weights), self.sides.sign * (parts @ biases)
            size = parts @ (np.abs(weights) @ largest[row] + np.abs(biases) + self.sides.needed[members])
            underflow = (len(members) + 2) * SMALLEST * (2.0 + largest[row].sum())
            rounded = gamma_upper(len(members) + v.shape[1] + 8, UNIT) * size + underflow
            needed[row] = (parts @ self.sides.needed[members] + rounded) * SLOP
        return Wanted(ball, v, const, needed)

    def _looked_at(
        self, points: list[FloatArray], rows: IndexArray, shares: list[tuple[IndexArray, FloatArray]]
    ) -> BoolArray:
        """Return which mixtures for the questions `rows` are proven; where others are least is added to their points."""
        balls, mixed = self.sides.balls.take(self.ball[rows]), self._mixed(self.ball[rows], shares)
        good, met = sought(balls, Wanted(np.arange(len(rows)), mixed.v, mixed.const, mixed.needed))
        for k, point in zip(rows[~good], met[~good], strict=True):
            points[k] = np.concatenate([points[k], point[None]])
        return good


@dataclass(frozen=True, eq=False)
class FoldedList(OnWholeBalls):
    """What a list's test asks for, of halfspaces of `z = T s + b`, where s is what folding layers make of x.

    At every point of a ball and for every rule of the other side, that rule must keep clear of the point or a rule of the
    ball's own side asked before it must hold the point; which one may differ from point to point.
    """

    asked: ListTest

    @property
    def _block(self) -> int:
        return max(1, BLOCK_ENTRIES // self.asked.rules.size)

    def _proven(self, domain: FoldedDomain, points: FloatArray, radius: float) -> BoolArray:
        return _Nest(domain.balls_around(points, radius), self.asked).proven()


@dataclass(frozen=True, eq=False)
class _Nest:
    """The functions `side · g_t` of all rules on some balls.

    `side · v_1 ≥ c` at a point iff, for every rule t of the other side and for the last rule, `side · g_t ≥ c` or some rule
    `s < t` of the own side has `side · g_s ≥ c` there.
    """

    balls: FoldedBalls
    test: ListTest

    @cached_property
    def sides(self) -> Sides:
        """The functions of all rules."""
        return Sides(self.balls, self.test.rules, self.test.side, self.test.lead)

    @cached_property
    def own(self) -> BoolArray:
        """Which rules `(R,)` are of the own side; the last one is asked in any case."""
        own = np.array(self.test.signs) == self.test.side
        own[-1] = False
        return np.asarray(own)

    def proven(self) -> BoolArray:
        """Return on which balls `(n,)` the list is proven to say `side`."""
        centre, least = self.sides.margins
        sure: BoolArray = np.asarray(least >= 0.0)
        hopeful = np.logical_not(self._open(centre >= 0.0).any(axis=1))  # else it fails at the centre
        for turn in range(min(TRIED, len(self.own))):
            waiting = np.flatnonzero(hopeful & self._open(sure).any(axis=1))
            promising = np.where(self.own & ~sure[waiting] & (centre[waiting] >= 0.0), least[waiting], -np.inf)
            self._try(sure, waiting, np.argsort(-promising, axis=1, kind="stable")[:, turn : turn + 1], centre)
        ball, target = np.nonzero(self._open(sure) & hopeful[:, None] & (centre >= 0.0))
        sure[ball, target] = proven(self.balls, self.sides.wanted(ball, target), apart=True)
        ball, target = np.nonzero(self._open(sure) & hopeful[:, None])
        sure[ball, target] = Mixtures(self.sides, ball, target, self.own).proven()
        return np.asarray(hopeful & ~self._open(sure).any(axis=1))

    def _open(self, sure: BoolArray) -> BoolArray:
        """Return for which rules `(n, R)` of the other side nothing is sure, neither of them nor of an own one before."""
        return np.asarray(~(self.own | sure | np.logical_or.accumulate(sure & self.own, axis=1)))

    def _try(self, sure: BoolArray, balls: IndexArray, chosen: IndexArray, centre: FloatArray) -> None:
        """Note of one own rule for each of some balls whether it holds all of the ball."""
        rules = chosen[:, 0]
        fit = self.own[rules] & ~sure[balls, rules] & (centre[balls, rules] >= 0.0)
        ball, rule = balls[fit], rules[fit]
        sure[ball, rule] = proven(self.balls, self.sides.wanted(ball, rule), apart=True)
