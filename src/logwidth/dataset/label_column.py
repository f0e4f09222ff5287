"""The column of labels in a table: what it holds, and what is worth saying about it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from logwidth.dataset.label_texts import one_number, parse_texts
from logwidth.dataset.readers.cells import is_absent, number
from logwidth.dataset.table import Table
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError

LABELS = {"label", "labels", "target", "class", "classes"}
"""Names, in small letters, of columns that hold labels."""
MANY = 0.3  # of the rows: so many classes are hardly classes


def column_labels(column: Any, *, typed: bool = False) -> list[object]:
    """Return the labels in a column: text as it is written, read as one kind; numbers and truth values as they are.

    In a `typed` table text is text, whatever it looks like; the spaces around it go.
    """
    values = column.tolist()
    if typed:
        return [(value.strip() or None) if isinstance(value, str) else value for value in values]
    if all(isinstance(value, str) for value in values):
        return parse_texts([value.strip() for value in values])
    return list(values)


def check_last(table: Table, left: Sequence[int]) -> None:
    """Refuse to take the last column for the label where another one is called so."""
    called = [] if table.names is None else [j for j in left if table.names[j].lower() in LABELS]
    if table.names is None or not called or called[-1] == left[-1]:
        return
    last, other = (short(table.names[j]) for j in (left[-1], called[0]))
    raise InputError(f"{table.what!r} has a column {other}, and the last is {last}: say which holds the labels with --label")


def label_notes(column: Any, labels: Sequence[object], *, typed: bool = False) -> list[str]:
    """Say so where labels are not printed as they are written, and where what mostly stands for nothing is a class."""
    texts = {value.strip() for value in column if isinstance(value, str)}
    absent = sorted(text for text in texts if text and is_absent(text))
    notes = [f"the label {short(text)} is taken for a class of that name; leave such rows out of the file if it is none"
             for text in absent if text in labels]  # fmt: skip
    read = {value.strip(): label for value, label in zip(column, labels, strict=True) if isinstance(value, str)}
    other = [
        f"{short(text)} as {label!r}" for text, label in sorted(read.items()) if label is not None and str(label) != text
    ]
    twice = one_number(sorted(texts)) if not typed and all(number(text) is not None for text in texts) else None
    if twice is not None:
        one, two = map(short, twice)
        notes.append(f"labels stay text: {one} and {two} are one number, and are taken for two classes")
    return notes + ([f"labels are read as {_kind(labels)}: {listing(other)}"] if other else [])


def _kind(labels: Sequence[object]) -> str:
    return "truth values" if any(isinstance(label, bool) for label in labels) else "numbers"


def measured(labels: object) -> list[str]:
    """Say so where labels beside the points are numbers with fractions, and too many to be classes."""
    found = labels.tolist() if isinstance(labels, np.ndarray) else labels
    if not isinstance(found, list) or not all(isinstance(label, float) for label in found) or not _many(found):
        return []
    if all(label.is_integer() for label in found):
        return []
    return [f"labels are {len(set(found))} different numbers for {len(found)} points, each a class of its own"]


def _many(labels: Sequence[object]) -> bool:
    return len(set(labels)) > max(20, MANY * len(labels))


def doubts(name: str, labels: Sequence[object]) -> list[str]:
    """Say so where the last column, called `name` and taken for the labels, has too many values to be classes."""
    distinct = len(set(labels))
    if not _many(labels):
        return []
    return [
        f"the last column, {name!r}, is taken for the label, and has {distinct} values in {len(labels)} rows; name another "
        "with --label"
    ]
