"""Width one is too narrow when a sample lies between two of another class (docs/theory.md, T3' for k = 1)."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.sealed import check_canonical, seal
from logwidth.dataset import Dataset
from logwidth.display import OneLine, number
from logwidth.errors import InputError
from logwidth.norms import norm_name, parse_norm
from logwidth.rounding import fraction

FORMAT = "logwidth line certificate 1"
NEAREST = 24
TRIED = 400


@dataclass(frozen=True, repr=False)
class LineCertificate(OneLine):
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

    width_lower = 2

    @property
    def claim(self) -> str:
        """The theorem in words."""
        return (
            f"no network of width 1 is right on all l{norm_name(self.norm)} balls of radius {self.radius!r}: "
            f"sample {self.middle} lies between samples {self.first} and {self.second}, which have another label"
        )

    def excludes(self, radius: float) -> bool:
        """Whether width 1 is proven to be too small at this radius; False means: not decided."""
        return radius >= self.radius

    def _line(self) -> list[str]:
        return [
            f"width at least 2 at radius {number(self.radius)} in l{norm_name(self.norm)}",
            f"sample {self.middle} lies between {self.first} and {self.second}",
        ]

    def to_json(self) -> str:
        """Return the certificate as JSON with a digest of its own content."""
        return seal(self._body())

    def _body(self) -> dict[str, Any]:
        return {"format": FORMAT, "claim": self.claim, **asdict(self), "norm": norm_name(self.norm)}

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> "LineCertificate":
        """Return the certificate of an unsealed JSON object; raise InputError when it is not complete.

        Raises AlteredCertificateError when its words do not say what its numbers do.
        """
        try:
            whole = {name: int(body[name]) for name in ("middle", "first", "second")}
            radius, share = float(body["radius"]), float(body["share"])
            found = cls(parse_norm(body["norm"]), radius, **whole, share=share, data_sha256=str(body["data_sha256"]))
        except (KeyError, TypeError, ValueError, OverflowError) as problem:
            raise InputError(f"the width certificate is not complete: {problem}") from problem
        check_canonical(body, found._body(), "the width certificate")
        return found


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
    rows = (certificate.middle, certificate.first, certificate.second)
    if certificate.data_sha256 != data.sha256:
        return ("the width certificate is for other data: its digest of them differs",)
    if not all(0 <= row < data.n_samples for row in rows):
        return (f"the width certificate names samples {rows}, but samples count from 0 to {data.n_samples - 1}",)
    middle, first, second = (int(data.labels[row]) for row in rows)
    if first != second or first == middle:
        return (f"samples {rows[1]} and {rows[2]} must share a label that sample {rows[0]} does not have",)
    if not (0.0 < certificate.share < 1.0 and 0.0 < certificate.radius < float("inf")):
        return ("the share must lie between 0 and 1 and the radius be positive and finite",)
    share = fraction(certificate.share)
    gaps = [
        abs((1 - share) * fraction(a) + share * fraction(b) - fraction(x))
        for x, a, b in zip(*(data.points[row] for row in rows), strict=True)
    ]
    if not _within(gaps, fraction(certificate.radius), certificate.norm):
        return ("the sample is farther from the segment than the radius",)
    return ()


def _within(gaps: list[Fraction], radius: Fraction, norm: float) -> bool:
    """Return whether `‖gaps‖_p ≤ radius`, exactly for p ∈ {1, 2, ∞}; other p by the larger ℓ1 or ℓ2 norm."""
    if np.isinf(norm):
        return max(gaps) <= radius
    if norm >= 2.0:
        return sum((g * g for g in gaps), Fraction(0)) <= radius * radius
    return sum(gaps, Fraction(0)) <= radius
