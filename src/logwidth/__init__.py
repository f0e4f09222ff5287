"""Narrow ReLU networks that provably memorize a data set on whole ℓp balls, with certificates.

>>> import logwidth as lw
>>> run = lw.memorize(lw.load("iris"), ratio=0.5)
>>> run.certificate.holds, run.summary["width"]
(True, 5)
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logwidth.attack import AttackReport, attack_run
    from logwidth.certify import (
        Certificate,
        Certification,
        CheckReport,
        Fusion,
        LineCertificate,
        LowerBound,
        Outcome,
        PiecesCertificate,
        StoredRun,
        TwoSidedRadii,
        UnprovableNetworkError,
        UnrecognisedNetworkError,
        WidthCertificate,
        certify,
        check,
        check_lower_bound,
        fuse,
        open_run,
        recognise,
        two_sided_radii,
    )
    from logwidth.dataset import Dataset, load
    from logwidth.errors import (
        AlteredCertificateError,
        InputError,
        LogwidthError,
        MissingExtraError,
        UncertifiedWarning,
        UndecidedError,
    )
    from logwidth.estimator import PreservingProjection, RobustMemorizer, radius_in_input_units
    from logwidth.export import from_torch, to_torch
    from logwidth.maps import PreservingMap, check_map, pca_map, random_map, search_map, smallest_rank_map
    from logwidth.network import AffineLayer, FusedNetwork, ReluNetwork, evaluate, evaluate_exactly
    from logwidth.pipeline import (
        Comparison,
        Curve,
        RatioBracket,
        Request,
        Run,
        Summary,
        WidthBracket,
        compare,
        confirmed,
        memorize,
        predict,
        ratio_bracket,
        ratio_curve,
        replay,
        width_bracket,
    )
    from logwidth.runtimes import Confirmed, ReplayReport, runtime_of
    from logwidth.separation import Separation, cluster_of, device_of, memory_of, separation
    from logwidth.theory import Diagram, diagram

    __version__: str

__all__ = [
    "AffineLayer",
    "AlteredCertificateError",
    "AttackReport",
    "Certificate",
    "Certification",
    "CheckReport",
    "Comparison",
    "Confirmed",
    "Curve",
    "Dataset",
    "Diagram",
    "FusedNetwork",
    "Fusion",
    "InputError",
    "LineCertificate",
    "LogwidthError",
    "LowerBound",
    "MissingExtraError",
    "Outcome",
    "PiecesCertificate",
    "PreservingMap",
    "PreservingProjection",
    "RatioBracket",
    "ReluNetwork",
    "ReplayReport",
    "Request",
    "RobustMemorizer",
    "Run",
    "Separation",
    "StoredRun",
    "Summary",
    "TwoSidedRadii",
    "UncertifiedWarning",
    "UndecidedError",
    "UnprovableNetworkError",
    "UnrecognisedNetworkError",
    "WidthBracket",
    "WidthCertificate",
    "attack_run",
    "certify",
    "check",
    "check_lower_bound",
    "check_map",
    "cluster_of",
    "compare",
    "confirmed",
    "device_of",
    "diagram",
    "evaluate",
    "evaluate_exactly",
    "from_torch",
    "fuse",
    "load",
    "memorize",
    "memory_of",
    "open_run",
    "pca_map",
    "predict",
    "radius_in_input_units",
    "random_map",
    "ratio_bracket",
    "ratio_curve",
    "recognise",
    "replay",
    "runtime_of",
    "search_map",
    "separation",
    "smallest_rank_map",
    "to_torch",
    "two_sided_radii",
    "width_bracket",
]

_ROOMS = {
    "attack": ("AttackReport", "attack_run"),
    "certify": (
        "Certificate", "Certification", "CheckReport", "Fusion", "LineCertificate", "LowerBound", "Outcome",
        "PiecesCertificate", "StoredRun", "TwoSidedRadii", "UnprovableNetworkError", "UnrecognisedNetworkError",
        "WidthCertificate", "certify", "check", "check_lower_bound", "fuse", "open_run", "recognise",
        "two_sided_radii",
    ),
    "dataset": ("Dataset", "load"),
    "errors": (
        "AlteredCertificateError", "InputError", "LogwidthError", "MissingExtraError", "UncertifiedWarning",
        "UndecidedError",
    ),
    "estimator": ("PreservingProjection", "RobustMemorizer", "radius_in_input_units"),
    "export": ("from_torch", "to_torch"),
    "maps": ("PreservingMap", "check_map", "pca_map", "random_map", "search_map", "smallest_rank_map"),
    "network": ("AffineLayer", "FusedNetwork", "ReluNetwork", "evaluate", "evaluate_exactly"),
    "pipeline": (
        "Comparison", "RatioBracket", "Curve", "Request", "Run", "Summary", "WidthBracket", "compare", "confirmed",
        "memorize", "predict", "ratio_bracket", "ratio_curve", "replay", "width_bracket",
    ),
    "runtimes": ("Confirmed", "ReplayReport", "runtime_of"),
    "separation": ("Separation", "cluster_of", "device_of", "memory_of", "separation"),
    "theory": ("Diagram", "diagram"),
}  # fmt: skip
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


class _Face(ModuleType):
    """The package as a module on which a room never hides the public function of the same name.

    Importing the room `certify` would bind the module to `logwidth.certify`, where the function belongs.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face


def __getattr__(name: str) -> object:
    """Import a public name's room when the name is first used: `import logwidth` alone takes no time."""
    if name == "__version__":
        found: object = import_module("importlib.metadata").version("logwidth")
    elif name in _HOME:
        room = import_module(f"logwidth.{_HOME[name]}")
        found = getattr(room, name)
        if name in _ROOMS:  # `import logwidth.certify as c` gives this function: the room's names are found on it too
            vars(found).update({other: getattr(room, other) for other in room.__all__})
    else:
        raise AttributeError(f"module 'logwidth' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
