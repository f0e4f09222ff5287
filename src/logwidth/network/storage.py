"""A fused network whose numbers a narrower format holds exactly: storing it there loses nothing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError, did_you_mean
from logwidth.network.fused import FusedNetwork
from logwidth.network.layer import AffineLayer

Numbers = NDArray[np.floating]


def rounded_to(network: FusedNetwork, storage: str) -> FusedNetwork:
    """Return a fused network with all numbers rounded to 'float16' or 'bfloat16', kept in its own float format.

    Runtimes and converters that store such numbers in that format, and compute in the network's own, change none of them.
    It is another network, and needs a certificate of its own. Scales of the inputs stay apart: what is rounded is what the
    file holds.

    Raises InputError for another format, or where a number or a label value leaves its range.

    >>> line = AffineLayer.from_rows(1, [{0: 1.0 + 2**-10 + 2**-12}], [0.0])
    >>> two = FusedNetwork(line, AffineLayer.from_rows(1, [{}, {0: 2.0}], [1.0, 0.0]), (1, 1), (5.0, 7.0))
    >>> [rounded_to(two, kind).first.row(0)[0] - 1 for kind in ("float16", "bfloat16")] == [2**-10, 0.0]
    True
    """
    if storage not in FORMATS:
        raise InputError(f"unknown storage {storage!r}{did_you_mean(storage, FORMATS)}; known are: {', '.join(FORMATS)}")
    kept = FORMATS[storage]
    values = np.array(network.values)
    if not np.array_equal(kept(values), values):
        raise InputError(f"{storage} does not hold the label values exactly: give labels by smaller whole numbers")
    first, scores = (_rounded(layer, kept, storage) for layer in (network.first.stored(), network.scores))
    scales = network.first.input_scales
    return replace(network, first=first if scales is None else first.loaded(scales), scores=scores)


def _rounded(layer: AffineLayer, kept: Callable[[Numbers], Numbers], storage: str) -> AffineLayer:
    matrix, bias = (kept(numbers).astype(layer.dtype) for numbers in (layer.dense(), np.asarray(layer.bias)))
    if not (np.isfinite(matrix).all() and np.isfinite(bias).all()):
        largest = max(np.abs(layer.weights).max(initial=0), np.abs(layer.bias).max(initial=0))
        raise InputError(f"a weight of {largest:.3g} is beyond the range of {storage}; divide the features (--scale)")
    return AffineLayer.from_dense(matrix, bias)


def _half(numbers: Numbers) -> Numbers:
    with np.errstate(over="ignore"):
        return np.asarray(numbers, dtype=np.float16)


def _brain(numbers: Numbers) -> Numbers:
    """Return numbers rounded to bfloat16, ties to even: the upper half of a float32."""
    bits = np.ascontiguousarray(numbers, dtype=np.float32).view(np.uint32)
    return np.asarray(((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32))


FORMATS: dict[str, Callable[[Numbers], Numbers]] = {"float16": _half, "bfloat16": _brain}
