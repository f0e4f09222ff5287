"""Evaluating a fused network where its inputs live: torch tensors and CuPy arrays, on a GPU or not (extra `gpu`)."""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError
from logwidth.network.fused import FusedNetwork
from logwidth.network.layer import AffineLayer
from logwidth.rounding.tensors import check_rounding, host, namespace

ENTRIES = 2**26  # of a table of scores, a quarter of a gigabyte in float32
Floats = NDArray[np.floating]


def values_and_maxima(entry: AffineLayer, network: FusedNetwork, points: Any) -> tuple[Floats, Floats]:
    """Return `ReLU(W x + b)` of a chain's first layer `entry`, `(n, units)`, and the largest score per class, `(n, C)`.

    As :func:`first_values` and :func:`class_maxima` compute them, in the network's format and another order of summation,
    on the device of `points` `(n, d)`; the results are numpy's. The scores read the first units alone.

    Raises InputError where `points` are no rows of d numbers, or products there are not rounded as the proofs assume.
    """
    xp = namespace(points)
    if points.ndim != 2 or points.shape[1] != entry.n_inputs:
        raise InputError(f"the network takes rows of {entry.n_inputs} features, not an array of shape {tuple(points.shape)}")
    points = points.detach() if hasattr(points, "detach") else points
    kind, device = getattr(xp, network.dtype), points.device
    check_rounding(xp, kind, device)
    weights, bias, table = (xp.asarray(a.copy(), device=device) for a in (entry.dense(), entry.bias, network.table))
    step = max(1, ENTRIES // max(network.n_pieces, entry.n_outputs))
    values, maxima = [], []
    for start in range(0, points.shape[0], step):
        image = xp.matmul(xp.astype(points[start : start + step, :], kind), weights.T) + bias
        image = xp.maximum(image, xp.zeros_like(image))
        z = image[:, : table.shape[1] - 1]
        scores = xp.matmul(xp.concat([z, xp.ones_like(z[:, :1])], axis=1), table.T)
        best = [xp.max(scores[:, a:b], axis=1) for a, b in pairwise([*network.starts.tolist(), network.n_pieces])]
        values.append(host(image))
        maxima.append(host(xp.stack(best, axis=1)))
    empty = np.zeros((0, entry.n_outputs), dtype=network.dtype), np.zeros((0, len(network.sizes)), dtype=network.dtype)
    return np.concatenate([empty[0], *values]), np.concatenate([empty[1], *maxima])
