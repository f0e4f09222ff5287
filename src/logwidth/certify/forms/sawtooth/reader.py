"""Reading networks that sum squares by the sawtooth series, layer by layer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from logwidth.certify.forms.sawtooth.form import SawtoothForm
from logwidth.certify.forms.shared.rows import LayerReader, Row
from logwidth.certify.forms.shared.running_maximum import exact_integers
from logwidth.certify.leads.first_layer import FirstLayer, read_first_layer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork


def read_sawtooth(network: ReluNetwork) -> SawtoothForm:
    """Return the form of a stored sawtooth network; raise UnrecognisedNetworkError where it departs from it."""
    first, centre = _read_first(network.hidden[0])
    reading = _Reading(network, first.m)
    reading.point(centre)
    while not reading.done:
        reading.point(None)
    top = float(network.output.bias[0])
    if network.hidden[-1].n_outputs != 1:
        raise UnrecognisedNetworkError("the last hidden layer does not hold the register alone")
    if network.n_outputs != 1 or network.output.row(0) != {0: -1.0}:
        raise UnrecognisedNetworkError("the output is not a constant minus the register")
    increments = tuple(reading.increments)
    exact_integers([*increments, sum(increments), top, top - sum(increments)], network.dtype)
    if min(increments) < 0 or sum(increments) <= 0:
        raise UnrecognisedNetworkError("the register counts nothing or backwards")
    return SawtoothForm(
        first,
        np.array(reading.centres),
        np.array(reading.limits),
        reading.terms,
        np.array(reading.rates),
        increments,
        top,
    )


def _read_first(layer: AffineLayer) -> tuple[FirstLayer, float]:
    """Return the first layer and the first centre's first coordinate: the last unit mirrors the one before."""
    if layer.n_outputs < 3:
        raise UnrecognisedNetworkError(f"layer 1 has {layer.n_outputs} units, too few for this form")
    weights, bias, start = layer.weights.copy(), layer.bias.copy(), int(layer.indptr[-2])
    weights[start:], bias[-1] = -weights[start:], -bias[-1]
    first = read_first_layer(replace(layer, weights=weights, bias=bias), [0, 0])
    (_, up), (_, down) = first.twins
    if up != down:
        raise UnrecognisedNetworkError("the last two units of layer 1 do not split at one point")
    return first, float(first.b[0] - up)


class _Reading:
    """The layers read so far; `units` holds the names of the last layer's units beside `z`, in order."""

    def __init__(self, network: ReluNetwork, m: int) -> None:
        self.network, self.m, self.position = network, m, 1
        self.units: tuple[str, ...] = ("up", "down")
        self.terms = self._count_terms()
        self.centres: list[list[float]] = []
        self.limits: list[float] = []
        self.rates: list[float] = []
        self.increments: list[float] = []

    @property
    def done(self) -> bool:
        """Whether all hidden layers have been read."""
        return self.position >= self.network.depth

    def _count_terms(self) -> int:
        """Return K: the layers from the third on that hold A, p and t and read no coordinate in p."""
        m, terms = self.m, 0
        for layer in self.network.hidden[2:]:
            if layer.n_outputs != m + 3 or LayerReader(layer, m, 0).row(m + 1).z.any():
                break
            terms += 1
        if not 1 <= terms <= 400:
            raise UnrecognisedNetworkError("layer 3 does not begin a sawtooth series")
        return terms

    def point(self, start: float | None) -> None:
        """Read one sample's blocks; `start` is the centre's first coordinate if the first layer has read it already."""
        centre = []
        for j in range(self.m):
            centre.append(start if j == 0 and start is not None else self.difference(j))
            self.square(j)
        self.centres.append(centre)
        self.bump(first=start is not None)

    def difference(self, j: int) -> float:
        """Read `up` and `down` of coordinate j and what is carried; return where they split."""
        names = [*(["k"] if "k" in self.units else []), *(["A"] if j else []), "up", "down"]
        rows = self.layer(names)
        if "k" in names:
            self.expect(rows["k"], {"k": 1.0}, None if j == 0 else 0.0)
            if j == 0:
                self.increments.append(rows["k"].bias)
        if j:
            self.expect(rows["A"], self.term(self.terms), 0.0)
        axis = np.zeros(self.m)
        axis[j] = 1.0
        up, down = rows["up"], rows["down"]
        up.expect({}, z=True)
        down.expect({}, bias=-up.bias, z=True)
        if not (np.array_equal(up.z, axis) and np.array_equal(down.z, -axis)):
            raise UnrecognisedNetworkError(f"{up.where} and the next do not split coordinate {j}")
        self.units = tuple(names)
        return -up.bias

    def square(self, j: int) -> None:
        """Read the clipped difference and the K layers of its series."""
        kept = ["k"] if "k" in self.units else []
        total = ["A"] if j else []
        self.step([*kept, *total, "q"], {"q": ({"up": -1.0, "down": -1.0}, 1.0), "A": ({"A": 1.0}, 0.0)})
        begun = {"q": -1.0, **({"A": 1.0} if j else {})}
        self.step([*kept, "A", "p", "t"], {"A": (begun, 1.0), "p": ({"q": 1.0}, 0.0), "t": ({"q": 1.0}, -0.5)})
        tent = {"p": 2.0, "t": -4.0}
        for r in range(1, self.terms):
            self.step([*kept, "A", "p", "t"], {"A": (self.term(r), 0.0), "p": (tent, 0.0), "t": (tent, -0.5)})

    def bump(self, *, first: bool) -> None:
        """Read `e = ReLU(A − limit)` and the register's update."""
        kept = [] if first else ["k"]
        rows = self.layer([*kept, "e"])
        self.expect(rows["e"], self.term(self.terms), None)
        self.limits.append(-rows["e"].bias)
        if not first:
            self.expect(rows["k"], {"k": 1.0}, 0.0)
        self.units = (*kept, "e")
        rows = self.layer(["k"] if first else ["k", "h"])
        where = rows["k" if first else "h"]
        rate = where.weight(self.m + self.units.index("e"), sign=+1 if first else -1)
        self.rates.append(abs(rate))
        self.expect(where, {"e": rate} if first else {"k": 1.0, "e": rate}, 0.0)
        if first:
            self.increments.append(0.0)
            self.units = ("k",)
            return
        self.expect(rows["k"], {"k": 1.0}, 0.0)
        self.units = ("k", "h")
        self.step(["k"], {"k": ({"k": 1.0, "h": -1.0}, 0.0)})

    def step(self, names: Sequence[str], expected: Mapping[str, tuple[Mapping[str, float], float]]) -> None:
        """Read a layer without free numbers: the register is kept unless `expected` says otherwise."""
        rows = self.layer(names)
        for name, row in rows.items():
            inputs, bias = expected.get(name, ({name: 1.0}, 0.0))
            self.expect(row, inputs, bias)
        self.units = tuple(names)

    def layer(self, names: Sequence[str]) -> dict[str, Row]:
        """Return the rows of the next layer by name; the last layer holds the register alone."""
        if self.done:
            raise UnrecognisedNetworkError("the layers end in the middle of a sample")
        layer, self.position = self.network.hidden[self.position], self.position + 1
        reader = LayerReader(layer, self.m, self.position)
        if layer.n_outputs == 1 and list(names) == ["k"] and self.position == self.network.depth:
            return {"k": reader.row(0)}
        reader.copies()
        return dict(zip(names, reader.extras([len(names)]), strict=True))

    def expect(self, row: Row, inputs: Mapping[str, float], bias: float | None) -> None:
        """Refuse a row unless it reads exactly these units of the last layer."""
        row.expect({self.m + self.units.index(name): weight for name, weight in inputs.items()}, bias=bias)

    def term(self, r: int) -> dict[str, float]:
        """`A − g_r/4^r` with `g_r = 2p − 4t`."""
        return {"A": 1.0, "p": -2.0 / 4.0**r, "t": 4.0 / 4.0**r}
