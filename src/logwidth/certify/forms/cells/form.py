"""Reading networks of cells, and what their balls must keep to, roundings included (T5c)."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from logwidth.certify.forms.cells.requirement import Cells, CellTest
from logwidth.certify.forms.shared.read_out import RegisterReadOut, read_register_units
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit, pieces_of
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import ReluNetwork
from logwidth.rounding import float_near, fraction, gamma_upper
from logwidth.types import FloatArray, IndexArray


@dataclass(frozen=True, eq=False, repr=False)
class CellForm(Recognised):
    """What the stored layers say: the cells in order, the register's rates and increments.

    Layer t is `z ← z`, `x ← ReLU(…)`, `κ ← ReLU(κ − λ x + inc)`, where x is a step `ReLU(l_t − l_{t−1} + x)` of a cell's
    running minimum or, at its end, the test `e = ReLU(l_n − x)`, which the next layer's κ reads. `rows` are those stored.
    """

    name = "cells"
    rule = "exact"
    first: FirstLayer
    cells: Cells
    rows: Pieces
    rate: float
    increments: tuple[float, ...]
    read_out: RegisterReadOut

    @property
    def printed(self) -> FloatArray:
        """The label values of the classes, in the order in which they are tested: what all later increments make."""
        steps = np.array([0.0, *(step for step in self.increments if step)])
        return self.read_out.values(steps.sum() - np.cumsum(steps))

    def comparisons(self, domain: Domain) -> tuple[list[CellTest], dict[str, float]]:
        """Return what must hold on the balls for exact labels, and the constants of the rounding bound.

        `E_h` are the errors of :func:`cell_errors`. If `l_h ≥ lead + E_h` for all halfspaces of an own cell, with
        `λ·lead ≥ R` (R the largest register value), κ is 0 after that cell, exactly, and stays 0 through the class. If some
        halfspace of every later class's cell is at most `−E_h`, all later tests are exactly 0 and κ adds integers exactly.
        Cells of earlier classes may do anything: κ is reset in the true class. The units of the last layer are κ and κ less
        integers; where the last cell clears κ, these are at most 0 before the ReLU too, in every order of summation.

        Raises UnprovableNetworkError when a cell is too long for the format, or its test may overflow.
        """
        halfspaces = self.cells.halfspaces
        found = cell_errors(self.rows, halfspaces, self.cells.starts, domain)
        if not found.largest * max(self.rate, 1.0) * 16 < domain.first.format.largest:
            raise UnprovableNetworkError("a test may overflow")
        cells = Cells(Pieces(halfspaces.weights, halfspaces.biases, found.errors), self.cells.starts)
        span = float(sum(self.increments))
        lead = span / self.rate * (1.0 + 8 * domain.first.format.unit) * SLOP
        number = np.cumsum(np.array(self.increments) > 0)  # of the class of each cell, in the order of the tests
        tests = [
            CellTest(
                cells.take(np.flatnonzero(number == c)) if c else None,
                cells.take(np.flatnonzero(number > c)),
                frozenset([float(v)]),
                lead,
            )
            for c, v in enumerate(self.printed)
        ]
        return tests, {"score_error": float(found.errors.max(initial=0.0)), "lead": lead, "rate": self.rate}


@dataclass(frozen=True, eq=False)
class CellErrors:
    """`errors` `(H,)`: the computed value is at least some, and at most every, `l_h ± errors_h` of its cell.

    `largest` bounds every number, and every partial sum, that the cells compute on the domain.
    """

    errors: FloatArray
    largest: float


def cell_errors(rows: Pieces, halfspaces: Pieces, starts: IndexArray, domain: Domain) -> CellErrors:
    """Return the rounding errors of cells whose running minimum is stored as `rows`, on all balls of the domain.

    Let a cell have the halfspaces `l_1, …, l_n`. Its layers compute `x_t = ReLU(l_{t+1} − l_t + x_{t−1} + e_t)`, `x_0 = 0`,
    and the test `l_n − x_{n−1} + e_n`, in exact arithmetic with errors e at the computed coordinates. Then
    `l_{t+1} − x_t = min(l_{t+1}, l_t − x_{t−1} − e_t)`, so the test is `e_n + min_h (l_h − Σ_{h≤t<n} e_t)`: halfspace h errs
    by at most `Σ_{t≥h} |e_t|`, the dot products from it on. One of k nonzero weights errs by at most
    `γ_{k+2}(Σ|w_l z_l| + |b| + x)` and underflow, and `x_t ≤ l_{t+1} − min_{h≤t+1} l_h + S`, `S = Σ|e|`, which is bounded on
    the box of the domain. With `f_t = γ` and C the sum of the bounds without S: `S ≤ C + S Σf`, so `S ≤ C/(1 − Σf)`.

    Raises UnprovableNetworkError when a cell is too long for the float format.
    """
    fmt, terms = domain.first.format, np.count_nonzero(rows.weights, axis=1)
    factors = np.array([gamma_upper(int(k) + 3, fmt.unit) for k in range(int(terms.max(initial=0)) + 1)])[terms] * SLOP
    floors = (terms + 4) * fmt.tiny * SLOP
    sizes = (np.abs(rows.weights) @ domain.upper + np.abs(rows.biases)) * SLOP + _held(halfspaces, starts, domain)
    shares = np.add.reduceat(factors, starts) * SLOP
    if not float(shares.max(initial=0.0)) <= 1 / 8:
        raise UnprovableNetworkError("the cells are too long for this float format")
    counts = np.diff(np.append(starts, rows.size))
    sums = np.add.reduceat(factors * sizes + floors, starts) / (1 - shares) * SLOP
    sizes += np.repeat(sums, counts)
    per_row = factors * sizes + floors
    later = [np.cumsum(part[::-1])[::-1] for part in np.split(per_row, starts[1:])]
    largest = 2 * max(halfspaces.magnitude(domain.upper), float(sizes.max(initial=0.0)))
    rounded = 2.0**-50 * largest  # the halfspaces themselves are known up to one rounding per number
    return CellErrors(np.concatenate(later) * SLOP + rounded, largest)


def _held(halfspaces: Pieces, starts: IndexArray, domain: Domain) -> FloatArray:
    """Return, per row, an upper bound on `l_t − min_{h≤t} l_h` on the domain: what the row reads of the running minimum."""
    w, b = halfspaces.weights, halfspaces.biases
    up, down = np.maximum(w, 0), np.minimum(w, 0)
    slack = (np.abs(w) @ domain.upper + np.abs(b)) * 2.0**-36
    top = up @ domain.upper + down @ domain.lower + b + slack
    bottom = up @ domain.lower + down @ domain.upper + b - slack
    lowest = [np.minimum.accumulate(part) for part in np.split(bottom, starts[1:])]
    held: FloatArray = np.maximum(top - np.concatenate(lowest), 0.0) * SLOP
    held[starts] = 0.0
    return held


def read_cells(network: ReluNetwork) -> CellForm:
    """Return the form of a stored network of cells; raise UnrecognisedNetworkError where it departs from it."""
    first = read_first_layer(network.hidden[0], [])
    trace, reading = Trace(network, first.m), _Reading()
    while trace.left > 1:
        x, k = trace.carry("x", "k")
        reading.register(k)
        reading.step(x)
    last = trace.last(*(f"k {n}" for n in range(network.hidden[-1].n_outputs)))
    if not last:
        raise UnrecognisedNetworkError("the last layer holds no register", trace.done)
    reading.register(last[0])
    if reading.open or not reading.cells:
        raise UnrecognisedNetworkError("the layers end in the middle of a cell", trace.done)
    increments = tuple(reading.increments)
    read_out = read_register_units(trace, last, increments)
    if not increments[0] > 0:
        raise UnrecognisedNetworkError("the first cell is of the first class, which needs none", trace.done)
    sizes = np.array([len(cell) for cell in reading.cells])
    cells = Cells(_halfspaces(reading.cells), np.cumsum(sizes) - sizes)
    rows = pieces_of([unit for cell in reading.cells for unit in cell])
    form = CellForm(first, cells, rows, min(reading.rates), increments, read_out)
    if len(np.unique(form.printed)) < len(form.printed):
        raise UnrecognisedNetworkError("two classes are printed as one label", network.depth + 1)
    return form


class _Reading:
    """The cells read so far; `open` holds the units x of the cell that is being read."""

    def __init__(self) -> None:
        self.cells: list[list[Unit]] = []
        self.open: list[Unit] = []
        self.rates: list[float] = []
        self.increments: list[float] = []
        self.kept: dict[str, float] = {}

    def register(self, k: Unit) -> None:
        """Read the register's update; if it reads x, that unit was a test and closed a cell."""
        kept, self.kept = self.kept, {"k": 1.0}
        if "x" not in k.inputs:
            k.expect(kept)
            return
        rate = -k.weight("x", sign=-1)
        k.expect({**kept, "x": -rate}, bias=ANY)
        if not self.open or (len(self.open) > 1) != (self.open[-1].inputs == {"x": -1.0}):
            raise k.refuse("reads a unit that is no test")
        self.cells.append(self.open)
        self.open = []
        self.rates.append(rate)
        self.increments.append(k.bias)

    def step(self, x: Unit) -> None:
        """Read a step of a running minimum, or a test; which of the two it is shows in the next layer."""
        if not self.open:
            x.expect({}, z=ANY, bias=ANY)
        elif self.open[-1].inputs == {"x": -1.0}:
            raise x.refuse("follows a test that the register does not read")
        elif x.inputs != {"x": -1.0}:
            x.expect({"x": 1.0}, z=ANY, bias=ANY)
        self.open.append(x)


def _halfspaces(cells: list[list[Unit]]) -> Pieces:
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
