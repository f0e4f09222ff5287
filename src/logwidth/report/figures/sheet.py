"""What the paper's figures share: colours that colour-blind readers tell apart, type that is readable in print."""

from typing import Any

from logwidth.display.diagram import BLACK, BLUE, GREY, ORANGE, RED
from logwidth.report.drawing import figure_bytes

__all__ = ["BLACK", "BLUE", "GREY", "ORANGE", "RED", "STYLE", "file_bytes", "styled"]

STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9,
    "legend.fontsize": 8,
    "svg.hashsalt": "logwidth",
    "hatch.linewidth": 0.5,
}


def styled() -> Any:
    """Return the context in which figures are drawn and written."""
    import matplotlib as mpl

    return mpl.rc_context(STYLE)


def file_bytes(figure: Any, suffix: str) -> bytes:
    """Return the figure as the bytes of a .png, .svg or .pdf file; InputError for another suffix."""
    with styled():
        return figure_bytes(figure, suffix)
