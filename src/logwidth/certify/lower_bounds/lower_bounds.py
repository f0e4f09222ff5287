"""Lower bounds on the width, whatever their evidence: reading one, checking one."""

from logwidth.certify.lower_bounds.line_bound import FORMAT as LINE_FORMAT
from logwidth.certify.lower_bounds.line_bound import LineCertificate, check_line
from logwidth.certify.lower_bounds.width_bound import FORMAT as WIDTH_FORMAT
from logwidth.certify.lower_bounds.width_bound import WidthCertificate
from logwidth.certify.lower_bounds.width_check import check_width_bound
from logwidth.certify.sealed import unseal
from logwidth.dataset import Dataset
from logwidth.separation import Separation

LowerBound = WidthCertificate | LineCertificate


def read_lower_bound(text: str) -> LowerBound:
    """Return the certificate in the text of a `width_certificate.json`.

    Raises InputError when it is not one, and AlteredCertificateError when its digest does not match.
    """
    body = unseal(text, "the width certificate", (WIDTH_FORMAT, LINE_FORMAT))
    return LineCertificate.from_body(body) if body["format"] == LINE_FORMAT else WidthCertificate.from_body(body)


def check_lower_bound(certificate: LowerBound, data: Dataset, *, separation: Separation | None = None) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data`; empty if it holds.

    A LineCertificate is decided in exact rationals, a WidthCertificate proven again from the data
    (:func:`logwidth.check_width_bound`), whose separation may be given as `separation`.

    Raises InputError for what is no lower bound.
    """
    if isinstance(certificate, LineCertificate):
        return check_line(certificate, data)
    return check_width_bound(certificate, data, separation=separation)
