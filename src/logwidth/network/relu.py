"""A feedforward ReLU network as a value: it says what it is, others evaluate, certify and export it."""

import itertools
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logwidth.display import OneLine
from logwidth.errors import InputError
from logwidth.network.layer import AffineLayer


@dataclass(frozen=True, eq=False, repr=False)
class ReluNetwork(OneLine):
    """`f(x) = A_out(ReLU(A_L(… ReLU(A_1(x)))))`; `hidden = (A_1, …, A_L)`, `output = A_out`.

    Width is the largest number of units in a hidden layer and depth the number L of hidden layers. There is no
    other connection from the input than through the first layer, as T1 of docs/theory.md assumes. Where the units are
    scaled, `unit_exponents[t]` says by which powers of two those of layer t are (:mod:`logwidth.network.unit_scales`).

    Raises InputError when consecutive layers do not fit or their dtypes differ.

    >>> one = AffineLayer.from_rows(1, [{0: 1.0}], [0.0])
    >>> f = ReluNetwork((one, one), one)
    >>> f.width, f.depth, f.n_nonzero
    (1, 2, 3)
    """

    hidden: tuple[AffineLayer, ...]
    output: AffineLayer
    unit_exponents: tuple[NDArray[np.int64], ...] | None = None

    def __post_init__(self) -> None:
        if not self.hidden:
            raise InputError("a ReLU network needs at least one hidden layer")
        layers = self.layers
        for number, (before, after) in enumerate(itertools.pairwise(layers), start=1):
            if after.n_inputs != before.n_outputs:
                raise InputError(
                    f"layer {number + 1} takes {after.n_inputs} inputs but layer {number} has {before.n_outputs} units"
                )
            if after.dtype != before.dtype:
                raise InputError(f"layer {number + 1} is {after.dtype} but layer {number} is {before.dtype}")

    @cached_property
    def layers(self) -> tuple[AffineLayer, ...]:
        """All affine maps, the output's last."""
        return (*self.hidden, self.output)

    def stored(self) -> "ReluNetwork":
        """Return the network as a file holds it: the scales of its inputs folded into the first layer, exactly."""
        first = self.hidden[0]
        return self if first.input_scales is None else replace(self, hidden=(first.stored(), *self.hidden[1:]))

    def scaled(self, scales: NDArray[np.float64] | None) -> "ReluNetwork":
        """Return the same map as a network whose file will read inputs that are `scales` `(d,)` times as large.

        Raises InputError where the scales are no powers of two, or weights divided by them leave the float format.
        """
        return (
            self
            if scales is None
            else replace(self, hidden=(replace(self.hidden[0], input_scales=scales), *self.hidden[1:]))
        )

    @property
    def n_inputs(self) -> int:
        """Dimension d of the input."""
        return self.hidden[0].n_inputs

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return self.output.n_outputs

    @property
    def dtype(self) -> str:
        """Format of the weights: 'float32' or 'float64'."""
        return self.output.dtype

    @cached_property
    def width(self) -> int:
        """Units of the widest hidden layer."""
        return max(layer.n_outputs for layer in self.hidden)

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.hidden)

    @cached_property
    def n_nonzero(self) -> int:
        """Nonzero weights and biases, the output's included."""
        return sum(layer.n_nonzero for layer in self.layers)

    @cached_property
    def n_entries(self) -> int:
        """Weights and biases, zero or not, the output's included: `k (n + 1)` for a layer of k units on n inputs."""
        return sum(layer.n_outputs * (layer.n_inputs + 1) for layer in self.layers)

    @property
    def total_bits(self) -> int:
        """Bits of all entries in the network's format: 32 or 64 each."""
        return self.n_entries * int(self.output.weights.itemsize) * 8

    def _line(self) -> list[str]:
        size = f"width {self.width:,} × depth {self.depth:,}"
        return [f"{self.n_inputs:,} → {self.n_outputs:,}", size, f"{self.n_nonzero:,} nonzero numbers", self.dtype]
