"""One line that says what an object holds, and the small table, in HTML, that notebooks show of it."""

from collections.abc import Iterable, Sequence
from html import escape

LEFT = ' style="text-align: left; vertical-align: top"'
MOST, EACH = 320, 160  # characters of a line, and of one fact in it


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


def one_line(kind: str, facts: Iterable[object]) -> str:
    """Return `kind(fact, fact, …)` on one line of at most 320 characters; what is longer ends in an ellipsis.

    >>> one_line("Run", ["iris", "150 of 150 samples certified"])
    'Run(iris, 150 of 150 samples certified)'
    >>> len(one_line("Run", ["many\\nwords " * 1000] * 9)) <= 320
    True
    """
    inside = ", ".join(_shortened(" ".join(str(fact).split()), EACH) for fact in facts)
    return f"{kind}({_shortened(inside, MOST - len(kind) - 2)})"


class OneLine:
    """A result whose `repr` is one short line; a subclass says the facts in `_line`."""

    def _line(self) -> Iterable[object]:
        """Return the facts a reader wants first."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return one_line(type(self).__name__, self._line())


class Shown(OneLine):
    """A result that notebooks show as a small table: the same `facts` as the terminal's."""

    def facts(self) -> Sequence[Sequence[str]]:
        """Return the rows of the table: text cells, the value last."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return small_table(repr(self), self.facts())


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
