"""One sheet for all figures: sizes, colours that colour-blind readers tell apart, files with reproducible bytes."""

import io
from typing import Any

from logwidth.errors import InputError, MissingExtraError

BLUE, ORANGE, GREEN, RED, PURPLE, SKY, BLACK, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#000000", "#767676",
)  # fmt: skip
SUFFIXES = (".png", ".svg", ".pdf")
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9,
    "legend.fontsize": 8,
    "svg.hashsalt": "logwidth",
    "svg.fonttype": "none",
    "hatch.linewidth": 0.5,
}


def sheet(width: float, height: float) -> Any:
    """Return an empty figure of this size in inches; raises MissingExtraError without matplotlib (extra `plot`)."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as problem:
        raise MissingExtraError("matplotlib", "plot") from problem
    with mpl.rc_context(STYLE):
        return Figure(figsize=(width, height), layout="constrained")


def styled() -> Any:
    """Return the context in which figures are drawn and written."""
    import matplotlib as mpl

    return mpl.rc_context(STYLE)


def file_bytes(figure: Any, suffix: str) -> bytes:
    """Return the figure as the bytes of a .png, .svg or .pdf file; InputError for another suffix."""
    if suffix not in SUFFIXES:
        raise InputError(f"a figure is a .png, .svg or .pdf file, not {suffix!r}")
    stream = io.BytesIO()
    with styled():
        figure.savefig(stream, format=suffix[1:], dpi=200, metadata={"Date": None} if suffix == ".svg" else None)
    return stream.getvalue()
