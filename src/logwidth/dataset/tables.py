"""Tables in `.csv` and `.parquet` files: one column of labels, the others are features."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import BinaryIO

import pandas as pd

from logwidth.dataset.files import opened
from logwidth.dataset.labels import Label
from logwidth.dataset.wording import listing, one_line, short
from logwidth.errors import InputError, MissingExtraError, did_you_mean

MISSING = ["", "NA", "N/A", "#N/A", "<NA>", "nan", "NaN", "NAN", "-nan", "null", "NULL", "None", "none"]
"""What stands for a missing feature in a `.csv`; a missing label is empty."""
INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


def read_csv(path: str, label: str | None) -> tuple[pd.DataFrame, list[object]]:
    """Return features and labels of a comma-separated file with a header row; numbers are rounded to nearest.

    `label` names the column of labels, by default the last. Labels are integers if all of them are written so, else
    floats, else `True`/`False`, else text. Raises InputError.
    """
    with opened(path) as stream:
        names = _csv_header(path, stream)
        target = _label_column(path, names, label)
        stream.seek(0)
        frame = _csv_frame(path, stream, names, target)
        texts = [text.strip() if isinstance(text, str) else "" for text in frame.iloc[:, target]]
        return _features(path, frame, target), parse_texts(texts)


def read_parquet(path: str, label: str | None) -> tuple[pd.DataFrame, list[object]]:
    """Return features and labels of a Parquet file. `label` names the column of labels, by default the last.

    Raises InputError, and MissingExtraError without pyarrow.
    """
    try:
        import pyarrow as _  # noqa: F401
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    with opened(path) as stream:
        return split_frame(path, pd.read_parquet(stream, engine="pyarrow"), label)


def split_frame(what: str, frame: pd.DataFrame, label: str | None) -> tuple[pd.DataFrame, list[object]]:
    """Return features and labels of a frame, which messages call `what`. Raises InputError."""
    frame = frame.set_axis([str(name) for name in frame.columns], axis=1)
    target = _label_column(what, list(frame.columns), label)
    return _features(what, frame, target), frame.iloc[:, target].tolist()


def parse_texts(texts: Sequence[str]) -> list[object]:
    """Return labels written as text, all read as one kind; empty text is a missing label (None).

    >>> parse_texts(["1", "02"]), parse_texts(["1", "2.5"]), parse_texts(["1", "b"]), parse_texts(["True", ""])
    ([1, 2], [1.0, 2.5], ['1', 'b'], [True, None])
    """
    for read in (_integer, _float, _truth):
        values = [read(text) if text else None for text in texts]
        if all(value is not None for value, text in zip(values, texts, strict=True) if text):
            return list(values)
    return [text or None for text in texts]


def _integer(text: str) -> Label | None:
    return int(text) if INTEGER.fullmatch(text) and len(text) <= 20 else None


def _float(text: str) -> Label | None:
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _truth(text: str) -> Label | None:
    return {"true": True, "false": False}.get(text.lower())


def _csv_header(path: str, stream: BinaryIO) -> list[str]:
    try:
        header = pd.read_csv(stream, nrows=0, skipinitialspace=True, encoding="utf-8-sig", index_col=False)
    except pd.errors.EmptyDataError:
        raise InputError(f"{path!r} is empty; it needs a header row and data") from None
    names = [str(name) for name in header.columns]
    nameless = [f"column {j}" for j, name in enumerate(names) if name == f"Unnamed: {j}"]
    if nameless:
        raise InputError(f"{path!r} has no name for {listing(nameless)} (an index?); name or drop it")
    if not _plausible(names):
        raise InputError(
            f"{path!r} starts with {listing([short(name) for name in names])}, which looks like data; add a header row"
        )
    return names


def _plausible(names: Sequence[str]) -> bool:
    """Tell a header from a row of data: names that are numbers must be increasing integers."""
    figures = [x for x in map(_float, names) if isinstance(x, float)]
    rising = all(a < b for a, b in pairwise(figures))
    return rising and all(x.is_integer() for x in figures)


def _csv_frame(path: str, stream: BinaryIO, names: Sequence[str], target: int) -> pd.DataFrame:
    read: Callable[..., pd.DataFrame] = pd.read_csv
    try:
        return read(
            stream,
            skipinitialspace=True,
            encoding="utf-8-sig",
            index_col=False,
            float_precision="round_trip",
            low_memory=False,
            converters={names[target]: str},
            keep_default_na=False,
            na_values={name: MISSING for j, name in enumerate(names) if j != target},
        )
    except pd.errors.ParserError as error:
        raise InputError(f"{path!r} is not a comma-separated table: {one_line(error)}") from None


def _label_column(path: str, names: list[str], label: str | None) -> int:
    if len(names) < 2:
        found = f"the only column is {names[0]!r}" if names else "there are no columns"
        raise InputError(f"{path!r} needs a feature column and a label column, separated by commas; {found}")
    if label is None:
        return len(names) - 1
    if label not in names:
        columns = ", ".join(short(name) for name in names[:20]) + (" …" if len(names) > 20 else "")
        hint = did_you_mean(label, names)
        raise InputError(f"{path!r} has no column {label!r}{hint}; its columns are {columns}")
    return names.index(label)


def _features(path: str, frame: pd.DataFrame, target: int) -> pd.DataFrame:
    """Return the other columns; text that is no number is refused here, where its column and row have names."""
    features = frame.iloc[:, [j for j in range(frame.shape[1]) if j != target]]
    strange = []
    for name, column in features.items():
        if pd.api.types.is_numeric_dtype(column.dtype):
            continue
        row = next((i for i, cell in enumerate(column) if isinstance(cell, str) and _float(cell) is None), None)
        if row is not None:
            strange.append(f"column {short(name)} holds {short(column.iloc[row])} in row {row}")
    if strange:
        raise InputError(f"{path!r} has text among its features: {listing(strange)}; encode or drop such columns")
    return features
