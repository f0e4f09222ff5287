"""Width d is too narrow when balls of one class enclose a sample of another (docs/theory/t18-linked.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from logwidth.certify.lower_bounds.geometric import GeometricCertificate
from logwidth.certify.lower_bounds.topology.covered import exact_point, is_simplex_covered, varying_features
from logwidth.certify.lower_bounds.topology.parity import is_closed, is_enclosed
from logwidth.dataset import Dataset
from logwidth.norms import norm_name
from logwidth.rounding import fraction

DIMENSIONS = range(2, 5)


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
