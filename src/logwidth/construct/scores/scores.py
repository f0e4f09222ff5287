"""Affine scores of a power diagram: `a_t − a_s = ‖z − c_s‖² − ‖z − c_t‖²`."""

from logwidth.errors import InputError
from logwidth.rounding import stored
from logwidth.types import FloatArray


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
    weights = stored(2.0 * dual, dtype)
    own_value = (shift * dual).sum(axis=1) + offsets
    biases = stored(own_value - (weights * centres).sum(axis=1), dtype)
    return weights, biases


def twin_offset(offset: float, weights: FloatArray, biases: FloatArray) -> float:
    """Return `b_0 + bias_1/w_10`: a second reading of coordinate 0 with this offset is the score of piece 1 over `w_10`.

    Raises InputError where that score does not depend on the coordinate in the network's format.
    """
    slope = float(weights[1, 0])
    if slope == 0.0:
        raise InputError("the first two pieces have one score in this float format; --dtype float64 may tell them apart")
    return offset + float(biases[1]) / slope
