"""Certificates: from the stored network and the data alone, never from the builder's word."""

from logwidth.certify.ball_proof import BallProof
from logwidth.certify.certificate import Certificate
from logwidth.certify.certify import Certification, certify
from logwidth.certify.check import FUSED_CERTIFICATE, FUSED_NETWORK, CheckReport, check, reload_data
from logwidth.certify.classifier import ClassifierForm, recognise_classifier
from logwidth.certify.feature_scaling import FeatureScaling, radius_before_scaling, scaled
from logwidth.certify.forms import recognise
from logwidth.certify.fused_reader import StoredFusedNetwork, read_fused_onnx
from logwidth.certify.fusion import Fusion, fuse
from logwidth.certify.leaders import led_by_one
from logwidth.certify.line_bound import LineCertificate, find_line
from logwidth.certify.linear_bounds import argmax_certified
from logwidth.certify.linear_step import LinearStep
from logwidth.certify.lower_bounds import LowerBound, check_lower_bound, read_lower_bound
from logwidth.certify.onnx_reader import StoredNetwork, read_onnx
from logwidth.certify.outcome import Outcome, UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.certify.pieces_bound import PiecesCertificate, read_pieces_certificate
from logwidth.certify.pieces_proof import check_pieces_bound, prove_pieces_bound
from logwidth.certify.stored_run import StoredRun, open_run, run_line, run_of_files
from logwidth.certify.two_sided import TwoSidedRadii, two_sided_radii
from logwidth.certify.width_bound import WidthCertificate
from logwidth.certify.width_check import check_width_bound
from logwidth.certify.width_proof import prove_width_bound
from logwidth.certify.witness import in_ball as point_in_ball
from logwidth.errors import AlteredCertificateError

__all__ = [
    "FUSED_CERTIFICATE",
    "FUSED_NETWORK",
    "AlteredCertificateError",
    "BallProof",
    "Certificate",
    "Certification",
    "CheckReport",
    "ClassifierForm",
    "FeatureScaling",
    "Fusion",
    "LineCertificate",
    "LinearStep",
    "LowerBound",
    "Outcome",
    "PiecesCertificate",
    "StoredFusedNetwork",
    "StoredNetwork",
    "StoredRun",
    "TwoSidedRadii",
    "UnprovableNetworkError",
    "UnrecognisedNetworkError",
    "WidthCertificate",
    "argmax_certified",
    "certify",
    "check",
    "check_lower_bound",
    "check_pieces_bound",
    "check_width_bound",
    "find_line",
    "fuse",
    "led_by_one",
    "open_run",
    "point_in_ball",
    "prove_pieces_bound",
    "prove_width_bound",
    "radius_before_scaling",
    "read_fused_onnx",
    "read_lower_bound",
    "read_onnx",
    "read_pieces_certificate",
    "recognise",
    "recognise_classifier",
    "reload_data",
    "run_line",
    "run_of_files",
    "scaled",
    "two_sided_radii",
]
