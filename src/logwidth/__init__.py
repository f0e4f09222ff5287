"""Narrow ReLU networks that provably memorize a data set on whole ℓp balls, with certificates.

>>> import logwidth as lw
>>> run = lw.memorize(lw.load("iris"), ratio=0.5)
>>> run.certificate.holds, run.summary["width"]
(True, 5)
"""

import importlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

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
from logwidth.errors import InputError, LogwidthError, MissingExtraError, UncertifiedWarning, UndecidedError
from logwidth.export import from_torch, to_torch
from logwidth.maps import PreservingMap, check_map, pca_map, random_map, search_map, smallest_rank_map
from logwidth.network import AffineLayer, ReluNetwork, evaluate, evaluate_exactly
from logwidth.pipeline import RatioBracket, Run, WidthBracket, memorize, ratio_bracket, ratio_curve, width_bracket
from logwidth.separation import Separation, cluster_of, device_of, memory_of, separation
from logwidth.theory import Diagram, diagram

if TYPE_CHECKING:
    from logwidth.estimator import PreservingProjection, RobustMemorizer, radius_in_input_units

__version__ = version("logwidth")

_ESTIMATORS = ("PreservingProjection", "RobustMemorizer", "radius_in_input_units")

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
    "PreservingProjection",
    "RatioBracket",
    "ReluNetwork",
    "RobustMemorizer",
    "Run",
    "Separation",
    "StoredRun",
    "TwoSidedRadii",
    "UncertifiedWarning",
    "UndecidedError",
    "WidthBracket",
    "WidthCertificate",
    "attack_run",
    "certify",
    "check",
    "check_map",
    "check_width_bound",
    "cluster_of",
    "device_of",
    "diagram",
    "evaluate",
    "evaluate_exactly",
    "from_torch",
    "load",
    "memorize",
    "memory_of",
    "open_run",
    "pca_map",
    "radius_in_input_units",
    "random_map",
    "ratio_bracket",
    "ratio_curve",
    "search_map",
    "separation",
    "smallest_rank_map",
    "to_torch",
    "two_sided_radii",
    "width_bracket",
]


def __getattr__(name: str) -> Any:
    """Import scikit-learn only for those who use its estimators: the command line starts without it."""
    if name in _ESTIMATORS:
        return getattr(importlib.import_module("logwidth.estimator"), name)
    raise AttributeError(f"module 'logwidth' has no attribute {name!r}")
