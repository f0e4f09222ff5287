"""Labels: read as plain Python values, numbered as classes, and given the numbers that a network prints."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from logwidth.dataset.wording import an_item, listing, one_line, short
from logwidth.rounding.tensors import host, lives_elsewhere
from logwidth.types import FloatArray, IntArray

Label = int | float | str | bool

EXACT_IN_FLOAT32 = 2**24
WIDEST_INTEGER = 2**64
AS_TEXT = "make text of them, such as [str(label) for label in labels]"


def parse_labels(labels: object, problems: list[str]) -> list[Label] | None:
    """Return the labels as plain Python values of one kind: all bool, all int, all float or all str.

    Bools among ints become ints, ints among floats become floats (only if they are exactly representable),
    `-0.0` becomes `0.0`. What cannot be used is described in `problems`, and the result is then None.

    >>> parse_labels(np.array([2, 1], dtype=np.uint8), [])
    [2, 1]
    """
    items = _items(host(labels) if lives_elsewhere(labels) else labels, problems)
    if items is None:
        return None
    plain = [_plain(item) for item in items]
    found = _missing(plain) or _foreign(plain)
    if found:
        problems.append(found)
        return None
    return _of_one_kind(plain, problems)


def encode(labels: Sequence[Label]) -> tuple[IntArray, tuple[Label, ...]]:
    """Return `(indices, classes)` with `classes` strictly increasing and `classes[indices[i]] == labels[i]`.

    >>> encode(["b", "a", "b"])
    (array([1, 0, 1]), ('a', 'b'))
    """
    classes = tuple(sorted(set(labels)))  # of one kind, hence comparable
    index = {label: i for i, label in enumerate(classes)}
    return np.array([index[label] for label in labels], dtype=np.int64), classes


def printed_values(classes: Sequence[Label]) -> FloatArray:
    """Return the strictly increasing numbers, exact in float32, that a network prints for the classes.

    They are the labels themselves if all are integers `|v| ≤ 2²⁴` that span at most 2²⁴, else `0, …, C−1`.

    >>> printed_values([3.0, 7.0]), printed_values(["a", "b"]), printed_values([0.5, 1.0])
    (array([3., 7.]), array([0., 1.]), array([0., 1.]))
    """
    numbers = [c for c in classes if not isinstance(c, str)]
    own = (
        len(numbers) == len(classes)
        and all(abs(c) <= EXACT_IN_FLOAT32 and c == int(c) for c in numbers)
        and max(numbers) - min(numbers) <= EXACT_IN_FLOAT32
    )
    return np.array(numbers if own else range(len(classes)), dtype=np.float64)


def none_value(values: FloatArray) -> float:
    """Return a whole number, exact in float32, that is none of the label values: one less than all, or one more.

    >>> none_value(np.array([0.0, 1.0, 2.0])), none_value(np.array([-(2.0**24), 0.0]))
    (-1.0, 1.0)
    """
    below = float(values.min()) - 1.0
    return below if below >= -EXACT_IN_FLOAT32 else float(values.max()) + 1.0


def _items(labels: object, problems: list[str]) -> list[object] | None:
    """Return the entries of a one-dimensional array-like."""
    if sparse.issparse(labels):
        problems.append("labels are a sparse matrix; pass a 1-D array")
        return None
    if isinstance(labels, str | bytes):
        problems.append(f"labels must be a 1-D array, one label per row of points, not the text {short(labels)}")
        return None
    try:
        array = np.ma.asanyarray(labels) if np.ma.isMaskedArray(labels) else _array(labels)
    except (TypeError, ValueError, RuntimeError) as error:
        problems.append(f"labels cannot be read as an array ({one_line(error)}); pass a 1-D array")
        return None
    if array.ndim != 1:
        advice = "; try labels.ravel()" if array.ndim == 2 and 1 in array.shape else ""
        advice = advice or ("; of one-hot rows take labels.argmax(axis=1)" if array.ndim == 2 else "")
        problems.append(
            f"labels must be 1-D, one per row of points, but have shape {array.shape}{advice}"
            if array.ndim
            else f"labels must be an array or a list, one label per row of points, not {an_item(labels)}"
        )
        return None
    if array.dtype.kind in "mM":
        problems.append(f"labels must be integers, floats, strings or booleans, not {array.dtype}; {AS_TEXT}")
        return None
    items: list[object] = array.tolist()  # masked entries become None
    return items


def _array(labels: object) -> NDArray[np.generic]:
    """Return `labels` as an array; the entries of plain sequences keep their types."""
    return np.asarray(labels, dtype=object if isinstance(labels, list | tuple) else None)


def _plain(item: object) -> object:
    """Return the plain Python value of a label, None if it is missing, the item itself if of no known kind."""
    if isinstance(item, np.floating) and (float(item) == item or np.isnan(item)):  # a long double may have more digits
        item = float(item)
    elif isinstance(item, np.generic):
        item = item.item()
    if isinstance(item, str):
        return str.__str__(item)
    if isinstance(item, bool):
        return item
    if isinstance(item, int):
        return int(item)
    if isinstance(item, float):
        return None if math.isnan(item) else float(item) + 0.0
    return None if type(item).__name__ in {"NAType", "NaTType", "MaskedConstant"} else item


def _missing(plain: Sequence[object]) -> str:
    rows = [f"row {i}" for i, label in enumerate(plain) if label is None]
    return (
        f"labels are missing (NaN or None) in {listing(rows)}; drop these rows (--drop-missing) or label them"
        if rows
        else ""
    )


def _foreign(plain: Sequence[object]) -> str:
    """Describe the labels that are neither text of whole characters nor finite numbers of at most 64 bits."""
    kinds = [f"row {i} ({type(v).__name__})" for i, v in enumerate(plain) if not isinstance(v, int | float | str)]
    if kinds:
        advice = "decode them: labels.astype(str)" if any(isinstance(v, bytes) for v in plain) else AS_TEXT
        return f"labels must be integers, floats, strings or booleans, unlike {listing(kinds)}; {advice}"
    broken = [f"row {i} ({v!a})"[:60] for i, v in enumerate(plain) if isinstance(v, str) and not _is_encodable(v)]
    if broken:
        return f"labels must be text that UTF-8 can hold (a file's name in another encoding?), unlike {listing(broken)}"
    wide = [
        f"row {i}"
        for i, v in enumerate(plain)
        if (isinstance(v, float) and math.isinf(v)) or (type(v) is int and abs(v) >= WIDEST_INTEGER)
    ]
    return f"labels must be finite numbers of at most 64 bits, unlike {listing(wide)}" if wide else ""


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _of_one_kind(plain: Sequence[object], problems: list[str]) -> list[Label] | None:
    texts = [i for i, v in enumerate(plain) if isinstance(v, str)]
    numbers = [v for v in plain if isinstance(v, int | float)]
    if texts and numbers:
        row = next(i for i, v in enumerate(plain) if not isinstance(v, str))
        problems.append(
            f"labels mix text (row {texts[0]} is {short(plain[texts[0]])}) "
            f"and numbers (row {row} is {short(plain[row])}); use one kind"
        )
        return None
    if texts:
        return [v for v in plain if isinstance(v, str)]
    kind = next(k for k in (float, int, bool) if not numbers or any(type(v) is k for v in numbers))
    inexact = [f"row {i}" for i, v in enumerate(numbers) if kind(v) != v]
    if inexact:
        problems.append(f"labels mix floats and integers that no float holds, in {listing(inexact)}; use one kind")
        return None
    return [kind(v) for v in numbers]
