"""Certificates: from the stored network and the data alone, never from the builder's word."""

from logwidth.certify.certificate import AlteredCertificateError, Certificate
from logwidth.certify.certify import BallProof, Certification, certify
from logwidth.certify.check import CheckReport, check
from logwidth.certify.forms import recognise
from logwidth.certify.onnx_reader import StoredNetwork, read_onnx
from logwidth.certify.outcome import Outcome, UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.certify.stored_run import StoredRun, open_run

__all__ = [
    "AlteredCertificateError",
    "BallProof",
    "Certificate",
    "Certification",
    "CheckReport",
    "Outcome",
    "StoredNetwork",
    "StoredRun",
    "UnprovableNetworkError",
    "UnrecognisedNetworkError",
    "certify",
    "check",
    "open_run",
    "read_onnx",
    "recognise",
]
