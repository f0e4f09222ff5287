"""Results as values that show themselves: one line, a small table in HTML, a mapping as JSON has it, rows of these."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Self, TypeVar, overload

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


def if_known() -> Any:
    """Return a field that is no key of the mapping while it is None."""
    return field(default=None, metadata={"if known": True})


@dataclass(frozen=True, eq=False, repr=False)
class Fields(Mapping[str, Any]):
    """A frozen dataclass whose fields, in their order, are also the keys of a mapping.

    Those :func:`if_known` are no keys while they are None.

    >>> @dataclass(frozen=True, eq=False)
    ... class Size(Fields):
    ...     width: int
    ...     depth: int | None = if_known()
    >>> size = Size(5)
    >>> size.width, size["width"], dict(size), size == {"width": 5}, dict(Size(5, 2))
    (5, 5, {'width': 5}, True, {'width': 5, 'depth': 2})
    """

    def __getitem__(self, name: str) -> Any:
        if name not in self._names():
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def to_json(self) -> str:
        """Return the mapping as the text of a JSON object that ends in a new line."""
        return json.dumps(dict(self), indent=1, allow_nan=False) + "\n"

    def _names(self) -> list[str]:
        fields = self.__dataclass_fields__.items()
        return [name for name, kind in fields if not ("if known" in kind.metadata and getattr(self, name) is None)]


Row = TypeVar("Row", bound=Fields)


@dataclass(frozen=True, repr=False)
class Rows(Shown, Sequence[Row]):
    """Rows in order, each a frozen dataclass and a mapping; a slice is such a result again."""

    rows: tuple[Row, ...]

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> Self: ...

    def __getitem__(self, place: int | slice) -> Row | Self:
        return type(self)(self.rows[place]) if isinstance(place, slice) else self.rows[place]

    def __len__(self) -> int:
        return len(self.rows)

    def to_json(self) -> str:
        """Return the rows as the text of a JSON list of objects that ends in a new line."""
        return json.dumps([dict(row) for row in self], indent=1, allow_nan=False) + "\n"
