"""One affine layer `x ↦ W x + b` with sparse `W`, immutable."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logwidth.display import OneLine
from logwidth.errors import InputError

FORMATS = {np.dtype(np.float32): "float32", np.dtype(np.float64): "float64"}
FloatVector = NDArray[np.floating]
IntVector = NDArray[np.int32]


@dataclass(frozen=True, eq=False, repr=False)
class AffineLayer(OneLine):
    """The map `x ↦ W x + b`, `W` of shape `(n_outputs, n_inputs)` in compressed rows.

    Row `i` has its nonzero weights at `indptr[i]:indptr[i+1]` of `indices` (sorted, unique) and `weights`.
    `weights` and `bias` are both float32 or both float64 and read-only; stored zeros do not occur.
    With `input_scales` `(n_inputs,)`, powers of two, a file holds the layer as :meth:`stored` gives it: it reads inputs that
    are `input_scales` times x, on weights divided by them, which is the same map, exactly.

    Raises InputError when the arrays do not describe such a matrix or hold NaN or infinity.

    >>> layer = AffineLayer.from_rows(2, [{0: 1.0}, {0: 2.0, 1: -1.0}], [0.0, 0.5])
    >>> layer.dense().tolist(), layer.n_nonzero
    ([[1.0, 0.0], [2.0, -1.0]], 4)
    """

    n_inputs: int
    indptr: IntVector
    indices: IntVector
    weights: FloatVector
    bias: FloatVector
    input_scales: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        for problem in self._problems() or self._strange_scales():
            raise InputError(f"not an affine layer: {problem}")
        for array in (self.indptr, self.indices, self.weights, self.bias):
            array.setflags(write=False)

    def _problems(self) -> list[str]:
        columns, size = self.indices, self.weights.size
        tests = {
            "row pointers and biases differ in number": self.indptr.size != self.bias.size + 1,
            "row pointers do not start at 0": self.indptr[0] != 0,
            "row pointers do not end at the number of weights": self.indptr[-1] != size,
            "as many indices as weights are needed": columns.size != size,
            "weights and biases differ in dtype": self.weights.dtype != self.bias.dtype,
            "dtype must be float32 or float64": self.weights.dtype not in FORMATS,
        }
        return [text for text, bad in tests.items() if bad] or self._strange_numbers()

    def _strange_numbers(self) -> list[str]:
        """Return what is wrong with the numbers of arrays that fit; deep networks ask often."""
        counts, columns = self.indptr[1:] - self.indptr[:-1], self.indices
        if counts.size and counts.min() < 0:
            return ["row pointers decrease"]
        if columns.size and not 0 <= columns.min() <= columns.max() < self.n_inputs:
            return ["a column index lies outside the input"]
        places = np.repeat(np.arange(counts.size) * self.n_inputs, counts) + columns
        tests = {
            "column indices of a row must increase": (places[1:] <= places[:-1]).any(),
            "a weight or bias is NaN or infinite": not (np.isfinite(self.weights).all() and np.isfinite(self.bias).all()),
            "a stored weight is zero": np.count_nonzero(self.weights) != columns.size,
        }
        return [text for text, bad in tests.items() if bad]

    def _strange_scales(self) -> list[str]:
        scales = self.input_scales
        if scales is None:
            return []
        if scales.shape != (self.n_inputs,) or not ((np.frexp(scales)[0] == 0.5) & (scales > 0)).all():
            return ["the scales of its inputs must be one power of two for each"]
        least, largest = np.finfo(self.dtype).smallest_normal, np.finfo(self.dtype).max
        with np.errstate(over="ignore", under="ignore"):
            sizes = np.abs(self.weights.astype(np.float64) / scales[self.indices])
        return [] if ((sizes >= least) & (sizes <= largest)).all() else ["weights divided by scales leave the float format"]

    def stored(self) -> "AffineLayer":
        """Return the layer as a file holds it: for inputs that are `input_scales` times those of this layer."""
        if self.input_scales is None:
            return self
        weights = (self.weights.astype(np.float64) / self.input_scales[self.indices]).astype(self.dtype)
        return replace(self, weights=weights, input_scales=None)

    def loaded(self, scales: NDArray[np.float64]) -> "AffineLayer":
        """Return the layer of which this one is the stored form, for inputs divided by `scales`; undoes :meth:`stored`.

        Raises InputError where the scales are no powers of two, one for each input, or a product leaves the float format.
        """
        if scales.shape != (self.n_inputs,):
            raise InputError(f"not an affine layer: {scales.size} scales for {self.n_inputs} inputs")
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            weights = (self.weights.astype(np.float64) * scales[self.indices]).astype(self.dtype)
        found = replace(self, weights=weights, input_scales=scales)
        if not np.array_equal(found.stored().weights, self.weights):
            raise InputError("not an affine layer: weights times scales are not exact")
        return found

    @classmethod
    def from_dense(cls, matrix: FloatVector, bias: FloatVector) -> "AffineLayer":
        """Return the layer of a dense matrix; its zeros are not stored."""
        rows, columns = np.nonzero(matrix)
        indptr = np.searchsorted(rows, np.arange(matrix.shape[0] + 1)).astype(np.int32)
        weights = np.array(matrix[rows, columns])
        return cls(matrix.shape[1], indptr, columns.astype(np.int32), weights, np.array(bias, dtype=matrix.dtype))

    @classmethod
    def from_rows(
        cls,
        n_inputs: int,
        rows: Sequence[Mapping[int, float]],
        bias: Sequence[float],
        dtype: str = "float64",
        copied: int = 0,
    ) -> "AffineLayer":
        """Return the layer whose row `i` has the weights `rows[i]` (column to value), rounded to `dtype`.

        Before them stand `copied` rows that copy the inputs `0 … copied − 1`.
        """
        counts = np.array([len(row) for row in rows], dtype=np.intp)
        lines = np.repeat(np.arange(len(rows)), counts)
        columns = np.fromiter(itertools.chain.from_iterable(rows), dtype=np.int32, count=len(lines))
        weights = _rounded([w for row in rows for w in row.values()], dtype)
        order = np.lexsort((columns, lines))
        order = order[weights[order] != 0]
        ends = np.cumsum(np.bincount(lines[order], minlength=len(rows)))
        first = np.arange(copied + 1, dtype=np.int32)
        return cls(
            n_inputs,
            np.concatenate([first, (copied + ends).astype(np.int32)]),
            np.concatenate([first[:-1], columns[order]]),
            np.concatenate([np.ones(copied, dtype=dtype), weights[order]]),
            np.concatenate([np.zeros(copied, dtype=dtype), _rounded(bias, dtype)]),
        )

    @property
    def n_outputs(self) -> int:
        """Number of rows."""
        return int(self.bias.size)

    @property
    def dtype(self) -> str:
        """'float32' or 'float64'."""
        return FORMATS[self.weights.dtype]

    @cached_property
    def n_nonzero(self) -> int:
        """Number of nonzero weights and biases."""
        return int(self.weights.size + np.count_nonzero(self.bias))

    def row(self, i: int) -> dict[int, float]:
        """Return the nonzero weights of row `i` by column."""
        part = slice(self.indptr[i], self.indptr[i + 1])
        return dict(zip(self.indices[part].tolist(), self.weights[part].tolist(), strict=True))

    def dense(self) -> FloatVector:
        """Return `W` as a dense array of the layer's dtype."""
        return self.fill(np.zeros((self.n_outputs, self.n_inputs), dtype=self.weights.dtype))

    def fill(self, matrix: FloatVector) -> FloatVector:
        """Write the nonzero weights into the upper left corner of `matrix` and return it."""
        matrix[np.repeat(np.arange(self.n_outputs), np.diff(self.indptr)), self.indices] = self.weights
        return matrix

    def _line(self) -> list[str]:
        return [f"{self.n_inputs:,} → {self.n_outputs:,}", f"{self.n_nonzero:,} nonzero numbers", self.dtype]


def _rounded(numbers: Sequence[float], dtype: str) -> FloatVector:
    """Return numbers rounded to `dtype`; those beyond its range become infinite, and are refused with the layer."""
    with np.errstate(over="ignore"):
        return np.array(numbers, dtype=np.float64).astype(dtype)
