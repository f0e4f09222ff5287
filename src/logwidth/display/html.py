"""A small table in HTML: no script, no style sheet; everything that comes from outside is escaped here."""

from collections.abc import Iterable, Sequence
from html import escape

LEFT = ' style="text-align: left; vertical-align: top"'


def text(value: object) -> str:
    """Return a value as text that is safe in HTML; control characters become blanks."""
    return escape("".join(c if c.isprintable() else " " for c in str(value)))


def small_table(title: str, rows: Iterable[Sequence[object]]) -> str:
    """Return a table of text cells under a title; the first cell of a row heads it.

    >>> small_table("a < b", [("width", 5)])[:66]
    '<table><caption style="text-align: left">a &lt; b</caption><tbody>'
    """
    body = "".join(_row(cells) for cells in rows)
    return f'<table><caption style="text-align: left">{text(title)}</caption><tbody>{body}</tbody></table>'


def _row(cells: Sequence[object]) -> str:
    first, *others = cells
    return f'<tr><th scope="row"{LEFT}>{text(first)}</th>{"".join(f"<td{LEFT}>{text(cell)}</td>" for cell in others)}</tr>'
