"""Reading the state of networks in which the nearest sample wins: the carried maximum, and the register or the collapse."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.forms.shared.rows import LayerReader
from logwidth.certify.forms.shared.running_maximum import exact_integers
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NamedRow:
    """One unit: weights on the coordinates `z` `(m,)`, on the other units by their names, and the bias."""

    where: str
    z: FloatArray
    others: dict[str, float]
    bias: float

    def expect(self, others: dict[str, float], z: dict[int, float], bias: float | None = None) -> None:
        """Refuse the row unless its weights (and bias, if given) are exactly these."""
        wanted = np.zeros_like(self.z)
        wanted[list(z)] = list(z.values())
        right = self.others == others and np.array_equal(self.z, wanted)
        if not right or (bias is not None and self.bias != bias):
            raise UnrecognisedNetworkError(f"{self.where} does not read {others} and coordinates {z} with bias {bias}")


@dataclass(frozen=True)
class Ending:
    """What becomes of an increment: a register with its increments, or a collapse, where S times `read_out` says 0 or 1.

    `rates` are the least and the largest λ; `values` the first and the last label value.
    """

    collapse: bool
    rates: tuple[float, float]
    read_out: float
    increments: tuple[float, ...]
    values: tuple[float, float]

    @property
    def span(self) -> float:
        """The largest value of the register."""
        return float(sum(self.increments))

    def piece_values(self, sides: list[bool]) -> FloatArray:
        """Return the label value of every sample; `sides` says which of the second and later ones a collapse takes down."""
        if self.collapse:
            return np.where([False, *sides], self.values[1], self.values[0])
        later = np.cumsum(np.array([*self.increments[1:], 0.0])[::-1])[::-1]
        return np.asarray(self.values[1] - later)


@dataclass(eq=False)
class Walk:
    """The layers in order, their units named as they are read: coordinates, S and κ once they exist, r, then inner ones."""

    network: ReluNetwork
    m: int
    names: list[str]
    collapse: bool = field(init=False)
    number: int = 1
    maximum: bool = False
    register: bool = False
    fresh: bool = False
    falling: bool = False
    rates: list[float] = field(default_factory=list)
    increments: list[float] = field(default_factory=list)
    sides: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.network.depth < 4:
            raise UnrecognisedNetworkError("two distances need at least four layers")
        self.collapse = self.network.hidden[-2].n_outputs == 1

    @property
    def left(self) -> int:
        """Number of layers to come before the last ones."""
        return self.network.depth - (2 if self.collapse else 1) - self.number

    def next(self, inner: list[str], *, test: bool = False, start: bool = False) -> dict[str, NamedRow]:
        """Read one layer with the inner units named; `test`: it holds r too; `start`: S is read from the inner units.

        Returns the rows of the inner units, of r and of the first S; those that carry the state have been checked.
        """
        self.number += 1
        if self.number > self.network.depth:
            raise UnrecognisedNetworkError("the layers end in the middle of a sample")
        state = ["S"] if self.maximum or start else []
        state += ["k"] if self.register else []
        names = [*state, *(["r"] if test else []), *inner]
        reader = LayerReader(self.network.hidden[self.number - 1], self.m, self.number)
        reader.copies()
        found = reader.extras([len(names)])
        rows = {}
        for name, row in zip(names, found, strict=True):
            others = {self.names[unit - self.m]: weight for unit, weight in row.others.items()}
            rows[name] = NamedRow(row.where, row.z, others, row.bias)
        if self.maximum and not start:
            self._raised(rows["S"])
        if "k" in state:
            self._counted(rows["k"])
        self.maximum = self.maximum or start
        self.names, self.fresh = names, test
        self.register = self.register or (test and not self.collapse)
        return rows

    @property
    def standing(self) -> dict[str, float]:
        """How the last layer holds the maximum: as S, or as S + r."""
        return {"S": 1.0, "r": 1.0} if self.fresh and not self._falls() else {"S": 1.0}

    def _falls(self) -> bool:
        """Return whether the last r belongs to the second class of a collapse: its next layer says so."""
        if not (self.collapse and self.fresh):
            return False
        following = self.network.hidden[self.number]
        column, row = self.m + self.names.index("r"), 0 if following.n_outputs == 1 else self.m
        return following.row(row).get(column, 0.0) < 0

    def _raised(self, row: NamedRow) -> None:
        """Check the update of S: carried, raised by r, or taken down by r at some rate."""
        down = row.others.get("r", 0.0) if self.fresh else 0.0
        if self.collapse and down < 0:
            self.falling = True
            self.sides.append(True)
            self.rates.append(-down)
            row.expect({"S": 1.0, "r": down}, {}, 0.0)
            return
        if self.falling and self.fresh:
            raise UnrecognisedNetworkError(f"{row.where} raises a maximum that the other class has taken down")
        if self.fresh:
            self.sides.append(False)
        row.expect({"S": 1.0, "r": 1.0} if self.fresh else {"S": 1.0}, {}, 0.0)

    def _counted(self, row: NamedRow) -> None:
        """Check the update of κ: carried, or lowered by r at some rate with an increment."""
        kept = {"k": 1.0} if "k" in self.names else {}
        if not self.fresh:
            row.expect(kept, {}, 0.0)
            return
        rate = -row.others.get("r", 0.0)
        if not rate > 0:
            raise UnrecognisedNetworkError(f"{row.where} is not lowered by the last increment")
        row.expect({**kept, "r": -rate}, {})
        self.rates.append(rate)
        self.increments.append(row.bias)

    def end(self) -> Ending:
        """Read the last layers and the output."""
        network, m = self.network, self.m
        self.number += 1
        if self.number != network.depth - self.collapse:
            raise UnrecognisedNetworkError(f"layer {self.number} is not the last of the comparisons")
        row = _alone(network.hidden[self.number - 1], self.number, self.names, m)
        if not self.collapse:
            self._counted(row)
            return self._register_end()
        self._raised(row)
        if not self.falling or self.sides[-1] is not True:
            raise UnrecognisedNetworkError("no sample of a second class takes the maximum down")
        return self._collapse_end()

    def _register_end(self) -> Ending:
        output, top = self.network.output, float(self.network.output.bias[0])
        if output.n_outputs != 1 or output.row(0) != {0: -1.0}:
            raise UnrecognisedNetworkError("the output is not a constant minus the register")
        increments = (0.0, *self.increments)
        exact_integers([*increments, sum(increments), top, top - sum(increments)], self.network.dtype)
        if min(increments) < 0 or sum(increments) <= 0:
            raise UnrecognisedNetworkError("the register counts nothing or backwards")
        return Ending(False, (min(self.rates), max(self.rates)), 1.0, increments, (top - sum(increments), top))

    def _collapse_end(self) -> Ending:
        miss, output = self.network.hidden[-1], self.network.output
        if miss.n_outputs != 1 or output.n_outputs != 1:
            raise UnrecognisedNetworkError("the last layers do not read out one number")
        read, step = -miss.row(0).get(0, 0.0), output.row(0).get(0, 0.0)
        base = float(output.bias[0])
        exact_integers([step, base, base + step], self.network.dtype)
        if not read > 0 or miss.bias[0] != 1.0 or step == 0.0:
            raise UnrecognisedNetworkError("the last layers are not 1 less a multiple of the maximum")
        return Ending(True, (min(self.rates), max(self.rates)), read, (), (base, base + step))


def _alone(layer: AffineLayer, number: int, names: list[str], m: int) -> NamedRow:
    """Return the single unit of a layer that carries no coordinates."""
    if layer.n_outputs != 1:
        raise UnrecognisedNetworkError(f"layer {number} does not hold one unit alone")
    row = LayerReader(layer, m, number).row(0)
    return NamedRow(row.where, row.z, {names[unit - m]: w for unit, w in row.others.items()}, row.bias)
