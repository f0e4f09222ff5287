"""Folding layers as stored (docs/theory/t13-folding.md)."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.leads.first_layer import LONGEST_SUM
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.network import AffineLayer
from logwidth.rounding import FloatFormat, float_format
from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False)
class FoldLayers:
    """Layers `u_l = W_l s_{l−1} + b_l`, `s_l = ReLU(u_l)`, `s_0 = x`, as stored; of the last one only u is spoken of.

    With `scales` `(d,)` the file reads `scales · x`, as for :class:`FirstLayer`. Any weights will do. Which unit is a hinge
    and which is linear on a ball is found from bounds on u there.
    """

    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]
    format: FloatFormat
    scales: FloatArray | None = None

    @classmethod
    def of(cls, layers: tuple[AffineLayer, ...]) -> "FoldLayers":
        """Return stored layers; raise UnprovableNetworkError where one has more inputs than the bounds cover."""
        if max(max(layer.n_inputs, layer.n_outputs) for layer in layers) > LONGEST_SUM - 64:
            raise UnprovableNetworkError(f"a layer has more than the {LONGEST_SUM} inputs that the proof covers")
        weights = tuple(layer.dense().astype(np.float64) for layer in layers)
        biases = tuple(layer.bias.astype(np.float64) for layer in layers)
        return cls(weights, biases, float_format(layers[0].dtype), layers[0].input_scales)

    @property
    def depth(self) -> int:
        """Number of layers, the last one included."""
        return len(self.weights)
