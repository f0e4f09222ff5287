"""From a table to features and labels: which columns are used, what text becomes, by what features are divided."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from logwidth.dataset.columns import Columns
from logwidth.dataset.label_column import (
    check_first,
    check_last,
    check_one_kind,
    check_varied,
    column_labels,
    doubts,
    label_notes,
    look_alikes,
    measured,
)
from logwidth.dataset.large_integers import merged_rows, rounding_notes
from logwidth.dataset.points import parse_points
from logwidth.dataset.sparse_cells import rows_with_missing
from logwidth.dataset.table import Table
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError, did_you_mean
from logwidth.types import FloatArray, IntArray

FEW = 10  # rows may be numbered by chance
MARKED = re.compile(r" holds ['\"][^A-Za-z'\"]*[0-9]['0-9., %\\xa0u202f]*['\"] in row ")
"""What is said of a cell that holds a number with thousands marks, a sign of money or of percent, or a date."""


@dataclass(frozen=True)
class Choices:
    """What a user says about the columns of a table, by name, or by number (from 0) in a table without names.

    `label` holds the labels (default: the last column); `index` and `drop` are left out; `drop_missing` leaves out rows
    with a missing cell; `one_hot` makes columns of text into features that are 0 or 1, one for each value; `scale` divides
    the features, and `standardize` divides each by the power of two nearest to its standard deviation besides.
    """

    label: str | None = None
    index: str | None = None
    drop: tuple[str, ...] = ()
    drop_missing: bool = False
    one_hot: bool = False
    standardize: bool = False
    scale: float = 1.0


@dataclass(frozen=True, eq=False)
class Prepared:
    """Points and labels, yet to be validated, the columns they were made of, and what is worth saying about it."""

    points: Any
    labels: Any
    columns: Columns
    notes: tuple[str, ...]


def prepared(table: Table, choices: Choices) -> Prepared:
    """Return the features and labels in a table. Raises InputError that names the column and what to try."""
    if getattr(table.cells, "ndim", 2) != 2:  # the data set says what is wrong with it
        return Prepared(table.cells, table.labels, Columns(), table.notes)
    check_names(table)
    out = [position(table, name, "--drop") for name in choices.drop]
    out += [position(table, name, "--index") for name in _given(choices.index)]
    target = _label_position(table, choices, out)
    used = [j for j in range(table.cells.shape[1]) if j not in out and j != target]
    if not used:
        raise InputError(f"{table.what!r} has no column left for features")
    labels, notes = table.labels, list(table.notes)
    if target is not None:
        labels = column_labels(table.cells.iloc[:, target], typed=table.typed)
        check_one_kind(_name(table, target), labels)
        notes += label_notes(table.cells.iloc[:, target], labels, typed=table.typed)
        if choices.label is None:
            name = _name(table, target)
            check_varied(table.what, name, labels)
            check_first(table.what, (_name(table, used[0]), name), table.cells.iloc[:, used[0]], labels)
            notes += doubts(name, labels) + _other_than_last(table, out, name)
    else:
        notes += measured(labels)
    notes += look_alikes(labels)
    cells = table.cells if len(used) == table.cells.shape[1] else _some(table.cells, used)
    columns = Columns(
        names=None if table.names is None else tuple(table.names[j] for j in used),
        label=_label_name(table, target),
        columns=table.cells.shape[1] if table.names is None and isinstance(table.cells, pd.DataFrame) else None,
        left_out=tuple(_name(table, j) for j in out),
        divisor=choices.scale,
        image=table.image,
    )
    if table.names is not None and isinstance(cells, pd.DataFrame):
        notes += [
            f"column {short(name)} numbers the rows: if it is no feature, leave it out with --drop {name}"
            for name, (_, column) in zip(columns.names or (), cells.items(), strict=True)
            if _numbers_rows(column)
        ]
    if choices.drop_missing:
        rows = complete_rows(cells, labels)
        cells, labels = cells.iloc[rows] if isinstance(cells, pd.DataFrame) else cells[rows], [labels[i] for i in rows]
        notes += left_out_rows(len(rows), table.cells.shape[0])
    if isinstance(cells, pd.DataFrame):
        last = target is not None and choices.label is None and not any(isinstance(label, str) for label in labels)
        columns = replace(columns, categories=_categories(table, cells, columns, one_hot=choices.one_hot, last=last))
        cells = encoded(cells, columns)
    rounding = rounding_notes(cells)
    points = divided(cells, choices.scale, own=table.fresh)
    if choices.standardize:
        numbers = _numbers(points)
        scales = spreads(numbers)
        points, columns = rescaled(numbers, scales), replace(columns, scales=tuple(scales.tolist()))
    if rounding:
        found = parse_points(points, [])
        merged = [] if found is None else merged_rows(cells, found)
        if merged:
            raise InputError(f"{table.what!r}: {merged[0]}")
    return Prepared(points, labels, columns, (*notes, *rounding))


def _other_than_last(table: Table, out: list[int], name: str) -> list[str]:
    if table.cells.shape[1] - 1 not in out:
        return []
    return [f"the last column is left out, so labels are those of {short(name)}; --label NAME takes others"]


def position(table: Table, name: str, option: str) -> int:
    """Return which column has a name, or a number where there are no names. Raises InputError that lists the columns."""
    count = table.cells.shape[1]
    if table.names is None:
        if not isinstance(table.cells, pd.DataFrame):
            raise InputError(f"{table.what!r} is an array: it has no columns to name, so {option} does not go with it")
        if name.isdecimal() and int(name) < count:
            return int(name)
        raise InputError(
            f"{table.what!r} has no column {name!r}: its columns have no names but the numbers 0 to {count - 1}"
        )
    if name in table.names:
        return table.names.index(name)
    columns = ", ".join(short(known) for known in table.names[:20]) + (" …" if count > 20 else "")
    hint = did_you_mean(name, table.names)
    raise InputError(f"{table.what!r} has no column {name!r}{hint}; its columns are {columns}")


def without(table: Table, names: Sequence[str]) -> Table:
    """Return a table without the columns of these names. Raises InputError that lists the columns."""
    if not names:
        return table
    out = [position(table, name, "--drop") for name in names]
    left = [j for j in range(table.cells.shape[1]) if j not in out]
    kept = None if table.names is None else tuple(table.names[j] for j in left)
    return replace(table, cells=_some(table.cells, left), names=kept)


def check_names(table: Table) -> None:
    """Refuse names that stand twice: which column is meant could not be told."""
    twice = [short(name) for name, count in Counter(table.names or ()).items() if count > 1]
    if twice:
        raise InputError(f"{table.what!r} has more than one column {listing(twice)}; rename one of each")


def encoded(cells: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return the table whose columns of text are replaced by one column of 0 and 1 for each of their values."""
    if not columns.categories:
        return cells
    values, parts = dict(columns.categories), []
    for name, (_, column) in zip(columns.keys or (), cells.items(), strict=True):
        if name not in values:
            parts.append(column)
            continue
        texts = column.astype(object).map(_text)
        parts += [(texts == value).astype(np.float64) for value in values[name]]
    found = pd.concat(parts, axis=1)
    return found.set_axis(list(columns.feature_names or range(len(parts))), axis=1)


def divided(points: Any, scale: float, *, own: bool = False) -> Any:
    """Return `points / scale` if they are numbers, of any size; others are left for the data set to refuse.

    Points of our `own` in double precision are divided where they are.
    """
    kinds = getattr(points, "dtypes", [getattr(points, "dtype", None)])
    if scale == 1.0:
        return points
    if not all(getattr(kind, "kind", "") in "buif" for kind in kinds):
        found = parse_points(points, [])
        return points if found is None else found / scale
    with np.errstate(all="ignore"):
        if own and points.dtype == np.float64 and points.flags.writeable:
            points /= scale
            return points
        return points / scale


def spreads(points: FloatArray) -> FloatArray:
    """Return, for each feature, the power of two nearest to its standard deviation in the sense of logarithms; 1 for none.

    >>> spreads(np.array([[0.0, 5.0, 1000.0], [2.0, 5.0, -1000.0]]))
    array([1.000e+00, 1.000e+00, 1.024e+03])
    """
    largest = np.abs(points).max(axis=0, initial=0.0)
    unit = np.exp2(np.frexp(np.where(largest > 0, largest, 1.0))[1])  # so that no square over- or underflows
    deviation = (points / unit).std(axis=0) * unit
    with np.errstate(divide="ignore"):
        exponents = np.rint(np.log2(deviation))
    return np.where(deviation > 0, np.exp2(np.clip(np.where(deviation > 0, exponents, 0.0), -900, 900)), 1.0)


def rescaled(points: FloatArray, scales: FloatArray) -> FloatArray:
    """Return `points / scales`, which is exact for powers of two. Raises InputError where a number is too small for that."""
    with np.errstate(under="ignore", over="ignore"):
        found: FloatArray = points / scales
    lost = np.flatnonzero((found * scales != points).any(axis=0))
    if lost.size:
        raise InputError(f"feature {lost[0]} is too small in places to be divided by {scales[lost[0]]:g} exactly")
    return found


def _given(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _name(table: Table, j: int) -> str:
    return str(j) if table.names is None else table.names[j]


def _label_name(table: Table, target: int | None) -> str | None:
    return table.label_name if target is None else _name(table, target)


def _label_position(table: Table, choices: Choices, out: Sequence[int]) -> int | None:
    """Return which column holds the labels; None where they come beside the table."""
    if table.labels is not None:
        if choices.label is not None and choices.label != table.label_name:
            raise InputError(
                f"label names a column of a .csv or .parquet or the like; {table.what!r} has its labels beside its features"
            )
        return None
    if not isinstance(table.cells, pd.DataFrame):
        raise InputError(f"{table.what!r} holds points only: name the file of labels with --labels FILE.npy")
    left = [j for j in range(table.cells.shape[1]) if j not in out]
    if len(left) < 2:
        found = f"the only column is {_name(table, left[0])!r}" if left else "there are no columns"
        raise InputError(
            f"{table.what!r} needs a feature column and a label column; {found} (name the separator with --sep)"
        )
    if choices.label is None:
        check_last(table, left)
        return left[-1]
    target = position(table, choices.label, "--label")
    if target in out:
        raise InputError(f"{table.what!r}: the column {choices.label!r} cannot be the label and be dropped too")
    return target


def _some(cells: Any, used: Sequence[int]) -> Any:
    return cells.iloc[:, list(used)] if isinstance(cells, pd.DataFrame) else cells[:, list(used)]


def complete_rows(cells: Any, labels: Any = None, *, none: bool = False) -> IntArray:
    """Return the rows `(k,)` in which no cell, and no label, is missing.

    Raises InputError where there are `none`, unless that is allowed.
    """
    missing = rows_with_missing(cells) if sparse.issparse(cells) else np.any(np.asarray(pd.isna(cells)), axis=1)
    if labels is not None and len(labels) == len(missing):
        missing = missing | np.asarray(pd.isna(pd.Series(list(labels), dtype=object)), dtype=np.bool_)
    rows = np.flatnonzero(~missing)
    if not rows.size and not none:
        raise InputError("every row has a missing cell; leave out the columns that miss most with --drop")
    return rows


def left_out_rows(kept: int, of: int) -> list[str]:
    """Return a note on rows that were left out, if there are any."""
    return [f"{of - kept} of {of} rows left out: a cell or the label is missing"] if kept < of else []


def _categories(table: Table, cells: pd.DataFrame, columns: Columns, *, one_hot: bool, last: bool) -> Any:
    """Return the values of each column of text, sorted. Raises InputError where text is not to be encoded.

    `last`: the last column, of numbers, was taken for the label, and perhaps one of text is meant.
    """
    found = []
    strange: list[str] = []
    odd: list[str] = []
    for j, (_, column) in enumerate(cells.items()):
        row = text_row(column)
        if row is None:
            continue
        name = str(j) if columns.keys is None else columns.keys[j]
        if not one_hot:
            (odd if _mostly_numbers(column) else strange).append(
                f"column {short(name)} holds {short(column.iloc[row])} in row {row}"
            )
            continue
        texts = [_text(value) for value in column.astype(object)]
        missing = [f"row {i}" for i, text in enumerate(texts) if text is None]
        if missing:
            raise InputError(
                f"{table.what!r} misses values of column {short(name)} in {listing(missing)}; leave such rows out with "
                "--drop-missing"
            )
        found.append((name, tuple(sorted({text for text in texts if text is not None}))))
    if odd:
        raise InputError(
            f"{table.what!r}: {listing(odd)}, among numbers; correct such cells, or leave them empty if they are missing, "
            "remove their rows, or drop such columns (--drop NAME)"
        )
    if strange:
        label = ", or --label NAME if it holds the labels" if last and len(strange) == 1 else ""
        plain = "write them as plain numbers, or " if any(MARKED.search(text) for text in strange) else ""
        raise InputError(
            f"{table.what!r} has text among its features: {listing(strange)}; {plain}encode or drop such columns "
            f"(--one-hot, or --drop NAME{label})"
        )
    return tuple(found)


def text_row(column: Any) -> int | None:
    """Return the first row of a column that holds text which is no number, or a truth value among others; None without."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return None
    if pd.api.types.is_bool_dtype(column.dtype):
        return None
    strange = (isinstance(cell, bool | np.bool_) or (isinstance(cell, str) and not _is_number(cell)) for cell in column)
    return next((i for i, found in enumerate(strange) if found), None)


def _mostly_numbers(column: Any) -> bool:
    """Return whether more than half of the cells of a column of text that are not missing are numbers."""
    present = [cell for cell in column if isinstance(cell, str | Real) and cell == cell]  # noqa: PLR0124  # NaN is missing
    are = [_is_number(cell) if isinstance(cell, str) else not isinstance(cell, bool) for cell in present]
    return 2 * sum(are) > len(are)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _text(value: object) -> str | None:
    """Return a cell of text without the spaces around it; None where it is missing."""
    if isinstance(value, str):
        return value.strip()
    return None if bool(pd.isna(value)) else str(value)  # type: ignore[call-overload]  # any scalar


def _numbers_rows(column: Any) -> bool:
    """Return whether a column holds whole numbers, each by one larger than that before it."""
    if len(column) < FEW or getattr(column.dtype, "kind", "") not in "iu":
        return False
    return bool((np.diff(column.to_numpy()) == 1).all())


def _numbers(points: object) -> FloatArray:
    problems: list[str] = []
    found = parse_points(points, problems)
    if found is None:
        raise InputError("; ".join(problems))
    return found
