"""What the shell offers on a tab: built-in data, constructions, norms."""

from logwidth.construct import KNOWN
from logwidth.dataset import BUILTIN_NAMES
from logwidth.pipeline import LINE


def data_names(incomplete: str) -> list[str]:
    """Return the built-in data sets that begin so; none lets the shell offer files."""
    return [name for name in BUILTIN_NAMES if name.startswith(incomplete)]


def construction_names(incomplete: str) -> list[str]:
    """Return the constructions that begin so."""
    return [name for name in (*KNOWN, LINE) if name.startswith(incomplete)]


def norm_names(incomplete: str) -> list[str]:
    """Return the usual norms that begin so."""
    return [name for name in ("1", "2", "inf") if name.startswith(incomplete)]
