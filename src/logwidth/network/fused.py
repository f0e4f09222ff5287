"""A network that takes all its scores at once, the label of the largest: evaluated here, or on a device."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.display import OneLine
from logwidth.errors import InputError, did_you_mean
from logwidth.network.evaluate import first_values
from logwidth.network.layer import AffineLayer
from logwidth.rounding.tensors import check_rounding, host, namespace

ROWS, PIECES, MOST_ROWS = 256, 512, 2048  # a block of scores takes half a megabyte in float32, more rows of small classes
Floats = NDArray[np.floating]
Numbers = NDArray[np.floating]
ENTRIES = 2**26  # of a table of scores, a quarter of a gigabyte in float32


@dataclass(frozen=True, eq=False, repr=False)
class FusedNetwork(OneLine):
    """`f(x) = values[c]` for the class c with the largest score `max_{t in c} ⟨w_t, z⟩ + β_t`, `z = ReLU(T x + b)`.

    `first` is `(T, b)`, `scores` the P pieces `(w_t, β_t)` class after class, `sizes` `(C,)` their number per class and
    `values` `(C,)` the label values. Where two classes score alike the earlier one counts.

    Raises InputError when the layers do not fit, a class has no piece or two classes share a value.

    >>> line = AffineLayer.from_rows(1, [{0: 1.0}], [0.0])
    >>> f = FusedNetwork(line, AffineLayer.from_rows(1, [{}, {0: 2.0}], [1.0, 0.0]), (1, 1), (5.0, 7.0))
    >>> f.n_inputs, f.n_pieces, f.starts.tolist()
    (1, 2, [0, 1])
    """

    first: AffineLayer
    scores: AffineLayer
    sizes: tuple[int, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        problems = {
            "the scores do not read the first layer's units": self.scores.n_inputs != self.first.n_outputs,
            "its layers differ in dtype": self.scores.dtype != self.first.dtype,
            "the sizes do not count its pieces": sum(self.sizes) != self.scores.n_outputs or min(self.sizes, default=0) < 1,
            "each class needs one value of its own": len(set(self.values)) != len(self.sizes) or len(self.values) < 2,
        }
        for problem, present in problems.items():
            if present:
                raise InputError(f"not a fused network: {problem}")

    @property
    def n_inputs(self) -> int:
        """Dimension d of the input."""
        return self.first.n_inputs

    @property
    def n_pieces(self) -> int:
        """Number P of pieces."""
        return self.scores.n_outputs

    @property
    def dtype(self) -> str:
        """Format of the weights: 'float32' or 'float64'."""
        return self.scores.dtype

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where the pieces of each class begin, `(C,)`."""
        return np.cumsum([0, *self.sizes[:-1]])

    @cached_property
    def table(self) -> NDArray[np.floating]:
        """The pieces with their biases as a last column, `(P, m + 1)`, read-only."""
        table = np.concatenate([self.scores.dense(), self.scores.bias[:, None]], axis=1)
        table.setflags(write=False)
        return table

    def _line(self) -> list[str]:
        pieces = f"{self.n_pieces:,} pieces of {len(self.values):,} classes"
        return [f"{self.n_inputs:,} features", f"first layer of {self.first.n_outputs:,} units", pieces, self.dtype]


def class_maxima(network: FusedNetwork, z: Floats, pool: Executor | None = None) -> Floats:
    """Return the largest score of each class at coordinates `z` `(n, m)`, `(n, C)`, in the network's format.

    Each score is a dot product of m products and the bias, in an unspecified order of summation; NaN counts as largest.
    `pool` runs blocks of rows side by side: give every worker one thread of BLAS.
    """
    maxima = np.full((len(z), len(network.sizes)), -np.inf, dtype=network.dtype)
    table = network.table

    def fill(rows: slice) -> None:
        block = np.concatenate([z[rows], np.ones((len(z[rows]), 1), dtype=z.dtype)], axis=1)
        buffer = np.empty(len(block) * PIECES, dtype=network.dtype)
        for label, pieces in _blocks(network):
            scores = buffer[: len(block) * (pieces.stop - pieces.start)].reshape(len(block), -1)
            with np.errstate(over="ignore", invalid="ignore"):  # callers look for what is not finite
                np.matmul(block, table[pieces].T, out=scores)
            np.maximum(maxima[rows, label], scores.max(axis=1), out=maxima[rows, label])

    step = min(MOST_ROWS, ROWS * PIECES // min(PIECES, max(network.sizes)))
    cut = [slice(start, start + step) for start in range(0, len(z), step)]
    for _ in map(fill, cut) if pool is None else pool.map(fill, cut):
        pass
    return maxima


def fused_labels(network: FusedNetwork, inputs: ArrayLike) -> NDArray[np.float64]:
    """Return the label value per row of `inputs` `(n, d)`, `(n,)`; NaN where a coordinate or a score is not finite.

    Raises InputError when `inputs` does not have `d` columns.
    """
    z = first_values(network.first, inputs)
    maxima = class_maxima(network, z)
    labels = np.array(network.values)[np.argmax(maxima, axis=1)]
    finite = np.isfinite(z).all(axis=1) & np.isfinite(maxima).all(axis=1)
    return np.where(finite, labels, np.nan)


def _blocks(network: FusedNetwork) -> Iterator[tuple[int, slice]]:
    """Yield the pieces of each class in runs of at most `PIECES`."""
    for label, (start, size) in enumerate(zip(network.starts.tolist(), network.sizes, strict=True)):
        for k in range(start, start + size, PIECES):
            yield label, slice(k, min(k + PIECES, start + size))


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
