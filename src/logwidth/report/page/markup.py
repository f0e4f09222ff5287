"""Small pieces of HTML; everything that comes from outside is escaped here."""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from logwidth.display.fields import text

__all__ = ["figure", "paragraph", "part", "section", "table", "text"]


def section(heading: str, *parts: str) -> str:
    """Return a section; `parts` are HTML."""
    return f"<section>\n<h2>{text(heading)}</h2>\n{''.join(part + chr(10) for part in parts)}</section>\n"


def paragraph(words: object) -> str:
    """Return a paragraph of plain text."""
    return f"<p>{text(words)}</p>"


def table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """Return a table of plain text; the first cell of a row heads it."""
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in header)
    body = "".join(_row(cells) for cells in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def figure(drawing: str, caption: str) -> str:
    """Return a drawing (HTML) with its caption (plain text)."""
    return f"<figure>{drawing}<figcaption>{text(caption)}</figcaption></figure>"


@cache
def part(name: str) -> str:
    """Return a file of this folder; the page may hold it, for it cannot end a script or a style."""
    content = files(__package__).joinpath(name).read_text(encoding="utf-8")
    assert "</" not in content
    return content


def _row(cells: Sequence[object]) -> str:
    first, *others = cells
    return f'<tr><th scope="row">{text(first)}</th>{"".join(f"<td>{text(cell)}</td>" for cell in others)}</tr>'
