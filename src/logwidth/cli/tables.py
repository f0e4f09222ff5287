"""Tables for screens of any width: words stay whole, and what is too wide for a table becomes a list."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

READABLE = 16  # columns that a cell of several words should have, and
TALLEST = 2  # lines that it may take, before its table becomes a list
VALUE = "value"


@dataclass(frozen=True)
class Sheet:
    """A title, names of columns, and rows of text cells; prints itself as wide as the screen it is printed on.

    A table with lines if it fits, else one without, else one whose cells of several words wrap between words, else a list:
    a block per row, a line `name: value` per cell. No word is broken and nothing is cut, so that numbers stay whole as long
    as the longest fits the screen.

    >>> console = Console(width=24, color_system=None)
    >>> console.print(Sheet("costs", ("built", "depth"), [("sawtooth", "925,454")]))
    costs
    ┏━━━━━━━━━━┳━━━━━━━━━┓
    ┃ built    ┃ depth   ┃
    ┡━━━━━━━━━━╇━━━━━━━━━┩
    │ sawtooth │ 925,454 │
    └──────────┴─────────┘
    >>> Console(width=14, color_system=None).print(Sheet("costs", ("built", "depth"), [("sawtooth", "925,454")]))
    costs
    built:
      sawtooth
      depth:
        925,454
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render in the form that the width allows."""
        for line in wrapped(self.title, options.max_width):
            yield Text(line, style="italic")
        columns = [[row[i] for row in self.rows] for i in range(len(self.header))]
        pairs = list(zip(self.header, columns, strict=True))
        widest = [max(_widest_line(cell) for cell in (name, *column)) for name, column in pairs]
        least = [max(_longest_word(name), *(_least(cell) for cell in column), 0) for name, column in pairs]
        if self.header[-1] == VALUE and len(least) > 1:  # names of quantities stay on one line
            least[-2] = widest[-2]
        for widths, lined in ((widest, True), (widest, False), (least, True), (least, False)):
            room = options.max_width - _lines(len(self.header), lined=lined)
            filled = _filled(widths, widest, room)
            tall = max((len(wrapped(cell, w)) for row in self.rows for cell, w in zip(row, filled, strict=True)), default=1)
            if sum(widths) <= room and tall <= TALLEST:
                yield self._table(filled, lined=lined)
                return
        for line in self._list(options.max_width):
            yield Text(line, no_wrap=True, overflow="ignore")

    def _table(self, widths: Sequence[int], *, lined: bool) -> Table:
        form = box.HEAVY_HEAD if lined else box.SIMPLE_HEAD
        found = Table(box=form, show_edge=lined, pad_edge=lined, padding=(0, 1) if lined else (0, 1, 0, 0))
        for name, width in zip(self.header, widths, strict=True):
            found.add_column("\n".join(wrapped(name, width)), width=width)
        for row in self.rows:
            found.add_row(*(Text("\n".join(wrapped(cell, width))) for cell, width in zip(row, widths, strict=True)))
        return found

    def _list(self, width: int) -> Iterator[str]:
        """Yield a block of lines per row: the first cell, and under it the others; `value` is named by the cell before."""
        names = [name.replace(":\n", " ").replace("\n", " ") for name in self.header]
        pairs = names[-1] == VALUE
        for number, row in enumerate(self.rows):
            if number and not pairs:
                yield ""
            if pairs:
                named = [(row[-2], row[-1])]
                first = [("", cell) for cell in row[:-2] if cell]
            else:
                first, named = [(names[0], row[0])], list(zip(names[1:], row[1:], strict=True))
            for name, cell in first:
                yield from wrapped(f"{name}: {cell}" if name else cell, width, hang=2)
            margin = "  " if len(self.header) > (2 if pairs else 1) else ""
            for name, cell in named:
                if cell:
                    text = f"{name}: {cell}" if name else cell
                    yield from (margin + line for line in wrapped(text, width - len(margin), hang=2))


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Sheet:
    """Return a table of text cells."""
    return Sheet(title, header, rows)


def wrapped(text: str, width: int, hang: int = 0) -> list[str]:
    """Return lines of at most `width` columns, broken between words only; all but the first begin with `hang` blanks.

    >>> wrapped("radius σ: 9.34   (δ = 18.87)", 20, hang=2)
    ['radius σ: 9.34   (δ', '  = 18.87)']
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for gap, word in re.findall(r"(\s*)(\S+)", paragraph):
            if line.strip() and cell_len(line + gap + word) > width:
                lines.append(line)
                line = " " * hang + word
            else:
                line += gap + word
        lines.append(line)
    return lines


def _least(cell: str) -> int:
    """Return the columns that a cell needs: its longest word, and some room for cells of several words."""
    return max(_longest_word(cell), min(READABLE, _widest_line(cell)))


def _longest_word(text: str) -> int:
    return max((cell_len(word) for word in text.split()), default=0)


def _widest_line(cell: str) -> int:
    return max(cell_len(line) for line in cell.split("\n"))


def _lines(columns: int, *, lined: bool) -> int:
    """Return the columns that borders and margins take."""
    return 3 * columns + 1 if lined else 2 * (columns - 1)


def _filled(widths: Sequence[int], widest: Sequence[int], room: int) -> list[int]:
    """Return the widths with what is left of the room given to the columns, the last one first: there values stand."""
    found = list(widths)
    for i in reversed(range(len(found))):
        found[i] += max(0, min(widest[i] - found[i], room - sum(found)))
    return found
