"""Affine scores of a power diagram: `a_t − a_s = ‖z − c_s‖² − ‖z − c_t‖²`."""

import numpy as np

from logwidth.construct.plan import FloatArray


def scores_relative_to(
    origin: FloatArray, centres: FloatArray, offsets: FloatArray, dtype: str, metric: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return weights `(P, m)` and biases `(P,)` of `a_t(z) = ‖z − c_0‖² − ‖z − c_t‖² + ω_t = 2⟨c_t − c_0, z⟩ + const`.

    The piece of `origin = c_0` is the zero function; `offsets` ω `(P,)` are relative to its own. Weights are rounded to
    `dtype` first; then the bias makes the score right at the piece's own centre, so that the error of rounding grows
    with the distance from it. `metric` `(m, m)` is the Gram matrix of the norm in these coordinates (default: Euclidean).
    """
    shift = centres - origin
    dual = shift if metric is None else shift @ metric
    weights = (2.0 * dual).astype(dtype).astype(np.float64)
    own_value = (shift * dual).sum(axis=1) + offsets
    biases = (own_value - (weights * centres).sum(axis=1)).astype(dtype).astype(np.float64)
    return weights, biases
