"""A chain of narrow layers that carry the image coordinates along, described unit by unit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from logwidth.construct.plan import Plan, unwatched
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.rounding import stored
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False)
class Unit:
    """One unit `ReLU(⟨z, weights⟩ + Σ inputs[name]·value(name) + bias)` of the next layer."""

    name: str
    inputs: Mapping[str, float]
    bias: float = 0.0
    z_weights: FloatArray | None = None


@dataclass(eq=False)
class Chain:
    """Layers under construction. Every layer holds the coordinates `z_0 … z_{m−1}` first, then its named units."""

    m: int
    dtype: str
    layers: list[AffineLayer] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    on_layer: Callable[[int], None] = unwatched

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Return the chain of a plan, still without layers."""
        return cls(plan.map_rank, plan.dtype, on_layer=plan.on_layer)

    def start(self, T: FloatArray, b: FloatArray, twins: Sequence[tuple[str, int, float]] = ()) -> None:
        """Add the first layer: `z = ReLU(T x + b)` and, per twin `(name, j, bias)`, `ReLU(T_j x + bias)`."""
        matrix = np.concatenate([T, T[[j for _, j, _ in twins]]]) if twins else T
        bias = np.concatenate([b, [value for _, _, value in twins]])
        matrix, bias = (stored(part, self.dtype).astype(self.dtype) for part in (matrix, bias))
        self.layers.append(AffineLayer.from_dense(matrix, bias))
        self.names = {name: self.m + k for k, (name, _, _) in enumerate(twins)}

    def carry(self, units: Sequence[Unit], into_first: Mapping[str, float] | None = None) -> None:
        """Add a layer that copies `z` and holds `units`; `into_first` adds multiples of units to `z_0`."""
        rows, bias = [self._row(unit) for unit in units], [unit.bias for unit in units]
        if into_first:
            first = {0: 1.0, **{self.names[name]: w for name, w in into_first.items()}}
            copies = [first] + [{j: 1.0} for j in range(1, self.m)]
            self._append([*copies, *rows], [0.0] * self.m + bias)
        else:
            self._append(rows, bias, self.m)
        self.names = {unit.name: self.m + k for k, unit in enumerate(units)}

    def last(self, units: Sequence[Unit]) -> None:
        """Add a layer that holds `units` only: the coordinates end here."""
        self._append([self._row(unit) for unit in units], [unit.bias for unit in units])
        self.names = {unit.name: k for k, unit in enumerate(units)}

    def output(self, output: Unit) -> ReluNetwork:
        """Add the output and return the network."""
        self._append([self._row(output)], [output.bias])
        return ReluNetwork(tuple(self.layers[:-1]), self.layers[-1])

    def finish(self, units: Sequence[Unit], output: Unit) -> ReluNetwork:
        """Add a last hidden layer of `units` and the output; return the network."""
        self.last(units)
        return self.output(output)

    def _append(self, rows: Sequence[Mapping[int, float]], bias: Sequence[float], copied: int = 0) -> None:
        self.layers.append(AffineLayer.from_rows(self.layers[-1].n_outputs, rows, bias, self.dtype, copied))
        self.on_layer(len(self.layers))

    def _row(self, unit: Unit) -> dict[int, float]:
        row = {} if unit.z_weights is None else dict(enumerate(unit.z_weights.tolist()))
        for name, weight in unit.inputs.items():
            column = 0 if name == "z0" else self.names[name]
            row[column] = row.get(column, 0.0) + weight
        return row
