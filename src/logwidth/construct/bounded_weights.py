"""Weights within a bound: every unit is scaled by a power of two, which changes no value's rounding (docs/soundness.md).

`ReLU(c a) = c ReLU(a)` for c > 0. If unit u computes `2^e_u` times what it did, the weight from v to u becomes
`2^(e_u − e_v) w` and the bias `2^e_u b`; inputs and outputs keep e = 0. All are at most M if

    e_u ≤ e_v + ⌊log2(M / |w|)⌋ for every weight,   e_u ≤ ⌊log2(M / |b|)⌋ for every bias.

Steps that a proof takes for exact stay so: where `|w| = 2^k`, k ≥ 0, also `e_v ≤ e_u + k`, and a unit that copies another
one keeps its exponent. These are difference constraints in whole numbers: their solutions have a least one L, and among
those of at most max(L, 0) a greatest one, which is taken. So no unit is scaled up more than it must. Where it can be had,
weights ±1 stay so: then no unit changes its scale along the chain, and the small numbers stay as large as they can.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.network.unit_scales import FARTHEST, with_unit_scales

Levels = list[NDArray[np.float64]]


def bounded_weights(network: ReluNetwork, most: float) -> ReluNetwork:
    """Return the same function as a network whose stored weights and biases are at most `most` in size.

    Raises InputError, with the least bound that powers of two reach, where they do not reach this one.

    >>> lines = [AffineLayer.from_rows(1, [{0: w}], [0.0]) for w in (1.0, 600.0, 0.5)]
    >>> f = bounded_weights(ReluNetwork(tuple(lines[:2]), lines[2]), 100.0)
    >>> [layer.row(0)[0] for layer in f.layers]
    [1.0, 75.0, 4.0]
    """
    if not 1.0 <= most < np.inf:
        raise InputError(f"max_weight must be a number of at least 1, not {most!r}: copies have weight 1")
    held = network.stored()  # feature scales are folded into the first layer of the file
    largest = max(float(np.abs(part).max(initial=0.0)) for layer in held.layers for part in (layer.weights, layer.bias))
    if largest <= most:
        return network
    found = _Constraints.of(held, most, ones=True).solution() or _Constraints.of(held, most).solution()
    if found is None:
        least = _least(held, largest)
        raise InputError(
            f"max_weight {most:g} is out of reach for this network, whose largest number is {largest:.4g}: the least that "
            f"powers of two on its units reach is {_up(least)}"
        )
    return with_unit_scales(network, [e.astype(np.int64) for e in found])


def _up(bound: float) -> str:
    """Return a bound in few digits, rounded up."""
    return next(text for digits in range(4, 18) if float(text := f"{bound:.{digits}g}") >= bound)


def _least(network: ReluNetwork, largest: float) -> float:
    """Return the least bound that can be reached, which has the fraction of some number of the network; `largest` can."""
    parts = [np.frexp(np.abs(part[part != 0])) for layer in network.layers for part in (layer.weights, layer.bias)]
    fractions = np.unique(np.concatenate([fraction for fraction, _ in parts]).astype(np.float64))
    top = int(np.frexp(largest)[1])
    powers = _first([np.ldexp(1.0, k) for k in range(top + 1)], network)
    return float(_first([*np.ldexp(fractions, int(np.frexp(powers)[1]) - 1), powers], network))


def _first(bounds: list[float], network: ReluNetwork) -> float:
    """Return the first of increasing bounds, the last of which can be reached, that can."""
    low, high = 0, len(bounds) - 1
    while low < high:
        middle = (low + high) // 2
        if bounds[middle] >= 1.0 and _Constraints.of(network, bounds[middle]).solution() is not None:
            high = middle
        else:
            low = middle + 1
    return float(bounds[low])


@dataclass(frozen=True, eq=False)
class _Links:
    """The weights between two hidden layers: from units `v` to units `u`; `e_u ≤ e_v + up` and `e_v ≤ e_u + down`."""

    v: NDArray[np.int32]
    u: NDArray[np.intp]
    up: NDArray[np.float64]
    down: NDArray[np.float64]

    @property
    def turned(self) -> "_Links":
        """The same for exponents of the other sign."""
        return _Links(self.v, self.u, self.down, self.up)


@dataclass(frozen=True, eq=False)
class _Constraints:
    """`low ≤ e ≤ high` for the hidden units, layer by layer, and what `links` ask for between layers."""

    low: Levels
    high: Levels
    links: list[_Links]
    possible: bool

    @classmethod
    def of(cls, network: ReluNetwork, most: float, *, ones: bool = False) -> "_Constraints":
        """Return what a bound asks of the exponents; with `ones` weights ±1 between hidden units are to stay so."""
        low = [np.full(layer.n_outputs, -float(FARTHEST)) for layer in network.hidden]
        high = [_fits(layer.bias, most) for layer in network.hidden]
        links = [_links(layer, most, ones=ones and 0 < t < network.depth) for t, layer in enumerate(network.layers)]
        entry, end = links[0], links[-1]
        np.minimum.at(high[0], entry.u, entry.up)
        np.maximum.at(low[0], entry.u, -entry.down)
        np.maximum.at(low[-1], end.v, -end.up)
        np.minimum.at(high[-1], end.v, end.down)
        return cls(low, high, links[1:-1], bool(np.abs(network.output.bias).max(initial=0.0) <= most))

    def solution(self) -> Levels | None:
        """Return the exponents, or None where there are none."""
        negated = [-low for low in self.low]
        least = self._greatest(negated, [-high for high in self.high], [links.turned for links in self.links])
        if least is None or not self.possible:
            return None
        start = [np.minimum(high, np.maximum(-e, 0.0)) for high, e in zip(self.high, least, strict=True)]
        return self._greatest(start, self.low, self.links)

    @staticmethod
    def _greatest(start: Levels, low: Levels, links: list[_Links]) -> Levels | None:
        """Return the greatest solution of at most `start`; None where one falls below `low`."""
        e, changed = [level.copy() for level in start], True
        while changed:
            before = [level.copy() for level in e]
            for t, link in enumerate(links):
                np.minimum.at(e[t + 1], link.u, e[t][link.v] + link.up)
            for t in range(len(links) - 1, -1, -1):
                np.minimum.at(e[t], links[t].v, e[t + 1][links[t].u] + links[t].down)
            if any((level < bound).any() for level, bound in zip(e, low, strict=True)):
                return None
            changed = any((old != new).any() for old, new in zip(before, e, strict=True))
        return e


def _links(layer: AffineLayer, most: float, *, ones: bool) -> _Links:
    counts = np.diff(layer.indptr)
    u = np.repeat(np.arange(layer.n_outputs), counts)
    fraction, power = np.frexp(np.abs(layer.weights.astype(np.float64)))
    down = np.where((fraction == 0.5) & (power >= 1), power - 1.0, np.inf)
    kept = (np.abs(layer.weights) == 1) & (ones | (counts[u] == 1) & (layer.bias[u] == 0) & (layer.weights == 1))
    return _Links(layer.indices, u, np.where(kept, 0.0, _fits(layer.weights, most)), down)


def _fits(numbers: NDArray[np.floating], most: float) -> NDArray[np.float64]:
    """Return `⌊log2(most / |number|)⌋`, exactly; `FARTHEST` for 0 and where that is more."""
    fraction, power = np.frexp(np.abs(numbers.astype(np.float64)))
    top, exponent = np.frexp(most)
    found = np.where(numbers == 0, FARTHEST, int(exponent) - power - (fraction > top))
    return np.minimum(found.astype(np.float64), FARTHEST)
