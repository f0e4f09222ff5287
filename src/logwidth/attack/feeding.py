"""Rows of features as a network wants them: in its own shape, as many at once as it takes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError

BATCH = 2048
Rows = NDArray[np.floating]


@dataclass(frozen=True)
class Feeding:
    """How rows of features enter: `shape` of one sample, and `batch`, how many at once.

    `batch` 0 is any number, along a first axis; −1 one sample alone, without such an axis.
    """

    shape: tuple[int, ...]
    batch: int

    @classmethod
    def of(cls, declared: list[object], n_features: int) -> "Feeding":
        """Return how rows of `n_features` enter an input of the declared shape, whose open sizes are no numbers.

        The first axis counts samples where the others hold all features, in row-major order; else the whole input is one
        sample. One open size besides it is solved for. Raises InputError where the features do not fill the shape.

        >>> Feeding.of(["n", 32, 32, 3], 3072), Feeding.of([1, 784, 1], 784), Feeding.of([5], 5)
        (Feeding(shape=(32, 32, 3), batch=0), Feeding(shape=(784, 1), batch=1), Feeding(shape=(5,), batch=-1))
        """
        sizes = [size if isinstance(size, int) and size > 0 else 0 for size in declared]
        if not sizes:  # a shape that is not declared
            return cls((n_features,), 0)
        rest = _filled(sizes[1:], n_features)
        if rest is not None:
            return cls(rest, sizes[0])
        whole = _filled(sizes, n_features) if sizes[0] or len(sizes) == 1 else None  # an open first axis counts samples
        if whole is not None:
            return cls(whole, -1)
        shown = ", ".join(str(size) if isinstance(size, int) else "?" for size in declared)
        raise InputError(
            f"the network does not take rows of {n_features} features: its input has the shape [{shown}]"
            + (f", {math.prod(sizes[1:])} numbers a sample" if all(sizes[1:]) else "")
        )

    def blocks(self, rows: Rows) -> Iterator[tuple[Rows, int]]:
        """Yield inputs and how many rows each holds; the last one of a fixed size repeats its last row."""
        size = {0: BATCH, -1: 1}.get(self.batch, self.batch)
        for start in range(0, len(rows), size):
            block = rows[start : start + size]
            count = len(block)
            if self.batch > count:
                block = np.concatenate([block, np.repeat(block[-1:], self.batch - count, axis=0)])
            yield block.reshape(self.shape if self.batch < 0 else (len(block), *self.shape)), count

    def per_row(self, output: NDArray[np.generic], count: int) -> NDArray[np.generic]:
        """Return what a network made of a block as `(count, …)`; raise InputError where it is not one result a sample."""
        total = max(count, self.batch)
        if self.batch in (-1, 1):
            return output.reshape(1, -1)
        if not output.ndim or output.shape[0] != total:
            raise InputError(f"the network returns the shape {output.shape} for {total} samples: expected one result each")
        return output.reshape(total, -1)[:count] if output.ndim > 1 else output[:count]


def _filled(sizes: list[int], n_features: int) -> tuple[int, ...] | None:
    """Return sizes whose product is the number of features, where one may be open (0); None if there are none."""
    known = math.prod(size for size in sizes if size)
    open_sizes = sizes.count(0)
    if open_sizes > 1 or (not open_sizes and known != n_features) or n_features % known:
        return None
    return tuple(size or n_features // known for size in sizes)
