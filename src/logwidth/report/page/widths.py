"""The bracket of the width as a picture."""

from collections.abc import Mapping
from typing import Any

from logwidth.report.page.markup import text
from logwidth.report.page.plot import key

LEFT, RIGHT, TOP = 20, 580, 30
WORDS = {
    "excluded": "excluded: no network is so narrow",
    "open": "unknown: neither excluded nor built",
    "promised": "some network exists, by a theorem",
    "reached": "built: this network's width, and more",
}


def width_picture(summary: Mapping[str, Any], exists: int | None = None) -> str:
    """Return HTML of an axis of widths with its legend.

    Widths below `width_lower` are excluded, those from `width` on reached, `paper_width` is marked. Between them they are
    open, but from `exists` on, where a theorem promises a network.
    """
    fields = (("width_lower", "needed"), ("width", "built"), ("paper_width", "paper"))
    marks = [(summary[field], name) for field, name in fields if type(summary.get(field)) is int]
    end = max((value for value, _ in marks), default=1)
    known = {name: value for value, name in marks}
    parts = _parts(known.get("needed", 0), known.get("built"), exists, end)
    bars = "".join(_bar(start, stop, end, kind) for kind, start, stop in parts)
    words = "; ".join(f"{name}: {value}" for value, name in marks)
    labels = "".join(_mark(value, name, end, row) for row, (value, name) in enumerate(marks))
    bottom = TOP + 30 + 22 * len(marks)
    return (
        f'<svg viewBox="0 0 600 {bottom + 24}" role="img" aria-label="Widths. {text(words)}">'
        f"<title>Widths. {text(words)}</title>{bars}{labels}"
        f'<text x="{(LEFT + RIGHT) // 2}" y="{bottom + 8}" text-anchor="middle">width (units)</text>'
        f"</svg>{key([(kind, WORDS[kind]) for kind, _, _ in parts])}"
    )


def _parts(needed: int, built: int | None, exists: int | None, end: int) -> list[tuple[str, int, int]]:
    """Return what is known of which widths, in order, empty parts left out."""
    if built is None:
        return [("excluded", 0, needed)] if needed else []
    promised = built if exists is None else min(max(exists, needed), built)
    parts = [("excluded", 0, needed), ("open", needed, promised), ("promised", promised, built), ("reached", built, end)]
    return [part for part in parts if part[1] < part[2]]


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
