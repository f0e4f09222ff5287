"""A network that takes all its scores at once: an affine layer, a maximum per class, the label of the largest."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logwidth.display import OneLine
from logwidth.errors import InputError
from logwidth.network.layer import AffineLayer


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
