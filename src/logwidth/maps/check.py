"""The all-pairs check that every map must pass before it counts (docs/theory.md, Fact 1)."""

import math

import numpy as np
from numpy.typing import ArrayLike

from logwidth.compute.threads import side_by_side
from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.errors import InputError
from logwidth.maps.preserving import PreservingMap
from logwidth.maps.quotient import quotient_distance_lower
from logwidth.norms import norm_name, parse_norm
from logwidth.rounding import BINARY64, down, gamma_upper, up
from logwidth.separation import NearestOpposite, Separation, nearest_opposite, separation
from logwidth.types import FloatArray, Progress, silent

DEFECT_LIMIT = 1e-6
CHUNK = 1 << 18  # entries of the points that are mapped at a time
BEYOND = 1e-6  # so much farther than the closest known pair images are looked for: more than rounding needs


@of_data
def check_map(
    data: Dataset, matrix: ArrayLike, *, norm: object = 2, method: str = "given", separation: Separation | None = None
) -> PreservingMap:
    """Return `matrix` as a PreservingMap, its numbers recomputed from all opposite pairs.

    With `z_i = fl(T fl(x_i − c))` and `‖z_i − T(x_i − c)‖_2 ≤ e`, for every opposite pair
    `‖T u_ij‖_2 ≥ ‖z_i − z_j‖_2 − 2e`, and the quotient norm of Fact 1 is at least `‖T u_ij‖_2 / ‖T‖_2`.
    Guarantee: `distance_lower` and `ratio_lower` of the result are lower bounds for the stored matrix, with every
    rounding on the safe side; nothing is assumed about how the matrix was found. One blocked pass over all pairs
    in the k-dimensional image. Other norms: :func:`quotient_distance_lower`.

    `matrix` (k, d) must be finite, for norm 2 with rows orthonormal within 1e-6 (:func:`orthonormal_rows` makes them
    so), for other norms without zero rows. Raises InputError otherwise, and when opposite points coincide (δ = 0).
    """
    p = parse_norm(norm)
    sep = found_separation(data, p, separation)
    if p == 2.0:
        return check_with_nearest(data, matrix, sep, method)[0]
    T = frozen_features(matrix, data.n_features)
    distance, image_norm = quotient_distance_lower(data.points, data.labels, T, sep)
    return PreservingMap(T, p, distance, _ratio(distance, sep), method, image_norm)


def check_with_nearest(
    data: Dataset, matrix: ArrayLike, sep: Separation, method: str, reach: float = 0.0
) -> tuple[PreservingMap, NearestOpposite]:
    """Return what :func:`check_map` does for norm 2, and the nearest opposite images of the samples, from the same pass.

    Only images within the distance `reach`, or within the least distance of the images of neighbours if that is larger, are
    looked for: what lies beyond does not decide.
    """
    T = frozen_matrix(matrix, data.n_features)
    images = images_of(data.points, T)
    gaps = images[0] - images[0][sep.neighbor]
    reach = max(reach, math.sqrt(float(np.einsum("ij,ij->i", gaps, gaps).min())) * (1.0 + BEYOND))
    distance, nearest = image_distance_lower(images, data.labels, T, reach)
    return PreservingMap(T, 2.0, distance, _ratio(distance, sep), method, 2.0), nearest


def _ratio(distance: float, sep: Separation) -> float:
    return min(1.0, max(0.0, down(distance / sep.upper)))


def two_norm(norm: object) -> float:
    """Return 2.0 if `norm` names ℓ2; raise InputError for any other norm."""
    p = parse_norm(norm)
    if p != 2.0:
        raise InputError(f"linear maps are checked and searched for norm 2 only, not {norm_name(p)}; use norm=2")
    return p


def found_separation(data: Dataset, p: float, known: Separation | None, progress: Progress | None = None) -> Separation:
    """Return the separation of the data, computed unless `known`; raise InputError if it is not positive."""
    report = progress or silent
    sep = separation(data, norm=p, progress=lambda fraction: report("separation", fraction)) if known is None else known
    if not sep.upper > 0.0:
        raise InputError(f"points {sep.pair} coincide but have different labels; no map can keep them apart: drop one")
    return sep


def frozen_matrix(matrix: ArrayLike, n_features: int) -> FloatArray:
    """Return a read-only float64 copy of a (k, d) matrix with `1 ≤ k ≤ d` and nearly orthonormal rows."""
    T = _shaped_matrix(matrix, n_features)
    if not np.isfinite(T).all() or spectral_norm_upper(T) > 1.0 + DEFECT_LIMIT or _row_defect(T) > DEFECT_LIMIT:
        raise InputError("the rows of the map must be finite and orthonormal; pass it through orthonormal_rows first")
    T.setflags(write=False)
    return T


def frozen_features(matrix: ArrayLike, n_features: int) -> FloatArray:
    """Return a read-only float64 copy of a (k, d) matrix with `1 ≤ k ≤ d` and finite, nonzero rows."""
    T = _shaped_matrix(matrix, n_features)
    size = np.abs(T).max(axis=1)
    if not (np.isfinite(size).all() and (size > 1e-100).all() and (size < 1e100).all()):
        raise InputError("the rows of the map must be finite and nonzero; scale each to dual norm 1 and drop zero rows")
    T.setflags(write=False)
    return T


def _shaped_matrix(matrix: ArrayLike, n_features: int) -> FloatArray:
    T = np.array(matrix, dtype=np.float64, order="C")
    if T.ndim != 2 or T.shape[1] != n_features:
        raise InputError(f"the map must have shape (rank, {n_features}) for these data, not {T.shape}")
    checked_rank(T.shape[0], n_features)
    return T


def checked_rank(rank: int, n_features: int) -> int:
    """Return `rank` if `1 ≤ rank ≤ n_features`; raise InputError otherwise."""
    if not 1 <= rank <= n_features:
        raise InputError(f"the rank must be between 1 and the number of features, {n_features}, not {rank}")
    return int(rank)


def orthonormal_rows(matrix: ArrayLike) -> FloatArray:
    """Return a (k, d) matrix with the same row space and orthonormal rows (up to rounding).

    On its way through an ℓ2 ball only the row space of a map matters (Fact 1), so nothing is lost.
    """
    Q, R = np.linalg.qr(np.asarray(matrix, dtype=np.float64).T)
    signs = np.where(np.diag(R) < 0.0, -1.0, 1.0)
    return np.ascontiguousarray((Q * signs).T)


def spectral_norm_upper(T: FloatArray) -> float:
    """Return an upper bound on `‖T‖_2`: `‖T‖_2² ≤ 1 + ‖fl(T Tᵀ) − I‖_F + γ_d ‖T‖_F²`."""
    k, d = T.shape
    unit = BINARY64.unit
    squares = up(float(np.sum(T * T)) * (1.0 + gamma_upper(k * d + 1, unit)), 2)
    defect = up(_row_defect(T) * (1.0 + gamma_upper(k * k + 3, unit)), 2)
    rounding = up(gamma_upper(d, unit) * squares + k * k * d * BINARY64.tiny, 2)
    return up(math.sqrt(up(1.0 + up(defect + rounding))), 2)


def image_distance_lower(
    images: tuple[FloatArray, float], labels: np.ndarray, T: FloatArray, reach: float
) -> tuple[float, NearestOpposite]:
    """Return a lower bound on `min ‖T(x_i − x_j)‖_2 / ‖T‖_2` over opposite pairs, at least 0, and the nearest images.

    `images` are those of :func:`images_of`. A distance beyond `reach` counts as `reach`.
    """
    Z, error = images
    nearest = nearest_opposite(Z, labels, within=reach)
    kept = down(float(nearest.lower.min()) - 2.0 * error, 2)
    return max(0.0, down(kept / spectral_norm_upper(T))), nearest


def images_of(points: FloatArray, T: FloatArray) -> tuple[FloatArray, float]:
    """Return `fl(T fl(x − c))` for every point and a bound on the ℓ2 error of each row.

    Per entry `γ_{d+1} |T||x − c|` and `d` underflows; `|x − c| ≤ |fl(x − c)|/(1 − u)`, and by Cauchy–Schwarz the row
    errs by at most `γ_{d+2} ‖T‖_F ‖fl(x − c)‖_2 + k d 2^−1074`.
    """
    k, d = T.shape
    low, high = points.min(axis=0), points.max(axis=0)
    centre = 0.5 * (low + high)
    largest = float(np.maximum(high - centre, centre - low).max())  # no |fl(x − c)| is larger, as rounding is monotone
    Z, step = np.empty((len(points), k)), max(1, CHUNK // d)

    def image(start: int) -> float:
        relative = points[start : start + step] - centre
        Z[start : start + step] = relative @ T.T
        relative /= largest
        return float(np.einsum("ij,ij->i", relative, relative).max())

    radius = math.sqrt(max(side_by_side(image, range(0, len(points), step)))) * largest
    frobenius = math.sqrt(float(np.sum(T * T)))
    slack = 1.0 + gamma_upper(k * d + d + 20, BINARY64.unit)
    error = gamma_upper(d + 2, BINARY64.unit) * radius * frobenius * slack
    return Z, up(error + 4 * k * d * BINARY64.tiny, 2)


def _row_defect(T: FloatArray) -> float:
    return float(np.linalg.norm(T @ T.T - np.eye(T.shape[0])))
