"""Reading networks that sum squares by the sawtooth series, layer by layer."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from logwidth.certify.forms.sawtooth.form import SawtoothForm
from logwidth.certify.forms.shared.read_out import read_register_top
from logwidth.certify.forms.shared.trace import ANY, Trace, Unit
from logwidth.certify.leads.first_layer import FirstLayer, read_first_layer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork

MOST_TERMS = 400  # 4^K must not overflow


def read_sawtooth(network: ReluNetwork) -> SawtoothForm:
    """Return the form of a stored sawtooth network; raise UnrecognisedNetworkError where it departs from it."""
    first, centre = _read_first(network.hidden[0])
    reading = _Reading(Trace(network, first.m, ["up", "down"]))
    reading.point(centre)
    while reading.trace.left:
        reading.point(None)
    increments = tuple(reading.increments)
    top = read_register_top(network, increments)
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
    """The samples read so far; `kept` names the register κ, once it exists."""

    def __init__(self, trace: Trace) -> None:
        self.trace, self.m, self.kept = trace, trace.m, list[str]()
        self.terms = 0  # not known yet
        self.centres: list[list[float]] = []
        self.limits: list[float] = []
        self.rates: list[float] = []
        self.increments: list[float] = []

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
        *kept, up, down = self.trace.carry(*self.kept, *(["A"] if j else []), "up", "down")
        if j:
            kept.pop().expect(self.term(self.terms))
        for k in kept:  # the register gains an increment where a sample begins
            k.expect({"k": 1.0}, bias=0.0 if j else ANY)
            self.increments += [] if j else [k.bias]
        up.expect({}, z={j: 1.0}, bias=ANY)
        down.expect({}, z={j: -1.0}, bias=-up.bias)
        return -up.bias

    def square(self, j: int) -> None:
        """Read the clipped difference and the K layers of its series."""
        self.step({**({"A": ({"A": 1.0}, 0.0)} if j else {}), "q": ({"up": -1.0, "down": -1.0}, 1.0)})
        begun = {"q": -1.0, **({"A": 1.0} if j else {})}
        self.step({"A": (begun, 1.0), "p": ({"q": 1.0}, 0.0), "t": ({"q": 1.0}, -0.5)})
        tent, r = {"p": 2.0, "t": -4.0}, 1
        while r < self.terms or (not self.terms and self._goes_on(r)):
            self.step({"A": (self.term(r), 0.0), "p": (tent, 0.0), "t": (tent, -0.5)})
            r += 1
        self.terms = r

    def _goes_on(self, r: int) -> bool:
        """Return whether the first series has more than r terms: the next layer holds A, p and t, p without coordinates."""
        if r > MOST_TERMS:
            raise self.trace.refuse(f"goes on with a series of more than {MOST_TERMS} terms")
        return self.trace.units_ahead == self.m + 3 and not self.trace.peek(self.m + 1).z.any()

    def bump(self, *, first: bool) -> None:
        """Read `e = ReLU(A − limit)` and the register's update."""
        *kept, e = self.trace.carry(*self.kept, "e")
        e.expect(self.term(self.terms), bias=ANY)
        self.limits.append(-e.bias)
        if first:
            (k,) = self.alone("k")
            self.rates.append(k.weight("e", sign=+1))
            k.expect({"e": self.rates[-1]})
            self.increments.append(0.0)
            self.kept = ["k"]
            return
        k, h = self.trace.carry("k", "h")
        for unit in (*kept, k):
            unit.expect({"k": 1.0})
        self.rates.append(-h.weight("e", sign=-1))
        h.expect({"k": 1.0, "e": -self.rates[-1]})
        (k,) = self.alone("k")
        k.expect({"k": 1.0, "h": -1.0})

    def step(self, units: Mapping[str, tuple[Mapping[str, float], float]]) -> None:
        """Read a layer of units without free numbers, each with what it reads and its bias; the register is kept."""
        names = [*self.kept, *units]
        for name, unit in zip(names, self.trace.carry(*names), strict=True):
            inputs, bias = units.get(name, ({"k": 1.0}, 0.0))
            unit.expect(inputs, bias=bias)

    def alone(self, name: str) -> list[Unit]:
        """Read a layer of one unit; the last layer of all holds no coordinates."""
        return self.trace.last(name) if self.trace.left == 1 else self.trace.carry(name)

    def term(self, r: int) -> dict[str, float]:
        """`A − g_r/4^r` with `g_r = 2p − 4t`."""
        return {"A": 1.0, "p": -2.0 / 4.0**r, "t": 4.0 / 4.0**r}
