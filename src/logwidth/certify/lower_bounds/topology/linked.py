"""Width 3 is too narrow when rings of balls of two classes are linked in space (docs/theory/t18-linked.md)."""

from dataclasses import dataclass

from logwidth.certify.lower_bounds.geometric import GeometricCertificate
from logwidth.certify.lower_bounds.topology.covered import exact_point, is_segment_covered, varying_features
from logwidth.certify.lower_bounds.topology.parity import are_linked
from logwidth.dataset import Dataset
from logwidth.norms import norm_name
from logwidth.rounding import fraction


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
