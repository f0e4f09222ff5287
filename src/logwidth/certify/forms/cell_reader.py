"""Reading networks of cells, layer by layer."""

from fractions import Fraction

import numpy as np

from logwidth.certify.forms.cells import CellForm, Cells
from logwidth.certify.forms.shared.rows import LayerReader, Row
from logwidth.certify.forms.shared.running_maximum import exact_integers
from logwidth.certify.leads.first_layer import read_first_layer
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import float_near, fraction


def read_cells(network: ReluNetwork) -> CellForm:
    """Return the form of a stored network of cells; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [])
    m = first.m
    reading = _Reading(m)
    for number, layer in enumerate(network.hidden[1:-1], start=2):
        reader = LayerReader(layer, m, number)
        reader.copies()
        test, register = reader.extras([2])
        reading.register(register)
        reading.step(test)
    if network.depth < 3 or network.hidden[-1].n_outputs != 1:
        raise UnrecognisedNetworkError(f"layer {network.depth} does not hold the register alone")
    reading.register(LayerReader(network.hidden[-1], m, network.depth).row(0))
    if reading.open or not reading.cells:
        raise UnrecognisedNetworkError("the layers end in the middle of a cell")
    top = float(network.output.bias[0])
    if network.n_outputs != 1 or network.output.row(0) != {0: -1.0}:
        raise UnrecognisedNetworkError("the output is not a constant minus the register")
    increments = tuple(reading.increments)
    exact_integers([*increments, sum(increments), top, top - sum(increments)], network.dtype)
    if min(increments) < 0 or increments[0] <= 0:
        raise UnrecognisedNetworkError("the register counts nothing or backwards")
    rows = [row for cell in reading.cells for row in cell]
    stored = Pieces(np.array([r.z for r in rows]), np.array([r.bias for r in rows]), np.zeros(len(rows)))
    sizes = np.array([len(cell) for cell in reading.cells])
    cells = Cells(_halfspaces(reading.cells), np.cumsum(sizes) - sizes)
    return CellForm(first, cells, stored, min(reading.rates), increments, top)


class _Reading:
    """The cells read so far; `open` holds the rows of the cell that is being read."""

    def __init__(self, m: int) -> None:
        self.m = m
        self.cells: list[list[Row]] = []
        self.open: list[Row] = []
        self.rates: list[float] = []
        self.increments: list[float] = []
        self.begun = False

    def register(self, row: Row) -> None:
        """Read the register's update; if it reads the test unit, that unit closed a cell."""
        m = self.m
        kept = {m + 1: 1.0} if self.begun else {}
        self.begun = True
        if m not in row.others:
            row.expect(kept, bias=0.0)
            return
        rate = -row.weight(m, sign=-1)
        row.expect({**kept, m: -rate})
        if not self.open or (len(self.open) > 1) != (self.open[-1].others == {m: -1.0}):
            raise UnrecognisedNetworkError(f"{row.where} reads a unit that is no test")
        self.cells.append(self.open)
        self.open = []
        self.rates.append(rate)
        self.increments.append(row.bias)

    def step(self, row: Row) -> None:
        """Read a step of a running minimum, or a test; which of the two it is shows in the next layer."""
        if not self.open:
            row.expect({}, z=True)
        elif self.open[-1].others == {self.m: -1.0}:
            raise UnrecognisedNetworkError(f"{row.where} follows a test that the register does not read")
        elif row.others != {self.m: -1.0}:
            row.expect({self.m: 1.0}, z=True)
        self.open.append(row)


def _halfspaces(cells: list[list[Row]]) -> Pieces:
    """Return `l_n` and backwards `l_{t−1} = l_t − (l_t − l_{t−1})`, formed exactly and then rounded."""
    table: list[list[float]] = []
    for cell in cells:
        current = [fraction(v) for v in [*cell[-1].z.tolist(), cell[-1].bias]]
        found = [current]
        for row in reversed(cell[:-1]):
            step: list[Fraction] = [fraction(v) for v in [*row.z.tolist(), row.bias]]
            current = [a - s for a, s in zip(current, step, strict=True)]
            found.append(current)
        table += [[float_near(v) for v in values] for values in reversed(found)]
    array = np.array(table)
    return Pieces(array[:, :-1], array[:, -1], np.zeros(len(array)))
