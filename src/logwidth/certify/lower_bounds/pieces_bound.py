"""The certificate that no network of scores on a map has fewer pieces (docs/theory.md, T12), and its JSON form."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from logwidth.certify.sealed import check_canonical, seal, unseal
from logwidth.display import OneLine, number
from logwidth.errors import InputError
from logwidth.types import FloatArray, IntArray

FORMAT = "logwidth pieces certificate 1"


@dataclass(frozen=True, eq=False, repr=False)
class PiecesCertificate(OneLine):
    """Per class samples no two of which one piece can serve: the evidence that so many pieces are needed.

    `crowds` holds the rows of each class, in increasing order. For the pair number k of all pairs of each crowd in
    lexicographic order, one crowd after the other, `between[k]` is a sample of another class: the image of its ball under
    the network's first layer meets that of the ball around the point `(1 − t) x_a + t x_b`, `t = shares[k]`.
    """

    radius: float
    crowds: tuple[IntArray, ...]
    between: IntArray
    shares: FloatArray
    data_sha256: str
    network_sha256: str

    @property
    def pieces_lower(self) -> int:
        """The least number of pieces that is not excluded."""
        return sum(len(rows) for rows in self.crowds)

    @property
    def pairs(self) -> IntArray:
        """All pairs of all crowds `(n, 2)`, in the order of `between`."""
        rows = [rows[np.column_stack(np.triu_indices(len(rows), 1))] for rows in self.crowds]
        return np.concatenate([part.reshape(-1, 2) for part in rows])

    @property
    def claim(self) -> str:
        """The theorem in words."""
        return (
            f"no network with the first layer of this one, whose labels are those of the largest of some affine scores, has "
            f"fewer than {self.pieces_lower} scores if on each l2 ball of radius {self.radius!r} one score of the right "
            f"label leads all scores of other labels"
        )

    def _line(self) -> list[str]:
        return [f"at least {self.pieces_lower:,} pieces at radius {number(self.radius)} in l2 with this first layer"]

    def to_json(self) -> str:
        """Return the certificate as JSON with a digest of its own content."""
        return seal(self.body())

    def body(self) -> dict[str, Any]:
        """Return what is written, without its digest."""
        return {
            "format": FORMAT,
            "claim": self.claim,
            "radius": self.radius,
            "crowds": [rows.tolist() for rows in self.crowds],
            "between": self.between.tolist(),
            "shares": self.shares.tolist(),
            "data_sha256": self.data_sha256,
            "network_sha256": self.network_sha256,
        }


def read_pieces_certificate(text: str) -> PiecesCertificate:
    """Return the certificate in the text of a `pieces_certificate.json`.

    Raises InputError when it is not one, and AlteredCertificateError when its digest does not match or its words do not say
    what its numbers do.
    """
    body = unseal(text, "the pieces certificate", (FORMAT,))
    try:
        certificate = _of_body(body)
    except (KeyError, TypeError, ValueError, OverflowError) as problem:
        raise InputError(f"the pieces certificate is not complete: {problem}") from problem
    check_canonical(body, certificate.body(), "the pieces certificate")
    return certificate


def _of_body(body: dict[str, Any]) -> PiecesCertificate:
    return PiecesCertificate(
        float(body["radius"]),
        tuple(_rows(rows) for rows in body["crowds"]),
        _rows(body["between"]),
        np.array(body["shares"], dtype=np.float64).reshape(-1),
        str(body["data_sha256"]),
        str(body["network_sha256"]),
    )


def _rows(values: Any) -> IntArray:
    rows = np.array(values)
    if rows.size and rows.dtype != np.int64:
        raise ValueError("rows must be whole numbers")
    return rows.astype(np.int64).reshape(-1)
