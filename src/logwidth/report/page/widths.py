"""The bracket of the width as a picture."""

from collections.abc import Mapping
from typing import Any

from logwidth.report.page.markup import text

LEFT, RIGHT, TOP = 20, 580, 30


def width_picture(summary: Mapping[str, Any]) -> str:
    """Return an SVG of an axis of widths: excluded below `width_lower`, open up to `width`, and the paper's width."""
    fields = (("width_lower", "needed"), ("width", "built"), ("paper_width", "paper"))
    marks = [(summary[field], name) for field, name in fields if type(summary.get(field)) is int]
    end = max((value for value, _ in marks), default=1)
    known = {name: value for value, name in marks}
    bars = ""
    if "needed" in known:
        bars += _bar(0, known["needed"], end, "excluded")
    if "built" in known:
        bars += _bar(known.get("needed", 0), known["built"], end, "open")
        bars += _bar(known["built"], end, end, "reached")
    words = "; ".join(f"{name}: {value}" for value, name in marks)
    labels = "".join(_mark(value, name, end, row) for row, (value, name) in enumerate(marks))
    return (
        f'<svg viewBox="0 0 600 {TOP + 40 + 22 * len(marks)}" role="img" aria-label="Widths. {text(words)}">'
        f"<title>Widths. {text(words)}</title>{bars}{labels}</svg>"
    )


def _place(value: float, end: float) -> float:
    return LEFT + (RIGHT - LEFT) * value / end


def _bar(start: float, stop: float, end: float, kind: str) -> str:
    x, width = _place(start, end), _place(stop, end) - _place(start, end)
    return f'<rect class="{kind}" x="{x:.1f}" y="{TOP - 20}" width="{max(width, 0):.1f}" height="24"/>'


def _mark(value: float, name: str, end: float, row: int) -> str:
    x, y = _place(value, end), TOP + 26 + 22 * row
    anchor = "end" if x > 400 else "start"
    shift = -6 if anchor == "end" else 6
    return (
        f'<path class="mark" d="M{x:.1f} {TOP - 20}V{y + 4}"/>'
        f'<text x="{x + shift:.1f}" y="{y}" text-anchor="{anchor}">{text(name)} {text(value)}</text>'
    )
