"""Reading nearest-sample networks: ℓ∞ distances piece by piece, sums of hinges coordinate by coordinate (T7)."""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from logwidth.certify.forms.nearest.distances import DistanceShape
from logwidth.certify.forms.nearest.form import NearestForm
from logwidth.certify.forms.shared.nearest_sample_maximum import Walk
from logwidth.certify.forms.shared.trace import ANY, Unit, negated
from logwidth.certify.leads.first_layer import FirstLayer, read_first_layer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import fraction


@dataclass(eq=False)
class _Samples:
    """The samples read so far: centres and levels K, and by how much the twin misses the first centre."""

    first: FirstLayer
    centres: list[list[float]] = field(default_factory=list)
    levels: list[Fraction] = field(default_factory=list)
    twin_gap: Fraction = Fraction(0)

    def twin_centre(self) -> float:
        """Return `b_0` less the twin's offset: the first coordinate of the first centre, if nothing else says it."""
        return float(self._twin_exactly())

    def _twin_exactly(self) -> Fraction:
        return fraction(self.first.b[0]) - fraction(self.first.twins[0][1])

    def add(self, centre: list[float], level: Fraction) -> None:
        """Add a sample; the first one's first coordinate is compared with the twin."""
        if not self.centres and self.first.twins:
            self.twin_gap = abs(fraction(centre[0]) - self._twin_exactly())
        self.centres.append(centre)
        self.levels.append(level)

    def form(self, name: str, walk: Walk, shape: DistanceShape) -> NearestForm:
        """Read the last layers and return the form."""
        ending = walk.end()
        kind = name + ("-collapse" if ending.collapse else "")
        values = ending.piece_values(walk.sides)
        if len(values) != len(self.centres):
            raise UnrecognisedNetworkError("the tests and the samples differ in number")
        levels = min(self.levels), max(self.levels)
        return NearestForm(kind, self.first, np.array(self.centres), values, levels, shape, self.twin_gap, ending)


def read_chebyshev(network: ReluNetwork) -> NearestForm:
    """Return the form of a stored ℓ∞ network; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [0])
    walk, samples = Walk(network, first.m, ["h"]), _Samples(first)
    start: Unit | None = None
    while True:
        biases = [walk.next(["h"])["h"] for _ in range(2 * first.m - 2)]
        if not samples.centres:
            rows = walk.next(["h"], start=True)
            samples.add(*_chebyshev_sample(rows["S"], biases, start, {}, samples))
            start = rows["h"]
            continue
        less = negated(walk.standing)
        samples.add(*_chebyshev_sample(walk.next([], test=True)["r"], biases, start, less, samples))
        if walk.left == 0:
            return samples.form("chebyshev", walk, DistanceShape.maximum())
        start = walk.next(["h"])["h"]


def _chebyshev_sample(
    reading: Unit, steps: list[Unit], start: Unit | None, less: dict[str, float], samples: _Samples
) -> tuple[list[float], Fraction]:
    """Return centre and level of one sample: `h ← ReLU(p_{k−1} + h − p_k)`, pieces `z_j − c_j, c_j − z_j` in turn."""
    m = samples.first.m
    if start is not None:
        start.expect({}, z={0: 1.0}, bias=ANY)
        centre = [-start.bias]
    elif steps:
        centre = [float(fraction(steps[0].bias) + fraction(steps[1].bias) / 2)]
    else:
        centre = [samples.twin_centre()]
    for number in range(0, 2 * m - 2, 2):
        j, between, twice = number // 2 + 1, steps[number], steps[number + 1]
        between.expect({"h": 1.0 if number else 2.0}, z={j - 1: -1.0, j: -1.0}, bias=ANY)
        twice.expect({"h": 1.0}, z={j: 2.0}, bias=ANY)
        centre.append(-twice.bias / 2)
        if fraction(between.bias) != fraction(centre[j - 1]) + fraction(centre[j]):
            raise between.refuse("does not pass from one coordinate to the next")
    reading.expect({"h": -2.0 if m == 1 else -1.0, **less}, z={m - 1: 1.0}, bias=ANY)
    return centre, fraction(reading.bias) + fraction(centre[-1])


def read_separable(network: ReluNetwork) -> NearestForm:
    """Return the form of a stored network of sums of hinges; raise UnrecognisedNetworkError where it departs from it."""
    try:
        first, names = read_first_layer(network.hidden[0], [0]), ["h"]
    except UnrecognisedNetworkError:
        first, names = read_first_layer(network.hidden[0], []), ["h", "g"]
    one_sided = len(names) == 1
    walk, samples = Walk(network, first.m, ["h"] if one_sided else []), _Samples(first)
    steps: list[dict[str, Unit]] = [] if one_sided else [walk.next(names)]
    length, shape = 0, DistanceShape.absolute()
    while True:
        if not length:
            while not _starts(walk):
                steps.append(walk.next(["Q", *names]))
            length = len(steps) + one_sided
            rows, reading, less = walk.next(names, start=True), "S", dict[str, float]()
        else:
            steps += [walk.next(["Q", *names]) for _ in range(length - 1)]
            less = negated(walk.standing)
            last = walk.left == 1
            rows, reading = walk.next([] if last else names, test=True), "r"
        found = _Sum(samples, steps, rows[reading], less, one_sided=one_sided, length=length)
        shape = found.shape if not samples.centres else shape
        samples.add(*found.sample(shape))
        if reading == "r" and last:
            return samples.form("manhattan" if one_sided else "minkowski", walk, shape)
        steps = [rows]


def _starts(walk: Walk) -> bool:
    """Return whether the next layer holds the first S: it reads the sum negatively."""
    return any(weight < 0 for weight in walk.trace.peek(walk.m).inputs.values())


class _Sum:
    """The hinges of one sample: `Q ← Q + w (h + g)`, and `K − Q − w (h + g)` at the end."""

    def __init__(
        self,
        samples: _Samples,
        steps: list[dict[str, Unit]],
        reading: Unit,
        less: dict[str, float],
        *,
        one_sided: bool,
        length: int,
    ) -> None:
        self.m, self.samples, self.one_sided = samples.first.m, samples, one_sided
        self.names = ("h",) if one_sided else ("h", "g")
        self.owned = len(steps) == length  # else the first hinge is the twin
        self.steps, self.reading, self.length = steps, reading, length
        if length % self.m:
            raise UnrecognisedNetworkError("the hinges of a sample are not shared evenly by the coordinates")
        self.knots = length // self.m
        if one_sided and self.knots != 1:
            raise UnrecognisedNetworkError("a sum of absolute values has more than one hinge per coordinate")
        self.weights = self._weights(less)
        self.shape = DistanceShape.absolute() if one_sided else self._shape()

    def _weights(self, less: dict[str, float]) -> list[float]:
        """Return the weight of every hinge, read off the row that adds it."""
        adding = [rows["Q"] for rows in self.steps[1 if self.owned else 0 :]]
        weights = []
        for number, row in enumerate(adding):
            weight = row.inputs.get("h", 0.0)
            row.expect({**({"Q": 1.0} if number else {}), **dict.fromkeys(self.names, weight)})
            weights.append(weight)
        weight = -self.reading.inputs.get("h", 0.0)
        inputs = {**dict.fromkeys(self.names, -weight), **({"Q": -1.0} if adding else {})}
        z = dict.fromkeys(range(self.m), 1.0) if self.one_sided else {}
        self.reading.expect({**inputs, **less}, z=z, bias=ANY)
        weights.append(weight)
        if not min(weights) > 0 or (self.one_sided and set(weights) != {2.0}):
            raise self.reading.refuse("does not add up a convex function")
        return weights

    def _thresholds(self, name: str, sign: float) -> list[float]:
        found = [] if self.owned else [self.samples.twin_centre()]
        for rows in self.steps:
            row = rows[name]
            row.expect({}, z={len(found) // self.knots: sign}, bias=ANY)
            found.append(-sign * row.bias)
        return found

    def _shape(self) -> DistanceShape:
        above = self._thresholds("h", 1.0)[: self.knots]
        knots = [float(fraction(v) - fraction(above[0])) for v in above]
        if sorted(set(knots)) != knots:
            raise UnrecognisedNetworkError("the knots do not increase")
        return DistanceShape("power", np.array(knots), np.array(self.weights[: self.knots]))

    def sample(self, shape: DistanceShape) -> tuple[list[float], Fraction]:
        """Return centre and level; all coordinates of all samples must share one shape."""
        level = fraction(self.reading.bias)
        above = self._thresholds("h", 1.0)
        if self.one_sided:
            return above, level + sum(map(fraction, above), Fraction(0))
        below, centre = self._thresholds("g", -1.0), above[:: self.knots]
        knots = [fraction(v) for v in shape.knots.tolist()]
        right = self.weights == shape.weights.tolist() * self.m and len(knots) == self.knots
        for position, (high, low) in enumerate(zip(above, below, strict=True)):
            c, knot = fraction(centre[position // self.knots]), knots[position % self.knots] if right else None
            if knot is None or fraction(high) != c + knot or fraction(low) != c - knot:
                raise self.reading.refuse("ends a sum of another shape")
        return centre, level
