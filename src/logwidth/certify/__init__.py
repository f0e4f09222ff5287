"""Certificates: from the stored network and the data alone, never from the builder's word."""

from logwidth.certify.certificate import AlteredCertificateError, Certificate
from logwidth.certify.certify import BallProof, Certification, certify
from logwidth.certify.forms import recognise
from logwidth.certify.outcome import Outcome, UnprovableNetworkError, UnrecognisedNetworkError

__all__ = [
    "AlteredCertificateError",
    "BallProof",
    "Certificate",
    "Certification",
    "Outcome",
    "UnprovableNetworkError",
    "UnrecognisedNetworkError",
    "certify",
    "recognise",
]
