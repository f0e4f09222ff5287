"""How a text table is laid out: its separator and its decimal character, found in its first rows or refused."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from logwidth.dataset.readers.cells import COMMA, POINT, THOUSANDS, is_absent, is_number
from logwidth.dataset.table import ReadOptions
from logwidth.dataset.wording import short
from logwidth.errors import InputError

SPACES = " "
"""Stands for runs of spaces and tabs."""
SEPARATORS = {"\t": "tab", ";": "';'", "|": "'|'", ",": "','", SPACES: "spaces"}
NAMED = {"tab": "\t", "\\t": "\t", "space": SPACES, "spaces": SPACES, "comma": ",", "semicolon": ";", r"\s+": SPACES}
NEARLY = 0.9  # of the rows have one number of fields; half of them will do if the first row has it too
MOST_CELLS = 20_000  # are looked at

Rows = list[list[str]]


@dataclass(frozen=True)
class Layout:
    """A separator (`SPACES` for runs of blanks), a decimal character, and the number of fields of nearly all rows."""

    sep: str
    decimal: str
    fields: int


@dataclass(frozen=True)
class Reading:
    """The first rows of a table, split at one separator: how many columns would be text, and how many numbers.

    `fits` says whether nearly all rows have the number of `fields`, and `exact` whether all have.
    """

    sep: str
    rows: Rows
    fields: int
    fits: bool
    exact: bool
    texts: int
    numbers: int

    @property
    def rank(self) -> tuple[bool, bool, int, int]:
        """Readings with the same number of fields in all rows come first, then with as many names, then with little text."""
        return not self.exact, len(self.rows[0]) != self.fields, self.texts, -self.numbers


def fields_of(lines: Iterable[str], sep: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the last line of each row, from 1, and the row's fields; blank rows are left out.

    >>> list(fields_of(["1, 'a b'\\n", "\\n", '2,"c,d"\\n'], ","))
    [(1, ['1', "'a b'"]), (3, ['2', 'c,d'])]
    """
    if sep == SPACES:
        lines = (line.replace("\t", " ").strip() + "\n" for line in lines)
    reader = csv.reader(lines, delimiter=sep, skipinitialspace=True)
    for row in reader:
        if len(row) > 1 or (row and row[0].strip()):
            yield reader.line_num, row


def layout_of(path: str, sample: str, options: ReadOptions, *, whole: bool) -> tuple[Layout, Rows]:
    """Return the layout of a table of which `sample` is the start (or the `whole`), and its first rows as it splits them.

    What the options say is taken. Raises InputError where two readings are plausible, or none.
    """
    lines = list(io.StringIO(sample, newline=""))
    lines = lines if whole or len(lines) < 2 else lines[:-1]
    wanted = None if options.sep is None else separator(options.sep)
    readings = [_reading(lines, sep, whole=whole) for sep in (SEPARATORS if wanted is None else [wanted])]
    found = readings[0] if wanted is not None else _best(path, readings)
    if not found.rows:
        raise InputError(f"{path!r} holds no row that can be split at {SEPARATORS.get(found.sep, repr(found.sep))}")
    return Layout(found.sep, _decimal(path, found, options.decimal), found.fields), found.rows


def separator(given: str) -> str:
    """Return the separator that a user names by itself or by a word. Raises InputError.

    >>> separator("tab"), separator(";"), separator("  ")
    ('\\t', ';', ' ')
    """
    found = NAMED.get(given, SPACES if given and not given.strip(" ") else given)
    if len(found) != 1 or found in "\"'\r\n\0.0123456789":
        raise InputError(f"--sep must be one character, 'tab' or 'spaces', not {short(given)}")
    return found


def _reading(lines: Sequence[str], sep: str, *, whole: bool) -> Reading:
    try:
        rows = [row for _, row in fields_of(lines, sep)]
    except csv.Error:  # a field of a hundred thousand characters: this is not the separator
        return Reading(sep, [], 0, False, False, 0, 0)
    rows = rows if whole or len(rows) < 3 else rows[:-1]  # the last may be the start of one that spans lines
    body = rows[1:] or rows
    if not body:
        return Reading(sep, rows, 0, False, False, 0, 0)
    counts = Counter(map(len, body))
    fields = max(counts, key=lambda count: (counts[count], count == len(rows[0])))
    common = counts[fields]
    most = max(1, MOST_CELLS // max(fields, 1))
    whole_rows = [row for row in body[:most] if len(row) == fields]
    numeric = texts = 0
    for column in zip(*whole_rows, strict=True):
        cells = [cell for cell in column if not is_absent(cell)]
        numeric += bool(cells) and all(is_number(cell, "?") for cell in cells)
        texts += any(not is_number(cell, "?") for cell in cells)
    exact = common == len(body) and len(rows[0]) in (fields, fields - 1)
    fits = common >= NEARLY * len(body) or (2 * common >= len(body) and fields == len(rows[0]) > 1)
    return Reading(sep, rows, fields, fits, exact, texts, numeric)


def _best(path: str, readings: Sequence[Reading]) -> Reading:
    fitting = sorted((r for r in readings if r.fits and r.fields > 1), key=lambda r: r.rank)
    if not fitting:
        return _single(path, readings)
    best = fitting[0]
    rivals = [r for r in fitting[1:] if r.rank == best.rank and r.rows != best.rows and not _only_merges(r, best)]
    if rivals:
        words = " or ".join(SEPARATORS[r.sep] for r in (best, *rivals))
        raise InputError(f"{path!r} may be separated by {words}: say which with --sep")
    return best


def _only_merges(rival: Reading, best: Reading) -> bool:
    """Return whether a reading at spaces differs from one at tabs by an empty name alone, or by tabs that end all rows."""
    if (best.sep, rival.sep) == ("\t", SPACES) and not any(row[-1].strip() for row in best.rows):
        return [[cell.strip() for cell in row[:-1]] for row in best.rows] == rival.rows
    columns = zip(*(row for row in best.rows[1:] if len(row) == best.fields), strict=True)
    return (best.sep, rival.sep) == ("\t", SPACES) and all(any(cell.strip() for cell in column) for column in columns)


def _single(path: str, readings: Sequence[Reading]) -> Reading:
    """Return the reading of a table with one column of numbers; refuse other text."""
    one = next(r for r in readings if r.sep == ",")
    if one.fits and one.fields == 1 and one.texts == 0:
        return one
    start = short(next((r.rows[0][0] for r in readings if r.rows), ""))
    tried = ", ".join(SEPARATORS[r.sep] for r in readings)
    raise InputError(
        f"{path!r} is text, but no table of several columns: it starts with {start}, and none of {tried} gives all its rows "
        "the same number of fields; name the separator with --sep"
    )


def _decimal(path: str, found: Reading, given: str | None) -> str:
    if given is not None:
        if given not in (".", ","):
            raise InputError(f"--decimal must be '.' or ',', not {short(given)}")
        return given
    most = max(1, MOST_CELLS // max(found.fields, 1))
    cells = [cell.strip() for row in found.rows[:most] for cell in row]
    commas = [cell for cell in cells if COMMA.fullmatch(cell) or THOUSANDS.fullmatch(cell)]
    if not commas:
        return "."
    points = next((cell for cell in cells if POINT.fullmatch(cell)), None)
    decimals = next((cell for cell in commas if not THOUSANDS.fullmatch(cell)), None)
    if decimals is None and (found.sep == "," or points is not None):
        return "."  # thousands, which stay text
    if decimals is None:
        raise InputError(
            f"{path!r} holds {commas[0]!r}: a decimal comma, or thousands, which stay text? say --decimal , or --decimal ."
        )
    if points is not None:
        raise InputError(f"{path!r} holds {decimals!r} and {points!r}: say which is the decimal character with --decimal")
    return ","
