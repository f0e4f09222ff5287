"""Folding layers as stored, and how fast they can change on given balls (docs/theory/t13-folding.md)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.certify.leads.first_layer import LONGEST_SUM, SLOP, SMALLEST, row_norms_upper, vector_norm_upper
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.network import AffineLayer
from logwidth.rounding import FloatFormat, float_format, gamma_upper
from logwidth.types import FloatArray

UNIT = 2.0**-53
MOST_PATTERNS = 1 << 14  # Jacobians of which the steepest is looked for


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


def steepest(weights: Sequence[FloatArray], low: Sequence[FloatArray], high: Sequence[FloatArray]) -> float:
    """Return an upper bound on `‖J‖_2`, J the Jacobian of the last layer's u, over all patterns on all balls.

    `low ≤ u ≤ high` `(n, k)` per layer: a unit is on, or off, or either. ∞ for more than MOST_PATTERNS matrices.
    """
    jacobians = np.eye(weights[0].shape[1])[None]
    for layer, W in enumerate(weights):
        jacobians = W @ jacobians
        if layer == len(weights) - 1:
            break
        always = (low[layer] >= 0.0).all(axis=0)
        never = (high[layer] <= 0.0).all(axis=0)
        unsure = np.flatnonzero(~(always | never))
        if len(jacobians) << unsure.size > MOST_PATTERNS:
            return float(np.inf)
        for unit in unsure:
            off = jacobians.copy()
            off[:, unit] = 0.0
            jacobians = np.concatenate([jacobians, off])
        jacobians[:, never] = 0.0
    return spectral_norm_upper(jacobians, _jacobian_error(weights))


def _jacobian_error(weights: Sequence[FloatArray]) -> float:
    """Return a bound on the norm of what any of the products of matrices errs by, ∞ where none is known.

    `‖fl(W Ĵ) − W J‖ ≤ ‖W‖ ‖Ĵ − J‖ + γ ‖W‖ ‖Ĵ‖` and what products underflow by, in Frobenius norms.
    """
    inputs = weights[0].shape[1]
    error, size = 0.0, float(np.sqrt(inputs)) * SLOP  # of the product, and a bound on its norm
    for W in weights:
        norm = vector_norm_upper(row_norms_upper(W, 2.0))
        rounding = gamma_upper(W.shape[1] + 2, UNIT)
        error = (norm * error + rounding * norm * (size + error) + W.size * inputs * SMALLEST) * SLOP
        size = norm * size * SLOP + SMALLEST
    return error + SMALLEST if np.isfinite(error) else float(np.inf)


def spectral_norm_upper(jacobians: FloatArray, error: float) -> float:
    """Return an upper bound on `‖J + F‖_2` for every J of `jacobians` `(…, k, d)` and every F with `‖F‖ ≤ error`.

    `K = J Jᵀ` has `λ_max(K) ≤ Λ_max (1 + ‖QᵀQ − I‖) + ‖K − QΛQᵀ‖`, Λ and Q its computed eigenvalues and vectors
    (Ostrowski, Weyl).
    """
    scale = float(np.abs(jacobians).max(initial=0.0)) or 1.0
    J = jacobians.reshape(-1, *jacobians.shape[-2:]) / scale
    K = J @ J.transpose(0, 2, 1)
    k = K.shape[1]
    sizes = np.linalg.norm(np.abs(J) @ np.abs(J).transpose(0, 2, 1), axis=(1, 2))
    slack = gamma_upper(3 * k + J.shape[2] + 8, UNIT) * sizes * SLOP
    values, Q = np.linalg.eigh(K)
    turned = Q.transpose(0, 2, 1)
    defect = np.linalg.norm(turned @ Q - np.eye(k), axis=(1, 2)) + gamma_upper(k + 2, UNIT) * k
    size = np.abs(values).max(axis=1, initial=0.0)
    rest = np.linalg.norm(K - (Q * values[:, None, :]) @ turned, axis=(1, 2))
    residual = rest + gamma_upper(3 * k + 6, UNIT) * k * size + slack
    largest = float((size * (1.0 + defect) + residual).max(initial=0.0)) * SLOP
    return (float(np.sqrt(largest)) * scale + error) * SLOP
