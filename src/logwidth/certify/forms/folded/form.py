"""Scores, cells or lists behind folding layers: the stored network's form and its reader (docs/theory/t13-folding.md)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.cells.form import CellForm, read_cells
from logwidth.certify.forms.collapse.form import CollapseForm
from logwidth.certify.forms.collapse.reader import read_collapse
from logwidth.certify.forms.decision_list import ListForm, read_list
from logwidth.certify.forms.folded.balls import FoldedBalls
from logwidth.certify.forms.folded.cells import FoldedCells
from logwidth.certify.forms.folded.layers import FoldLayers
from logwidth.certify.forms.folded.lists import FoldedList
from logwidth.certify.forms.folded.requirement import FoldedDomain, FoldedTest
from logwidth.certify.forms.parked_lists import ParkedForm, read_parked_lists
from logwidth.certify.forms.register import RegisterForm, read_register
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray, IntArray

MOST_FOLDS = 12
Inner = CollapseForm | RegisterForm | CellForm | ListForm | ParkedForm
INNER: tuple[Callable[[ReluNetwork], Inner], ...] = (
    read_collapse,
    read_register,
    read_cells,
    read_list,
    read_parked_lists,
)
Tests = list[FoldedTest] | list[FoldedCells] | list[FoldedList]


@dataclass(frozen=True, eq=False)
class FoldedForm:
    """What the stored layers say: folding layers, and the form of all that follows, which reads them as its inputs."""

    folds: FoldLayers
    inner: Inner

    name = "folded"
    clips = True

    @property
    def rule(self) -> str:
        """How labels are read off."""
        return self.inner.rule

    @property
    def first(self) -> FirstLayer:
        """The first layer as stored, hinges included: it clips on purpose."""
        folds = self.folds
        return FirstLayer(folds.weights[0], folds.biases[0], (), folds.format, folds.scales)

    @property
    def n_pieces(self) -> int:
        """Number of scores, of halfspaces, or of rules."""
        if isinstance(self.inner, CellForm):
            return self.inner.cells.halfspaces.size
        if isinstance(self.inner, ListForm):
            return self.inner.rules.size
        if isinstance(self.inner, ParkedForm):
            return sum(stage.rules.size for stage in self.inner.stages)
        return self.inner.n_pieces if isinstance(self.inner, CollapseForm) else self.inner.pieces.size

    @property
    def layers(self) -> FoldLayers:
        """The folding layers and the coordinates that what follows reads."""
        first = self.inner.first
        folds = self.folds
        return FoldLayers((*folds.weights, first.T), (*folds.biases, first.b), folds.format, folds.scales)

    def domain(
        self, points: FloatArray, radius: float, norm: float, reach: float | None = None, rows: IntArray | None = None
    ) -> FoldedDomain:
        """Return what holds of the scores' coordinates on the balls `B_p(x_i, reach)`, i in `rows`, rounding included.

        Bounds are made ball by ball, and a wider one is bounded worse: without `reach` it is `radius`.

        Raises UnprovableNetworkError when a coordinate may be clipped at zero, or a sum may overflow, somewhere on a ball.
        """
        radius, points = radius if reach is None else reach, points if rows is None else points[rows]
        balls, first = FoldedBalls.around(self.layers, points, radius, norm), self.inner.first
        lower, upper = balls.low[-1].min(axis=0), balls.high[-1].max(axis=0) * SLOP
        if (lower < 0).any():
            worst = int(np.argmin(lower))
            raise UnprovableNetworkError(
                f"coordinate {worst} behind the folds may be clipped at zero on a ball of {radius:g}"
            )
        errors, carriers = balls.local[-1].max(axis=0), [j for j, _ in first.twins]
        offsets = np.array([abs(offset) for _, offset in first.twins])
        rounding = gamma_upper(first.T.shape[1] + 5, first.format.unit) * SLOP
        twin_error = (errors[carriers] + rounding * np.maximum(offsets - np.abs(first.b[carriers]), 0.0)) * SLOP
        moved = np.maximum(balls.high[-1] - balls.centre[-1], balls.centre[-1] - balls.low[-1]).max(axis=0)
        swing = (moved + balls.slips[-1].max(axis=0)) * SLOP
        sizes = (balls.tops[-2] @ np.abs(first.T).T).max(axis=0) * SLOP
        most = balls.tops[-2].max(axis=0)
        return FoldedDomain(first, norm, radius, errors, twin_error, swing, lower, upper, sizes, most, balls)

    def comparisons(self, domain: Domain) -> tuple[Tests, dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        What follows the folds reads what the last of them holds: its theorem asks for leads of scores, or for sides of
        halfspaces, at the computed coordinates, which are bounded there, ball by ball.
        """
        if isinstance(self.inner, CellForm):
            tests, constants = self.inner.comparisons(domain)
            return [FoldedCells(test) for test in tests], constants
        if isinstance(self.inner, ListForm | ParkedForm):
            lists, constants = self.inner.comparisons(domain)
            return [FoldedList(test) for test in lists], constants
        comparisons, constants = self.inner.comparisons(domain)
        return [FoldedTest(comparisons[number]) for number in range(len(comparisons))], constants


def read_folded(network: ReluNetwork) -> FoldedForm:
    """Return the form of a stored network behind folds; raise UnrecognisedNetworkError where it departs from it.

    The folding layers may be any: the first layers after which the rest is a network of scores that reads what they make.
    """
    for count in range(1, min(MOST_FOLDS, network.depth - 2) + 1):
        rest = ReluNetwork(network.hidden[count:], network.output)
        for read in INNER:
            try:
                inner = read(rest)
            except (UnrecognisedNetworkError, ArithmeticError):
                continue
            return FoldedForm(FoldLayers.of(network.hidden[:count]), inner)
    raise UnrecognisedNetworkError("no network of scores begins after any of the first layers")
