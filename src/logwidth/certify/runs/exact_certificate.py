"""The certificate of a network of exact numbers: no float model, no rounding."""

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.exact_networks.reader import StoredExactNetwork, constants_on_balls
from logwidth.certify.outcome import Outcome
from logwidth.certify.sealed import check_canonical, seal, unseal
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.network import outputs_exactly
from logwidth.rounding import fraction
from logwidth.types import FloatArray, Progress, silent

FORMAT = "logwidth exact certificate 1"
ARITHMETIC = "exact: the stored numbers and all results are rationals of any length, and nothing is rounded"


@dataclass(frozen=True, eq=False)
class ExactCertificate:
    """For which ℓ2 balls of `radius` the stored network returns 1 + the class of the sample at every real point.

    `status` `(N,)` holds an :class:`Outcome` per sample. `network_sha256` is the digest of the bytes of `network.json`.
    """

    radius: float
    status: NDArray[np.int8]
    data_sha256: str
    network_sha256: str

    @property
    def claim(self) -> str:
        """The theorem in words."""
        return (
            f"for every sample i with status 0 and every real x with ||x - x_i||_2 <= {self.radius!r}, the network returns, "
            "in exact arithmetic, 1 + the index of the class of x_i"
        )

    def count(self, outcome: Outcome) -> int:
        """Return the number of samples with this outcome."""
        return int((self.status == outcome).sum())

    @property
    def holds(self) -> bool:
        """Whether every ball is certified."""
        return self.count(Outcome.CERTIFIED) == self.status.size

    def to_json(self) -> str:
        """Return the certificate as JSON with a digest of its own content."""
        return seal(self._body(), indent=1)

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "claim": self.claim,
            "arithmetic": ARITHMETIC,
            "norm": "2",
            "radius": self.radius,
            "status": self.status.tolist(),
            "data_sha256": self.data_sha256,
            "network_sha256": self.network_sha256,
        }

    @classmethod
    def from_json(cls, content: bytes) -> "ExactCertificate":
        """Return the certificate that a file's bytes hold; InputError or AlteredCertificateError where they hold none."""
        body = unseal(content.decode(errors="replace"), "certificate.json", (FORMAT,))
        radius, status = body.get("radius"), body.get("status")
        digests = [str(body.get(name)) for name in ("data_sha256", "network_sha256")]
        whole = isinstance(status, list) and all(type(s) is int and s in set(Outcome) for s in status)
        if not (isinstance(radius, float) and 0 < radius < np.inf and whole):
            raise InputError("certificate.json is not a complete certificate")
        found = cls(radius, np.array(status, dtype=np.int8), *digests)
        check_canonical(body, found._body(), "certificate.json")
        return found


def certify_exactly(
    stored: StoredExactNetwork, content: bytes, data: Dataset, radius: float, progress: Progress | None = None
) -> ExactCertificate:
    """Return what is proven of the balls of `radius` around the data, for the network read from the bytes `content`.

    A sample whose own label is not returned is falsified, whatever its ball. Raises InputError for other features.
    """
    report = progress or silent
    points = rationals(data.points)
    if data.n_features != stored.network.n_inputs:
        raise InputError(f"the network takes {stored.network.n_inputs} features, the data have {data.n_features}")
    found = constants_on_balls(stored.network, points, fraction(radius), lambda share: report("proving every ball", share))
    status = np.full(data.n_samples, Outcome.UNDECIDED, dtype=np.int8)
    open_rows = [i for i, value in enumerate(found) if value is None]
    values = dict(zip(open_rows, outputs_exactly(stored.network, [points[i] for i in open_rows]), strict=True))
    for i, label in enumerate(data.labels.tolist()):
        value = found[i] if found[i] is not None else values[i]
        if value != 1 + label:
            status[i] = Outcome.FALSIFIED
        elif found[i] is not None:
            status[i] = Outcome.CERTIFIED
    return ExactCertificate(float(radius), status, data.sha256, hashlib.sha256(content).hexdigest())


def rationals(points: FloatArray) -> list[list[Fraction]]:
    """Return the numbers that floats `(N, d)` are."""
    return [[Fraction(x) for x in row] for row in points.tolist()]
