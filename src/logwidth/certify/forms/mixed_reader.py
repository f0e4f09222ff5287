"""Reading a register network whose units come in any order and whose coordinates are carried along mixed."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.mixed import CarrierLayer, MixedRegisterForm
from logwidth.certify.forms.shared.running_maximum import exact_integers
from logwidth.certify.leads.first_layer import SLOP, read_first_layer
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer, ReluNetwork


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
    top = _read_output(network, increments)
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


def _read_output(network: ReluNetwork, increments: tuple[float, ...]) -> float:
    top = float(network.output.bias[0])
    if network.n_outputs != 1 or network.output.row(0) != {0: -1.0}:
        raise UnrecognisedNetworkError("the output is not a constant minus the register")
    exact_integers([*increments, sum(increments), top, top - sum(increments)], network.dtype)
    if min(increments) < 0 or sum(increments) <= 0:
        raise UnrecognisedNetworkError("the register counts nothing or backwards")
    return top
