"""Text tables: separator, decimal character and header are found out, then pandas reads the numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from logwidth.dataset.readers.body import Array, Body
from logwidth.dataset.readers.cells import COMMA, INTEGER, THOUSANDS, is_absent, is_number
from logwidth.dataset.readers.header import has_header, numbered
from logwidth.dataset.readers.layout import SEPARATORS, Layout, Rows, fields_of, layout_of
from logwidth.dataset.readers.sample import Sample, encoding_notes, sample_of
from logwidth.dataset.table import ReadOptions, Table
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError

UNNAMED = "Unnamed: "
FEW = 10  # rows may be counted by chance


@dataclass(frozen=True)
class Heading:
    """The names of the columns, one for each field (`UNNAMED` and its number where it is empty); None without a header.

    `header` says whether the first row holds them. `row_names`: the first field has no place among them, as R writes it.
    `ended`: so many fields at the end of all rows are empty and have no name, as after a last separator.
    """

    names: tuple[str, ...] | None
    header: bool = False
    row_names: bool = False
    ended: int = 0
    notes: tuple[str, ...] = ()

    def name(self, j: int) -> str:
        """Return the name of a column, or its number."""
        return str(j) if self.names is None else self.names[j]


def read_text(path: str, options: ReadOptions) -> Table:
    """Return the table in a text file: numbers rounded to nearest, columns of text as they are written.

    The label column (`options.label`, by default the last) stays text, unless the labels are in another file or it is the
    only one. Separator, decimal character, header, encoding and comments are found out; what they are is in `notes`.

    Raises InputError, one line, where two readings are plausible, and for rows that do not fit.
    """
    sample = sample_of(path, options.encoding)
    if not sample.text.strip():
        what = "holds nothing but comments" if sample.comments else "is empty"
        raise InputError(f"{path!r} {what}; a table needs rows of numbers")
    options = replace(options, sep=sample.hint) if options.sep is None and sample.hint else options
    layout, rows = layout_of(path, sample.text, options, whole=sample.whole)
    heading = _heading(path, sample, layout, rows, options)
    if sample.whole and len(rows) <= heading.header:
        raise InputError(f"{path!r} holds names and no rows: its only row is {_shown(rows[0])}")
    body = Body(path, sample.encoding, sample.skipped, heading.header, layout)
    target = _target(heading, layout.fields, options)
    columns = body.columns(target, [j for j in range(layout.fields) if j != target and heading.name(j) in options.texts])
    if target is not None:
        _check_closed(path, columns[target], layout)
    points = _points_between_thousands(heading, layout, rows) if options.decimal is None else []
    notes = (*_notes_of(sample, layout, options), *points, *heading.notes, *_end_notes(heading.ended))
    return _table(path, columns, heading, notes, options)


def _check_closed(path: str, labels: Iterable[object], layout: Layout) -> None:
    """Refuse a label over several lines of which one is a row by itself: the mark that opens it is closed in another row."""
    for row, label in enumerate(labels):
        lines = label.splitlines() if isinstance(label, str) else []
        if len(lines) > 1 and any(line.count(layout.sep) == layout.fields - 1 for line in lines):
            raise InputError(
                f"{path!r}: the label in row {row} goes on over {len(lines)} lines, as if they were no rows: close the "
                f"quotation mark before {short(lines[0])}, or double it if it is a part of the label"
            )


def _heading(path: str, sample: Sample, layout: Layout, rows: Rows, options: ReadOptions) -> Heading:
    """Return the names of the columns, if there are any. Raises InputError where that is open."""
    first, body = [cell.strip() for cell in rows[0]], [row for row in rows[1:] if len(row) == layout.fields]
    commented = _commented(path, sample, layout, rows, options)
    if commented is not None:
        return _named(path, commented, header=False, notes=("the names are those in the comment before the table",))
    blank = [j for j in range(1, layout.fields) if body and not any(row[j].strip() for row in body)]
    ended = _at_end(blank, layout.fields)
    if len(first) == layout.fields - 1 and options.header is not False and body:
        if not ended:
            return _row_named(path, first, body)
        first.append("")
    if len(first) == layout.fields + 1 and not first[-1]:
        first.pop()
    header = options.header
    if header is None and len(first) == layout.fields:
        header = _has_names(path, [first, *rows[1:]], layout, options)
    if not header:
        return Heading(None, ended=int(ended > 0 and not first[-1]), notes=("no header row: columns are numbered from 0",))
    if len(first) != layout.fields:
        raise InputError(f"{path!r} has {len(first)} names, {_shown(first)}, above rows of {layout.fields} fields")
    return replace(_named(path, first, header=True), ended=_at_end([j for j in blank if not first[j]], layout.fields))


def _at_end(places: Sequence[int], fields: int) -> int:
    """Return how many of the last of so many fields are among the places.

    >>> _at_end([1, 3, 4], 5)
    2
    """
    return next(k for k in range(fields + 1) if fields - 1 - k not in places)


def _has_names(path: str, rows: Rows, layout: Layout, options: ReadOptions) -> bool:
    """Return whether the first row holds names; the names that are expected, if any, or that there are none, end a doubt."""
    expected = [name for name in options.names if not is_number(name, "?")]
    if expected and set(options.names) <= set(rows[0]):
        return True
    try:
        return has_header(path, rows, layout.decimal)
    except InputError:
        if options.nameless and not numbered(rows[0]):
            return False
        raise


def _row_named(path: str, first: Sequence[str], body: Rows) -> Heading:
    """Return the heading of a header with one name fewer than there are fields, if the first hold names of rows."""
    names = [row[0].strip() for row in body]
    doubtful = any(is_number(name, "?") for name in first) or any(
        is_number(n, "?") and not INTEGER.fullmatch(n) for n in names
    )
    if doubtful or len(set(names)) < len(names) or any(is_absent(name) for name in names):
        raise InputError(f"{path!r} has {len(first)} names, {_shown(first)}, above rows of {len(body[0])} fields")
    notes = ("the first column has no name: row names, as R writes them, left out",)
    return replace(_named(path, ["", *first], header=True, notes=notes), row_names=True)


def _commented(path: str, sample: Sample, layout: Layout, rows: Rows, options: ReadOptions) -> list[str] | None:
    """Return the names that the last comment before the table holds, if it is to be read so."""
    if not sample.comments or options.header is False or layout.fields < 2:
        return None
    found = next((row for _, row in fields_of([sample.comment.lstrip("#% ")], layout.sep)), [])
    if len(found) != layout.fields or (options.header is None and _clearly_named(path, rows, layout)):
        return None
    if options.header is None:
        raise InputError(
            f"{path!r} starts with the comment {short(sample.comment)}; does it hold the names? say --header or --no-header"
        )
    return [name.strip() for name in found]


def _clearly_named(path: str, rows: Rows, layout: Layout) -> bool:
    try:
        return has_header(path, rows, layout.decimal)
    except InputError:
        return False


def _named(path: str, names: Sequence[str], *, header: bool, notes: tuple[str, ...] = ()) -> Heading:
    twice = [short(name) for name, count in Counter(name for name in names if name).items() if count > 1]
    if twice:
        raise InputError(f"{path!r} has more than one column {listing(twice)}; rename one of each, or say --no-header")
    return Heading(tuple(name or f"{UNNAMED}{j}" for j, name in enumerate(names)), header, notes=notes)


def _notes_of(sample: Sample, layout: Layout, options: ReadOptions) -> list[str]:
    notes = [f"unpacked from {sample.packing}"] if sample.packing else []
    notes += encoding_notes(sample.encoding, options.encoding)
    if sample.comments:
        noun = "line" if sample.comments == 1 else "lines"
        notes.append(f"{sample.comments} comment {noun} before the table left out")
    found = [f"separator {SEPARATORS[layout.sep]}"] if options.sep is None and layout.sep != "," else []
    found += [f"decimal {layout.decimal!r}"] if options.decimal is None and layout.decimal != "." else []
    return notes + ([", ".join(found)] if found else [])


def _points_between_thousands(heading: Heading, layout: Layout, rows: Rows) -> list[str]:
    """Say so where a column of a table that is cut at semicolons may hold 1.234 for 1234, as in half of Europe."""
    if layout.sep != ";" or layout.decimal != ".":
        return []
    body = [row for row in rows[heading.header :] if len(row) == layout.fields]
    for j in range(layout.fields):
        cells = [row[j].strip() for row in body if row[j].strip()]
        pointed = [cell for cell in cells if "." in cell]
        if pointed and all(THOUSANDS.fullmatch(cell.replace(".", ",")) for cell in pointed):
            name, cell = short(heading.name(j)), pointed[0]
            return [
                f"column {name} holds {short(cell)}, read with a decimal point: if points mark thousands, leave them out"
            ]
    return []


def _end_notes(ended: int) -> list[str]:
    if ended < 2:
        return ["rows end with a separator"] * ended
    return [f"the last {ended} columns are empty and have no name: left out"]


def _target(heading: Heading, fields: int, options: ReadOptions) -> int | None:
    """Return which field holds the labels, as text; None if none does, or not in this file."""
    used = range(heading.row_names, fields - heading.ended)
    if options.labels is not None or len(used) == 1:
        return None
    if options.label is not None:
        return next((j for j in used if heading.name(j) == options.label), None)
    left = [j for j in used if heading.name(j) not in options.left_out]
    return left[-1] if left else None


def _table(path: str, columns: list[Array], heading: Heading, notes: tuple[str, ...], options: ReadOptions) -> Table:
    """Return the columns that are no row names, no index and not behind the last separator."""
    import pandas as pd

    used = list(range(heading.row_names, len(columns) - heading.ended))
    for column in columns[len(columns) - heading.ended :]:
        _check_empty(path, column)
    nameless = [j for j in used if heading.name(j).startswith(UNNAMED) and heading.name(j) not in options.left_out]
    if nameless == [0] and _counts(columns[0]):
        used, nameless = used[1:], []
        notes = (*notes, "the first column has no name and counts the rows: an index, left out")
    if nameless:
        name = heading.name(nameless[0])
        raise InputError(
            f"{path!r} has no name for {listing([f'column {j}' for j in nameless])} (an index?): leave it out with "
            f"--index {name!r} or --drop {name!r}, or give it a name"
        )
    target = _target(heading, len(columns), options)
    for j in (j for j in used if j != target):
        _check_decimals(path, heading.name(j), columns[j], options)
    counting = heading.names is None and "0" not in options.left_out and len(used) > 2 and len(columns[0]) >= FEW
    if counting and _counts(columns[0]):
        notes = (*notes, "column 0 counts the rows: if it is an index, leave it out with --index 0")
    names = None if heading.names is None else tuple(heading.names[j] for j in used)
    frame = pd.DataFrame({i: pd.Series(columns[j], dtype=columns[j].dtype) for i, j in enumerate(used)}, copy=False)
    return Table(path, frame if names is None else frame.set_axis(list(names), axis=1), names, notes=notes)


def _check_empty(path: str, column: Any) -> None:
    row = next((i for i, cell in enumerate(column) if cell is not None and cell == cell and cell != ""), None)  # noqa: PLR0124
    if row is not None:
        raise InputError(
            f"{path!r} has nothing in a last column without a name but {short(column[row])} in row {row}; correct this row"
        )


def _counts(column: Array) -> bool:
    """Return whether a column holds the numbers of the rows, from 0 or from 1."""
    if column.dtype.kind not in "iu":
        return False
    rows = np.arange(len(column))
    return bool((column == rows).all() or (column == rows + 1).all())


def _check_decimals(path: str, name: str, column: Array, options: ReadOptions) -> None:
    """Refuse a column of decimal commas that was taken for text: the first rows did not show any."""
    if column.dtype != object or options.decimal is not None:
        return
    cells = {cell for cell in column if cell is not None}
    commas = [cell for cell in cells if COMMA.fullmatch(cell) and not THOUSANDS.fullmatch(cell)]
    if commas and all(is_number(cell, "?") for cell in cells):
        raise InputError(f"{path!r}: column {short(name)} holds {short(min(commas))}: a decimal comma? say --decimal ,")


def _shown(cells: Sequence[str]) -> str:
    return listing([short(cell.strip()) for cell in cells])
