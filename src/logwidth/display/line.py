"""One line that says what an object holds, and the small table that notebooks show of it."""

from collections.abc import Iterable, Sequence

from logwidth.display.html import small_table

MOST, EACH = 320, 160  # characters of a line, and of one fact in it


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
