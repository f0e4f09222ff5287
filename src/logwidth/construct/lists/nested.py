"""Nested maxima and minima of halfspaces in one unit beside the coordinates: the value of a linear decision list."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.construct.chain import Chain, Unit
from logwidth.construct.frame import Frame
from logwidth.construct.gap import on_grid
from logwidth.construct.lists.peeling import Rule
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False)
class Value:
    """An affine function of the coordinates and of the units of the last layer."""

    inputs: dict[str, float]
    z_weights: FloatArray
    bias: float

    def scaled(self, factor: float) -> dict[str, float]:
        """Return the weights on units times a factor."""
        return {name: factor * weight for name, weight in self.inputs.items()}


@dataclass(frozen=True, eq=False)
class Nested:
    """`v_t = max(g_t, v_{t+1})` where `signs[t] = 1`, `min(g_t, v_{t+1})` where it is −1; `v_n = g_n`.

    `g_t(z) = ⟨weights_t, z⟩ + biases_t` is positive where a rule of label 0 fires and negative where one of label 1 does.
    """

    signs: FloatArray
    weights: FloatArray
    biases: FloatArray

    @classmethod
    def of(cls, rules: Sequence[Rule], frame: Frame, dtype: str) -> "Nested":
        """Return the nest of rules on a grid on which differences are exact; rounded normals turn about the mean image."""
        signs = np.array([1.0 if rule.label == 0 else -1.0 for rule in rules])
        wanted = np.array([rule.normal for rule in rules])
        normals = on_grid(wanted, dtype)
        shifts = (normals - wanted) @ frame.images.mean(axis=0)
        offsets = on_grid(np.array([rule.offset for rule in rules]) + shifts, dtype)
        return cls(signs, signs[:, None] * normals, -signs * offsets)

    def run(self, chain: Chain, pending: dict[str, float] | None = None) -> Value:
        """Add the layers `x ← ReLU(±(v_{t+1} − g_t))` from the last rule to the first; return `v_1`.

        `pending` units of the last layer are added to the first coordinate by the first layer added. With a single rule
        there is none to add.
        """
        inner: dict[str, float] = {}
        for t in range(len(self.biases) - 2, -1, -1):
            s = float(self.signs[t])
            bias = s * float(self.biases[t + 1] - self.biases[t])
            step = Unit("x", {n: s * w for n, w in inner.items()}, bias, s * (self.weights[t + 1] - self.weights[t]))
            chain.carry([step], pending)
            inner, pending = {"x": s}, None
        return Value(inner, self.weights[0], float(self.biases[0]))
