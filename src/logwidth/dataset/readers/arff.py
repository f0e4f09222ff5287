"""ARFF files of Weka and openml.org, dense or sparse.

They are taken apart by liac-arff as scikit-learn carries it (`sklearn.externals._arff`, which reads openml.org's files too):
SciPy's reader knows neither sparse rows nor text. It gives text; numbers are rounded here, as those of all text tables,
because it would cut the decimals of an attribute that is declared an integer.
"""

import io
import re
from collections.abc import Iterator
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

ATTRIBUTE = re.compile(r"\s*@attribute\s+(?P<name>'[^']*'|\"[^\"]*\"|\S+)\s+(?P<type>.*?)\s*", re.IGNORECASE | re.DOTALL)
NUMERIC = {"numeric", "real", "integer"}


def read_arff(path: str, options: ReadOptions) -> Table:
    """Return the table in an ARFF file; the label, by default the last attribute, and nominal attributes stay text.

    Nominal attributes all of whose values are different numbers, as {0,1}, are read as these.

    Raises InputError that names the row that does not fit.
    """
    import pandas as pd
    from sklearn.externals import _arff as liac

    encoding = sample_of(path, options.encoding).encoding
    numeric: list[bool] = []
    with unpacked(path) as (stream, packing):
        lines = io.TextIOWrapper(stream, encoding=encoding)
        try:
            found = liac.load(_as_text(lines, numeric), return_type=liac.DENSE_GEN)
            names = [name for name, _ in found["attributes"]]
            numeric = [flag or _of_numbers(kind) for flag, (_, kind) in zip(numeric, found["attributes"], strict=True)]
            target = _target(names, options)
            columns = _columns(path, found["data"], names, [flag and j != target for j, flag in enumerate(numeric)])
        except liac.ArffException as problem:
            raise InputError(
                f"{path!r} is no ARFF file that can be read: {one_line(problem).replace(' in line -1', '')}"
            ) from None
    if not len(columns[0]):
        raise InputError(f"{path!r} has names and no rows")
    notes = [f"unpacked from {packing}"] if packing else []
    notes += encoding_notes(encoding, options.encoding)
    frame = pd.DataFrame({j: pd.Series(column, dtype=column.dtype) for j, column in enumerate(columns)}, copy=False)
    return Table(path, frame.set_axis(names, axis=1), tuple(names), notes=tuple(notes))


def _as_text(lines: Iterator[str], numeric: list[bool]) -> Iterator[str]:
    """Yield the lines of the file, its numeric attributes declared as text, and note which they are."""
    for line in lines:
        found = ATTRIBUTE.fullmatch(line)
        if found:
            numeric.append(found["type"].lower() in NUMERIC)
            kind = "STRING" if numeric[-1] else found["type"]
            yield f"@ATTRIBUTE {found['name']} {kind}\n"
        else:
            yield line
        if line.lstrip()[:5].lower() == "@data":
            break
    yield from lines


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
