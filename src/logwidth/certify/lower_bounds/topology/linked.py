"""Width 3 is too narrow when rings of balls of two classes are linked in space: found and checked (T18)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components
from scipy.spatial import KDTree

from logwidth.certify.lower_bounds.geometric import GeometricCertificate
from logwidth.certify.lower_bounds.topology.covered import exact_point, is_segment_covered, one_per_cell, varying_features
from logwidth.certify.lower_bounds.topology.parity import are_linked
from logwidth.dataset import Dataset
from logwidth.norms import norm_name
from logwidth.rounding import fraction
from logwidth.types import FloatArray, IntArray

MOST_EDGES = 20_000
MOST_WORK = 10**8  # pairs of an edge and an edge of a ring, some ten seconds of all classes together
MOST_RINGS = 200  # of one class that are tried, those closed by the shortest edges first


@dataclass(frozen=True, repr=False)
class LinkCertificate(GeometricCertificate):
    """Two closed polygons through samples `first` of one class and `second` of another have an odd linking number in R³.

    Balls of `radius` cover the edges of both. Then no network whose hidden widths are all at most 3 is right on the balls:
    it would, but for an arbitrarily small change, bend space so that a plane parts the polygons (T18).
    """

    norm: float
    radius: float
    first: tuple[int, ...]
    second: tuple[int, ...]
    data_sha256: str

    FORMAT = "logwidth link certificate 1"
    width_lower = 4

    @property
    def claim(self) -> str:
        """The theorem in words."""
        return (
            f"no network of width 3 is right on all l{norm_name(self.norm)} balls of radius {self.radius!r}: rings of "
            f"balls around {len(self.first)} samples of one label and {len(self.second)} of another are linked"
        )

    @property
    def rows(self) -> tuple[int, ...]:
        """The samples of both rings."""
        return self.first + self.second

    @property
    def evidence(self) -> str:
        """Where the samples lie, in a few words."""
        return f"linked rings of {len(self.first)} and {len(self.second)} samples"


def check_linked(certificate: LinkCertificate, data: Dataset) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data`, decided in exact rationals."""
    problems = certificate.misfits(data)
    if problems:
        return problems
    features = varying_features(data)
    if len(features) != 3:
        return (f"rings are linked in three features that vary, not in {len(features)}",)
    rings = certificate.first, certificate.second
    labels = [{int(data.labels[row]) for row in ring} for ring in rings]
    if len(labels[0]) != 1 or len(labels[1]) != 1 or labels[0] == labels[1]:
        return ("each ring must have one label, and not both the same",)
    first, second = ([exact_point(data.points[row, features]) for row in ring] for ring in rings)
    radius = fraction(certificate.radius)
    for ring in (first, second):
        for n, corner in enumerate(ring):
            if not is_segment_covered(ring[n - 1], corner, radius, certificate.norm):
                return (f"the balls around both ends do not cover edge {n} of a ring",)
    if not are_linked(first, second):
        return ("the rings are not shown to be linked",)
    return ()


def find_linked(data: Dataset, radius: float, norm: float) -> LinkCertificate | None:
    """Return a certificate that width 3 is too small, or None if no linked rings were found.

    Looked for where 3 features vary. A graph joins samples of a class whose balls cover the segment between them; rings are
    the cycles that an edge closes in a spanning forest, without edges that shorter ones make redundant. The search runs in
    floats; what it finds is checked exactly.
    """
    features = varying_features(data)
    if len(features) != 3:
        return None
    points = data.points[:, features]
    graphs = [_Graph.of(points, np.flatnonzero(data.labels == label), radius, norm) for label in range(data.n_classes)]
    work = 0
    for here, graph in enumerate(graphs):
        for ring in graph.rings():
            for other in graphs[here + 1 :]:
                work += len(ring) * len(other.edges)
                if work > MOST_WORK:
                    return None
                second = other.linked_with(points[ring])
                if second is not None:
                    rows = tuple(ring.tolist()), tuple(second.tolist())
                    found = LinkCertificate(norm, radius, *rows, data.sha256)
                    if not check_linked(found, data):
                        return found
    return None


@dataclass(frozen=True, eq=False)
class _Graph:
    """Samples `rows` of a class, edges (a, b) as rows of the data, and the forest: each sample's parent, −1 at a root."""

    points: FloatArray
    edges: IntArray
    parents: IntArray

    @classmethod
    def of(cls, points: FloatArray, rows: IntArray, radius: float, norm: float) -> "_Graph":
        edges = np.empty((0, 2), dtype=np.int64)
        if len(rows) > 2:
            tree = KDTree(points[rows])
            reach = 2.0 * radius * (1.0 + 1e-12)
            if tree.count_neighbors(tree, reach, p=norm) > 2 * MOST_EDGES + len(rows):
                rows = one_per_cell(points, rows, radius)
                tree = KDTree(points[rows])
            if tree.count_neighbors(tree, reach, p=norm) <= 2 * MOST_EDGES + len(rows):
                edges = rows[tree.query_pairs(reach, p=norm, output_type="ndarray")].astype(np.int64)
        edges = _needed(points, edges, radius)
        return cls(points, edges, _forest(len(points), edges))

    def rings(self) -> Iterator[IntArray]:
        """Yield the samples of the cycles that edges outside the forest close."""
        for a, b in self._closing()[:MOST_RINGS]:
            yield self._ring(int(a), int(b))

    def linked_with(self, ring: FloatArray) -> IntArray | None:
        """Return the samples of a cycle that crosses the cone over a ring an odd number of times, None if none does."""
        if not len(self.edges):
            return None
        crossings = np.zeros(len(self.edges), dtype=np.int64)
        apex = ring[0] + np.array([0.31, 0.17, 0.23]) * np.ptp(ring)
        starts, ends = self.points[self.edges[:, 0]], self.points[self.edges[:, 1]]
        for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
            crossings += _crossed(apex, a, b, starts, ends)
        odd = {(int(a), int(b)) for (a, b), count in zip(self.edges, crossings, strict=True) if count % 2}
        for a, b in self._closing():
            found = self._ring(int(a), int(b)).tolist()
            steps = zip(found, [*found[1:], found[0]], strict=True)
            if sum((x, y) in odd or (y, x) in odd for x, y in steps) % 2:
                return np.array(found)
        return None

    def _closing(self) -> IntArray:
        a, b = self.edges[:, 0], self.edges[:, 1]
        return np.asarray(self.edges[(self.parents[a] != b) & (self.parents[b] != a)])

    def _ring(self, a: int, b: int) -> IntArray:
        up, down = self._to_root(a), self._to_root(b)
        while len(up) > 1 and len(down) > 1 and up[-2] == down[-2]:
            up.pop()
            down.pop()
        return np.array(up + down[-2::-1])

    def _to_root(self, row: int) -> list[int]:
        path = [row]
        while self.parents[path[-1]] >= 0:
            path.append(int(self.parents[path[-1]]))
        return path


def _needed(points: FloatArray, edges: IntArray, radius: float) -> IntArray:
    """Return the edges, shortest first, without those that close a covered triangle with two shorter ones.

    The cycle that such an edge closes bounds, up to cycles of shorter edges, a surface that balls of the class cover.
    """
    lengths = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    order = np.argsort(lengths, kind="stable")
    near: dict[int, set[int]] = {}
    kept = []
    for a, b in edges[order].tolist():
        shared = near.setdefault(a, set()) & near.setdefault(b, set())
        near[a].add(b)
        near[b].add(a)
        if not any(_within_one_ball(points[[a, b, c]], radius) for c in shared):
            kept.append((a, b))
    return np.array(kept, dtype=np.int64).reshape(-1, 2)


def _within_one_ball(triangle: FloatArray, radius: float) -> bool:
    """Whether the smallest ball around a triangle, whose first edge is its longest, has at most the radius, in ℓ2."""
    a, b, c = triangle
    longest = float(np.linalg.norm(b - a))
    if float(np.linalg.norm(c - (a + b) / 2.0)) <= longest / 2.0:
        return longest <= 2.0 * radius
    area = float(np.linalg.norm(np.cross(b - a, c - a)))
    return longest * float(np.linalg.norm(c - a)) * float(np.linalg.norm(c - b)) <= 2.0 * radius * area


def _forest(n: int, edges: IntArray) -> IntArray:
    """Return each sample's parent in a spanning forest, −1 at a root: breadth first from an extra root of all roots."""
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    roots = np.unique(connected_components(graph, directed=False)[1], return_index=True)[1]
    ends = np.concatenate([edges, np.column_stack([roots, np.full(len(roots), n)])])
    whole = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n + 1, n + 1)).tocsr()
    parents = breadth_first_order(whole, n, directed=False)[1].astype(np.int64)[:n]
    parents[roots] = -1
    return np.asarray(parents)


def _crossed(apex: FloatArray, a: FloatArray, b: FloatArray, starts: FloatArray, ends: FloatArray) -> IntArray:
    """Return for every segment whether it crosses the triangle `apex, a, b`, in floats."""
    normal = np.cross(a - apex, b - apex)
    parted = np.sign((starts - apex) @ normal) != np.sign((ends - apex) @ normal)
    along = ends - starts
    turns = [
        np.sign(np.einsum("ij,ij->i", along, np.cross(p - starts, q - starts))) for p, q in ((apex, a), (a, b), (b, apex))
    ]
    return np.asarray(parted & (turns[0] == turns[1]) & (turns[1] == turns[2]), dtype=np.int64)
