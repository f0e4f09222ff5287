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
        return SpanCoordinates(np.ascontiguousarray(self._centred(rows) @ self.basis.T), self.basis, self.data.labels[rows])

    def _centred(self, rows: IntArray) -> FloatArray:
        """Return `(x_i − mean)/δ` of some samples, in one new array."""
        points = self.data.points[rows]
        points -= self.centre
        points /= self.delta
        return points

    def differences(self, pairs: IntArray) -> FloatArray:
        """Return `u_ij/δ` in span coordinates, (n, r), for an (n, 2) array of rows."""
        points = self.data.points
        return np.asarray(((points[pairs[:, 0]] - points[pairs[:, 1]]) / self.delta) @ self.basis.T)


def affine_span(data: Dataset, delta: float) -> AffineSpan:
    """Return the span of the data, lengths in units of `delta > 0`."""
    centre = data.points.mean(axis=0)
    return AffineSpan(data, delta, principal_directions(data.points, centre, delta), centre)


def span_coordinates(data: Dataset, delta: float) -> SpanCoordinates:
    """Return the data in span coordinates in units of `delta > 0`."""
    return affine_span(data, delta).coordinates_of(np.arange(data.n_samples))


def principal_directions(points: FloatArray, centre: FloatArray, delta: float) -> FloatArray:
    """Return orthonormal rows (r, d) that span the `(x_i − centre)/delta`, in decreasing order of variance.

    The sign of each row makes its largest entry positive, so that equal data have equal bases. Of more samples than features
    no copy is made.
    """
    tall = _triangle(points, centre, delta) if points.shape[0] > points.shape[1] else (points - centre) / delta
    _, s, Vt = np.linalg.svd(tall, full_matrices=False)
    r = int((s > max(points.shape) * np.finfo(np.float64).eps * s[0]).sum())
    rows = Vt[:r]
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)
    return np.ascontiguousarray(rows * np.where(largest < 0.0, -1.0, 1.0))


def _triangle(points: FloatArray, centre: FloatArray, delta: float) -> FloatArray:
    """Return a square R with `RᵀR = XᵀX`, X the centred rows: by blocks side by side, then of the stacked R's."""
    height = max(HEIGHT, 2 * points.shape[1])
    starts = range(0, len(points), height)
    stacked = np.concatenate(side_by_side(lambda a: _r_factor((points[a : a + height] - centre) / delta), starts))
    return _r_factor(stacked) if len(starts) > 1 else stacked


def _r_factor(rows: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.qr(rows, mode="r"))
