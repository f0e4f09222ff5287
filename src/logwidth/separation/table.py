"""Rows in float32 that lie near known vectors: squared distances of whole tiles by a product, of pairs by differences."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.rounding import BINARY32, gamma_upper
from logwidth.separation.blocks import Lines
from logwidth.separation.envelope import Envelope
from logwidth.types import FloatArray, IntArray

Single = NDArray[np.float32]
REST = 2.0**-500
_PART = 2**16


@dataclass(frozen=True, eq=False)
class Table:
    """Float32 rows `a` (N, m) and bounds: `‖a_i − v_i‖ ≤ shift[i]`, `‖a_i‖, ‖v_i‖ ≤ norm[i]` for the vectors meant, `v`.

    *Products.* `[−2a, 1, n] · [a', n', 1] = ‖v‖² + ‖v'‖² − 2⟨a,a'⟩`, `n = fl(‖v‖²)`, a sum of `m + 2` products. In any
    order, fused or not, it errs from `‖a − a'‖²` by at most `γ_{m+8} (‖v‖ + ‖v'‖)² + (m + 8) 2⁻¹²⁰`: `n` is rounded and
    belongs to `v` before its conversion, which is worth less than six more roundings on its path; then Cauchy–Schwarz;
    the last term covers underflow, even where subnormals are flushed. *Differences.* `Σ fl(a_k − a'_k)²` errs by a
    relative `γ_{m+4}`, and by the same last term.
    """

    augmented: Single
    norm: FloatArray
    shift: FloatArray
    unit: float

    @classmethod
    def empty(cls, count: int, m: int, unit: float) -> "Table":
        """Return a table of `count` rows of m columns, to be stored; `unit` as in :class:`Envelope`."""
        return cls(np.empty((count, m + 2), dtype=np.float32), np.empty(count), np.empty(count), unit)

    def store(self, where: slice, v: FloatArray, error: FloatArray) -> None:
        """Store float64 rows that are within `error` of the vectors meant: conversion moves each by 2⁻²⁴ of its norm."""
        self.augmented[where, :-2] = v
        square = squares(v)
        self.augmented[where, -2] = square
        self.augmented[where, -1] = 1.0
        norm = np.sqrt(square) * (1.0 + 2.0**-20) + REST
        self.shift[where] = error + norm * BINARY32.unit * (1.0 + 2.0**-20) + math.sqrt(self.columns) * 2.0**-125
        self.norm[where] = norm + self.shift[where]

    @property
    def columns(self) -> int:
        """Return m."""
        return int(self.augmented.shape[1]) - 2

    @property
    def _tiny(self) -> float:
        return (self.columns + 8) * 2.0**-120

    def left(self, rows: Lines) -> Single:
        """Return the left factor of the product."""
        left = np.array(self.augmented[rows])
        left[:, -1] = left[:, -2]
        left[:, :-2] *= np.float32(-2.0)
        left[:, -2] = 1.0
        return left

    def right(self, cols: Lines) -> Single:
        """Return the right factor of the product, transposed."""
        return self.augmented[cols]

    def envelope(self, lines: Lines, others: Lines) -> Envelope:
        """Return what the product says about distances, with the largest norm and shift of the others."""
        reach = self.norm[lines] + self.norm[others].max()
        shift = self.shift[lines] + self.shift[others].max()
        gamma = gamma_upper(self.columns + 8, BINARY32.unit)
        return Envelope(2, self.unit, 0.0, gamma * reach * reach + self._tiny, shift)

    def differences(self, i: IntArray, j: IntArray) -> tuple[FloatArray, Envelope]:
        """Return the squared distances of the pairs `(i[k], j[k])` by differences, and what they say, a line a pair."""
        g = np.empty(len(i), dtype=np.float32)
        step = max(1, _PART // (self.columns + 2))
        for a in range(0, len(i), step):
            part = slice(a, a + step)
            t = self.augmented.take(i[part], axis=0)
            t -= self.augmented.take(j[part], axis=0)
            g[part] = np.matmul(t[:, None, :-2], t[:, :-2, None])[:, 0, 0]  # half the time of einsum
        relative = gamma_upper(self.columns + 4, BINARY32.unit)
        absolute = np.full(len(i), self._tiny)
        return g.astype(np.float64), Envelope(2, self.unit, relative, absolute, self.shift[i] + self.shift[j])


def squares(a: FloatArray) -> FloatArray:
    """Return the computed squared norms of rows."""
    return np.asarray(np.einsum("ij,ij->i", a, a))
