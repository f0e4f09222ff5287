"""Reading decision lists of boxes, layer by layer and lane by lane, until no sum is left that could round."""

from collections.abc import Sequence

import numpy as np

from logwidth.certify.forms.boxes.corners import Snapping
from logwidth.certify.forms.boxes.form import BoxForm
from logwidth.certify.forms.shared.coded_runs import CodedRuns, read_front
from logwidth.certify.forms.shared.trace import ANY, Unit
from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.network import ReluNetwork
from logwidth.types import FloatArray

Side = tuple[int, int, float]
LEAST = 6  # layers of one box of one side


class LaneReader:
    """The units of the box that a lane is reading. Inputs are whole numbers from 0 to `top / 4`, `top` = 2^p.

    Unit by unit `x ← ReLU(l_t − l_{t−1} + x)`, at the end `e = ReLU(l_n − x)`: the least of all l where that is positive.
    """

    def __init__(self, name: str, top: float) -> None:
        self.name, self.top, self.most = name, top, top / 4
        self.units: list[Unit] = []

    def step(self, unit: Unit) -> None:
        """Read one unit: of the box that is open, the first of a new one, or one that is nothing."""
        if self.units:
            if unit.inputs not in ({self.name: 1.0}, {self.name: -1.0}) or not unit.z.any():
                raise unit.refuse("does not go on with the box before it")
            self.units.append(unit)
            return
        unit.expect({}, z=ANY, bias=ANY)
        if unit.z.any():
            self.units = [unit]
        elif unit.bias != 0.0:
            raise unit.refuse("belongs to no box")

    def stay(self, register: Unit) -> None:
        """Refuse a box whose last unit the register does not read."""
        if self.units and self.units[-1].inputs == {self.name: -1.0}:
            raise register.refuse(f"does not read the end of the box in {self.name!r}")

    def finish(self, register: Unit) -> None:
        """Refuse a box that is still open."""
        if self.units:
            raise register.refuse(f"closes a run in the middle of the box in {self.name!r}")

    def end(self, register: Unit) -> list[Side]:
        """Return the sides of the box that ends: `(j, 1, θ)` for `w_j ≥ θ`, `(j, −1, θ)` for `w_j ≤ θ`."""
        units, self.units = self.units, []
        signs = [unit.inputs.get(self.name, 0.0) for unit in units]
        if not units or signs != ([0.0] if len(units) == 1 else [0.0, *[1.0] * (len(units) - 2), -1.0]):
            raise register.refuse(f"reads {self.name!r}, which ends no box")
        numbers = np.array([[*unit.z, unit.bias] for unit in units])
        if not ((numbers == np.round(numbers)) & (np.abs(numbers) <= self.top)).all():
            raise register.refuse("reads a box of other than whole numbers")
        sides = np.concatenate([numbers[-1:], numbers[-1] - np.cumsum(numbers[:-1][::-1], axis=0)])[::-1]
        if not self._sums_upper(numbers, sides, np.array(signs)) <= self.top:
            raise register.refuse("reads a box whose sums may be rounded")
        return [_side(side, self.most, register) for side in sides]

    def _sums_upper(self, rows: FloatArray, sides: FloatArray, signs: FloatArray) -> float:
        """Return a bound on all sums of a box, in any order of their terms: what is positive, or negative, together.

        x is `l_t` less the least side so far; the first unit makes it of two sides, each further one of one more.
        """
        low = np.minimum(sides[:, :-1], 0).sum(axis=1) * self.most + sides[:, -1]
        high = np.maximum(sides[:, :-1], 0).sum(axis=1) * self.most + sides[:, -1]
        before = np.maximum(high - np.minimum.accumulate(low), 0.0)
        before[0] = 0.0
        up = np.maximum(rows[:, :-1], 0).sum(axis=1) * self.most + np.maximum(rows[:, -1], 0) + before * (signs > 0)
        down = np.maximum(-rows[:, :-1], 0).sum(axis=1) * self.most + np.maximum(-rows[:, -1], 0) + before * (signs < 0)
        return float(max(up.max(), down.max()))


def _side(numbers: FloatArray, most: float, register: Unit) -> Side:
    """Return the side that `± w_j + c ≥ 1` is."""
    units = np.flatnonzero(numbers[:-1])
    if units.size != 1 or abs(numbers[units[0]]) != 1:
        raise register.refuse("reads a box with a side that is not of one feature")
    sign = int(numbers[units[0]])
    theta = 1.0 - numbers[-1] if sign > 0 else numbers[-1] - 1.0
    if not (1 <= theta <= most if sign > 0 else 0 <= theta <= most - 1):
        raise register.refuse("reads a box with a side beyond the whole numbers")
    return int(units[0]), sign, float(theta)


def read_boxes(network: ReluNetwork) -> BoxForm:
    """Return the form of a stored decision list of boxes; raise UnrecognisedNetworkError where it departs from it.

    A layer of a run holds a unit of each of q lanes.
    """
    first = read_front(network, LEAST)
    return _Runs(network, first.m).form(first)


class _Runs(CodedRuns):
    """The runs of boxes."""

    def __init__(self, network: ReluNetwork, m: int) -> None:
        self.lanes: list[LaneReader] = []
        self.boxes: list[list[Side]] = []
        self.widest = 1
        super().__init__(network, m)

    def _begin(self, units: int) -> list[str]:
        self.lanes = [LaneReader(f"x{k}", self.top) for k in range(units)]
        if not self.lanes:
            raise self.trace.refuse("has no lanes")
        self.widest = max(self.widest, units)
        return [lane.name for lane in self.lanes]

    def _step(self, units: Sequence[Unit]) -> None:
        for lane, unit in zip(self.lanes, units, strict=True):
            lane.step(unit)

    def _ended(self, register: Unit) -> list[str]:
        ended = []
        for lane in self.lanes:
            if lane.name in register.inputs:
                self.boxes.append(lane.end(register))
                ended.append(lane.name)
            else:
                lane.stay(register)
        return ended

    def _finish(self, register: Unit) -> None:
        for lane in self.lanes:
            lane.finish(register)

    def form(self, first: FirstLayer) -> BoxForm:
        """Return what was read, once codes, rates and the register's sums are checked."""
        values, default = self.values()
        if not (max(self.rates) * (self.top + 1) * self.widest + max(self.codes)) * 4 < first.format.largest:
            raise self.output.refuse("reads a register that may overflow")
        lower, upper = (np.full((len(self.boxes), first.m), end) for end in (-np.inf, np.inf))
        for k, sides in enumerate(self.boxes):
            for unit, sign, theta in sides:
                if sign > 0:
                    lower[k, unit] = max(lower[k, unit], theta)
                else:
                    upper[k, unit] = min(upper[k, unit], theta)
        return BoxForm(first, Snapping.of(first), lower, upper, values, default, self.top / 2)
