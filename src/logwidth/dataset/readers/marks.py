"""What a file says of an array beside its numbers: the names of its dimensions, how it is packed, what fills its gaps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from logwidth.dataset.wording import short
from logwidth.errors import InputError

PACKED, FILLS = ("scale_factor", "add_offset"), ("_FillValue", "missing_value")


@dataclass(frozen=True, eq=False)
class Marks:
    """The names of each dimension of an array, none where the file gives none, and its attributes by their names."""

    dimensions: tuple[tuple[str, ...], ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)


def check_order(what: str, name: str, marks: Marks, axes: Sequence[str], first: int) -> None:
    """Refuse axes in another order than that of an array's dimensions, where the file names these; axes begin at `first`.

    Lengths cannot tell the axes of a square grid apart.

    >>> check_order("t", "q", Marks((("b",), ("a",))), ["a", "b"], 0)
    Traceback (most recent call last):
    logwidth.errors.InputError: t: the dimensions of array 'q' are named b, a: that is another order than --axes a,b
    """
    named = [*marks.dimensions, *[()] * (first + len(axes) - len(marks.dimensions))]
    last = [axis.rpartition("/")[2] for axis in axes]
    for k, called in enumerate(named[first : first + len(axes)]):
        ends = {one.rpartition("/")[2] for one in called}
        if last[k] not in ends and not ends.isdisjoint(last):
            given = ", ".join(one[0] if one else "?" for one in named)
            raise InputError(
                f"{what}: the dimensions of array {short(name)} are named {given}: that is another order than --axes "
                f"{','.join(axes)}"
            )


def check_numbers(what: str, name: str, marks: Marks, numbers: Any) -> None:
    """Refuse an array whose stored numbers stand for others, as its attributes say, or for none."""
    packed = [mark for mark in PACKED if mark in marks.attributes]
    if packed and not all(_is(marks.attributes[mark], mark == PACKED[0]) for mark in packed):
        raise InputError(f"{what}: array {short(name)} is packed ({', '.join(packed)}); save the numbers that it stands for")
    if getattr(numbers, "dtype", np.dtype(object)).kind not in "iuf":
        return
    for mark in (mark for mark in FILLS if mark in marks.attributes):
        fill = np.asarray(marks.attributes[mark]).reshape(-1)
        gaps = int(np.isin(numbers, fill).sum()) if fill.dtype.kind in "iuf" else 0
        if gaps:
            raise InputError(f"{what}: array {short(name)} holds {short(fill[0].item())}, its {mark}, at {gaps} places")


def _is(number: Any, value: float) -> bool:
    found = np.asarray(number)
    return found.dtype.kind in "iuf" and bool((found == value).all())
