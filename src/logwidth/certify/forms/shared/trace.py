"""Reading a stored chain strictly: the named mirror of the builder's, in which a unit is asked for by what it reads.

The layers are read once, in order. Every unit of a layer is taken and named, and later units know it by that name. A unit is
then held against what it should read: a weight or a bias that no reader expects is zero, or the network is refused.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.types import FloatArray

NOTHING: Mapping[int, float] = MappingProxyType({})
ANY = None  # numbers that the reader of a unit takes as they are


@dataclass(frozen=True, eq=False)
class Unit:
    """One stored unit: weights on the coordinates `z` `(m,)`, on the other units by their names, and the bias.

    `layer` is the number of its layer, from 1 on, and `where` says in words which unit of it this is.
    """

    where: str
    layer: int
    z: FloatArray
    inputs: dict[str, float]
    bias: float

    def expect(
        self, inputs: Mapping[str, float], *, z: Mapping[int, float] | None = NOTHING, bias: float | None = 0.0
    ) -> None:
        """Refuse the unit unless these are all its weights, on units and on coordinates, and this is its bias.

        With `z=ANY` it may read any coordinates, with `bias=ANY` it may have any bias: the caller accounts for them.
        """
        if self.inputs != inputs:
            raise self.refuse(f"has weights {self.inputs} where {dict(inputs)} were expected")
        if z is not ANY and (z or self.z.any()):
            wanted = np.zeros_like(self.z)
            wanted[list(z)] = list(z.values())
            if not np.array_equal(self.z, wanted):
                raise self.refuse(f"does not read {dict(z) or 'no'} of the carried coordinates")
        if bias is not ANY and self.bias != bias:
            raise self.refuse(f"has bias {self.bias!r} where {bias!r} was expected")

    def weight(self, name: str, *, sign: int) -> float:
        """Return the weight on another unit, which must have the given sign."""
        value = self.inputs.get(name, 0.0)
        if not value * sign > 0:
            raise self.refuse(f"has weight {value!r} on unit {name!r} where sign {sign:+d} was expected")
        return value

    def refuse(self, text: str) -> UnrecognisedNetworkError:
        """Return an error that names the unit."""
        return UnrecognisedNetworkError(f"{self.where} {text}", self.layer)


def negated(inputs: Mapping[str, float]) -> dict[str, float]:
    """Return the same weights with the other sign: what a unit reads that subtracts the sum."""
    return {name: -weight for name, weight in inputs.items()}


def pieces_of(units: Sequence[Unit]) -> Pieces:
    """Return what units read of the coordinates, with their biases, as pieces without errors."""
    return Pieces(np.array([unit.z for unit in units]), np.array([unit.bias for unit in units]), np.zeros(len(units)))


class Trace:
    """A stored network as it is read, layer by layer.

    A layer that carries on the coordinates copies all of them exactly in its first `m` units; its other units follow in the
    order in which they are taken. `done` is the number of layers read so far, the first one included.
    """

    def __init__(self, network: ReluNetwork, m: int, names: Sequence[str] = (), after: int = 1) -> None:
        """Begin after layer number `after`, which holds the `m` coordinates and then units of these `names`."""
        self.network, self.m, self.done = network, m, after
        self._places = np.arange(m + 1)
        self._carried, self._names = m, list(names)  # of the layer read last
        self._layer, self._carries = network.hidden[after - 1], True  # of the one being read
        self._place, self._taken = self._layer.n_outputs, list(names)

    @property
    def left(self) -> int:
        """Number of hidden layers still to be read."""
        return self.network.depth - self.done

    @property
    def names(self) -> list[str]:
        """Names of the units of the layer read last, without the coordinates."""
        return self._names

    @property
    def units_ahead(self) -> int:
        """Number of units of the next layer, with the coordinates if it carries them on."""
        return self._ahead().n_outputs

    def peek(self, place: int) -> Unit:
        """Return a unit of the next layer by its place, without reading the layer."""
        layer = self._ahead()
        if place >= layer.n_outputs:
            raise self.refuse(f"has only {layer.n_outputs} units")
        return self._unit(layer, place)

    def carry(self, *names: str) -> list[Unit]:
        """Read a layer that carries on the coordinates and holds units of these names, and nothing else."""
        return self.carry_into(*names, into_first=False)[0]

    def carry_into(self, *names: str, into_first: bool = True) -> tuple[list[Unit], dict[str, float]]:
        """Read a layer as :meth:`carry` does; return also what coordinate 0 reads beside itself (`into_first`)."""
        into = self.begin(into_first=into_first)
        units = [self.take(name) for name in names]
        self.end()
        return units, into

    def last(self, *names: str) -> list[Unit]:
        """Read a layer that holds units of these names only: the coordinates end here."""
        self.begin(carries=False)
        units = [self.take(name) for name in names]
        self.end()
        return units

    def output(self) -> Unit:
        """Return the only output of the network, once all hidden layers have been read."""
        if self.left:
            raise self.refuse("follows the last one that the form has")
        if self.network.n_outputs != 1:
            raise UnrecognisedNetworkError(f"the network has {self.network.n_outputs} outputs", self.done + 1)
        unit = self._unit(self.network.output, 0)
        return Unit("the output", unit.layer, unit.z, unit.inputs, unit.bias)

    # --- one layer, unit by unit

    def begin(self, *, carries: bool = True, into_first: bool = False) -> dict[str, float]:
        """Open the next layer; return what coordinate 0 reads beside itself, which is nothing unless `into_first`.

        A layer that `carries` copies the coordinates; another one holds other units only.
        """
        layer, into = self._ahead(), dict[str, float]()
        if carries and not self._copies_all(layer):
            into = self._copies_but_first(layer)
            if into and not into_first:
                raise self.refuse("does not copy the carried coordinates exactly")
        self._layer, self._carries, self._place, self._taken = layer, carries, self.m if carries else 0, []
        return into

    def take(self, name: str) -> Unit:
        """Take the next unit of the open layer and name it."""
        if self._place >= self._layer.n_outputs:
            raise self.refuse(f"has {self._layer.n_outputs} units and none for {name!r}")
        unit = self._unit(self._layer, self._place)
        self._place += 1
        self._taken.append(name)
        return unit

    def take_if(self, name: str, inputs: Mapping[str, float]) -> Unit | None:
        """Take the next unit of the open layer if it reads other units in just this way, else nothing."""
        if self._place >= self._layer.n_outputs or self._unit(self._layer, self._place).inputs != inputs:
            return None
        return self.take(name)

    @property
    def untaken(self) -> int:
        """Number of units of the open layer that have not been taken."""
        return self._layer.n_outputs - self._place

    def end(self) -> None:
        """Close the open layer, of which nothing may be left over: its units are what the next layer can read."""
        if self.untaken:
            raise self.refuse(f"has {self.untaken} units that the form has no place for")
        if len(set(self._taken)) != len(self._taken):
            raise ValueError(f"two units of a layer have one name: {self._taken}")
        self._carried, self._names = self.m if self._carries else 0, self._taken
        self.done += 1

    def copies_ahead(self) -> bool:
        """Return whether the next layer begins with exact copies of all coordinates."""
        try:
            return self._copies_all(self._ahead()) or not self._copies_but_first(self._ahead())
        except UnrecognisedNetworkError:
            return False

    def refuse(self, text: str) -> UnrecognisedNetworkError:
        """Return an error that names the next layer, or the open one."""
        return UnrecognisedNetworkError(f"layer {self.done + 1} {text}", self.done + 1)

    def _ahead(self) -> AffineLayer:
        if not self.left:
            raise UnrecognisedNetworkError("the layers end too early", self.done)
        return self.network.hidden[self.done]

    def _unit(self, layer: AffineLayer, place: int) -> Unit:
        """Split a unit of the layer after the one read last into its weights on coordinates and on named units."""
        number, z = self.done + 1, np.zeros(self._carried)
        start, stop = layer.indptr[place : place + 2].tolist()
        columns, weights = layer.indices[start:stop], layer.weights[start:stop]
        inner = bisect_left(columns, self._carried)  # columns increase
        z[columns[:inner]] = weights[:inner]
        names = [self._names[column - self._carried] for column in columns[inner:].tolist()]
        inputs = dict(zip(names, weights[inner:].tolist(), strict=True))
        return Unit(f"layer {number}, unit {place}", number, z, inputs, float(layer.bias[place]))

    def _copies_all(self, layer: AffineLayer) -> bool:
        """Return True only if the first `m` units are copies and nothing else, in few steps: deep networks ask often."""
        m, place = self.m, self._places
        return (
            self._carried == m
            and layer.n_outputs >= m
            and layer.weights.size >= m
            and bool((layer.indptr[: m + 1] == place).all())
            and bool((layer.indices[:m] == place[:-1]).all())
            and bool((layer.weights[:m] == 1).all())
            and not layer.bias[:m].any()
        )

    def _copies_but_first(self, layer: AffineLayer) -> dict[str, float]:
        """Check that the first `m` units are copies, except that unit 0 may read others too; return what these are."""
        m = self.m
        if self._carried != m or layer.n_outputs < m:
            raise self.refuse(f"does not hold the {m} units that carry the coordinates")
        first = self._unit(layer, 0)
        start, stop = int(layer.indptr[1]), int(layer.indptr[m])
        exact = (
            bool((np.diff(layer.indptr[1 : m + 1]) == 1).all())
            and bool((layer.indices[start:stop] == np.arange(1, m)).all())
            and bool((layer.weights[start:stop] == 1).all())
            and not layer.bias[:m].any()
            and first.z[0] == 1
            and not first.z[1:].any()
        )
        if not exact:
            raise self.refuse("does not copy the carried coordinates exactly")
        return first.inputs
