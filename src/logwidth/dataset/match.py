"""Other tables, read as the one that a network was made from: columns matched by name, or refused."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from scipy import sparse

from logwidth.dataset.columns import Columns
from logwidth.dataset.frames import WHAT
from logwidth.dataset.label_column import column_labels
from logwidth.dataset.points import parse_points
from logwidth.dataset.prepare import check_names, divided, encoded, rescaled, text_row
from logwidth.dataset.readers.cells import number
from logwidth.dataset.sparse_cells import columns_or_zero
from logwidth.dataset.table import Table
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError
from logwidth.types import FloatArray

SHOWN = 12
MOSTLY = 0.5
"""A column so much of which is labels may be the label's."""


def matched_cells(
    table: Table, columns: Columns, n_features: int, classes: Sequence[object] = (), *, by_position: bool = False
) -> Any:
    """Return the cells of the columns in a table that become features as `columns` says, in their order.

    Columns are matched by name, in any order; the recorded label column and those that were left out are left out.
    Anything else is refused: a wrong order would give wrong labels without a word. Arrays match arrays, and must have the
    exact number of columns. A table without names has the recorded layout, with or without its label column, of which
    every cell must be one of `classes`; where that leaves a doubt it is refused. `by_position` takes the columns of a
    table as they stand.

    Raises InputError, one line that shows the expected and the found columns.
    """
    check_names(table)
    if columns.image is not None and table.image is not None and table.image != columns.image:
        raise InputError(f"the network takes images of {_image(columns)}, not {_image(table)}")
    if by_position:
        return _in_order(table, columns, n_features)
    if not isinstance(table.cells, pd.DataFrame) and table.names is None and _counted(columns):
        return table.cells
    if table.names is not None and columns.names is not None:
        return _by_name(table, columns)
    if table.names is None and columns.names is None and columns.columns is not None:
        return _by_layout(table, columns, classes)
    given = "names its columns" if table.names is not None else "has no names for its columns"
    made = "columns without names" if columns.names is None else f"the columns {_shown(columns.names)}"
    raise InputError(
        f"{table.what!r} {given}, and the run was made from {made}: nothing says which column is which; if they are the "
        "features in the same order and nothing else, say --by-position"
    )


def features_of(cells: Any, columns: Columns, n_features: int, *, own: bool = False) -> FloatArray:
    """Return features `(n, n_features)`, float64, of the cells that :func:`matched_cells` gives.

    `own`: nobody else holds the cells. Text is encoded, numbers are divided as `columns` says. Raises InputError.
    """
    if isinstance(cells, pd.DataFrame):
        cells = encoded(_of_known_values(cells, columns), columns)
    return scaled_points(divided(cells, columns.divisor, own=own), columns, n_features)


def scaled_points(points: object, columns: Columns, n_features: int) -> FloatArray:
    """Return points that are yet to be divided by the recorded scales, checked as those of a data set are.

    Raises InputError that names everything wrong at once.
    """
    problems: list[str] = []
    found = parse_points(points, problems)
    if found is not None and found.shape[1] != n_features:
        problems.append(f"the network takes {n_features} features, the points have {found.shape[1]}")
    if found is None or problems:
        raise InputError("; ".join(problems))
    return found if columns.scale_array is None else rescaled(found, columns.scale_array)


def label_column(table: Table, columns: Columns) -> list[object] | None:
    """Return the labels in a table: those beside its cells, or those of the recorded label column; None without any."""
    if table.labels is not None:
        return list(table.labels)
    if columns.label is None or not isinstance(table.cells, pd.DataFrame):
        return None
    if table.names is not None:
        found = columns.label in table.names
        return column_labels(table.cells.iloc[:, table.names.index(columns.label)], typed=table.typed) if found else None
    recorded = columns.label.isdecimal() and columns.columns == table.cells.shape[1]
    return column_labels(table.cells.iloc[:, int(columns.label)]) if recorded else None


def _by_name(table: Table, columns: Columns) -> Any:
    assert table.names is not None
    assert columns.names is not None
    known = {*columns.names, *columns.left_out, *([] if columns.label is None else [columns.label])}
    missing = [name for name in columns.names if name not in table.names]
    extra = [name for name in table.names if name not in known]
    if missing and not extra and sparse.issparse(table.cells):  # what such a file does not mention is zero
        return columns_or_zero(
            table.cells, [table.names.index(name) if name in table.names else None for name in columns.names]
        )
    if missing or extra:
        problems = [f"misses {listing([short(name) for name in missing])}"] if missing else []
        how = "drop from it" if table.what == WHAT else "leave out with --drop"
        problems += [f"has {listing([short(name) for name in extra])} besides ({how})"] if extra else []
        raise InputError(
            f"{table.what!r} {' and '.join(problems)}: the network was made from {_shown(columns.names)}, it has "
            f"{_shown(table.names)}"
        )
    order = [table.names.index(name) for name in columns.names]
    return table.cells.iloc[:, order] if isinstance(table.cells, pd.DataFrame) else table.cells[:, order]


def _by_layout(table: Table, columns: Columns, classes: Sequence[object]) -> Any:
    """Return the features of a table without names whose columns stand as in the one that the run was made from."""
    count, out = table.cells.shape[1], [int(name) for name in columns.left_out]
    whole = columns.columns
    assert whole is not None
    label = None if columns.label is None else int(columns.label)
    if count == whole and (label is None or _label_share(table.cells.iloc[:, label], classes) == 1.0):
        return table.cells.iloc[:, [j for j in range(count) if j not in out and j != label]]
    shares = [_label_share(table.cells.iloc[:, j], classes) for j in range(count)] if count == whole - 1 else []
    suspects = [j for j, share in enumerate(shares) if share >= MOSTLY]
    if label is not None and count == whole - 1 and not out and not suspects:
        return table.cells
    much = "nothing but" if suspects and shares[suspects[0]] == 1.0 else "mostly"
    doubt = f"; column {suspects[0]} holds {much} labels" if suspects else ""
    place = "" if label is None else f", the label in column {label}"
    raise InputError(
        f"{table.what!r} has {count} columns without names{doubt}; the run was made from {whole}{place}: if these are the "
        "features in the same order and nothing else, say --by-position"
    )


def _in_order(table: Table, columns: Columns, n_features: int) -> Any:
    wanted = n_features if columns.keys is None else len(columns.keys)
    if table.cells.shape[1] != wanted:
        raise InputError(
            f"{table.what!r} has {table.cells.shape[1]} columns; by position just the {wanted} features are taken"
        )
    return table.cells


def _of_known_values(cells: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return the cells, if text stands only where it is encoded and only values that are known."""
    values, numbers = dict(columns.categories), {}
    names = columns.keys or tuple(map(str, range(cells.shape[1])))
    for j, name in enumerate(names):
        column = cells.iloc[:, j]
        if name not in values:
            row = text_row(column)
            if row is not None:
                raise InputError(f"column {short(name)} holds {short(column.iloc[row])} in row {row}, which is no number")
            if not pd.api.types.is_numeric_dtype(column.dtype):  # numbers that were read as text
                numbers[j] = column.map(lambda cell: float(cell) if isinstance(cell, str) else cell)
            continue
        texts = ["" if pd.isna(value) else str(value).strip() for value in column.astype(object)]
        row = next((i for i, text in enumerate(texts) if text not in values[name]), None)
        if row is not None:
            known = listing([short(value) for value in values[name]])
            if not texts[row]:
                raise InputError(f"column {short(name)} has no value in row {row}; leave such rows out with --drop-missing")
            raise InputError(f"column {short(name)} holds {short(texts[row])} in row {row}; its values are {known}")
    if not numbers:
        return cells
    return pd.concat([numbers.get(j, cells.iloc[:, j]) for j in range(cells.shape[1])], axis=1)


def _counted(columns: Columns) -> bool:
    """Return whether columns have no names, or none but their numbers in order, from 0 or from 1."""
    names = columns.names
    return names is None or any(names == tuple(map(str, range(k, k + len(names)))) for k in (0, 1))


def _label_share(column: Any, classes: Sequence[object]) -> float:
    """Return the share of the cells of a column that are classes or missing; labels may be written as text or as numbers."""
    known = set(classes) | {number(label) for label in classes if isinstance(label, str)} - {None}
    try:
        found = [value is None or value != value or value in known for value in column_labels(column)]  # noqa: PLR0124
    except TypeError:  # a cell that cannot be looked up
        return 0.0
    return sum(found) / max(len(found), 1) if classes else 0.0


def _shown(names: Sequence[str]) -> str:
    return ", ".join(map(short, names[:SHOWN])) + (f" … ({len(names)} in all)" if len(names) > SHOWN else "")


def _image(shape: Columns | Table) -> str:
    assert shape.image is not None
    width, height, kind = shape.image
    return f"{width} × {height} pixels, {'grey' if kind == 'L' else 'coloured'}"
