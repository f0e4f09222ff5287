"""Reading the network of successive collapse tests, layer by layer."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from logwidth.certify.forms.collapse import CollapseForm, Stage
from logwidth.certify.forms.shared.rows import LayerReader, Row
from logwidth.certify.leads.first_layer import SLOP, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import ReluNetwork


def read_collapse(network: ReluNetwork) -> CollapseForm:
    """Return the form of a stored collapse network; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [0])
    cursor = _Cursor(network, first.m)
    stages = [_StageReader(cursor, first, None).read()]
    while not cursor.at_end:
        stages[-1], level = _read_parking(cursor, stages[-1])
        stages.append(_StageReader(cursor, first, level).read())
    return _read_end(cursor.next(), network, first, stages)


class _Cursor:
    """Walks over the hidden layers from the second on."""

    def __init__(self, network: ReluNetwork, m: int) -> None:
        self.network, self.m, self.index = network, m, 1

    @property
    def at_end(self) -> bool:
        return self.index >= self.network.depth - 1

    def peek(self) -> LayerReader:
        if self.index >= self.network.depth:
            raise UnrecognisedNetworkError("the layers end in the middle of a test")
        return LayerReader(self.network.hidden[self.index], self.m, self.index + 1)

    def next(self) -> LayerReader:
        reader = self.peek()
        self.index += 1
        return reader


class _StageReader:
    """One test. `maximum` is what the running maximum of the tested class is read from."""

    def __init__(self, cursor: _Cursor, first: FirstLayer, level: float | None) -> None:
        self.cursor, self.first, self.m, self.level = cursor, first, cursor.m, level
        self.opening = level is None
        self.entry = level
        self.own: list[Row] = [Row("the zero score", np.zeros(self.m), {}, 0.0)]
        self.later: list[Row] = []
        self.rates: list[float] = []
        self.slope, self.offset = 0.0, 0.0

    def read(self) -> Stage:
        """Read the layers of the stage up to the one that holds the tested `S` alone."""
        maximum, lone = self._read_twin() if self.opening else ({}, False)
        while not lone and self._raises(self.cursor.peek(), maximum):
            self._read_raise(maximum)
            maximum = {self.m: 1.0, self.m + 1: 1.0} if maximum else {self.m: 1.0}
        self._read_first_test(maximum, lone)
        limit, parked_rate = self._read_tests(lone)
        if lone:
            self._scale_twin()
        return Stage(
            own=_pieces(self.own),
            later=_pieces(self.later),
            slope=self.slope,
            lone=lone,
            offset=self.offset,
            rate=min(self.rates),
            level=self.level,
            limit=limit,
            parked_rate=parked_rate,
        )

    def _read_twin(self) -> tuple[dict[int, float], bool]:
        """Place the twin: a further piece of the tested class, or (lone class) the first piece to test against."""
        reader, m = self.cursor.peek(), self.m
        row = reader.extras([1, 2])[0]
        weight = row.others.get(m, 0.0)
        lone = weight < 0
        if lone and not row.bias > 0:
            raise UnrecognisedNetworkError(f"{row.where} has no offset")
        self.offset = row.bias if lone else 0.0
        z = np.zeros(m)
        self.slope = z[0] = 1.0 if lone else row.weight(m, sign=+1)
        twin = Row("layer 1, twin", z, {}, self.slope * (self.first.twins[0][1] - float(self.first.b[0])))
        (self.later if lone else self.own).append(twin)
        return {m: self.slope}, lone

    def _scale_twin(self) -> None:
        """Give a lone twin the slope at which its rate is that of the other tests; any positive slope is sound."""
        own_rate, others = self.rates[0], self.rates[1:]
        self.slope = own_rate / others[0] if others else 1.0
        twin = self.later[0]
        self.later[0] = Row(twin.where, twin.z * self.slope, {}, twin.bias * self.slope)
        self.rates[0] = own_rate / self.slope / SLOP

    def _raises(self, reader: LayerReader, maximum: dict[int, float]) -> bool:
        extras = reader.extras([1, 2])
        return len(extras) == 1 if not maximum else len(extras) == 2 and extras[0].bias == 0.0

    def _enter(self, reader: LayerReader) -> None:
        """Check the copies; the first layer of a later stage adds the parking level of a hit to coordinate 0."""
        found = reader.copies(first_also=self.entry is not None)
        if self.entry is not None and found != {self.m: self.entry}:
            raise reader.refuse("does not add the parking level to coordinate 0")
        self.entry = None

    def _read_raise(self, maximum: dict[int, float]) -> None:
        reader = self.cursor.next()
        self._enter(reader)
        extras = reader.extras([2 if maximum else 1])
        if maximum:
            extras[0].expect(maximum, bias=0.0)
        extras[-1].expect({unit: -w for unit, w in maximum.items()}, z=True)
        self.own.append(extras[-1])

    def _read_first_test(self, maximum: dict[int, float], lone: bool) -> None:
        if lone:
            return
        reader = self.cursor.next()
        self._enter(reader)
        level, test = reader.extras([2])
        level.expect(maximum)
        if not level.bias > 0:
            raise UnrecognisedNetworkError(f"{level.where} has no offset")
        test.expect({unit: -w for unit, w in maximum.items()}, z=True)
        self.offset = level.bias
        self.later.append(test)

    def _read_tests(self, lone: bool) -> tuple[float, float]:
        """Read the further tests; return the limit of live coordinates and the rate of the test for parked points."""
        m = self.m
        for first_after_twin in _first_then_not(lone):
            reader = self.cursor.next()
            self._enter(reader)
            extras = reader.extras([1, 2])
            self._read_level(extras[0], first_after_twin)
            if len(extras) == 1:
                if not self.opening:
                    raise reader.refuse("ends a test without asking whether the point is parked")
                return 0.0, 0.0
            test = extras[1]
            if not self.opening and m not in test.others:
                return self._read_parked_test(test)
            test.expect({} if first_after_twin else {m: -1.0}, z=True)
            shift = 0.0 if first_after_twin else self.offset
            self.later.append(Row(test.where, test.z, {}, test.bias - shift))
        raise AssertionError("unreachable: the loop above has no end")

    def _read_level(self, row: Row, first_after_twin: bool) -> None:
        m = self.m
        if first_after_twin:
            rate = -row.weight(m, sign=-1)
            row.expect({m: -rate}, bias=self.offset)
        else:
            rate = -row.weight(m + 1, sign=-1)
            row.expect({m: 1.0, m + 1: -rate}, bias=0.0)
        self.rates.append(rate / SLOP)

    def _read_parked_test(self, test: Row) -> tuple[float, float]:
        test.expect({}, z=True)
        if test.z[0] != 1.0 or test.z[1:].any() or not test.bias < 0:
            raise UnrecognisedNetworkError(f"{test.where} does not compare coordinate 0 with a limit")
        reader = self.cursor.next()
        self._enter(reader)
        (level,) = reader.extras([1])
        rate = -level.weight(self.m + 1, sign=-1)
        level.expect({self.m: 1.0, self.m + 1: -rate}, bias=0.0)
        return -test.bias, rate


def _first_then_not(first: bool) -> Iterator[bool]:
    yield first
    while True:
        yield False


def _pieces(rows: list[Row]) -> Pieces:
    return Pieces(np.array([row.z for row in rows]), np.array([row.bias for row in rows]), np.zeros(len(rows)))


def _read_parking(cursor: _Cursor, stage: Stage) -> tuple[Stage, float]:
    """Read the two layers that park a hit; the level itself stands in the layer after them."""
    reader, m = cursor.next(), cursor.m
    dropped = reader.copies(first_also=True)
    (miss,) = reader.extras([1])
    if set(dropped) != {m} or not dropped[m] < 0:
        raise reader.refuse("does not drop coordinate 0 on a hit")
    stage = replace(stage, miss_rate=_read_miss(miss, m), drop=-dropped[m])
    reader = cursor.next()
    reader.copies()
    (hit,) = reader.extras([1])
    hit.expect({m: -1.0}, bias=1.0)
    level = cursor.peek().row(0).others.get(m, 0.0)
    if not level > 0:
        raise reader.refuse("is not followed by a parking level")
    return stage, level


def _read_miss(row: Row, m: int) -> float:
    rate = -row.weight(m, sign=-1)
    row.expect({m: -rate}, bias=1.0)
    return rate


def _read_end(reader: LayerReader, network: ReluNetwork, first: FirstLayer, stages: list[Stage]) -> CollapseForm:
    m, several = first.m, len(stages) > 1
    if reader.layer.n_outputs != 1 + several or network.n_outputs != 1:
        raise reader.refuse(f"has {reader.layer.n_outputs} units where {1 + several} read out the label")
    stages[-1] = replace(stages[-1], miss_rate=_read_miss(reader.row(0), m))
    park = 0.0
    if several:
        code = reader.row(1)
        code.expect({}, z=True)
        if code.z[0] != 1.0 or code.z[1:].any() or not code.bias < 0:
            raise UnrecognisedNetworkError(f"{code.where} does not read the parked code")
        park = -code.bias
    weights = network.output.row(0)
    return CollapseForm(
        first,
        tuple(stages),
        park,
        tested=float(network.output.bias[0]),
        miss_weight=weights.get(0, 0.0),
        code_weight=weights.get(1, 0.0),
    )
