"""Proving the network of successive collapse tests."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import CONSTANT_SLACK, Scores, exact_integers, running_maximum
from logwidth.certify.leads.comparison import Comparison
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer
from logwidth.certify.leads.pieces import Pieces, joined
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.rounding import fraction


@dataclass(frozen=True, eq=False)
class CollapseStage:
    """One test as stored: is the best of `own` above all of `later`?

    `S = max(own) + offset` loses `rate` times every `ReLU(later + offset − S)`, then (if `level` is set, that is, in all
    stages but the first) `parked_rate · ReLU(z_0 − limit)`. What remains is turned into `miss = ReLU(1 − miss_rate S)`;
    on a hit coordinate 0 loses `drop · S` and then gains the next stage's `level`. `slope` is the twin's, 0 if none,
    and `lone` says that the twin is a later piece.
    """

    own: Pieces
    later: Pieces
    slope: float
    lone: bool
    offset: float
    rate: float
    level: float | None
    limit: float
    parked_rate: float
    miss_rate: float = 0.0
    drop: float = 0.0


@dataclass(frozen=True, eq=False, repr=False)
class CollapseForm(Recognised):
    """What the stored layers say: the stages in order and the read-out `tested + miss_weight·miss + code_weight·code`."""

    name = "collapse"
    rule = "exact"
    first: FirstLayer
    stages: tuple[CollapseStage, ...]
    park: float
    tested: float
    miss_weight: float
    code_weight: float

    @property
    def n_pieces(self) -> int:
        """Number of pieces: those of the first stage are all."""
        return self.stages[0].own.size + self.stages[0].later.size

    def class_values(self) -> list[float]:
        """Return the label value of each tested class in order, and of the last one."""
        levels = [stage.level for stage in self.stages[1:] if stage.level is not None]
        parked = [self.tested + self.miss_weight + self.code_weight * (level - self.park) for level in levels]
        return [*parked, self.tested, self.tested + self.miss_weight]

    def scores(self) -> Scores:
        """Return the first stage's pieces with their label values, and how far the later stages store others.

        CollapseStage k compares the pieces from its first own one on, each less that one, rounded again.

        Raises UnrecognisedNetworkError when a later stage has another number of pieces than the one before leaves.
        """
        pieces = joined(self.stages[0].own, self.stages[0].later)
        drift, drift_bias, start = np.zeros(pieces.weights.shape[1]), 0.0, self.stages[0].own.size
        for before, stage in pairwise(self.stages):
            if stage.own.size + stage.later.size != before.later.size:
                raise UnrecognisedNetworkError("a test does not compare all pieces that the one before left")
            again, rest = joined(stage.own, stage.later), pieces.take(slice(start, None))
            weights, biases = rest.weights - rest.weights[0], rest.biases - rest.biases[0]
            off = np.abs(again.weights - weights) + 2.0**-50 * (np.abs(rest.weights) + np.abs(rest.weights[0]))
            off_bias = np.abs(again.biases - biases) + 2.0**-50 * (np.abs(rest.biases) + np.abs(rest.biases[0]))
            drift = np.maximum(drift, 2 * SLOP * off.max(axis=0))
            drift_bias = max(drift_bias, 2 * SLOP * float(off_bias.max()))
            start += stage.own.size
        sizes = [*(stage.own.size for stage in self.stages), self.stages[-1].later.size]
        ceiling = min((min(stage.limit, self.park) for stage in self.stages[1:]), default=np.inf)
        values = np.repeat(self.class_values(), sizes)
        single = len(self.stages) == 1  # each later class may be tested against by another piece
        return Scores(pieces, values, drift=drift, drift_bias=drift_bias, ceiling=ceiling, one_leader=single)

    def comparisons(self, domain: Domain) -> tuple[list[Comparison], dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        With `E_t`, `u`, `S` as for the running maximum and K the offset: if the tested class leads by
        `E_s + E_j + 3uS + 2uK` no test fires (`s + r + K` takes two roundings, in any order) and `S ≥ K` is carried
        unchanged; if a later piece leads by that and
        `(S + K)/λ` more, its test takes S to 0 for good. So `miss` is exactly 0 or 1, coordinate 0 is copied or
        replaced by its level exactly, and a parked point fails every later test.
        """
        self._check_read_out(domain)
        comparisons: list[Comparison] = []
        constants = {"score_error": 0.0, "score_upper": 0.0, "lead": 0.0, "rate": np.inf}
        values = self.class_values()
        for number, stage in enumerate(self.stages):
            largest, error = self._bounds(stage, domain)
            unit = domain.first.format.unit
            keep = 2 * unit * stage.offset * SLOP
            lose = (keep + (largest + stage.offset) / stage.rate * CONSTANT_SLACK) * SLOP
            _check_constants(stage, domain, largest)
            own, later = _with_twin_error(stage, domain)
            carry, others = 3 * unit * SLOP, 2 * stage.offset
            here, after = frozenset(values[number : number + 1]), frozenset(values[number + 1 :])
            comparisons.append(Comparison(own, later, here, keep, carry, others, error))
            comparisons.append(Comparison(later, own, after, lose, carry, others, error))
            found = {"score_error": error, "score_upper": largest, "lead": lose}
            constants |= {name: max(constants[name], value) for name, value in found.items()}
            constants["rate"] = min(constants["rate"], stage.rate)
        return comparisons, constants

    def _bounds(self, stage: CollapseStage, domain: Domain) -> tuple[float, float]:
        both = joined(*_with_twin_error(stage, domain))
        return running_maximum(both, domain, domain.lower, domain.upper, 2 * stage.offset)

    def _check_read_out(self, domain: Domain) -> None:
        values = self.class_values()
        exact_integers([*values, self.miss_weight, self.tested], domain.first.format.name)
        if len(set(values)) != len(values):
            raise UnrecognisedNetworkError("two tests stand for the same label")
        for stage in self.stages[1:]:
            self._check_level(stage, domain)

    def _check_level(self, stage: CollapseStage, domain: Domain) -> None:
        """A live coordinate 0 is below limit and park; a parked one holds its level exactly, as its code is."""
        level = stage.level or 0.0
        levels = [s.level or 0.0 for s in self.stages[1:]]
        code = level - self.park
        exact = fraction(level) - fraction(self.park)
        single = np.float32 if domain.first.format.name == "float32" else np.float64
        if not (float(domain.upper[0]) <= stage.limit < min(levels) and float(domain.upper[0]) <= self.park):
            raise UnprovableNetworkError("a live coordinate 0 may look parked")
        whole = (fraction(self.code_weight) * exact).denominator == 1
        if not (code >= 0 and fraction(float(single(code))) == exact and whole):
            raise UnprovableNetworkError("a parked code is not read out exactly")
        if not abs(self.code_weight * code) + abs(self.miss_weight) + abs(self.tested) <= 2.0**24:
            raise UnprovableNetworkError("a parked code is too large to be read out exactly")
        box = domain.upper.copy()
        box[0] = max(levels)
        lower = domain.lower.copy()
        lower[0] = 0.0
        largest, _ = running_maximum(stage.own, domain, lower, box, 2 * stage.offset)
        enough = stage.parked_rate * (min(levels) - stage.limit) >= (largest + stage.offset) * CONSTANT_SLACK
        if not (enough and stage.parked_rate * max(levels) * 4 < domain.first.format.largest):
            raise UnprovableNetworkError("a parked point may pass a later test")
        if not (stage.later.magnitude(box) + largest + 2 * stage.offset) * 4 < domain.first.format.largest:
            raise UnprovableNetworkError("a test of a parked point may overflow, and infinity times zero is not a number")


def _with_twin_error(stage: CollapseStage, domain: Domain) -> tuple[Pieces, Pieces]:
    """The twin, if the stage has one, is its second own piece, or its first later one where the class has no other."""
    if not stage.slope:
        return stage.own, stage.later
    error = stage.slope * (float(domain.error[0]) + float(domain.twin_error[0])) * SLOP
    if stage.lone:
        return stage.own, stage.later.with_error(0, error)
    return stage.own.with_error(1, error), stage.later


def _check_constants(stage: CollapseStage, domain: Domain, largest: float) -> None:
    if not stage.miss_rate * stage.offset >= CONSTANT_SLACK:
        raise UnprovableNetworkError("a hit may not be recognised: the offset is too small for its rate")
    if stage.drop and not stage.drop * stage.offset >= float(domain.upper[0]) * CONSTANT_SLACK:
        raise UnprovableNetworkError("coordinate 0 may survive a hit")
    biggest = max(stage.rate, stage.miss_rate, stage.drop, 1.0) * (largest + stage.offset) * 4
    if not biggest < domain.first.format.largest:
        raise UnprovableNetworkError("a test may overflow")
