"""Whether the first row of a text table holds names or data: told without doubt, or refused."""

from collections.abc import Sequence
from itertools import pairwise

from logwidth.dataset.readers.cells import INTEGER, is_absent, is_number, number
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError

FEW = 3  # numbered names: so few may as well be data
ROWS = 1000  # are compared with the first

Columns = list[tuple[str, list[str]]]


def has_header(path: str, rows: Sequence[Sequence[str]], decimal: str) -> bool:
    """Return whether the first of `rows` holds the names of the columns. Raises InputError where that is open.

    Text above columns of numbers is a header, numbers above them are data; the numbers 0, 1, 2 … (or from 1), as pandas
    writes them for columns without names, are a header, unless the other rows look the same.

    >>> has_header("t.csv", [["a", "b"], ["1", "x"]], "."), has_header("t.csv", [["2.5", "x"], ["1", "x"]], ".")
    (True, False)
    """
    first, body = list(rows[0]), [row for row in rows[1:ROWS] if len(row) == len(rows[0])]
    if not body:
        return _alone(path, first, decimal)
    columns: Columns = [(name.strip(), [cell for cell in column if not is_absent(cell)])
                        for name, column in zip(first, zip(*body, strict=True), strict=True)]  # fmt: skip
    figures = [(name, cells) for name, cells in columns if cells and all(is_number(cell, decimal) for cell in cells)]
    words = [(name, cells) for name, cells in columns if cells and not all(is_number(cell, decimal) for cell in cells)]
    if not figures:
        return _among_words(path, first, words)
    numeric = [(name, cells) for name, cells in figures if is_number(name, decimal) and not is_absent(name)]
    named = [name for name, _ in figures if not is_number(name, decimal) and not is_absent(name)]
    if named and (not numeric or numbered([name for name, _ in numeric])):
        if _recurring(words) > len(words) / 2:
            raise _doubt(path, first)
        return True
    if named or not numeric:
        raise _doubt(path, first)
    return _above_figures(path, first, numeric, words, decimal)


def _above_figures(path: str, first: Sequence[str], numeric: Columns, words: Columns, decimal: str) -> bool:
    """Return whether numbers above all columns of numbers are names."""
    names = [name for name, _ in numeric]
    if not _rising(names) or _recurring(words) > 0:
        return False
    if not numbered(names):
        if len(names) == 1:
            return False
        raise _doubt(path, first)
    if any(is_number(name, decimal) for name, _ in words):
        return True
    fractions = all(not any(INTEGER.fullmatch(cell.strip()) for cell in cells) for _, cells in numeric[:-1])
    if len(numeric) > 1 and fractions:
        return True
    values = [
        (float(name), [x for x in (number(cell, decimal) for cell in cells) if x is not None]) for name, cells in numeric
    ]
    within = all(min(column) <= value <= max(column) for value, column in values)
    alike = _rising([cells[0].strip() for _, cells in numeric])
    if len(numeric) <= FEW or within or alike:
        raise _doubt(path, first)
    return True


def _within(value: float, cells: Sequence[str], decimal: str) -> bool:
    numbers = [x for x in (number(cell, decimal) for cell in cells) if x is not None]
    return min(numbers) <= value <= max(numbers)


def _alone(path: str, first: Sequence[str], decimal: str) -> bool:
    """Return whether the only row holds names."""
    found = [cell for cell in first if is_number(cell, decimal)]
    if not found:
        return True
    if all(INTEGER.fullmatch(cell.strip()) for cell in found) and (_rising(found) or len(found) < len(first)):
        raise _doubt(path, first)
    return False


def _among_words(path: str, first: Sequence[str], words: Columns) -> bool:
    """Return whether the first row of a table of text holds names: nothing recurs below it, and all else recurs."""
    again = _recurring(words)
    if words and again > len(words) / 2:
        return False
    if again or len(words) < 2 or any(2 * len(set(cells)) > len(cells) for _, cells in words):
        raise _doubt(path, first)
    return True


def _recurring(words: Columns) -> int:
    return sum(name in {cell.strip() for cell in cells} for name, cells in words)


def _rising(names: Sequence[str]) -> bool:
    """Return whether names are integers that increase."""
    return all(INTEGER.fullmatch(name) for name in names) and all(int(a) < int(b) for a, b in pairwise(names))


def numbered(names: Sequence[str]) -> bool:
    """Return whether names are the numbers 0, 1, 2 … or 1, 2, 3 …, as pandas and R write them."""
    start = names[0] if names else ""
    return start in ("0", "1") and list(names) == [str(int(start) + j) for j in range(len(names))]


def _doubt(path: str, first: Sequence[str]) -> InputError:
    shown = listing([short(cell.strip()) for cell in first])
    return InputError(f"{path!r} starts with {shown}: names, or data? say --header or --no-header")
