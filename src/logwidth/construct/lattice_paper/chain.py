"""Layers of exact units under construction, each unit an affine function of named units of the layer before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from logwidth.network import DyadicNetwork, DyadicRow, Exact


@dataclass(frozen=True)
class Affine:
    """The function `Σ weights[name]·value(name) + bias`.

    >>> 2 * Affine.unit("x") - Affine.unit("y") + 3
    Affine(weights={'x': 2, 'y': -1}, bias=3)
    """

    weights: Mapping[str, Exact] = field(default_factory=dict)
    bias: Exact = 0

    @classmethod
    def unit(cls, name: str) -> Self:
        """Return the value of one unit."""
        return cls({name: 1})

    def __add__(self, other: "Affine | Exact") -> "Affine":
        if not isinstance(other, Affine):
            return Affine(self.weights, self.bias + other)
        weights = dict(self.weights)
        for name, weight in other.weights.items():
            weights[name] = weights.get(name, 0) + weight
        return Affine(weights, self.bias + other.bias)

    def __mul__(self, factor: Exact) -> "Affine":
        return Affine({name: factor * weight for name, weight in self.weights.items()}, factor * self.bias)

    def __sub__(self, other: "Affine | Exact") -> "Affine":
        return self + -1 * other

    __rmul__ = __mul__


ZERO = Affine()


@dataclass(eq=False)
class ExactChain:
    """Layers so far; `names` are the units of the last one, in order: at first the inputs `x0 …`."""

    n_inputs: int
    layers: list[tuple[DyadicRow, ...]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, n_inputs: int) -> Self:
        """Return a chain without layers."""
        return cls(n_inputs, [], {f"x{j}": j for j in range(n_inputs)})

    def add(self, units: Mapping[str, Affine]) -> dict[str, Affine]:
        """Add the layer `ReLU(units)`, in that order; return the value of each of its units."""
        self.layers.append(tuple(self._row(unit) for unit in units.values()))
        self.names = {name: place for place, name in enumerate(units)}
        return {name: Affine.unit(name) for name in units}

    def finish(self, output: Affine) -> DyadicNetwork:
        """Return the network with one output."""
        return DyadicNetwork(self.n_inputs, (*self.layers, (self._row(output),)))

    def _row(self, unit: Affine) -> DyadicRow:
        return DyadicRow.of({self.names[name]: weight for name, weight in unit.weights.items()}, unit.bias)
