"""Width d is too narrow when balls of one class enclose a sample of another: found and checked (T18)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, KDTree, QhullError

from logwidth.certify.lower_bounds.geometric import GeometricCertificate
from logwidth.certify.lower_bounds.topology.covered import exact_point, is_simplex_covered, one_per_cell, varying_features
from logwidth.certify.lower_bounds.topology.parity import is_closed, is_enclosed
from logwidth.dataset import Dataset
from logwidth.norms import norm_name
from logwidth.rounding import fraction
from logwidth.types import BoolArray, FloatArray, IntArray

DIMENSIONS = range(2, 5)
MOST_SAMPLES = {2: 100_000, 3: 30_000, 4: 3_000}  # per class, by dimension: seconds of a triangulation
TRIED = 8


@dataclass(frozen=True, repr=False)
class EnclosureCertificate(GeometricCertificate):
    """Balls of one class around the corners of `faces`, a closed surface in d features that vary, enclose sample `inside`.

    `faces` hold d samples each. Then no network whose hidden widths are all at most d is right on the balls of this radius
    (T3': the part of space around the sample that the surface bounds is a bounded open set with a covered boundary).
    """

    norm: float
    radius: float
    inside: int
    faces: tuple[tuple[int, ...], ...]
    data_sha256: str

    FORMAT = "logwidth enclosure certificate 1"

    @property
    def width_lower(self) -> int:
        """The least width that is not excluded: one more than the features that vary."""
        return len(self.faces[0]) + 1

    @property
    def claim(self) -> str:
        """The theorem in words."""
        return (
            f"no network of width {self.width_lower - 1} is right on all l{norm_name(self.norm)} balls of radius "
            f"{self.radius!r}: {len(self.faces)} faces that balls of another label cover enclose sample {self.inside}"
        )

    @property
    def rows(self) -> Iterator[int]:
        """The enclosed sample and the corners of all faces."""
        return chain((self.inside,), *self.faces)

    @property
    def evidence(self) -> str:
        """Where the samples lie, in a few words."""
        return f"sample {self.inside} inside {len(self.faces)} faces of another class"


def check_enclosed(certificate: EnclosureCertificate, data: Dataset) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data`, decided in exact rationals."""
    problems = certificate.misfits(data)
    if problems:
        return problems
    features = varying_features(data)
    faces = certificate.faces
    if len(features) not in DIMENSIONS or any(len(face) != len(features) for face in faces):
        return (f"every face must have as many corners as features vary, {len(features)}, and these be 2, 3 or 4",)
    corners = sorted({row for face in faces for row in face})
    labels = {int(data.labels[row]) for row in corners}
    if len(labels) != 1 or int(data.labels[certificate.inside]) in labels:
        return (f"the corners must share a label that sample {certificate.inside} does not have",)
    points = {row: exact_point(data.points[row, features]) for row in (*corners, certificate.inside)}
    surface = [[points[row] for row in face] for face in faces]
    radius = fraction(certificate.radius)
    bare = next((n for n, face in enumerate(surface) if not is_simplex_covered(face, radius, certificate.norm)), None)
    found = {
        f"the balls around its corners are not shown to cover face {bare}": bare is None,
        "the faces are not a closed surface: some side belongs to an odd number of them": is_closed(faces),
        f"sample {certificate.inside} is not shown to be inside the faces": is_enclosed(points[certificate.inside], surface),
    }
    return tuple(problem for problem, holds in found.items() if not holds)[:1]


def find_enclosed(data: Dataset, radius: float, norm: float) -> EnclosureCertificate | None:
    """Return a certificate that d features need more than d units, or None if no enclosed sample was found.

    Looked for in 2, 3 and 4 features that vary: the Delaunay triangulation of a class falls into parts that no uncovered
    face connects. A sample of another class in a part that does not reach the outside is enclosed by its covered faces. The
    search runs in floats; what it finds is checked exactly.
    """
    features = varying_features(data)
    if len(features) not in DIMENSIONS:
        return None
    for label in range(data.n_classes):
        rows = _crowded(data.points[:, features], np.flatnonzero(data.labels == label), radius, norm)
        if len(features) < len(rows) <= MOST_SAMPLES[len(features)]:
            for inside, faces in _parts(data.points[:, features], data.labels, label, rows, radius, norm):
                found = EnclosureCertificate(norm, radius, inside, faces, data.sha256)
                if not check_enclosed(found, data):
                    return found
    return None


def _crowded(points: FloatArray, rows: IntArray, radius: float, norm: float) -> IntArray:
    """Return the samples with d others of the class within twice the radius, the fewest that a closed surface asks for.

    A corner of a closed surface has at least d neighbours; the balls of a covered face have a common point. Of too many
    samples one a cell of a grid is taken.
    """
    dimension = points.shape[1]
    if len(rows) <= dimension:
        return rows[:0]
    far = np.asarray(KDTree(points[rows]).query(points[rows], [dimension + 1], p=norm)[0])[:, 0]
    rows = np.asarray(rows[far <= 2.0 * radius * (1.0 + 1e-9)])
    return rows if len(rows) <= MOST_SAMPLES[dimension] else one_per_cell(points, rows, radius)


def _parts(
    points: FloatArray, labels: IntArray, label: int, rows: IntArray, radius: float, norm: float
) -> Iterator[tuple[int, tuple[tuple[int, ...], ...]]]:
    """Yield samples of other classes with the faces of the part that holds them, smallest parts first."""
    try:
        mesh = Delaunay(points[rows])
    except QhullError:  # the class lies in a plane
        return
    neighbors = mesh.neighbors.astype(np.int64)
    covered = _covered_faces(points[rows], mesh, radius, norm)
    parts, outer = _components(neighbors, covered)
    others = np.flatnonzero(labels != label)
    homes = mesh.find_simplex(points[others])
    held = np.flatnonzero(homes >= 0)
    held = held[~outer[parts[homes[held]]]]
    sizes = np.bincount(parts)[parts[homes[held]]]
    for which in held[np.argsort(sizes, kind="stable")][:TRIED]:
        part = parts == parts[homes[which]]
        beyond = (neighbors < 0) | (parts[neighbors] != parts[homes[which]])
        sides = np.argwhere(part[:, None] & beyond)
        faces = (np.delete(mesh.simplices[simplex], corner) for simplex, corner in sides)
        yield int(others[which]), tuple(tuple(sorted(rows[face].tolist())) for face in faces)


def _covered_faces(points: FloatArray, mesh: Delaunay, radius: float, norm: float) -> BoolArray:
    """Return for every simplex and corner whether the face opposite to the corner is about covered by its corners' balls."""
    dimension = points.shape[1]
    covered = np.zeros(mesh.simplices.shape, dtype=bool)
    for corner in range(dimension + 1):
        corners = points[np.delete(mesh.simplices, corner, axis=1)]
        if dimension == 2:
            reach = np.linalg.norm(corners[:, 1] - corners[:, 0], ord=norm, axis=1) / 2.0
        else:
            reach = _smallest_balls(corners) * (1.0 if norm >= 2.0 else math.sqrt(dimension))
        covered[:, corner] = reach <= radius * (1.0 + 1e-12)
    return covered


def _smallest_balls(corners: FloatArray) -> FloatArray:
    """Return upper bounds on the radii of the smallest balls around some points each, (n, m, d), good for few points."""
    centre = corners.mean(axis=1)
    radii = _farthest(corners, centre)
    for first in range(corners.shape[1]):
        for second in range(first):
            radii = np.minimum(radii, _farthest(corners, (corners[:, first] + corners[:, second]) / 2.0))
    for some in _thirds(corners.shape[1]):
        radii = np.minimum(radii, _farthest(corners, _circumcentres(corners[:, some])))
    return radii


def _thirds(n: int) -> list[list[int]]:
    whole = list(range(n))
    return [whole, *([[i for i in whole if i != left] for left in whole] if n > 3 else [])] if n > 2 else []


def _circumcentres(corners: FloatArray) -> FloatArray:
    """Return the points of the affine hulls that are equally far from all corners; nan where there is none."""
    steps = corners[:, 1:] - corners[:, :1]
    gram = steps @ steps.transpose(0, 2, 1)
    flat = np.abs(np.linalg.det(gram)) < 1e-300
    gram[flat] = np.eye(gram.shape[1])
    shares = np.linalg.solve(gram, np.diagonal(gram, axis1=1, axis2=2)[..., None] / 2.0)[..., 0]
    shares[flat] = np.nan
    return np.asarray(corners[:, 0] + np.einsum("ni,nij->nj", shares, steps))


def _farthest(corners: FloatArray, centre: FloatArray) -> FloatArray:
    distances = np.linalg.norm(corners - centre[:, None], axis=2).max(axis=1)
    return np.where(np.isnan(distances), np.inf, distances)


def _components(neighbors: IntArray, covered: BoolArray) -> tuple[IntArray, BoolArray]:
    """Return each simplex's part, joined across uncovered faces, and for each part whether it reaches the outside."""
    n = len(neighbors)
    here, side = np.nonzero(~covered)
    there = neighbors[here, side]
    outside = there < 0
    graph = coo_array((np.ones(len(here), dtype=bool), (here, np.where(outside, here, there))), shape=(n, n))
    count, parts = connected_components(graph, directed=False)
    outer = np.zeros(count, dtype=bool)
    outer[parts[here[outside]]] = True
    return parts.astype(np.int64), outer
