"""The column of labels in a table: what it holds, and what is worth saying about it."""

from collections import Counter
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any
from unicodedata import category, normalize

import numpy as np

from logwidth.dataset.label_texts import parse_texts, why_text
from logwidth.dataset.large_integers import inexact
from logwidth.dataset.readers.cells import is_absent, number
from logwidth.dataset.table import Table
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError

LABELS = {"label", "labels", "target", "class", "classes"}
"""Names, in small letters, of columns that hold labels."""
SUMS = {"total", "totals", "grand total", "sum", "subtotal", "average"}
"""What stands, in small letters, in a row that sums up the others: in one of them, or else it is a class."""
MOST_FIRST = 20
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


def check_one_kind(name: str, labels: Sequence[object]) -> None:
    """Refuse labels of the column `name` that mix text, truth values and numbers, or integers that no double holds
    and fractions: two that differ might become one class.

    >>> check_one_kind("user", [1, "1"])
    Traceback (most recent call last):
    logwidth.errors.InputError: labels in column 'user' mix numbers (row 0 is 1) and text (row 1 is '1'): use one kind, ...
    """
    first: dict[str, int] = {}
    for i, label in enumerate(labels):
        kind = _kind_of(label)
        if kind:
            first.setdefault(kind, i)
    mixed = list(first)[:2]
    if len(mixed) < 2 and "numbers" in first:
        point = next((i for i, v in enumerate(labels) if isinstance(v, float | np.floating) and not np.isnan(v)), None)
        whole = [v if isinstance(v, Integral) else 0 for v in labels] if point is not None else []
        wide = np.flatnonzero(inexact(np.array(whole, dtype=object)))
        if point is not None and wide.size:
            first = {"integers that no double holds": int(wide[0]), "numbers with a point": point}
            mixed = list(first)
    if len(mixed) == 2:
        found = " and ".join(f"{kind} (row {first[kind]} is {short(labels[first[kind]])})" for kind in mixed)
        raise InputError(f"labels in column {short(name)} mix {found}: use one kind, such as text for all")


def _kind_of(label: object) -> str:
    if isinstance(label, str):
        return "text"
    if isinstance(label, bool | np.bool_):
        return "truth values"
    return "numbers" if isinstance(label, Real) and label == label else ""  # noqa: PLR0124  # NaN is missing


def label_notes(column: Any, labels: Sequence[object], *, typed: bool = False) -> list[str]:
    """Say so where labels are not printed as they are written, and where what mostly stands for nothing is a class."""
    texts = Counter(value.strip() for value in column if isinstance(value, str))
    absent = sorted(text for text in texts if text and (is_absent(text) or (texts[text] == 1 and text.lower() in SUMS)))
    notes = [f"the label {short(text)} is taken for a class of that name; leave such rows out of the file if it is none"
             for text in absent if text in labels]  # fmt: skip
    read = {value.strip(): label for value, label in zip(column, labels, strict=True) if isinstance(value, str)}
    other = [
        f"{short(text)} as {label!r}" for text, label in sorted(read.items()) if label is not None and str(label) != text
    ]
    why = why_text(sorted(texts)) if not typed and all(number(text) is not None for text in texts if text) else ""
    if why:
        notes.append(f"labels stay text: {why}")
    notes += [] if typed else _cut(column, texts)
    return notes + ([f"labels are read as {_kind(labels)}: {listing(other)}"] if other else [])


def _cut(column: Any, texts: Counter[str]) -> list[str]:
    """Say so where the last label begins another and occurs once: files end in mid-line where a copy broke off."""
    last = list(column)[-1:]
    text = last[0].strip() if last and isinstance(last[0], str) else ""
    whole = sorted(other for other in texts if text and other != text and other.startswith(text))
    if not whole or texts[text] > 1:
        return []
    return [
        f"the last row's label {short(text)} stands there alone and begins another, {short(whole[0])}: is the file whole?"
    ]


def look_alikes(labels: object) -> list[str]:
    """Say so where two classes that are text differ in blanks, case, accents' encoding or hidden characters alone, or are
    one number or truth value: they may be meant as one.

    >>> look_alikes(["no", "No", "N o", "yes"])
    ["the labels 'N o' and 'No' look alike, and are taken for two classes (so are 1 more)"]
    """
    found = labels.tolist() if isinstance(labels, np.ndarray) else labels
    texts = sorted({label for label in found if isinstance(label, str)}) if isinstance(found, list) else []
    if all(number(text) is not None for text in texts):
        return []  # `label_notes` speaks of numbers
    first: dict[object, str] = {}
    pairs = [(one, text) for text in texts if (one := first.setdefault(_key(text), text)) != text]
    if not pairs:
        return []
    one, text = pairs[0]
    rest = f" (so are {len(pairs) - 1} more)" if len(pairs) > 1 else ""
    shown = f"{ascii(one)[:40]} and {ascii(text)[:40]}"  # with escapes for what cannot be seen
    return [f"the labels {shown} look alike, and are taken for two classes{rest}"]


def _key(text: str) -> object:
    """Return what two labels that look alike have in common; letters in two cases are two labels."""
    seen = "".join(c for c in normalize("NFKC", text) if category(c) != "Cf" and not c.isspace())
    low = seen.casefold() if len(seen) > 1 else seen
    value = {"true": 1.0, "false": 0.0}.get(low, number(low))
    return low if value is None else value


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


def check_varied(what: str, name: str, labels: Sequence[object]) -> None:
    """Refuse to take the last column for the label where all its cells are the same."""
    if len(labels) > 1 and len({*labels}) == 1 and labels[0] is not None:
        raise InputError(
            f"{what!r}: all {len(labels)} samples have the label {short(labels[0])} in the last column, {short(name)}; at "
            "least two classes are needed: name the column of labels with --label"
        )


def check_first(what: str, names: tuple[str, str], column: Any, labels: Sequence[object]) -> None:
    """Refuse to take the last column for the label where it has many numbers, and the first `column` looks more like one."""
    if not _many(labels) or not all(isinstance(label, int | float) for label in labels):
        return
    first = column_labels(column)
    counts = Counter(first)
    if 2 <= len(counts) <= MOST_FIRST and min(counts.values()) > 1 and all(isinstance(v, str | int) for v in counts):
        raise InputError(
            f"{what!r}: the last column, {short(names[1])}, has {len({*labels})} values in {len(labels)} rows, and the "
            f"first, {short(names[0])}, has {len(counts)}: say which holds the labels with --label"
        )


def doubts(name: str, labels: Sequence[object]) -> list[str]:
    """Say so where the last column, called `name` and taken for the labels, has too many values to be classes."""
    distinct = len(set(labels))
    if not _many(labels):
        return []
    return [
        f"the last column, {name!r}, is taken for the label, and has {distinct} values in {len(labels)} rows; name another "
        "with --label"
    ]
