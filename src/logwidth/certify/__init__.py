"""Certificates: from the stored network and the data alone, never from the builder's word."""

from logwidth.certify.certificate import AlteredCertificateError, Certificate
from logwidth.certify.certify import BallProof, Certification, certify
from logwidth.certify.check import CheckReport, check
from logwidth.certify.forms import recognise
from logwidth.certify.onnx_reader import StoredNetwork, read_onnx
from logwidth.certify.outcome import Outcome, UnprovableNetworkError, UnrecognisedNetworkError

__all__ = [
    "AlteredCertificateError",
    "BallProof",
    "Certificate",
    "Certification",
    "CheckReport",
    "Outcome",
    "StoredNetwork",
    "UnprovableNetworkError",
    "UnrecognisedNetworkError",
    "certify",
    "check",
    "read_onnx",
    "recognise",
]
