"""ARFF files of Weka and openml.org, dense or sparse.

They are taken apart by liac-arff as scikit-learn carries it (`sklearn.externals._arff`, which reads openml.org's files too):
SciPy's reader knows neither sparse rows nor text. It gives text; numbers are rounded here, as those of all text tables,
because it would cut the decimals of an attribute that is declared an integer.
"""

import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from logwidth.dataset.readers.archives import PART
from logwidth.dataset.readers.cells import number
from logwidth.dataset.readers.content import unpacked
from logwidth.dataset.readers.sample import encoding_notes, sample_of
from logwidth.dataset.table import ReadOptions, Table
from logwidth.dataset.wording import listing, one_line, short
from logwidth.errors import InputError

ATTRIBUTE = re.compile(
    r"\s*@attribute\s+(?P<name>'[^']*'|\"[^\"]*\"|\S+?)(\s+(?P<type>.*?)|\s*(?P<set>\{.*\}))\s*", re.IGNORECASE | re.DOTALL
)
NUMERIC = re.compile(r"(numeric|real|integer)\s*(\[.*\])?", re.IGNORECASE)
DATE = re.compile(r"date\b.*", re.IGNORECASE)
RELATION = re.compile(r"\s*@relation\b", re.IGNORECASE)
OUTPUT = re.compile(r"\s*@outputs?\s+(?P<name>.*?)\s*", re.IGNORECASE)
LINE = re.compile(r",? (in|at) line -?[0-9]+")


def read_arff(path: str, options: ReadOptions) -> Table:
    """Return the table in an ARFF file; the label, by default the last attribute, and nominal attributes stay text.

    Nominal attributes all of whose values are different numbers, as {0,1}, are read as these.

    Raises InputError that names the row that does not fit.
    """
    import pandas as pd
    from sklearn.externals import _arff as liac

    encoding = sample_of(path, options.encoding).encoding
    with unpacked(path) as (stream, packing):
        lines = _Lines(io.TextIOWrapper(stream, encoding=encoding))
        try:
            found = liac.load(iter(lines), return_type=liac.DENSE_GEN)
            names = [name for name, _ in found["attributes"]]
            numeric = [flag or _of_numbers(kind) for flag, (_, kind) in zip(lines.numeric, found["attributes"], strict=True)]
            target = _target(names, options)
            if lines.output not in (None, *names[-1:]) and options.label is None and options.labels is None:
                raise InputError(
                    f"{path!r} says that its output is {lines.output}, and the last is {names[-1]}: say which "
                    "holds the labels with --label"
                )
            columns = _columns(path, found["data"], names, [flag and j != target for j, flag in enumerate(numeric)])
        except liac.ArffException as problem:
            raise InputError(
                f"{path!r} is no ARFF file that can be read, line {lines.number}: {LINE.sub('', one_line(problem))}"
            ) from None
    if not len(columns[0]):
        raise InputError(f"{path!r} has names and no rows")
    notes = [f"unpacked from {packing}"] if packing else []
    notes += encoding_notes(encoding, options.encoding)
    frame = pd.DataFrame({j: pd.Series(column, dtype=column.dtype) for j, column in enumerate(columns)}, copy=False)
    return Table(path, frame.set_axis(names, axis=1), tuple(names), notes=tuple(notes))


class _Lines:
    """The lines of a file as liac-arff takes them, numeric attributes and dates declared as text; which are `numeric`.

    `output` is what a file of KEEL says is its output.

    `number` is that of the last line that was taken, from 1: liac-arff takes no line before it needs it.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.number, self.numeric, self._lines = 0, list[bool](), lines
        self.output: str | None = None

    def __iter__(self) -> Iterator[str]:
        header = True
        for line in self._lines:
            self.number += 1
            yield self._declared(line) if header else line
            header = header and line.lstrip()[:5].lower() != "@data"

    def _declared(self, line: str) -> str:
        if RELATION.match(line):
            return "@RELATION table\n"  # whatever it is called, or if it is not
        told = OUTPUT.fullmatch(line)
        if told:
            self.output = told["name"]
        found = ATTRIBUTE.fullmatch(line)
        if not found:
            return line
        kind = found["set"] or found["type"]
        self.numeric.append(NUMERIC.fullmatch(kind) is not None)
        return f"@ATTRIBUTE {found['name']} {'STRING' if self.numeric[-1] or DATE.fullmatch(kind) else kind}\n"


def _of_numbers(kind: object) -> bool:
    """Return whether a type lists values which are numbers, all different."""
    values = [number(value) for value in kind] if isinstance(kind, list) else [None]
    return None not in values and len({*values}) == len(values)


def _target(names: list[str], options: ReadOptions) -> int | None:
    if options.labels is not None or len(names) < 2:
        return None
    if options.label is not None:
        return names.index(options.label) if options.label in names else None
    left = [j for j, name in enumerate(names) if name not in options.left_out]
    return left[-1] if left else None


def _columns(path: str, rows: Iterator[list[str | None]], names: list[str], numeric: list[bool]) -> list[Any]:
    """Return the columns, read a part of the rows at a time. Raises InputError for a cell that is no number."""
    parts: list[list[Any]] = [[] for _ in names]
    step, start = max(1, PART // len(names)), 0
    while True:
        part = list(islice(rows, step))
        for j, found in enumerate(parts):
            cells = [row[j] for row in part]
            found.append(_numbers(path, cells, names[j], start) if numeric[j] else np.array(cells, dtype=object))
        start += len(part)
        if len(part) < step:
            return [np.concatenate(found) for found in parts]


def _numbers(path: str, cells: list[str | None], name: str, start: int) -> Any:
    numbers = [np.nan if cell is None else number(cell) for cell in cells]
    bad = [f"row {start + i} ({short(cells[i])})" for i, value in enumerate(numbers) if value is None]
    if bad:
        raise InputError(f"{path!r}: the numeric attribute {short(name)} holds other things in {listing(bad)}")
    return np.array(numbers, dtype=np.float64)
