"""Reading and proving a register network whose coordinates are carried along mixed, split, scaled, shifted, and joined by
idle units. Units come in any order: so they are found by what they read, not by their place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.register import RegisterForm
from logwidth.certify.forms.shared.read_out import read_register_top
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import running_maximum
from logwidth.certify.leads.carriers import UNIT, Carriers
from logwidth.certify.leads.comparison import Comparisons
from logwidth.certify.leads.first_layer import SLOP, Domain, FirstLayer, read_first_layer
from logwidth.certify.leads.pieces import Pieces
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False)
class CarrierLayer:
    """What one middle layer says: the carriers' affine map `(n', n)`, and the score that its increment reads off them.

    `W` and `b` give the carriers of this layer from those of the layer before; `score` `(n,)` and `bias` are the
    increment's weights on the carriers of the layer before.
    """

    W: FloatArray
    b: FloatArray
    score: FloatArray
    bias: float


@dataclass(frozen=True, eq=False, repr=False)
class MixedRegisterForm(Recognised):
    """A register network in which layer t holds any units that are affine in z on the domain, in place of z itself.

    With `v = B z + d + e` the carriers that a score reads, `|e| ≤ D`, its value is
    `⟨w, v⟩ + β = ⟨wB, z⟩ + (⟨w, d⟩ + β) + ⟨w, e⟩`: a piece of the plain register with weights `wB`, bias `⟨w, d⟩ + β`,
    and a further error of `|w| D` and of what the dot product over the carriers rounds more than one over z. The
    register's theorem holds for any bounds on the errors of scores.
    """

    name = "mixed register"
    rule = "exact"
    first: FirstLayer
    layers: tuple[CarrierLayer, ...]
    slope: float
    rate: float
    increments: tuple[float, ...]
    top: float

    def comparisons(self, domain: Domain) -> tuple[Comparisons, dict[str, float]]:
        """Return what must hold on the balls, and the constants of the rounding bound.

        Raises UnprovableNetworkError when a carrier may be clipped, or as the plain register does.
        """
        reading = self._readings(domain)
        heads = np.zeros((2, self.first.m))
        heads[1, 0] = self.slope
        twin_bias = self.slope * (self.first.twins[0][1] - float(self.first.b[0]))
        pieces = Pieces(
            np.concatenate([heads, *(r.weights[None, :] for r in reading)]),
            np.array([0.0, twin_bias, *(r.bias for r in reading)]),
            np.zeros(2 + len(reading)),
        )
        largest, _ = running_maximum(pieces, domain, domain.lower, domain.upper)
        errors = np.array([0.0, 0.0, *(r.error + r.longer * 2 * largest for r in reading)]) * SLOP
        pieces = Pieces(pieces.weights, pieces.biases, errors)
        plain = RegisterForm(self.first, pieces, self.slope, self.rate, self.increments, self.top)
        return plain.comparisons(domain)

    def _readings(self, domain: Domain) -> Sequence["CarriedScore"]:
        carriers, found = Carriers.first(self.first.m), []
        for layer in self.layers:
            found.append(CarriedScore.of(layer, carriers, domain))
            carriers = carriers.through(layer.W, layer.b, domain)
        return found


@dataclass(frozen=True, eq=False)
class CarriedScore:
    """One score as a piece over z: weights, bias, its further error, and the factor by which its sum is longer."""

    weights: FloatArray
    bias: float
    error: float
    longer: float

    @classmethod
    def of(cls, layer: CarrierLayer, carriers: Carriers, domain: Domain) -> "CarriedScore":
        """Return the piece that a score over carriers is.

        The plain model grants `γ_{m+3}(|wB| z + |bias| + 2S)`; the sum over n carriers rounds at most
        `γ_{n+4}(|w||v| + |β| + 2S)`.
        """
        m, unit, size = domain.first.m, domain.first.format.unit, np.abs(layer.score)
        n = int(np.count_nonzero(layer.score))
        weights = layer.score @ carriers.B
        bias = float(layer.score @ carriers.d) + layer.bias
        parts = size @ np.abs(carriers.B)
        whole = float(parts @ domain.upper + size @ np.abs(carriers.d) + size @ carriers.error) + abs(layer.bias)
        if not whole * 4 < domain.first.format.largest:
            raise UnprovableNetworkError("a score may overflow")
        beyond = float(np.maximum(parts - np.abs(weights), 0) @ domain.upper + size @ np.abs(carriers.d))
        beyond += float(size @ carriers.error) + max(abs(layer.bias) - abs(bias), 0.0) + whole * 2.0**-36
        longest = gamma_upper(n + 4, unit)
        longer = max(longest - gamma_upper(m + 3, unit), 0.0)
        formed = gamma_upper(layer.score.size + m + 6, UNIT) * whole + carriers.underflow(layer.score.size, domain)
        error = float(size @ carriers.error) + longest * beyond + longer * whole + formed
        return cls(weights, bias, error + (n + 5) * domain.first.format.tiny, longer)


@dataclass(frozen=True)
class _Roles:
    """Which units of a layer are the maximum s, the increment r and the register κ; all others carry."""

    s: int
    r: int
    k: int

    @property
    def all(self) -> list[int]:
        return [self.s, self.r, self.k]


def read_mixed_register(network: ReluNetwork) -> MixedRegisterForm:
    """Return the form of a stored network; raise UnrecognisedNetworkError where it departs from it.

    Roles are traced from the output back: κ reads the κ and, negatively, the r before it; of the other units only s
    reads that r, and the s before it. The remaining units may read each other only.
    """
    hidden = network.hidden
    if network.depth < 3 or hidden[-1].n_outputs != 1:
        raise UnrecognisedNetworkError("the last hidden layer does not hold the register alone")
    rates, ticks = [], [float(hidden[-1].bias[0])]
    k, r, rate = _register_row(hidden[-1], 0, "the last layer")
    earlier_s = -1
    rates.append(rate)
    roles: dict[int, _Roles] = {}
    for t in range(network.depth - 1, 2, -1):
        layer, where = hidden[t - 1], f"layer {t}"
        earlier_k, earlier_r, rate = _register_row(layer, k, where)
        s = _other_reader(layer, earlier_r, {k, r}, where)
        if t + 1 in roles and s != earlier_s:
            raise UnrecognisedNetworkError(f"layer {t + 1} carries on another unit than the maximum of {where}")
        earlier_s = _maximum_row(layer, s, earlier_r, where)
        roles[t] = _Roles(s, r, k)
        rates.append(rate)
        ticks.append(float(layer.bias[k]))
        k, r = earlier_k, earlier_r
        if t > 3:
            continue
        roles[2] = _Roles(earlier_s, r, k)
    if 2 not in roles:
        roles[2] = _Roles(_other_reader(hidden[1], _only_input(hidden[1], k), {k, r}, "layer 2"), r, k)
    return _assembled(network, roles, rates, ticks)


def _assembled(network: ReluNetwork, roles: dict[int, _Roles], rates: list[float], ticks: list[float]) -> MixedRegisterForm:
    hidden = network.hidden
    if hidden[0].input_scales is not None:
        raise UnrecognisedNetworkError("the proof of mixed coordinates does not cover scaled inputs")
    twin, slope, rate = _second_layer(hidden[1], roles[2])
    order = [i for i in range(hidden[0].n_outputs) if i != twin]
    matrix = hidden[0].dense()
    like = [i for i in order if np.array_equal(matrix[i], matrix[twin])]
    if not like:
        raise UnrecognisedNetworkError("no coordinate of layer 1 has the weights of the first increment")
    order = [like[0], *(i for i in order if i != like[0])]
    rows = [*order, twin]
    first = read_first_layer(AffineLayer.from_dense(matrix[rows], hidden[0].bias[rows]), [0])
    layers, carriers, before = [], order, {twin: -slope}
    for t in range(2, network.depth):
        layer, role = hidden[t - 1], roles[t]
        layers.append(_carrier_layer(layer, role, carriers, before, t))
        carriers = [i for i in range(layer.n_outputs) if i not in role.all]
        before = {role.s: -1.0, role.r: -1.0}
    increments = (0.0, float(hidden[1].bias[roles[2].k]), *reversed(ticks))
    top = read_register_top(network, increments)
    return MixedRegisterForm(first, tuple(layers), slope, min(*rates, rate / slope / SLOP), increments, top)


def _register_row(layer: AffineLayer, unit: int, where: str) -> tuple[int, int, float]:
    """Return `(κ, r, λ)` of a unit `κ − λ r + tick`."""
    row = layer.row(unit)
    kept = [column for column, weight in row.items() if weight == 1.0]
    lost = [column for column, weight in row.items() if weight < 0.0]
    if len(row) != 2 or len(kept) != 1 or len(lost) != 1:
        raise UnrecognisedNetworkError(f"{where}, unit {unit} is no label register")
    return kept[0], lost[0], -row[lost[0]]


def _other_reader(layer: AffineLayer, column: int, known: set[int], where: str) -> int:
    """Return the only unit beside the known ones that reads a unit of the layer before."""
    rows = np.repeat(np.arange(layer.n_outputs), np.diff(layer.indptr))[layer.indices == column]
    found = [int(i) for i in rows if int(i) not in known]
    if len(found) != 1:
        raise UnrecognisedNetworkError(f"{where} has {len(found)} units that may be the running maximum")
    return found[0]


def _maximum_row(layer: AffineLayer, unit: int, r: int, where: str) -> int:
    """Return the s that a unit `s + r` reads."""
    row = layer.row(unit)
    others = [column for column in row if column != r]
    if len(others) != 1 or set(row.values()) != {1.0} or layer.bias[unit] != 0:
        raise UnrecognisedNetworkError(f"{where}, unit {unit} does not add the increment to the maximum")
    return others[0]


def _only_input(layer: AffineLayer, unit: int) -> int:
    row = layer.row(unit)
    if len(row) != 1:
        raise UnrecognisedNetworkError(f"layer 2, unit {unit} is no label register")
    return next(iter(row))


def _second_layer(layer: AffineLayer, roles: _Roles) -> tuple[int, float, float]:
    """Return the twin, the slope with which s reads it, and minus the weight with which κ does."""
    twin = _only_input(layer, roles.k)
    s, k = layer.row(roles.s), layer.row(roles.k)
    if set(s) != {twin} or not s[twin] > 0 or not k[twin] < 0 or layer.bias[roles.s] != 0:
        raise UnrecognisedNetworkError("layer 2 does not read the first increment as a register network does")
    return twin, s[twin], -k[twin]


def _carrier_layer(
    layer: AffineLayer, role: _Roles, carriers: list[int], before: dict[int, float], number: int
) -> CarrierLayer:
    """Split a layer: the carriers may read carriers only, and r reads the maximum before it as `before` says."""
    dense, bias = layer.dense().astype(np.float64), layer.bias.astype(np.float64)
    kept = [i for i in range(layer.n_outputs) if i not in role.all]
    others = [i for i in range(layer.n_inputs) if i not in set(carriers)]
    if len(set(role.all)) != 3 or dense[np.ix_(kept, others)].any():
        raise UnrecognisedNetworkError(f"layer {number} has a carried unit that reads the maximum or the register")
    if {c: dense[role.r, c] for c in others if dense[role.r, c] != 0} != before:
        raise UnrecognisedNetworkError(f"layer {number}, unit {role.r} is no increment of the maximum")
    return CarrierLayer(dense[np.ix_(kept, carriers)], bias[kept], dense[role.r, carriers], float(bias[role.r]))
