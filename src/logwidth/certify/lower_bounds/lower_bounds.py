"""Lower bounds on the width, whatever their evidence: finding one beyond maps, reading one, checking one."""

from collections.abc import Callable
from typing import Any

from logwidth.certify.lower_bounds.cover.cover import CoverCertificate, check_cover
from logwidth.certify.lower_bounds.geometric import GeometricCertificate
from logwidth.certify.lower_bounds.line_bound import LineCertificate, check_line
from logwidth.certify.lower_bounds.topology.enclosed import EnclosureCertificate, check_enclosed, find_enclosed
from logwidth.certify.lower_bounds.topology.linked import LinkCertificate, check_linked, find_linked
from logwidth.certify.lower_bounds.width_bound import FORMAT as WIDTH_FORMAT
from logwidth.certify.lower_bounds.width_bound import WidthCertificate
from logwidth.certify.lower_bounds.width_proof import check_width_bound
from logwidth.certify.sealed import unseal
from logwidth.dataset import Dataset
from logwidth.rounding import check_arithmetic
from logwidth.separation import Separation

LowerBound = WidthCertificate | GeometricCertificate

GEOMETRIC: dict[type[GeometricCertificate], Callable[[Any, Dataset], tuple[str, ...]]] = {
    EnclosureCertificate: check_enclosed,
    LinkCertificate: check_linked,
    LineCertificate: check_line,
    CoverCertificate: check_cover,
}


def find_surrounded(data: Dataset, radius: float, norm: float) -> GeometricCertificate | None:
    """Return a certificate that d units are too few for d features (enclosed sample, linked rings); else None."""
    return find_enclosed(data, float(radius), norm) or find_linked(data, float(radius), norm)


def read_lower_bound(text: str) -> LowerBound:
    """Return the certificate in the text of a `width_certificate.json`.

    Raises InputError when it is not one, and AlteredCertificateError when its digest does not match.
    """
    kinds = {kind.FORMAT: kind for kind in GEOMETRIC}
    body = unseal(text, "the width certificate", (WIDTH_FORMAT, *kinds))
    return kinds[body["format"]].from_body(body) if body["format"] in kinds else WidthCertificate.from_body(body)


def check_lower_bound(certificate: LowerBound, data: Dataset, *, separation: Separation | None = None) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data`; empty if it holds.

    A GeometricCertificate is decided in exact rationals, a WidthCertificate proven again from the data
    (:func:`check_width_bound`), whose separation may be given as `separation`.

    Raises InputError for what is no lower bound, and where this process does not round to nearest.
    """
    check_arithmetic()
    check = GEOMETRIC.get(type(certificate))  # type: ignore[arg-type]
    if check is not None:
        return check(certificate, data)
    return check_width_bound(certificate, data, separation=separation)  # type: ignore[arg-type]
