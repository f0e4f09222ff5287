"""Lower bounds on the width, whatever their evidence: reading one, checking one."""

import json

from logwidth.certify.line_bound import FORMAT as LINE_FORMAT
from logwidth.certify.line_bound import LineCertificate, check_line
from logwidth.certify.width_bound import WidthCertificate
from logwidth.certify.width_check import check_width_bound
from logwidth.dataset import Dataset

LowerBound = WidthCertificate | LineCertificate


def read_lower_bound(text: str) -> LowerBound:
    """Return the certificate in the text of a `width_certificate.json`; raise as its own reader does."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict) and body.get("format") == LINE_FORMAT:
        return LineCertificate.from_body(body)
    return WidthCertificate.from_json(text)


def check_lower_bound(certificate: LowerBound, data: Dataset) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data`; empty if it holds."""
    if isinstance(certificate, LineCertificate):
        return check_line(certificate, data)
    return check_width_bound(certificate, data)
