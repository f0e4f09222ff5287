"""Write the page of the API: every public name of the package, under the headings listed here.

    python tools/api_page.py docs/_generated/api.md

Public names that no heading lists come last, under "Further"; a listed name that is not public is an error.
"""

import inspect
import sys
from pathlib import Path

import logwidth

HEADINGS = {
    "Data and separation": "load Dataset separation Separation",
    "Build": "memorize Request Run Summary predict",
    "Brackets": "width_bracket WidthBracket ratio_bracket RatioBracket ratio_curve Curve compare Comparison",
    "Maps": "search_map smallest_rank_map random_map pca_map check_map PreservingMap",
    "Networks": "ReluNetwork AffineLayer FusedNetwork evaluate evaluate_exactly recognise fuse Fusion",
    "Certify and check": "certify Certification Certificate Outcome check CheckReport open_run StoredRun",
    "Lower bounds": "check_lower_bound LowerBound WidthCertificate LineCertificate PiecesCertificate",
    "Attack": "attack_run AttackReport two_sided_radii TwoSidedRadii",
    "In scikit-learn": "RobustMemorizer PreservingProjection radius_in_input_units",
    "In PyTorch": "to_torch from_torch",
    "The worst case": "diagram Diagram",
    "Errors and warnings": "InputError UndecidedError LogwidthError MissingExtraError AlteredCertificateError UnrecognisedNetworkError "
    "UnprovableNetworkError UncertifiedWarning",
}


def page() -> str:
    """Return the page in MyST."""
    listed = [name for names in HEADINGS.values() for name in names.split()]
    gone = sorted(set(listed) - set(logwidth.__all__))
    if gone:
        raise SystemExit(f"tools/api_page.py lists what is not public: {', '.join(gone)}")
    further = [name for name in logwidth.__all__ if name not in listed]
    sections = HEADINGS | ({"Further": " ".join(further)} if further else {})
    return "\n".join(line for title, names in sections.items() for line in _section(title, names.split()))


def _section(title: str, names: list[str]) -> list[str]:
    return [f"## {title}", "", *(line for name in names for line in _entry(name))]


def _entry(name: str) -> list[str]:
    found = getattr(logwidth, name)
    kind = "autoclass" if inspect.isclass(found) else "autofunction" if callable(found) else "autodata"
    return ["```{eval-rst}", f".. {kind}:: logwidth.{name}", "```", ""]


if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page(), encoding="utf-8")
