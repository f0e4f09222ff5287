"""Figures and their bytes; the paper's figures in colours that colour-blind readers tell apart."""

import io
from typing import Any

from logwidth.errors import InputError, MissingExtraError

SUFFIXES = (".png", ".svg", ".pdf")
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9,
    "legend.fontsize": 8,
    "svg.hashsalt": "logwidth",
    "hatch.linewidth": 0.5,
}


def check_drawing(suffix: str) -> None:
    """Return if a figure of this suffix can be drawn here; meant to be asked before long work.

    Raises InputError for another suffix than .png, .svg and .pdf, MissingExtraError without matplotlib (extra `plot`).
    """
    checked_suffix(suffix)
    new_figure(1.0, 1.0)


def new_figure(width: float, height: float) -> Any:
    """Return an empty figure of this size in inches; raise MissingExtraError without matplotlib (extra `plot`)."""
    try:
        from matplotlib.figure import Figure
    except ImportError as problem:
        raise MissingExtraError("matplotlib", "plot") from problem
    return Figure(figsize=(width, height), layout="constrained")


def figure_bytes(figure: Any, suffix: str) -> bytes:
    """Return a figure as the bytes of a .png, .svg or .pdf file: the same figure gives the same bytes as .png and .svg."""
    from matplotlib import rc_context

    stream, metadata = io.BytesIO(), {"Date": None} if suffix == ".svg" else None
    with rc_context({"svg.hashsalt": "logwidth"}):
        figure.savefig(stream, format=checked_suffix(suffix)[1:], dpi=150, metadata=metadata)
    return stream.getvalue()


def checked_suffix(suffix: str) -> str:
    """Return the suffix of a figure's file name; raise InputError for an unknown one."""
    if suffix not in SUFFIXES:
        raise InputError(f"a figure is a .png, .svg or .pdf file, not {suffix!r}")
    return suffix


def styled() -> Any:
    """Return the context in which figures are drawn and written."""
    import matplotlib as mpl

    return mpl.rc_context(STYLE)


def file_bytes(figure: Any, suffix: str) -> bytes:
    """Return the figure as the bytes of a .png, .svg or .pdf file; InputError for another suffix."""
    with styled():
        return figure_bytes(figure, suffix)
