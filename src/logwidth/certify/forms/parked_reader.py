"""Reading networks of one decision list a class, layer by layer."""

import numpy as np

from logwidth.certify.forms.parked_lists import ParkedForm, ParkedStage
from logwidth.certify.forms.shared.nested import nested_rules, stored
from logwidth.certify.forms.shared.rows import LayerReader, Row
from logwidth.certify.leads.first_layer import read_first_layer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import fraction


def read_parked_lists(network: ReluNetwork) -> ParkedForm:
    """Return the form of stored decision lists with parking; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [])
    reading = _Reading(first.m)
    for number, layer in enumerate(network.hidden[1:-1], start=2):
        reader = LayerReader(layer, first.m, number)
        into = reader.copies(first_also=True)
        (row,) = reader.extras([1])
        reading.layer(row, into)
    if network.hidden[-1].n_outputs != 1 or network.depth < 4:
        raise UnrecognisedNetworkError(f"layer {network.depth} does not hold the code alone")
    code = LayerReader(network.hidden[-1], first.m, network.depth).row(0)
    if not np.array_equal(code.z, np.eye(first.m)[0]):
        raise UnrecognisedNetworkError("the code is not read off coordinate 0")
    reading.close(code.others)
    read_out = network.output.row(0) if network.n_outputs == 1 else {}
    if set(read_out) != {0}:
        raise UnrecognisedNetworkError("the output is not a multiple of the code and a constant")
    return ParkedForm(first, tuple(reading.stages), -code.bias, float(network.output.bias[0]), read_out[0])


class _Reading:
    """The stages read so far; `open` holds the rows of the list that is being read, the last asked first."""

    def __init__(self, m: int) -> None:
        self.m = m
        self.stages: list[ParkedStage] = []
        self.open: list[Row] = []
        self.test: tuple[float, float] | None = None
        self.waiting = False

    def layer(self, row: Row, into: dict[int, float]) -> None:
        """Read a layer: a step of a list, its test, or the hit after it; `into` is what coordinate 0 reads beside itself."""
        if self.test is not None and not self.waiting:
            row.expect({self.m: -1.0}, bias=1.0)
            self._nothing(into, row)
            self.waiting = True
        elif self.open and into and not self.waiting:
            rate, drop = -row.weight(self.m, sign=-1), -into.get(self.m, 0.0)
            row.expect({self.m: -rate}, bias=1.0)
            if set(into) != {self.m} or not drop > 0:
                raise UnrecognisedNetworkError(f"{row.where} is a test, but coordinate 0 does not fall with it")
            self.test = rate, drop
        else:
            if self.waiting:
                self.close(into)
            else:
                self._nothing(into, row)
            self._step(row)

    def close(self, into: dict[int, float]) -> None:
        """Close the list whose hit coordinate 0 reads now."""
        level = into.get(self.m, 0.0)
        if not self.waiting or self.test is None or set(into) != {self.m} or not level > 0:
            raise UnrecognisedNetworkError("coordinate 0 does not rise with a hit after each list")
        rows = self.open[::-1]
        signs = _signs(rows, self.m)
        start = [fraction(v) for v in [*rows[0].z.tolist(), rows[0].bias]]
        self.stages.append(ParkedStage(nested_rules(start, rows, signs), stored(rows), signs, *self.test, level))
        self.open, self.test, self.waiting = [], None, False

    def _step(self, row: Row) -> None:
        sign = row.others.get(self.m, 0.0)
        if sign not in ((1.0, -1.0) if self.open else (0.0,)):
            raise UnrecognisedNetworkError(f"{row.where} does not join the rules after it with weight 1 or −1")
        row.expect({self.m: sign} if self.open else {}, z=True)
        self.open.append(row)

    @staticmethod
    def _nothing(into: dict[int, float], row: Row) -> None:
        if into:
            raise UnrecognisedNetworkError(f"{row.where}: coordinate 0 changes where it should be copied")


def _signs(rows: list[Row], m: int) -> tuple[float, ...]:
    """Return the signs of all rules: `e = g_1 + s_1 x`, then `x = s_t (v_{t+1} − g_t)`; the last one has no meaning."""
    signs: list[float] = []
    for row in rows[:-1]:
        weight = row.others[m]
        signs.append(weight * (signs[-1] if signs else 1.0))
    return (*signs, 1.0)
