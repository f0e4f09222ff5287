"""The first layer `z = T x + b` and all that is known of `z` on the balls, rounding included."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.compute.threads import side_by_side
from logwidth.network import AffineLayer
from logwidth.norms import dual_exponent
from logwidth.rounding import FloatFormat, float_format, gamma_upper, up
from logwidth.types import FloatArray, IntArray

Result = TypeVar("Result")
LONGEST_SUM = 2**16
SLOP = 1.0 + 2.0**-36  # covers the float64 roundings of any bound that is a sum of up to LONGEST_SUM products
CHUNK = 1 << 18  # entries of the points that are looked at at a time
SMALLEST = 2.0**-1070  # more than what the underflow of one float64 operation loses
NEAR = 1.5  # radii that a domain reaches, if nobody says how far and the first layer allows it


@dataclass(frozen=True, eq=False)
class FirstLayer:
    """`T` `(m, d)`, `b` `(m,)` as stored, and twins: further units that read coordinate `j` with another offset.

    With `scales` `(d,)`, powers of two, the file holds `T / scales` and reads inputs `scales · x`: the same products and
    sums, bit by bit, but inputs are rounded as they are read, so that what underflows or overflows there differs.
    With `narrow` coordinates and scores may be rounded to that format once they are computed (forms/narrow.py).
    """

    T: FloatArray
    b: FloatArray
    twins: tuple[tuple[int, float], ...]
    format: FloatFormat
    scales: FloatArray | None = None
    narrow: FloatFormat | None = None

    @property
    def m(self) -> int:
        """Number of carried coordinates."""
        return int(self.b.size)


def read_first_layer(layer: AffineLayer, twin_of: Sequence[int]) -> FirstLayer:
    """Return the first layer whose last units repeat the weights of the units `twin_of`, bit by bit."""
    m = layer.n_outputs - len(twin_of)
    if max(layer.n_inputs, m) > LONGEST_SUM - 64:
        raise UnprovableNetworkError(f"{layer.n_inputs} inputs are more than the {LONGEST_SUM} that the proof covers")
    if m < 1:
        raise UnrecognisedNetworkError(f"layer 1 has {layer.n_outputs} units, too few for this form")
    matrix = layer.dense().astype(np.float64)
    for k, j in enumerate(twin_of):
        if j >= m or not np.array_equal(matrix[m + k], matrix[j]):
            raise UnrecognisedNetworkError(f"layer 1, unit {m + k} does not repeat the weights of unit {j}")
    bias = layer.bias.astype(np.float64)
    twins = tuple((j, float(bias[m + k])) for k, j in enumerate(twin_of))
    return FirstLayer(matrix[:m], bias[:m], twins, float_format(layer.dtype), layer.input_scales)


@dataclass(frozen=True, eq=False)
class Domain:
    """What holds on the balls of radius `reach` around `points`, in exact arithmetic and in the network's floats.

    `|computed z_l − (T x + b)_l| ≤ error[l]`, `twin_error[k]` likewise for the twins; computed coordinates lie in
    `[lower, upper]` and within `swing` of their centre's, with `lower ≥ 0`, so that the first ReLU clips nothing.
    `Σ_k |T_lk x_k| ≤ sizes[l]` and `|x| ≤ input_upper`. All bounds are on the safe side.
    """

    first: FirstLayer
    norm: float
    reach: float
    error: FloatArray
    twin_error: FloatArray
    swing: FloatArray
    lower: FloatArray
    upper: FloatArray
    sizes: FloatArray
    input_upper: FloatArray

    def may_hold(self, points: FloatArray) -> NDArray[np.bool_]:
        """Return which points `(n, d)` have no feature beyond the bounds of this domain."""
        return np.asarray((np.abs(points) <= self.input_upper).all(axis=1))

    def room(self, points: FloatArray) -> FloatArray:
        """Return, per point, a radius within which its ball stays where the bounds of this domain hold (−1: none)."""
        lipschitz = row_norms_upper(self.first.T, dual_exponent(self.norm)) * SLOP
        images, image_error = images_of(self.first, points)
        margin = self.error + image_error
        inner = np.minimum(images - self.lower - margin, self.upper - images - margin)
        inner = np.minimum(inner, self.sizes - np.abs(points) @ np.abs(self.first.T.T) * SLOP)
        inner /= np.where(lipschitz > 0, lipschitz, 1.0)
        inner[:, lipschitz == 0] = np.inf
        inputs = (self.input_upper - np.abs(points)).min(axis=1)
        room = np.minimum(inner.min(axis=1), inputs) / SLOP
        return np.where(room >= 0, room, -1.0)


def row_norms_upper(rows: FloatArray, q: float) -> FloatArray:
    """Return upper bounds on the norms `‖rows_l‖_q`. Rows are scaled first, so that no power under- or overflows.

    A row that has overflowed has norm ∞: an upper bound is never NaN, which no comparison would refuse.

    With `rows = T` and q dual to p they are the Lipschitz constants of the coordinates.
    """
    scale = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    zero, lost = scale[:, 0] == 0, ~np.isfinite(scale[:, 0])
    scale[zero | lost] = 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        norms: FloatArray = np.linalg.norm(rows / scale, ord=q, axis=1) * scale[:, 0] * SLOP + SMALLEST
    norms[zero], norms[lost] = 0.0, np.inf
    return norms


def images_of(first: FirstLayer, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return `T x + b` in float64 `(n, m)` and a bound `(m,)` on the error of each coordinate."""
    return points @ first.T.T + first.b, image_error_upper(first, np.abs(points).max(axis=0, initial=0.0))


def image_error_upper(first: FirstLayer, largest: FloatArray) -> FloatArray:
    """Return a bound `(m,)` on the error of `T x + b` in float64 for all `|x| ≤ largest` `(d,)`, and of a few sums more."""
    magnitude = np.abs(first.T) @ largest + np.abs(first.b)
    return gamma_upper(largest.size + 8, 2.0**-53) * magnitude * SLOP + largest.size * SMALLEST


@dataclass(frozen=True, eq=False)
class Extremes:
    """What a first layer meets at some points: per feature the largest `|x_k|`, per coordinate the largest
    `Σ_k |T_lk x_k|` and the least and largest `T x + b`, all as computed in float64.
    """

    inputs: FloatArray
    products: FloatArray
    low: FloatArray
    high: FloatArray

    @classmethod
    def of(cls, first: FirstLayer, points: FloatArray, rows: IntArray | None = None) -> "Extremes":
        """Return the extremes over `points` `(n, d)`, or over some `rows`, by chunks that stay in the cache."""
        positive = np.abs(first.T.T)

        def part(rows: FloatArray) -> tuple[FloatArray, ...]:
            images, sizes = rows @ first.T.T + first.b, np.abs(rows)
            return sizes.max(axis=0), (sizes @ positive).max(axis=0), images.min(axis=0), images.max(axis=0)

        inputs, products, low, high = zip(*by_chunks(part, points, rows), strict=True)
        return cls(np.max(inputs, axis=0), np.max(products, axis=0), np.min(low, axis=0), np.max(high, axis=0))


def by_chunks(work: Callable[[FloatArray], Result], points: FloatArray, rows: IntArray | None = None) -> list[Result]:
    """Return what `work` makes of consecutive `rows` (default: all) of `points`, few at a time: they stay in the cache."""
    step, count = max(1, CHUNK // max(1, points.shape[1])), len(points) if rows is None else len(rows)

    def part(start: int) -> Result:
        where = slice(start, start + step)
        return work(points[where if rows is None else rows[where]])

    return side_by_side(part, range(0, max(1, count), step))


def domain_within(first: FirstLayer, seen: Extremes, norm: float, reach: float) -> Domain:
    """Return what is known on all balls `B_p(x_i, reach)`; there `Σ_k |T_lk x_k| ≤ Σ_k |T_lk x_ik| + ‖T_l‖_q reach`.

    Raises UnprovableNetworkError when a coordinate may be clipped at zero, or a sum may overflow, somewhere on a ball.
    """
    unit, tiny = first.format.unit, first.format.tiny
    input_upper = (seen.inputs + reach) * SLOP
    moved = row_norms_upper(first.T, dual_exponent(norm)) * reach * SLOP
    products = (seen.products + moved) * SLOP
    n = first.T.shape[1]
    rounding = gamma_upper(n + 5, unit) * SLOP  # n + 2 with the input's rounding, and more for the twins' constants
    lost = np.abs(first.T) if first.scales is None else np.abs(first.T) * np.maximum(1.0, 1.0 / first.scales)
    below = (lost.sum(axis=1) + n) * tiny * (1.0 + rounding) * SLOP
    error = rounding * (products + np.abs(first.b)) + below
    offsets = np.array([offset for _, offset in first.twins])
    carriers = [j for j, _ in first.twins]
    twin_error = rounding * (products[carriers] + np.abs(offsets)) + below[carriers]
    image_error = image_error_upper(first, input_upper)
    if first.narrow is not None:
        top = np.maximum(np.abs(seen.low), np.abs(seen.high)) + moved + error + image_error
        error = (error + first.narrow.unit * top + first.narrow.tiny) * SLOP
    swing = (moved + error + image_error) * SLOP
    lower = seen.low - swing
    upper = (seen.high + swing) * SLOP
    if (lower < 0).any():
        worst = int(np.argmin(lower))
        raise UnprovableNetworkError(f"layer 1, unit {worst} may be clipped at zero on a ball of radius {reach:g}")
    read = input_upper if first.scales is None else np.maximum(input_upper, input_upper * first.scales)
    terms = [read, products + np.abs(first.b), products[carriers] + np.abs(offsets)]
    if not float(np.max(np.concatenate(terms))) < first.format.largest / 4:
        raise UnprovableNetworkError(f"the inputs or the first layer may overflow in {first.format.name}")
    if first.narrow is not None and not float(np.max(np.concatenate(terms))) < first.narrow.largest / 2:
        raise UnprovableNetworkError(f"the inputs or the first layer may overflow in {first.narrow.name}")
    return Domain(first, norm, reach, error, twin_error, swing, lower, upper, products, input_upper)


def largest_reach(first: FirstLayer, seen: Extremes, norm: float, wanted: float) -> float:
    """Return a radius ≤ `wanted` at which no coordinate is clipped, by a few steps from above (0 if none is found)."""
    for factor in (1.0, 0.98, 0.95, 0.9, 0.8, 0.7):
        try:
            domain_within(first, seen, norm, wanted * factor)
        except UnprovableNetworkError:
            continue
        return wanted * factor
    return 0.0


def vector_norm_upper(v: FloatArray) -> float:
    """Return an upper bound on `‖v‖_2`."""
    return up(float(row_norms_upper(v[None, :], 2.0)[0]))


def domain_reaching(
    first: FirstLayer,
    points: FloatArray,
    ball: tuple[float, float],
    reach: float | None = None,
    rows: IntArray | None = None,
) -> Domain:
    """Return what is known on the balls `B_p(x_i, reach)`, of those `rows` only if any are named; `ball = (radius, p)`.

    Without `reach` it goes as far as the first layer allows beyond `radius`, up to NEAR radii, so that larger radii can be
    reported. Raises UnprovableNetworkError when the first ReLU may clip on a ball of `radius`.
    """
    (radius, norm), seen = ball, Extremes.of(first, points, rows)
    return domain_within(first, seen, norm, reach or max(radius, largest_reach(first, seen, norm, NEAR * radius)))


def clip_radius_lower(first: FirstLayer, points: FloatArray, norm: float) -> FloatArray:
    """Return lower bounds `(n,)` on the radii at which the first ReLU clips, in real arithmetic; 0 where it does at once.

    `min_l (T x + b)_l / ‖T_l‖_q`, infinite where no coordinate depends on x.
    """
    largest = np.max(by_chunks(lambda rows: np.abs(rows).max(axis=0, initial=0.0), points), axis=0)
    error = image_error_upper(first, largest)
    lipschitz = row_norms_upper(first.T, dual_exponent(norm))

    def room(rows: FloatArray) -> FloatArray:
        images = rows @ first.T.T + first.b
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(lipschitz > 0, (images - error) / lipschitz, np.inf).min(axis=1))

    radii: FloatArray = np.maximum(np.concatenate(by_chunks(room, points)) / SLOP, 0.0)
    return radii


def reaches(wanted: FloatArray, clip: FloatArray) -> FloatArray:
    """Return, per sample, a reach a little above its wanted radius or just below where its ball clips; 0: none."""
    open_rows = np.isfinite(wanted) & (wanted > 0) & (clip > 0)
    return np.where(open_rows, np.minimum(wanted * (1 + 2.0**-10), clip * (1 - 2.0**-12)), 0.0)
