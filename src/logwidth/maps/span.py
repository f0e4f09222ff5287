"""The data as the search sees them: coordinates in their affine span, in units of the separation."""

from dataclasses import dataclass

import numpy as np

from logwidth.compute.threads import side_by_side
from logwidth.dataset import Dataset
from logwidth.types import FloatArray, IntArray

HEIGHT = 4096


@dataclass(frozen=True, eq=False)
class SpanCoordinates:
    """Coordinates `(x_i − mean) Bᵀ / δ` (N, r), the orthonormal `basis` B (r, d), and the labels.

    B spans the differences of the data up to `max(N, d)` ulps of the largest singular value; its rows are the
    principal directions, in decreasing order of variance. Computed in float64 without a bound: what the search
    finds here is checked elsewhere, on the data themselves.
    """

    coordinates: FloatArray
    basis: FloatArray
    labels: IntArray

    @property
    def dimension(self) -> int:
        """Dimension r of the affine span."""
        return int(self.basis.shape[0])

    def differences(self, pairs: IntArray) -> FloatArray:
        """Return `u_ij/δ` in span coordinates, (n, r), for an (n, 2) array of pairs."""
        return self.coordinates[pairs[:, 0]] - self.coordinates[pairs[:, 1]]

    def lift(self, frame: FloatArray) -> FloatArray:
        """Return the (k, d) map of an orthonormal (r, k) frame."""
        return np.ascontiguousarray(frame.T @ self.basis)

    def lower(self, matrix: FloatArray) -> FloatArray:
        """Return the (r, k) coordinates of a (k, d) map's rows; what lies outside the span is dropped."""
        return np.ascontiguousarray(self.basis @ matrix.T)


@dataclass(frozen=True, eq=False)
class AffineSpan:
    """The affine span of all the data, and the coordinates of any of the samples in it."""

    data: Dataset
    delta: float
    basis: FloatArray
    centre: FloatArray

    def coordinates_of(self, rows: IntArray) -> SpanCoordinates:
        """Return the coordinates of some samples, in the order of `rows`."""
        centred = (self.data.points[rows] - self.centre) / self.delta
        return SpanCoordinates(np.ascontiguousarray(centred @ self.basis.T), self.basis, self.data.labels[rows])

    def differences(self, pairs: IntArray) -> FloatArray:
        """Return `u_ij/δ` in span coordinates, (n, r), for an (n, 2) array of rows."""
        points = self.data.points
        return np.asarray(((points[pairs[:, 0]] - points[pairs[:, 1]]) / self.delta) @ self.basis.T)


def affine_span(data: Dataset, delta: float) -> AffineSpan:
    """Return the span of the data, lengths in units of `delta > 0`."""
    centre = data.points.mean(axis=0)
    return AffineSpan(data, delta, principal_directions((data.points - centre) / delta), centre)


def span_coordinates(data: Dataset, delta: float) -> SpanCoordinates:
    """Return the data in span coordinates in units of `delta > 0`."""
    return affine_span(data, delta).coordinates_of(np.arange(data.n_samples))


def principal_directions(centred: FloatArray) -> FloatArray:
    """Return orthonormal rows (r, d) that span the rows of `centred`, in decreasing order of variance.

    The sign of each row makes its largest entry positive, so that equal data have equal bases.
    """
    tall = _triangle(centred) if centred.shape[0] > centred.shape[1] else centred
    _, s, Vt = np.linalg.svd(tall, full_matrices=False)
    r = int((s > max(centred.shape) * np.finfo(np.float64).eps * s[0]).sum())
    rows = Vt[:r]
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)
    return np.ascontiguousarray(rows * np.where(largest < 0.0, -1.0, 1.0))


def _triangle(centred: FloatArray) -> FloatArray:
    """Return a square R with `RᵀR = XᵀX`: by blocks of rows side by side on the cores, then of the stacked R's."""
    height = max(HEIGHT, 2 * centred.shape[1])
    parts = [centred[a : a + height] for a in range(0, len(centred), height)]
    stacked = np.concatenate(side_by_side(_r_factor, parts))
    return _r_factor(stacked) if len(parts) > 1 else stacked


def _r_factor(rows: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.qr(rows, mode="r"))
