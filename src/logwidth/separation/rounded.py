"""Data that lie far from zero: what a float format's rounding of the inputs leaves of the room between balls."""

from dataclasses import dataclass

import numpy as np

from logwidth.dataset import Dataset, feature_called
from logwidth.rounding import float_format, gamma_upper
from logwidth.separation.minimum import Separation
from logwidth.separation.target import Target
from logwidth.types import FloatArray

SURE = 1.0 - 2.0**-10  # of a rounding interval and of a radius: no tie and no rounding of this computation matters
ROUNDINGS = 5  # beside one per feature: the input's, the product's, the offset's, and what twins may need


@dataclass(frozen=True)
class Blur:
    """Why no network of a format can be certified for a target, as far as one pair shows.

    `surely`: inputs of both balls are rounded to the same numbers, so that no network that rounds its inputs first gives
    both labels. Else the bound on the first layer's rounding, with which every certificate begins, is wider than the room
    between the balls. `step` is the format's spacing in the `feature` where it is widest against the `spread` (standard
    deviation), around `size = max |x|`; `middle` is that of the range.
    """

    surely: bool
    feature: str
    size: float
    spread: float
    step: float
    middle: float


def blurred(data: Dataset, sep: Separation, target: Target, dtype: str) -> Blur | None:
    """Return why balls around the closest opposite pair cannot be certified in a format; None where nothing is found.

    For ℓ2 also by a necessary condition: unit rows V of a map err by at least `e = γ_{d+5} max_i min_k |x_ik|`, since
    `Σ_k |V_k x_k| ≥ min_k |x_k|`, and balls of radius `σ + e` must be disjoint: `2(σ + e) ≤ δ`.
    """
    i, j = sep.pair
    x, y = data.points[i], data.points[j]
    surely = any(_meet(c, x, y, sep.norm, target.radius, dtype) for c in (0.5 * (x + y), x, y))
    if not (surely or (sep.norm == 2.0 and 2 * (target.radius + _least_error(data, dtype)) > sep.upper)):
        return None
    low, high = data.points.min(axis=0), data.points.max(axis=0)
    sizes, spreads = np.maximum(high, -low), data.points.std(axis=0)
    steps = np.spacing(sizes.astype(dtype)).astype(np.float64)
    k = int(np.argmax(steps / np.where(spreads > 0, spreads, np.inf)))
    numbers = (float(part[k]) for part in (sizes, spreads, steps, (low + high) / 2))
    return Blur(surely, feature_called(data, k), *numbers)


def _least_error(data: Dataset, dtype: str) -> float:
    least = float(np.abs(data.points).min(axis=1).max())
    return gamma_upper(data.n_features + ROUNDINGS, float_format(dtype).unit) * least * SURE


def _meet(middle: FloatArray, x: FloatArray, y: FloatArray, norm: float, radius: float, dtype: str) -> bool:
    """Return whether both balls reach inputs that are rounded to the number of the format nearest to `middle`."""
    number = middle.astype(dtype)
    centre = number.astype(np.float64)
    low = centre - (centre - np.nextafter(number, -np.inf).astype(np.float64)) / 2 * SURE
    high = centre + (np.nextafter(number, np.inf).astype(np.float64) - centre) / 2 * SURE
    gaps = [np.clip(z, low, high) - z for z in (x, y)]
    return all(_length(gap, norm) <= radius * SURE for gap in gaps)


def _length(gap: FloatArray, norm: float) -> float:
    largest = float(np.abs(gap).max())
    return 0.0 if largest == 0.0 else float(np.linalg.norm(gap / largest, ord=norm)) * largest
