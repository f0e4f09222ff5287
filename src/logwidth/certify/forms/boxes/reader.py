"""Reading decision lists of boxes, layer by layer, until no sum is left that could round."""

from collections.abc import Sequence

import numpy as np

from logwidth.certify.forms.boxes.corners import Snapping
from logwidth.certify.forms.boxes.form import BoxForm
from logwidth.certify.forms.boxes.lanes import LaneReader, Side
from logwidth.certify.forms.shared.coded_runs import CodedRuns, read_front
from logwidth.certify.forms.shared.trace import Unit
from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.network import ReluNetwork

LEAST = 6  # layers of one box of one side


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
