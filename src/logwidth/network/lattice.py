"""A fused network with integer numbers, for rows of integers: what it computes is exact."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.display import OneLine
from logwidth.errors import InputError
from logwidth.network.fused import FusedNetwork
from logwidth.network.layer import AffineLayer
from logwidth.types import IntArray

LARGEST = 2**62


@dataclass(frozen=True, eq=False, repr=False)
class IntegerNetwork(OneLine):
    """`class of max_t ⟨W_t, z⟩ + β_t`, `z = ReLU(T n + b)`, for integer rows `n = 2^shift x` with `low ≤ n ≤ high`.

    `first` `(m, d)` and `first_bias` `(m,)` are T and b, `scores` `(P, m)` and `score_bias` `(P,)` the pieces class after
    class, `sizes` `(C,)` their number per class. Where two classes score alike the earlier one counts.
    """

    shift: int
    low: IntArray
    high: IntArray
    first: IntArray
    first_bias: IntArray
    scores: IntArray
    score_bias: IntArray
    sizes: tuple[int, ...]

    def largest(self) -> tuple[int, int]:
        """Return bounds on the sizes of all sums of the first layer, and of all scores, in any order of summation.

        Raises InputError where a score may not fit 63 bits.
        """
        reach = np.maximum(np.abs(self.low), np.abs(self.high))
        sums = [_bound(row, reach, bias) for row, bias in zip(self.first, self.first_bias, strict=True)]
        scores = max(
            _bound(row, np.array(sums, dtype=object), bias) for row, bias in zip(self.scores, self.score_bias, strict=True)
        )
        if max(*sums, scores) >= LARGEST:
            raise InputError("the integers do not fit 64 bits: features in a smaller range are needed")
        return max(sums), scores

    def classes(self, rows: IntArray) -> IntArray:
        """Return the class index of rows `(n, d)` of integers in the range, by NumPy."""
        images = np.maximum(rows @ self.first.T + self.first_bias, 0)
        scores = images @ self.scores.T + self.score_bias
        ends = np.cumsum(self.sizes)
        found: IntArray = np.searchsorted(ends, np.argmax(scores, axis=1), side="right")
        return found

    def as_reals(self, units: tuple[int, int], values: tuple[float, ...]) -> FusedNetwork:
        """Return the same map of real rows x in double precision: T and W are in units of `2^-units`, labels are `values`.

        Raises InputError where double precision does not hold the numbers.
        """
        one, two = units
        layers = [
            _layer(self.first, -one, self.first_bias, -one - self.shift),
            _layer(self.scores, -two, self.score_bias, -one - self.shift - two),
        ]
        return FusedNetwork(layers[0], layers[1], self.sizes, values)

    def _line(self) -> list[str]:
        sizes = f"{self.low.size:,} features, {len(self.first):,} sums, {len(self.scores):,} pieces"
        return [sizes, f"{len(self.sizes):,} classes", f"features times {2**self.shift}"]


def _bound(weights: IntArray, reach: NDArray[np.generic], bias: np.int64) -> int:
    return int(sum(abs(int(w)) * int(r) for w, r in zip(weights, reach, strict=True))) + abs(int(bias))


def _layer(weights: IntArray, weight_unit: int, bias: IntArray, bias_unit: int) -> AffineLayer:
    if max(np.abs(weights).max(initial=0), np.abs(bias).max(initial=0)) >= 2**53:
        raise InputError("the integers of the network do not fit double precision")
    return AffineLayer.from_dense(
        np.ldexp(weights.astype(np.float64), weight_unit), np.ldexp(bias.astype(np.float64), bias_unit)
    )


def to_integers(
    network: FusedNetwork, bits: int, shift: int, low: IntArray, high: IntArray
) -> tuple[IntegerNetwork, tuple[int, int]]:
    """Return a fused network rounded to weights of so many bits, sign apart, and the units of its two layers, see above.

    Whether it still gives the same labels is for a certificate to say.
    """
    first, scores = network.first, network.scores
    one, two = (bits - int(np.frexp(np.abs(layer.weights).max(initial=0))[1]) for layer in (first, scores))
    T, b = _rounded(first.dense(), one), _rounded(first.bias, one + shift)
    W, beta = _rounded(scores.dense(), two), _rounded(scores.bias, one + shift + two)
    return IntegerNetwork(shift, low, high, T, b, W, beta, network.sizes), (one, two)


def _rounded(numbers: NDArray[np.floating], power: int) -> IntArray:
    """Return numbers times `2^power`, rounded. Raises InputError beyond 62 bits."""
    scaled = np.round(np.ldexp(numbers.astype(np.float64), power))
    if np.abs(scaled).max(initial=0) >= LARGEST:
        raise InputError("the integers do not fit 64 bits: features in a smaller range are needed")
    return scaled.astype(np.int64)
