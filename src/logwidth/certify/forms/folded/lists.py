"""Decision lists behind folding layers, whose rules may cut balls (docs/theory/t13-folding.md)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logwidth.certify.forms.folded.balls import FoldedBalls
from logwidth.certify.forms.folded.functions import proven
from logwidth.certify.forms.folded.mixtures import Mixtures
from logwidth.certify.forms.folded.requirement import FoldedDomain, OnWholeBalls
from logwidth.certify.forms.folded.sides import Sides
from logwidth.certify.forms.shared.nested import ListTest
from logwidth.types import BoolArray, FloatArray, IndexArray

BLOCK_ENTRIES = 1 << 20
TRIED = 4  # rules of a ball's own side that are tried on all of it, the most promising first


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
