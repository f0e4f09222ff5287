"""Scales of a file's units, as its metadata name them: powers of two that the reader undoes, or refuses."""

import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logwidth.network import ReluNetwork
from logwidth.network.unit_scales import without_unit_scales


def with_named_scales(network: ReluNetwork, metadata: Mapping[str, str]) -> ReluNetwork:
    """Return the network with the scales of its units that metadata name as `unit_scales`, if they name any.

    They are a list of `[n, [e_0, e_1, …]]`: the units of the next n hidden layers are scaled by `2^e_0, 2^e_1, …`.

    Raises ValueError (InputError is one) for anything else, and where scales do not fit or cannot be undone exactly.
    """
    if "unit_scales" not in metadata:
        return network
    named = replace(network, unit_exponents=_exponents(json.loads(metadata["unit_scales"]), network.depth))
    without_unit_scales(named)
    return named


def _exponents(runs: object, depth: int) -> tuple[NDArray[np.int64], ...]:
    if not isinstance(runs, list) or not all(isinstance(run, list) and len(run) == 2 for run in runs):
        raise ValueError("the scales of its units are no list of layers")
    counts = [count for count, _ in runs]
    if not all(type(count) is int and count > 0 for count in counts) or sum(counts) != depth:
        raise ValueError("the scales of its units do not count its layers")
    found: list[NDArray[np.int64]] = []
    for count, exponents in runs:
        if not isinstance(exponents, list) or not all(type(e) is int and abs(e) < 1000 for e in exponents):
            raise ValueError("a scale of a unit is no small whole number")
        found += [np.array(exponents, dtype=np.int64)] * count
    return tuple(found)
