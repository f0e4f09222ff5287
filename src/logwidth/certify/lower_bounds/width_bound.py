"""The certificate that a rank, and so a width, is too small for given data (docs/theory.md, T1, T2), and its JSON form."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from logwidth.certify.sealed import check_canonical, seal
from logwidth.display import OneLine, up
from logwidth.errors import InputError
from logwidth.norms import norm_name, parse_norm
from logwidth.types import FloatArray, IntArray

FORMAT = "logwidth width certificate 1"


@dataclass(frozen=True, eq=False, repr=False)
class WidthCertificate(OneLine):
    """No linear map of rank ≤ `rank` (σ,p)-preserves the data for any `σ ≥ radius_excluded`: the evidence.

    `weights` (n,) on the opposite `pairs` (n, 2), rows `i < j` in increasing order, are those of T2; `ellipsoid` is
    None for ℓ2 and otherwise the matrix A, or its diagonal, of the inscribed ellipsoid. By T1 no network whose first
    layer has at most `rank` units, with no other connection from the input, robustly memorizes the data at
    such a radius: its width is at least `rank + 1`. `ratio_excluded ≤ 1` is the same in units of δ, `2σ/δ`.
    """

    norm: float
    rank: int
    radius_excluded: float
    ratio_excluded: float
    pairs: IntArray
    weights: FloatArray
    data_sha256: str
    ellipsoid: FloatArray | None = None

    def __post_init__(self) -> None:
        for array in (self.pairs, self.weights, self.ellipsoid):
            if array is not None:
                array.setflags(write=False)

    @property
    def width_lower(self) -> int:
        """The least width that is not excluded at the radius."""
        return self.rank + 1

    @property
    def claim(self) -> str:
        """The theorem in words."""
        return (
            f"for every radius s >= {self.radius_excluded!r}, no linear map of rank <= {self.rank} keeps the images of all "
            f"l{norm_name(self.norm)} balls of radius s around differently labelled samples disjoint; so no network whose "
            f"first layer has at most {self.rank} units, the only ones that see the input, is constant on each of these "
            f"balls with the right label"
        )

    @property
    def evidence(self) -> str:
        """What proves it, in a few words."""
        return f"{len(self.pairs)} weighted pairs"

    def excludes(self, radius: float) -> bool:
        """Whether rank (and first layer) ≤ `rank` is proven to be too small at this radius; False means: not decided.

        >>> empty = np.empty((0, 2), dtype=np.int64), np.empty(0)
        >>> proof = WidthCertificate(2.0, 3, 0.5, 0.9, *empty, "")
        >>> proof.excludes(0.5), proof.excludes(0.4)
        (True, False)
        """
        return radius >= self.radius_excluded

    def _line(self) -> list[str]:
        radius = f"radius {up(self.radius_excluded)} in l{norm_name(self.norm)}"
        return [
            f"width at least {self.width_lower} from {radius} on (ratio {up(self.ratio_excluded)})",
            f"{len(self.pairs):,} weighted pairs",
        ]

    def to_json(self) -> str:
        """Return the certificate as JSON with a digest of its own content."""
        return seal(self._body())

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "claim": self.claim,
            "norm": norm_name(self.norm),
            "rank": self.rank,
            "radius_excluded": self.radius_excluded,
            "ratio_excluded": self.ratio_excluded,
            "data_sha256": self.data_sha256,
            "pairs": self.pairs.tolist(),
            "weights": self.weights.tolist(),
            "ellipsoid": None if self.ellipsoid is None else self.ellipsoid.tolist(),
        }

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> "WidthCertificate":
        """Return the certificate of an unsealed JSON object; raise InputError when it is not complete.

        Raises AlteredCertificateError when its words do not say what its numbers do.
        """
        try:
            certificate = cls._from_body(body)
        except (KeyError, TypeError, ValueError, OverflowError) as problem:
            raise InputError(f"the width certificate is not complete: {problem}") from problem
        check_canonical(body, certificate._body(), "the width certificate")
        return certificate

    @classmethod
    def _from_body(cls, body: dict[str, Any]) -> "WidthCertificate":
        ellipsoid = body["ellipsoid"]
        return cls(
            norm=parse_norm(body["norm"]),
            rank=int(body["rank"]),
            radius_excluded=float(body["radius_excluded"]),
            ratio_excluded=float(body["ratio_excluded"]),
            pairs=_whole_numbers(body["pairs"]),
            weights=np.array(body["weights"], dtype=np.float64).reshape(-1),
            data_sha256=str(body["data_sha256"]),
            ellipsoid=None if ellipsoid is None else np.array(ellipsoid, dtype=np.float64),
        )


def _whole_numbers(pairs: Any) -> IntArray:
    table = np.array(pairs)
    if table.size and table.dtype != np.int64:
        raise ValueError("the pairs must be whole numbers")
    return table.astype(np.int64).reshape(len(pairs), -1)
