"""Evaluating a fused network where its inputs live: torch tensors and CuPy arrays, on a GPU or not (extra `gpu`)."""

from itertools import pairwise
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError, MissingExtraError
from logwidth.network.fused import FusedNetwork
from logwidth.network.layer import AffineLayer

ENTRIES = 2**26  # of a table of scores, a quarter of a gigabyte in float32
DEEP = 256  # products in the sums of the probe
LIBRARIES = ("torch", "cupy")
Floats = NDArray[np.floating]


def lives_elsewhere(points: object) -> TypeGuard[Any]:
    """Return whether `points` are an array of another library than numpy, which computes where they live."""
    return type(points).__module__.split(".")[0] in LIBRARIES


def host(array: Any) -> NDArray[Any]:
    """Return a copy of an array in numpy."""
    here = array.detach().cpu().numpy() if hasattr(array, "detach") else array.get()
    return np.array(here)


def values_and_maxima(entry: AffineLayer, network: FusedNetwork, points: Any) -> tuple[Floats, Floats]:
    """Return `ReLU(W x + b)` of a chain's first layer `entry`, `(n, units)`, and the largest score per class, `(n, C)`.

    As :func:`first_values` and :func:`class_maxima` compute them, in the network's format and another order of summation,
    on the device of `points` `(n, d)`; the results are numpy's. The scores read the first units alone.

    Raises InputError where `points` are no rows of d numbers, or products there are not rounded as the proofs assume.
    """
    xp = _namespace(points)
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


def check_rounding(xp: Any, kind: Any, device: Any) -> None:
    """Raise InputError unless products on the device keep all bits of their format, and subnormal numbers.

    The proofs allow any order of summation, fused or wider; they do not allow TF32, bfloat16 or numbers flushed to zero. A
    product with ones and zeros shows these: each sum has one term that is `1 + 2u`, or one that is subnormal.
    """
    single = kind == xp.float32
    precision = getattr(xp, "get_float32_matmul_precision", lambda: "highest")() if single else "highest"  # torch has it
    info = xp.finfo(kind)
    fine, tiny = 1.0 + float(info.eps), float(info.smallest_normal) / 4
    left = xp.asarray(np.where(np.arange(DEEP) % 2, fine, 1.0)[:, None] * np.eye(DEEP), dtype=kind, device=device)
    right = xp.asarray(np.ones((DEEP, DEEP)), dtype=kind, device=device)
    found = host(xp.matmul(left, right))
    exact = bool((found[1::2] == fine).all() and (found[::2] == 1.0).all())
    # As bits, because where this processor flushes too, 0 equals every subnormal number.
    bits = host(xp.matmul(left * tiny, right)).view(np.uint32 if single else np.uint64)[::2]
    small = bool((bits == (1 << (21 if single else 50))).all())
    if not (exact and small and precision == "highest"):
        raise InputError(
            "products on this device round more coarsely than the proofs allow (TF32, bfloat16 or flush to zero); call "
            "torch.set_float32_matmul_precision('highest') or unset CUPY_TF32, or give the points as a numpy array"
        )


def _namespace(points: Any) -> Any:
    try:
        from array_api_compat import array_namespace
    except ImportError:
        raise MissingExtraError("array-api-compat", "gpu") from None
    return array_namespace(points)
