"""Points that are to be judged by a network that is there: read like the data that it was made from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from logwidth.dataset.columns import Columns, FloatArray
from logwidth.dataset.data import Dataset
from logwidth.dataset.frames import frame_table, is_frame
from logwidth.dataset.match import features_of, label_column, matched_cells, scaled_points
from logwidth.dataset.points import Fresh
from logwidth.dataset.prepare import complete_rows, divided, left_out_rows, without
from logwidth.dataset.source import DataSource
from logwidth.dataset.table import Table
from logwidth.errors import InputError


def load_points(
    source: DataSource, columns: Columns, n_features: int, classes: Sequence[object] = (), *, by_position: bool = False
) -> FloatArray:
    """Return the points `(n, n_features)` that a source holds, float64, as the network takes them.

    Its columns become features as those of the recorded `columns` did: matched by name, in any order, without the label
    column; text encoded, features divided. Labels are not looked at. Rows with a missing cell are rows of NaN if the source
    says `drop_missing`, else they are refused.

    Raises InputError, one line, whatever the file holds; see :func:`~logwidth.dataset.match.matched_cells`.
    """
    label = "" if source.label is None else source.label  # no column is taken for it unless it is named
    table = _chosen(replace(source, label=label), columns)
    cells = matched_cells(table, columns, n_features, classes, by_position=by_position)
    if not source.drop_missing:
        return features_of(cells, columns, n_features, own=table.fresh)
    rows = complete_rows(cells)
    found = np.full((cells.shape[0], n_features), np.nan)
    found[rows] = features_of(_rows(cells, rows), columns, n_features)
    return found


def load_again(source: DataSource, columns: Columns, n_features: int) -> Dataset:
    """Return the data set that a source holds, its columns matched with those that a network was made from.

    Where one of the two has no names, the data are read as they were at first. Raises InputError; see :func:`load_points`.
    Labels are in the recorded label column, or beside the cells.
    """
    table = _chosen(source, columns)
    if table.names is None or columns.names is None:  # nothing to match; whether they are the data, their digest says
        scale = columns.divisor if source.scale == 1.0 else source.scale
        return replace(
            source, scale=scale, standardize=columns.scales is not None, one_hot=bool(columns.categories)
        ).reload()
    labels = label_column(table, columns if source.label is None else replace(columns, label=source.label))
    if labels is None:
        named = "" if columns.label is None else f" {columns.label!r}"
        raise InputError(f"{table.what!r} has no label column{named}; name it with --label")
    cells = matched_cells(table, columns, n_features)
    notes = list(table.notes)
    if source.drop_missing:
        rows = complete_rows(cells, labels)
        cells, labels = _rows(cells, rows), [labels[i] for i in rows]
        notes += left_out_rows(len(rows), table.cells.shape[0])
    points = features_of(cells, columns, n_features, own=table.fresh)
    return Dataset(Fresh(points), labels, name=source.name, source=source, columns=columns, notes=tuple(notes))


def matched_points(table: Any, columns: Columns, n_features: int, *, raw: bool | None = None) -> FloatArray:
    """Return an array or a data frame of points as the network takes them, float64 `(n, n_features)`.

    Columns of a frame are matched by name as those of a file are, if the network was made from columns with names. An array
    must have the exact number of columns. Where features are divided or encoded, `raw` says whether an array holds them
    before that (True) or after it, as `Dataset.points` does (False): nothing else could tell.

    Raises InputError.
    """
    if is_frame(table) and columns.names is not None and not raw:
        found = frame_table(table)
        return features_of(matched_cells(found, columns, n_features), columns, n_features)
    plain = columns.divisor == 1.0 and columns.scales is None and not columns.categories
    if raw is None and not plain:
        raise InputError(
            "the features of this run were divided or encoded: pass a data frame with the columns of the data, or say "
            "whether the array holds them before that (raw=True) or after it (raw=False, as Dataset.points does)"
        )
    if raw and columns.categories:
        raise InputError("the run was made from columns of text: pass a data frame with the columns of the data")
    if not raw:
        return scaled_points(table, Columns(), n_features)
    return scaled_points(divided(table, columns.divisor), columns, n_features)


def checked_points(table: object, n_features: int) -> FloatArray:
    """Return a table of points as float64 `(n, n_features)`, under the same rules as those of a data set.

    Raises InputError that names everything wrong at once.
    """
    return scaled_points(table, Columns(), n_features)


def _chosen(source: DataSource, columns: Columns) -> Table:
    """Return the table that a source holds without the columns that the user leaves out by name."""
    return without(source.table(columns.left_out)[0], [*source.drop, *([] if source.index is None else [source.index])])


def _rows(cells: Any, rows: Any) -> Any:
    return cells.iloc[rows] if isinstance(cells, pd.DataFrame) else cells[rows]
