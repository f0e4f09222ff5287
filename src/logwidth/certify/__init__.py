"""Certificates: from the stored network and the data alone, never from the builder's word."""

from logwidth.certify.balls.ball_proof import BallProof
from logwidth.certify.balls.certify import Certification, certify
from logwidth.certify.balls.witness import in_ball as point_in_ball
from logwidth.certify.exact_networks.reader import read_exact_network
from logwidth.certify.exact_radii.two_sided import TwoSidedRadii, two_sided_radii
from logwidth.certify.forms.boxes.cuboids import CELLS, cuboids_right
from logwidth.certify.forms.catalogue import recognise
from logwidth.certify.forms.scores_head import recognise_classifier
from logwidth.certify.lower_bounds.boxes_bound import prove_boxes_bound
from logwidth.certify.lower_bounds.cover.cover import CoverCertificate
from logwidth.certify.lower_bounds.cover.cover_search import COVERED_BEYOND, find_cover
from logwidth.certify.lower_bounds.geometric import GeometricCertificate
from logwidth.certify.lower_bounds.line_bound import LineCertificate, find_line
from logwidth.certify.lower_bounds.lower_bounds import LowerBound, check_lower_bound, find_surrounded, read_lower_bound
from logwidth.certify.lower_bounds.pieces_bound import PiecesCertificate
from logwidth.certify.lower_bounds.pieces_proof import prove_pieces_bound
from logwidth.certify.lower_bounds.topology.enclosed import EnclosureCertificate
from logwidth.certify.lower_bounds.topology.linked import LinkCertificate
from logwidth.certify.lower_bounds.width_bound import WidthCertificate
from logwidth.certify.lower_bounds.width_proof import prove_width_bound
from logwidth.certify.onnx.chain import read_onnx
from logwidth.certify.onnx.fused import read_fused_onnx
from logwidth.certify.outcome import Outcome, UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.certify.runs.certificate import Certificate
from logwidth.certify.runs.check import FUSED_CERTIFICATE, FUSED_NETWORK, CheckReport
from logwidth.certify.runs.exact_certificate import ExactCertificate, certify_exactly
from logwidth.certify.runs.exact_run import StoredExactRun, check, holds_exact_network, open_exact_run
from logwidth.certify.runs.fusion import Fusion, fuse, led_by_one
from logwidth.certify.runs.rejection import Rejection, beyond_points, is_beyond, prove_rejection
from logwidth.certify.runs.run_files import reload_data
from logwidth.certify.runs.stored_run import StoredRun, open_run, run_line, run_of_files
from logwidth.certify.scaling.feature_scaling import FeatureScaling, LinearStep, radius_before_scaling, scaled
from logwidth.certify.trained import argmax_certified
from logwidth.errors import AlteredCertificateError

__all__ = [
    "CELLS",
    "COVERED_BEYOND",
    "FUSED_CERTIFICATE",
    "FUSED_NETWORK",
    "AlteredCertificateError",
    "BallProof",
    "Certificate",
    "Certification",
    "CheckReport",
    "CoverCertificate",
    "EnclosureCertificate",
    "ExactCertificate",
    "FeatureScaling",
    "Fusion",
    "GeometricCertificate",
    "LineCertificate",
    "LinearStep",
    "LinkCertificate",
    "LowerBound",
    "Outcome",
    "PiecesCertificate",
    "Rejection",
    "StoredExactRun",
    "StoredRun",
    "TwoSidedRadii",
    "UnprovableNetworkError",
    "UnrecognisedNetworkError",
    "WidthCertificate",
    "argmax_certified",
    "beyond_points",
    "certify",
    "certify_exactly",
    "check",
    "check_lower_bound",
    "cuboids_right",
    "find_cover",
    "find_line",
    "find_surrounded",
    "fuse",
    "holds_exact_network",
    "is_beyond",
    "led_by_one",
    "open_exact_run",
    "open_run",
    "point_in_ball",
    "prove_boxes_bound",
    "prove_pieces_bound",
    "prove_rejection",
    "prove_width_bound",
    "radius_before_scaling",
    "read_exact_network",
    "read_fused_onnx",
    "read_lower_bound",
    "read_onnx",
    "recognise",
    "recognise_classifier",
    "reload_data",
    "run_line",
    "run_of_files",
    "scaled",
    "two_sided_radii",
]
