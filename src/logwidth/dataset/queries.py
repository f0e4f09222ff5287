"""Points that are to be judged by a network that is there: read like the data that it was made from."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from logwidth.dataset.columns import Columns
from logwidth.dataset.data import Dataset
from logwidth.dataset.frames import frame_table, is_frame
from logwidth.dataset.large_integers import rounding_notes
from logwidth.dataset.match import features_of, label_column, matched_cells, scaled_points
from logwidth.dataset.points import Fresh, frame_names
from logwidth.dataset.prepare import complete_rows, divided, left_out_rows, without
from logwidth.dataset.readers.read import ARCHIVES, TABLES
from logwidth.dataset.source import DataSource
from logwidth.dataset.table import Table
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError
from logwidth.types import FloatArray


def read_like(source: DataSource, recorded: object, columns: Columns) -> DataSource:
    """Return a source that is read like the recorded one of a network, made from `columns`, where it says nothing else.

    `recorded` is what `DataSource.to_json` wrote; anything else is as good as nothing.

    Raises InputError for axes of a grid in another order than those of the data: features go by their place.
    """
    try:
        before = DataSource.from_json(recorded)  # type: ignore[arg-type]  # checked there
    except InputError:
        before = source
    forms = {before.form, source.form}
    kept = ("sep", "decimal", "resize", "encoding") if len(forms) == 1 or forms == {"image", "folder"} else ()
    source = replace(source, **{name: getattr(before, name) for name in kept if getattr(source, name) is None})
    if before.name == source.name and len(forms) == 1 and not source.axes and source.points is None:  # the same file, moved
        source = replace(source, axes=before.axes, points=before.points)
    asked, own = (given.arrays.get("axes", []) for given in (source, before))
    if asked != own and sorted(asked) == sorted(own):
        raise InputError(
            f"the axes {','.join(asked)} are those of the run in another order, and features go by their place: save the "
            f"table with its dimensions in the order of the run, and say --axes {','.join(own)}"
        )
    said = [source.label, columns.label, before.label]
    if (before.form in TABLES and source.form not in TABLES) or (source.form in ARCHIVES and before.form not in ARCHIVES):
        said = said[:1]  # a table's column of labels names no array, and nothing where labels stand beside the points
    label = next((name for name in said if name is not None), None)
    return replace(source, label=label, drop_missing=source.drop_missing or before.drop_missing)


def load_points(
    source: DataSource,
    columns: Columns,
    n_features: int,
    classes: Sequence[object] = (),
    *,
    by_position: bool = False,
    say: Callable[[str], object] = str,
) -> FloatArray:
    """Return the points `(n, n_features)` that a source holds, float64, as the network takes them.

    Its columns become features as those of the recorded `columns` did: matched by name, in any order, without the label
    column; text encoded, features divided. Labels are not looked at. Rows with a missing cell are rows of NaN if the source
    says `drop_missing`, else they are refused. What was found out about the file goes to `say`, line by line.

    Raises InputError, one line, whatever the file holds; see :func:`~logwidth.dataset.match.matched_cells`.
    """
    label = "" if columns.names is None or source.label is None else source.label  # no other column is taken for it
    table = _chosen(replace(source, label=label), columns)
    if label not in {"", columns.label, *(table.names or (label,))} and table.labels is None:
        raise InputError(f"{table.what!r} has {_no_column(table, label)}; leave --label out where there are no labels")
    cells = matched_cells(table, _labelled(columns, source), n_features, classes, by_position=by_position)
    if source.drop_missing:
        rows = complete_rows(cells, none=True)
        found = np.full((cells.shape[0], n_features), np.nan)
        if rows.size:
            found[rows] = features_of(_rows(cells, rows), columns, n_features)
    else:
        found = features_of(cells, columns, n_features, own=table.fresh)
    for note in (*table.notes, *rounding_notes(cells)):
        say(note)
    return found


def load_again(source: DataSource, columns: Columns, n_features: int, classes: Sequence[object] = ()) -> Dataset:
    """Return the data set that a source holds, its columns matched with those that a network was made from.

    Where one of the two has no names, the data are read as they were at first. Raises InputError; see :func:`load_points`.
    Labels are in the recorded label column, or beside the cells. Where the network's `classes` are text, text stays text.
    """
    text_labels = any(isinstance(label, str) for label in classes)
    table = _chosen(source, columns, text_labels=text_labels)
    if table.names is None or columns.names is None:  # nothing to match; whether they are the data, their digest says
        scale = columns.divisor if source.scale == 1.0 else source.scale
        drop = columns.left_out if table.names is None and not (source.drop or source.index) else source.drop
        header = False if columns.columns is not None and source.form == "text" and table.names is None else source.header
        return replace(
            source,
            scale=scale,
            standardize=columns.scales is not None,
            one_hot=bool(columns.categories),
            drop=drop,
            header=header,
        ).reload(text_labels=text_labels)
    known = _labelled(columns, source)
    labels = label_column(table, known)
    if labels is None:
        raise InputError(f"{table.what!r} has {_no_column(table, known.label)}; name it with --label")
    cells = matched_cells(table, known, n_features)
    notes = list(table.notes)
    if source.drop_missing:
        rows = complete_rows(cells, labels)
        cells, labels = _rows(cells, rows), [labels[i] for i in rows]
        notes += left_out_rows(len(rows), table.cells.shape[0])
    points = features_of(cells, columns, n_features, own=table.fresh)
    return Dataset(Fresh(points), labels, name=source.name, source=source, columns=columns, notes=tuple(notes))


def matched_points(table: Any, columns: Columns, n_features: int, *, raw: bool | None = None) -> FloatArray:
    """Return an array or a data frame of points as the network takes them, float64 `(n, n_features)`.

    Columns of a frame are matched by name as those of a file are; a frame with names is refused if the network was made
    from columns without. An array must have the exact number of columns. Where features are divided or encoded, `raw` says
    whether the table holds them before that (True, and for frames the default) or after it, as `Dataset.points` does, with
    the names of the features (False): nothing else could tell it of an array.

    Raises InputError.
    """
    if isinstance(table, str | os.PathLike):
        raise InputError(
            f"rows are expected, not a path; for those in a file: logwidth.predict(run, {short(os.fspath(table))})"
        )
    if is_frame(table):
        known = columns if raw is not False else Columns(columns.feature_names, columns.label, left_out=columns.left_out)
        return _of_frame(table, known, n_features)
    if frame_names(table) is not None:
        raise InputError(f"a table of {type(table).__module__} has names that are not looked at: pass a frame of pandas")
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


def _of_frame(frame: Any, columns: Columns, n_features: int) -> FloatArray:
    """Return the points in a data frame that are yet to be encoded and divided."""
    unused = [*columns.left_out, *([] if columns.label is None else [columns.label])]
    table = frame_table(frame, unused)
    if columns.names is not None:
        return features_of(matched_cells(table, columns, n_features), columns, n_features)
    if table.names != tuple(map(str, range(table.cells.shape[1]))):
        raise InputError(
            f"{table.what} names its columns, and the run was made from columns without names: nothing says which column is "
            "which; if they are the features in the same order, pass frame.to_numpy()"
        )
    return features_of(table.cells, columns, n_features)


def checked_points(table: object, n_features: int) -> FloatArray:
    """Return a table of points as float64 `(n, n_features)`, under the same rules as those of a data set.

    Raises InputError that names everything wrong at once.
    """
    return scaled_points(table, Columns(), n_features)


def _chosen(source: DataSource, columns: Columns, *, text_labels: bool = False) -> Table:
    """Return the table that a source holds without the columns that the user leaves out by name.

    In a table without names those that were left out before stay in their places, by which they are known.
    """
    table = source.table(columns, text_labels=text_labels)[0]
    out = [*source.drop, *([] if source.index is None else [source.index])]
    if table.names is None and getattr(table.cells, "ndim", 0) == 2 and table.cells.shape[1] == columns.columns:
        out = [name for name in out if name not in columns.left_out]
    return without(table, out)


def _no_column(table: Table, label: str | None) -> str:
    if label is None or table.names is None:
        return "no column of labels"
    return f"no column {short(label)} of labels, but {listing([short(name) for name in table.names])}"


def _labelled(columns: Columns, source: DataSource) -> Columns:
    """Return the columns with the name of the label in a source. Raises InputError if it is that of a feature."""
    if source.label is None or source.label == columns.label or columns.names is None:
        return columns
    if source.label in columns.names:
        raise InputError(f"the network takes {short(source.label)} as a feature, so it cannot be the label")
    return replace(columns, label=source.label, left_out=(*columns.left_out, *_old(columns)))


def _old(columns: Columns) -> tuple[str, ...]:
    return () if columns.label is None else (columns.label,)


def _rows(cells: Any, rows: Any) -> Any:
    return cells.iloc[rows] if isinstance(cells, pd.DataFrame) else cells[rows]
