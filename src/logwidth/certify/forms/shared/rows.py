"""Reading single units of a stored network strictly: every weight is accounted for or the form is refused."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.network import AffineLayer

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One unit: weights on the carried coordinates `z` `(m,)`, weights on the other units by position, and the bias."""

    where: str
    z: FloatArray
    others: dict[int, float]
    bias: float

    def expect(self, others: dict[int, float], *, bias: float | None = None, z: bool = False) -> None:
        """Refuse the row unless its other weights (and bias) are exactly these; weights on `z` only if `z` is true."""
        if self.others != others:
            raise UnrecognisedNetworkError(f"{self.where} has weights {self.others} where {others} were expected")
        if bias is not None and self.bias != bias:
            raise UnrecognisedNetworkError(f"{self.where} has bias {self.bias!r} where {bias!r} was expected")
        if not z and self.z.any():
            raise UnrecognisedNetworkError(f"{self.where} reads carried coordinates where none were expected")

    def weight(self, unit: int, *, sign: int) -> float:
        """Return the weight on another unit, which must have the given sign."""
        value = self.others.get(unit, 0.0)
        if not value * sign > 0:
            raise UnrecognisedNetworkError(
                f"{self.where} has weight {value!r} on unit {unit} where sign {sign:+d} was expected"
            )
        return value


class LayerReader:
    """Reads one layer whose inputs start with the `m` carried coordinates."""

    def __init__(self, layer: AffineLayer, m: int, number: int) -> None:
        self.layer, self.m, self.number = layer, m, number

    def refuse(self, text: str) -> UnrecognisedNetworkError:
        """Return an error that names the layer."""
        return UnrecognisedNetworkError(f"layer {self.number} {text}")

    def row(self, unit: int) -> Row:
        """Return one unit, split into its weights on `z` and on other units."""
        layer, z = self.layer, np.zeros(self.m)
        start, stop = layer.indptr[unit : unit + 2].tolist()
        columns, weights = layer.indices[start:stop], layer.weights[start:stop]
        inner = int(columns.searchsorted(self.m))  # columns increase
        z[columns[:inner]] = weights[:inner]
        others = dict(zip(columns[inner:].tolist(), weights[inner:].tolist(), strict=True))
        return Row(f"layer {self.number}, unit {unit}", z, others, float(layer.bias[unit]))

    def extras(self, counts: Iterable[int]) -> list[Row]:
        """Return the units after the carried coordinates, whose number must be one of `counts`."""
        found = self.layer.n_outputs - self.m
        if found not in set(counts):
            raise self.refuse(f"has {found} units beside the {self.m} carried coordinates")
        return [self.row(self.m + k) for k in range(found)]

    def copies(self, first_also: bool = False) -> dict[int, float]:
        """Check that the first `m` units copy `z`; return what else unit 0 reads (nothing unless `first_also`)."""
        m, layer = self.m, self.layer
        if layer.n_outputs < m:
            raise self.refuse(f"has fewer than the {m} units that carry the coordinates")
        if self._copies_all():
            return {}
        first = self.row(0)
        start, stop = int(layer.indptr[1]), int(layer.indptr[m])
        exact = (
            bool((np.diff(layer.indptr[1 : m + 1]) == 1).all())
            and bool((layer.indices[start:stop] == np.arange(1, m)).all())
            and bool((layer.weights[start:stop] == 1).all())
            and not layer.bias[:m].any()
            and first.z[0] == 1
            and not first.z[1:].any()
        )
        if not exact or (first.others and not first_also):
            raise self.refuse("does not copy the carried coordinates exactly")
        return first.others

    def _copies_all(self) -> bool:
        """Return True only if the first `m` units are copies and nothing else, in few steps: deep networks ask often."""
        m, layer, place = self.m, self.layer, np.arange(self.m + 1)
        return (
            layer.weights.size >= m
            and bool((layer.indptr[: m + 1] == place).all())
            and bool((layer.indices[:m] == place[:-1]).all())
            and bool((layer.weights[:m] == 1).all())
            and not layer.bias[:m].any()
        )
