"""Reading the network of successive collapse tests, layer by layer."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from logwidth.certify.forms.collapse.form import CollapseForm, CollapseStage
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit, negated, pieces_of
from logwidth.certify.leads.first_layer import SLOP, FirstLayer, read_first_layer
from logwidth.network import ReluNetwork


def read_collapse(network: ReluNetwork) -> CollapseForm:
    """Return the form of a stored collapse network; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [0])
    trace = Trace(network, first.m, ["r"])
    stages = [_StageReader(trace, first, None).read()]
    while trace.left > 1:
        stages[-1], level = _read_parking(trace, stages[-1])
        stages.append(_StageReader(trace, first, level).read())
    return _read_end(trace, first, stages)


class _StageReader:
    """One test. In the layers of its own pieces S is held as `s + r`, in those of the later ones as s, and e is a test.

    `maximum` is what the running maximum of the tested class is read from.
    """

    def __init__(self, trace: Trace, first: FirstLayer, level: float | None) -> None:
        self.trace, self.first, self.m, self.level = trace, first, first.m, level
        self.opening = level is None
        self.entry = level
        self.own: list[Unit] = [Unit("the zero score", 1, np.zeros(self.m), {}, 0.0)]
        self.later: list[Unit] = []
        self.rates: list[float] = []
        self.slope, self.offset = 0.0, 0.0

    def read(self) -> CollapseStage:
        """Read the layers of the stage up to the one that holds the tested `S` alone."""
        maximum, lone = self._read_twin() if self.opening else ({}, False)
        while not lone and self._raises(maximum):
            self._read_raise(maximum)
            maximum = {"s": 1.0, "r": 1.0} if maximum else {"r": 1.0}
        self._read_first_test(maximum, lone)
        limit, parked_rate = self._read_tests(lone)
        if lone:
            self._scale_twin()
        return CollapseStage(
            own=pieces_of(self.own),
            later=pieces_of(self.later),
            slope=self.slope,
            lone=lone,
            offset=self.offset,
            rate=min(self.rates),
            level=self.level,
            limit=limit,
            parked_rate=parked_rate,
        )

    def _beside(self) -> int:
        """Return the number of units of the next layer beside the coordinates: one or two."""
        found = self.trace.units_ahead - self.m
        if found not in (1, 2):
            raise self.trace.refuse(f"has {found} units beside the {self.m} carried coordinates")
        return found

    def _carry(self, *names: str) -> list[Unit]:
        """Read a layer; the first one of a later stage adds the parking level of a hit to coordinate 0."""
        expected = {} if self.entry is None else {"hit": self.entry}
        units, into = self.trace.carry_into(*names)
        if into != expected:
            raise units[0].refuse(f"stands beside a coordinate 0 that reads {into} where {expected} was expected")
        self.entry = None
        return units

    def _read_twin(self) -> tuple[dict[str, float], bool]:
        """Place the twin: a further piece of the tested class, or (lone class) the first piece to test against."""
        self._beside()
        unit = self.trace.peek(self.m)
        lone = unit.inputs.get("r", 0.0) < 0
        if lone and not unit.bias > 0:
            raise unit.refuse("has no offset")
        self.offset = unit.bias if lone else 0.0
        z = np.zeros(self.m)
        self.slope = z[0] = 1.0 if lone else unit.weight("r", sign=+1)
        twin = Unit("layer 1, twin", 1, z, {}, self.slope * (self.first.twins[0][1] - float(self.first.b[0])))
        (self.later if lone else self.own).append(twin)
        return {"r": self.slope}, lone

    def _scale_twin(self) -> None:
        """Give a lone twin the slope at which its rate is that of the other tests; any positive slope is sound."""
        own_rate, others = self.rates[0], self.rates[1:]
        self.slope = own_rate / others[0] if others else 1.0
        twin = self.later[0]
        self.later[0] = replace(twin, z=twin.z * self.slope, bias=twin.bias * self.slope)
        self.rates[0] = own_rate / self.slope / SLOP

    def _raises(self, maximum: dict[str, float]) -> bool:
        """Return whether the next layer raises the maximum: it has no offset."""
        beside = self._beside()
        return beside == 1 if not maximum else beside == 2 and self.trace.peek(self.m).bias == 0.0

    def _read_raise(self, maximum: dict[str, float]) -> None:
        *s, r = self._carry(*(["s"] if maximum else []), "r")
        for unit in s:
            unit.expect(maximum)
        r.expect(negated(maximum), z=ANY, bias=ANY)
        self.own.append(r)

    def _read_first_test(self, maximum: dict[str, float], lone: bool) -> None:
        if lone:
            return
        s, e = self._carry("s", "e")
        s.expect(maximum, bias=ANY)
        if not s.bias > 0:
            raise s.refuse("has no offset")
        e.expect(negated(maximum), z=ANY, bias=ANY)
        self.offset = s.bias
        self.later.append(e)

    def _read_tests(self, lone: bool) -> tuple[float, float]:
        """Read the further tests; return the limit of live coordinates and the rate of the test for parked points."""
        for first_after_twin in _first_then_not(lone):
            s, *tests = self._carry("s", *(["e"] if self._beside() == 2 else []))
            self._read_level(s, first_after_twin)
            if not tests:
                if not self.opening:
                    raise s.refuse("ends a test without asking whether the point is parked")
                return 0.0, 0.0
            (e,) = tests
            if not self.opening and "s" not in e.inputs:
                return self._read_parked_test(e)
            e.expect({} if first_after_twin else {"s": -1.0}, z=ANY, bias=ANY)
            self.later.append(replace(e, bias=e.bias - (0.0 if first_after_twin else self.offset)))
        raise AssertionError("unreachable: the loop above has no end")

    def _read_level(self, s: Unit, first_after_twin: bool) -> None:
        """Check what the last test makes of S; the twin's is read off the first layer, where S is the offset alone."""
        test, kept = ("r", {}) if first_after_twin else ("e", {"s": 1.0})
        rate = -s.weight(test, sign=-1)
        s.expect({**kept, test: -rate}, bias=self.offset if first_after_twin else 0.0)
        self.rates.append(rate / SLOP)

    def _read_parked_test(self, e: Unit) -> tuple[float, float]:
        e.expect({}, z={0: 1.0}, bias=ANY)
        if not e.bias < 0:
            raise e.refuse("does not compare coordinate 0 with a limit")
        (s,) = self._carry("s")
        rate = -s.weight("e", sign=-1)
        s.expect({"s": 1.0, "e": -rate})
        return -e.bias, rate


def _first_then_not(first: bool) -> Iterator[bool]:
    yield first
    while True:
        yield False


def _read_parking(trace: Trace, stage: CollapseStage) -> tuple[CollapseStage, float]:
    """Read the two layers that park a hit; the level itself stands in the layer after them."""
    (miss,), dropped = trace.carry_into("miss")
    if set(dropped) != {"s"} or not dropped["s"] < 0:
        raise miss.refuse("is a miss, but coordinate 0 does not fall on a hit")
    stage = replace(stage, miss_rate=_read_miss(miss), drop=-dropped["s"])
    (hit,) = trace.carry("hit")
    hit.expect({"miss": -1.0}, bias=1.0)
    level = trace.peek(0).inputs.get("hit", 0.0)
    if not level > 0:
        raise hit.refuse("is not followed by a parking level")
    return stage, level


def _read_miss(miss: Unit) -> float:
    rate = -miss.weight("s", sign=-1)
    miss.expect({"s": -rate}, bias=1.0)
    return rate


def _read_end(trace: Trace, first: FirstLayer, stages: list[CollapseStage]) -> CollapseForm:
    """Read the last miss, the code of a point that was parked where there are several stages, and the output."""
    miss, *codes = trace.last("miss", *(["code"] if len(stages) > 1 else []))
    stages[-1] = replace(stages[-1], miss_rate=_read_miss(miss))
    for code in codes:
        code.expect({}, z={0: 1.0}, bias=ANY)
        if not code.bias < 0:
            raise code.refuse("does not read the parked code")
    output = trace.output()  # it reads these two units alone, and the proof takes any weights
    return CollapseForm(
        first,
        tuple(stages),
        -codes[0].bias if codes else 0.0,
        tested=output.bias,
        miss_weight=output.inputs.get("miss", 0.0),
        code_weight=output.inputs.get("code", 0.0),
    )
