"""Width one is too narrow when a sample lies between two of another class (docs/theory.md, T3' for k = 1)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.lower_bounds.geometric import GeometricCertificate
from logwidth.certify.lower_bounds.topology.covered import length_within
from logwidth.dataset import Dataset
from logwidth.norms import norm_name
from logwidth.rounding import fraction

NEAREST = 24
TRIED = 400


@dataclass(frozen=True, repr=False)
class LineCertificate(GeometricCertificate):
    """Sample `middle` is within `radius` of the point `(1 − share) x_first + share x_second` of another class's two samples.

    Then no network of width 1 is right on the balls of this radius. *Proof.* Such a network is `g(⟨w, x⟩)` with g a
    composition of monotone functions of one variable, hence monotone. Let e be the difference of `x_middle` and the point
    on the segment, `‖e‖_p ≤ radius`. Then `a = x_first + e` and `b = x_second + e` lie in their balls, `x_middle` on the
    segment [a, b], so `g` there lies between `f(a)` and `f(b)`, which are the same label, another than `f(x_middle)`. ∎
    """

    norm: float
    radius: float
    middle: int
    first: int
    second: int
    share: float
    data_sha256: str

    FORMAT = "logwidth line certificate 1"
    width_lower = 2

    @property
    def claim(self) -> str:
        """The theorem in words."""
        return (
            f"no network of width 1 is right on all l{norm_name(self.norm)} balls of radius {self.radius!r}: "
            f"sample {self.middle} lies between samples {self.first} and {self.second}, which have another label"
        )

    @property
    def rows(self) -> tuple[int, int, int]:
        """The sample in between and the two around it."""
        return self.middle, self.first, self.second

    @property
    def evidence(self) -> str:
        """Where the samples lie, in a few words."""
        return f"sample {self.middle} between {self.first} and {self.second}"


def find_line(data: Dataset, radius: float, norm: float) -> LineCertificate | None:
    """Return a certificate that width 1 is too small, or None if none was found among near samples of other classes.

    The search is a heuristic in floats; what it finds is checked exactly.
    """
    for middle in range(min(data.n_samples, TRIED)):
        for first, second, share in _candidates(data, middle, radius):
            found = LineCertificate(norm, radius, middle, first, second, share, data.sha256)
            if not check_line(found, data):
                return found
    return None


def _candidates(data: Dataset, middle: int, radius: float) -> list[tuple[int, int, float]]:
    """Pairs of one other class whose segment passes within about `radius` of the sample, in ℓ2."""
    found = []
    gaps = data.points - data.points[middle]
    distances = np.linalg.norm(gaps, axis=1)
    for label in range(data.n_classes):
        if label == data.labels[middle]:
            continue
        rows = np.flatnonzero(data.labels == label)
        rows = rows[np.argsort(distances[rows], kind="stable")[:NEAREST]]
        share, missed = _nearest_on_segments(gaps[rows])
        hits = np.argwhere((share > 0) & (share < 1) & (missed <= 1.01 * radius))
        found += [(int(rows[a]), int(rows[b]), float(share[a, b])) for a, b in hits[:NEAREST]]
    return found


def _nearest_on_segments(gaps: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, per pair of rows a, b, the share τ of b in the point of [a, b] nearest to 0, and its distance."""
    gram = gaps @ gaps.T
    squares = np.diag(gram)
    lengths = squares[:, None] + squares[None, :] - 2 * gram
    share = np.clip((squares[:, None] - gram) / np.where(lengths > 0, lengths, 1.0), 0.0, 1.0)
    missed = (1 - share) ** 2 * squares[:, None] + share**2 * squares[None, :] + 2 * share * (1 - share) * gram
    return share, np.sqrt(np.maximum(missed, 0.0))


def check_line(certificate: LineCertificate, data: Dataset) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data`, decided in exact rationals."""
    problems = certificate.misfits(data)
    if problems:
        return problems
    rows = certificate.rows
    middle, first, second = (int(data.labels[row]) for row in rows)
    if first != second or first == middle:
        return (f"samples {rows[1]} and {rows[2]} must share a label that sample {rows[0]} does not have",)
    if not 0.0 < certificate.share < 1.0:
        return ("the share must lie between 0 and 1",)
    share = fraction(certificate.share)
    gaps = [
        abs((1 - share) * fraction(a) + share * fraction(b) - fraction(x))
        for x, a, b in zip(*(data.points[row] for row in rows), strict=True)
    ]
    if not length_within(gaps, fraction(certificate.radius), certificate.norm):
        return ("the sample is farther from the segment than the radius",)
    return ()
