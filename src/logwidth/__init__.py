"""Narrow ReLU networks that provably memorize a data set on whole ℓp balls, with certificates.

>>> import logwidth as lw
>>> run = lw.memorize(lw.load("iris"), ratio=0.5)
>>> run.certificate.holds, run.summary["width"]
(True, 5)
"""

from importlib.metadata import version

from logwidth.attack import AttackReport, attack_run
from logwidth.certify import (
    Certificate,
    CheckReport,
    Outcome,
    StoredRun,
    TwoSidedRadii,
    WidthCertificate,
    certify,
    check,
    check_width_bound,
    open_run,
    two_sided_radii,
)
from logwidth.dataset import Dataset, load
from logwidth.errors import InputError, LogwidthError, MissingExtraError
from logwidth.maps import PreservingMap, check_map, pca_map, random_map, search_map, smallest_rank_map
from logwidth.network import AffineLayer, ReluNetwork, evaluate, evaluate_exactly
from logwidth.pipeline import RatioBracket, Run, WidthBracket, memorize, ratio_bracket, ratio_curve, width_bracket
from logwidth.separation import Separation, separation
from logwidth.theory import Diagram, diagram

__version__ = version("logwidth")

__all__ = [
    "AffineLayer",
    "AttackReport",
    "Certificate",
    "CheckReport",
    "Dataset",
    "Diagram",
    "InputError",
    "LogwidthError",
    "MissingExtraError",
    "Outcome",
    "PreservingMap",
    "RatioBracket",
    "ReluNetwork",
    "Run",
    "Separation",
    "StoredRun",
    "TwoSidedRadii",
    "WidthBracket",
    "WidthCertificate",
    "attack_run",
    "certify",
    "check",
    "check_map",
    "check_width_bound",
    "diagram",
    "evaluate",
    "evaluate_exactly",
    "load",
    "memorize",
    "open_run",
    "pca_map",
    "random_map",
    "ratio_bracket",
    "ratio_curve",
    "search_map",
    "separation",
    "smallest_rank_map",
    "two_sided_radii",
    "width_bracket",
]
