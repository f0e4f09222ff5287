"""The rows of a text table: read by pandas part by part, and counted field by field where they do not fit."""

import io
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from logwidth.dataset.readers.archives import PART
from logwidth.dataset.readers.cells import MISSING, number
from logwidth.dataset.readers.content import unpacked
from logwidth.dataset.readers.layout import SPACES, Layout, fields_of
from logwidth.dataset.wording import one_line
from logwidth.errors import InputError

Array = NDArray[Any]
TRUTH: dict[str, float | None] = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class Body:
    """Where the rows of a text table are: after `skipped` lines and perhaps a `header`; how they are split, in `layout`."""

    path: str
    encoding: str
    skipped: int
    header: bool
    layout: Layout

    def columns(self, target: int | None, worded: Collection[int] = ()) -> list[Array]:
        """Return the columns `(rows,)`: of numbers if all cells are numbers or missing, else of text, with None for nothing.

        The column `target` is text as it is written, without the blanks around it, empty for nothing. Those in `worded` are
        text too, with None for what is missing.

        Raises InputError for rows that have not the number of fields that the layout says.
        """
        parts: list[list[Array] | None] = [None if j in worded else [] for j in range(self.layout.fields)]
        known: dict[str, str] = {}
        options = {} if target is None else {"converters": {target: lambda text: known.setdefault(text, text.strip())}}
        for part in self._parts(None, **options):
            for j, found in enumerate(parts):
                column = part[j].to_numpy()
                if found is not None and (j == target or column.dtype.kind in "biuf"):
                    found.append(column)
                else:
                    parts[j] = None
        columns = [None if found is None else _joined(found, text=j == target) for j, found in enumerate(parts)]
        del parts
        words = [j for j, column in enumerate(columns) if column is None]
        texts = dict(zip(words, self._texts(words, worded), strict=True)) if words else {}
        found = [texts[j] if column is None else column for j, column in enumerate(columns)]
        if self.layout.fields > 1 and (_has_gaps(found[-1]) or pandas_cuts_rows()):
            self._check_rows()
        return found

    def _texts(self, wanted: Sequence[int], worded: Collection[int]) -> list[Array]:
        """Return columns some cell of which is no number, from the file again: as numbers if Python reads them all.

        Those in `worded` stay text.
        """
        parts: list[list[Array]] = [[] for _ in wanted]
        for part in self._parts(wanted, dtype=object):
            for j, found in zip(wanted, parts, strict=True):
                found.append(part[j].to_numpy(dtype=object))
        cells = [np.concatenate(found) for found in parts]
        return [_tidied(found, None if j in worded else self.layout.decimal) for j, found in zip(wanted, cells, strict=True)]

    def _parts(self, wanted: Sequence[int] | None, **options: Any) -> Iterator[Any]:
        """Yield the rows as frames of pandas with numbered columns. Only where all are wanted are longer rows refused."""
        import pandas as pd

        read: Any = pd.read_csv
        texts = options.get("converters", {})
        options["na_values"] = {j: MISSING for j in range(self.layout.fields) if j not in texts}
        with self._lines() as (lines, _):
            warnings.simplefilter("error", pd.errors.ParserWarning)
            try:
                yield from read(
                    Spaced(lines) if self.layout.sep == SPACES else lines,
                    sep=self.layout.sep,
                    header=None,
                    names=range(self.layout.fields),
                    usecols=wanted,
                    index_col=False,
                    decimal=self.layout.decimal,
                    skipinitialspace=True,
                    float_precision="round_trip",
                    keep_default_na=False,
                    low_memory=False,
                    chunksize=max(1, PART // self.layout.fields),
                    **options,
                )
            except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
                self._check_rows()
                raise InputError(f"{self.path!r} is no table of text: {one_line(error)}") from None

    def _check_rows(self) -> None:
        """Raise an InputError that names the first row with another number of fields, if there is one."""
        with self._lines() as (lines, before):
            for i, (line, row) in enumerate(fields_of(iter(lines.readline, ""), self.layout.sep)):
                if len(row) != self.layout.fields:
                    noun = "field" if len(row) == 1 else "fields"
                    raise InputError(
                        f"{self.path!r}: row {i} (line {before + line}) has {len(row)} {noun}, the others have "
                        f"{self.layout.fields}; correct it, or name the separator with --sep"
                    )

    @contextmanager
    def _lines(self) -> Iterator[tuple[TextIO, int]]:
        """Open the file after its header; give the text, and how many lines came before."""
        with unpacked(self.path) as (stream, _):
            text = io.TextIOWrapper(stream, encoding=self.encoding, newline="")
            for _ in range(self.skipped):
                text.readline()
            names = next(fields_of(iter(text.readline, ""), self.layout.sep), (0, [])) if self.header else (0, [])
            yield text, self.skipped + names[0]


class Spaced(io.TextIOBase):
    """Text whose rows have spaces alone between their fields, and none at their ends.

    pandas 2.1 also splits such rows at commas if it is told that their separator is any white space.
    """

    def __init__(self, lines: TextIO) -> None:
        self._lines, self._rest = lines, ""

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1) -> str:
        """Return at most `size` characters, all that are left if it is negative, nothing at the end."""
        parts, length = [self._rest], len(self._rest)
        while size is None or size < 0 or length < size:
            line = self._lines.readline()
            if not line:
                break
            parts.append(line.replace("\t", " ").strip() + "\n")
            length += len(parts[-1])
        text = "".join(parts)
        end = len(text) if size is None or size < 0 else size
        self._rest = text[end:]
        return text[:end]


@cache
def pandas_cuts_rows() -> bool:
    """Return whether pandas, which reads a table part by part, drops what the first row of a part has too much.

    pandas 2.1 does so without a word: then the fields of every row are counted.
    """
    import pandas as pd

    parts: Any = pd.read_csv(io.StringIO("1,2\n3,4,5\n"), header=None, names=[0, 1], index_col=False, chunksize=1)
    try:
        list(parts)
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        return False
    return True


def _joined(parts: Sequence[Array], *, text: bool) -> Array | None:
    """Return one column from its parts; None if they are not all numbers, or all truth values."""
    if text:
        return np.concatenate(parts).astype(object)
    kinds = {part.dtype.kind for part in parts}
    return None if "b" in kinds and len(kinds) > 1 else np.concatenate(parts)


def _has_gaps(column: Array) -> bool:
    if column.dtype == object:
        return any(cell is None or cell == "" for cell in column)
    return bool(column.dtype.kind == "f" and np.isnan(column).any())


def _tidied(cells: Array, decimal: str | None) -> Array:
    """Return cells of text without the blanks around them, None for nothing; or their numbers, if all are numbers.

    Without a `decimal` character they stay text.
    """
    known: dict[str, str] = {}
    for i, cell in enumerate(cells):
        cells[i] = known.setdefault(cell, cell.strip()) if isinstance(cell, str) else None
    if decimal is None:
        return cells
    numbers = {text: number(text, decimal) for text in known.values()}
    if known and {text.lower() for text in known.values()} <= TRUTH.keys():  # beside missing ones: pandas reads the others
        numbers = {text: TRUTH[text.lower()] for text in known.values()}
    if None in numbers.values():
        return cells
    return np.array([np.nan if cell is None else numbers[cell] for cell in cells], dtype=np.float64)
