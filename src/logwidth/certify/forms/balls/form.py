"""Proving lists of balls: what a sum of hinges on whole numbers holds for certain, and what it does not touch (T15c)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logwidth.certify.forms.balls.reaches import Reaches
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.leads.first_layer import Domain, FirstLayer
from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.requirement import Leads, OnlyMeasured
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.types import BoolArray, FloatArray

BLOCK_ENTRIES = 1 << 20
NORMS = (1.0, 2.0)


@dataclass(frozen=True, eq=False)
class Hinges:
    """Sums `F(w) = Σ g ReLU(±(w_j − c_j) − τ)` of P balls: `centres` c `(P, m)`, whole numbers at which all hinges are 0.

    `knots` τ ≥ 0 and `weights` g `(P, m, 2, K)`, the second index 0 for +, 1 for −; what is not there has weight 0.
    """

    centres: FloatArray
    knots: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, balls: Sequence[Sequence[tuple[int, float, float, float]]], m: int) -> "Hinges":
        """Return the hinges `(unit, sign, threshold, weight)` of balls.

        Raises UnrecognisedNetworkError where they have no centre.
        """
        found: list[list[list[list[tuple[float, float]]]]] = []
        centres = np.zeros((len(balls), m))
        for k, hinges in enumerate(balls):
            ends: list[list[list[tuple[float, float]]]] = [[[], []] for _ in range(m)]
            for unit, sign, threshold, weight in hinges:
                ends[unit][0 if sign > 0 else 1].append((threshold, weight))
            for j, (up, down) in enumerate(ends):
                high, low = min((t for t, _ in up), default=np.inf), max((t for t, _ in down), default=-np.inf)
                if low > high:
                    raise UnrecognisedNetworkError(f"the hinges of ball {k} in feature {j} overlap")
                centres[k, j] = low if np.isfinite(low) else high if np.isfinite(high) else 0.0
            found.append(ends)
        most = max((len(side) for ends in found for sides in ends for side in sides), default=1) or 1
        knots, weights = np.zeros((len(balls), m, 2, most)), np.zeros((len(balls), m, 2, most))
        for k, ends in enumerate(found):
            for j, sides in enumerate(ends):
                for s, side in enumerate(sides):
                    for i, (threshold, weight) in enumerate(side):
                        knots[k, j, s, i], weights[k, j, s, i] = abs(threshold - centres[k, j]), weight
        return cls(centres, knots, weights)

    def sums(self, balls: np.ndarray, w: FloatArray) -> FloatArray:
        """Return `F` of the balls `(n,)` at whole numbers `w` `(n, m)`, exactly while it is below 2^53."""
        away = w - self.centres[balls]
        sides = np.stack([away, -away], axis=2)[..., None] - self.knots[balls]
        return np.asarray((np.maximum(sides, 0.0) * self.weights[balls]).sum(axis=(1, 2, 3)))


@dataclass(frozen=True, eq=False)
class BallTest(OnlyMeasured):
    """On the ball of a sample with the label value in `values` the list must give that value."""

    reaches: Reaches
    outputs: FloatArray
    default: float
    values: frozenset[float]

    def measure(self, _meter: LeadMeter, points: FloatArray, radius: float) -> Leads:
        """Return proven radii of balls around `points` `(n, d)`: within a ball of the label, beyond all later others."""
        (value,) = self.values
        step = max(1, BLOCK_ENTRIES // max(1, self.outputs.size * points.shape[1]))
        parts = [self._radii(points[start : start + step], value) for start in range(0, len(points), step)]
        found = np.concatenate(parts) if parts else np.zeros(0)
        return Leads(found, found >= radius, np.zeros(len(found), dtype=np.intp))

    def _radii(self, points: FloatArray, value: float) -> FloatArray:
        nearest, farthest = self.reaches.distances(points)
        own = self.outputs == value
        inside = np.where(own, self.reaches.inner - farthest, -np.inf)
        outside = np.full((len(points), own.size + 1), np.inf)
        outside[:, :-1] = np.where(own, np.inf, nearest - self.reaches.outer)
        after = np.minimum.accumulate(outside[:, ::-1], axis=1)[:, ::-1]
        best = np.minimum(inside, after[:, 1:]).max(axis=1, initial=-np.inf)
        best = np.maximum(best, after[:, 0]) if self.default == value else best
        best = np.minimum(np.nextafter(best, -np.inf), self.reaches.largest)
        return np.where(best >= 0, best, -1.0)


@dataclass(frozen=True, eq=False, repr=False)
class BallForm(Recognised):
    """What the stored layers say: balls `F(w) ≤ level − 1` of whole numbers in runs with a code each, and the register.

    `levels` `(P,)`, `outputs` `(P,)` their label values, `default` the value where none holds, `top` = 2^p.
    """

    name = "balls"
    rule = "exact"
    first: FirstLayer
    hinges: Hinges
    levels: FloatArray
    outputs: FloatArray
    default: float
    top: float

    def reaches(self, norm: float) -> Reaches:
        """Return how far every ball reaches in ℓp, p = 1 or 2; raises UnprovableNetworkError for other p."""
        if norm not in NORMS:
            raise UnprovableNetworkError(f"how far balls reach is known in l1 and l2 only, not in l{norm:g}")
        found = self._known.get(norm)
        if found is None:
            hinges = self.hinges
            found = Reaches.of(self.first, (hinges.centres, hinges.knots, hinges.weights, self.levels), norm, self.top)
            self._known[norm] = found
        return found

    @cached_property
    def _known(self) -> dict[float, Reaches]:
        return {}

    def comparisons(self, domain: Domain) -> tuple[list[BallTest], dict[str, float]]:
        """Return what must hold on the balls; no rounding is left to bound behind the first layer."""
        reaches = self.reaches(domain.norm)
        values = np.unique(np.append(self.outputs, self.default)).tolist()
        tests = [BallTest(reaches, self.outputs, self.default, frozenset([v])) for v in values]
        return tests, {"balls": float(self.outputs.size)}

    def inputs_upper(self) -> float:
        """Return a power of two L: for all `|x_j| ≤ L` no product of the first layer may overflow."""
        first, largest = self.first, self.first.format.largest / 4
        zoom = np.ones(first.m) if first.scales is None else np.maximum(first.scales, 1.0)
        room = (largest - np.abs(first.b)) / (first.T.max(axis=1) * zoom)
        return float(2.0 ** (np.frexp(min(float(room.min()), float((largest / zoom).min())))[1] - 2))

    def far_problem(self, points: FloatArray, norm: float, radius: float, none: float) -> str:
        """Return why it is not proven that the list gives `none` wherever all `points` are farther than `radius`.

        '' where it is: `none` is the default, and every ball of another value reaches at most `radius` from some sample.
        """
        if self.default != none:
            return f"where no ball holds the network gives {self.default!r}, not {none!r}"
        reaches = self.reaches(norm)
        step = max(1, BLOCK_ENTRIES // max(1, self.outputs.size * points.shape[1]))
        near = np.zeros(self.outputs.size, dtype=bool)
        for start in range(0, len(points), step):
            _, farthest = reaches.distances(points[start : start + step])
            near |= (np.nextafter(farthest + reaches.outer, np.inf) <= radius).any(axis=0)
        far = np.flatnonzero(~(near | (self.outputs == none)))
        return f"ball {int(far[0])} reaches farther than {radius!r} from all samples" if far.size else ""

    def at(self, points: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return the whole numbers `(n, m)` that the first layers make of inputs `(n, d)`, and where nothing overflows."""
        kind = np.dtype(self.first.format.name)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            read = points if self.first.scales is None else points * self.first.scales
            inputs = read.astype(kind)
            stored = self.first.T.max(axis=1) / (1.0 if self.first.scales is None else self.first.scales)
            z = stored.astype(kind) * inputs + self.first.b.astype(kind)
        fine = (np.abs(points) <= self.inputs_upper()).all(axis=1)
        return np.clip(z.astype(np.float64) - self.top / 2, 0.0, self.top / 4), np.asarray(fine)
