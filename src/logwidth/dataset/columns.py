"""What the features of a network are called, and how the columns of a table become them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from logwidth.dataset.wording import short
from logwidth.errors import InputError
from logwidth.types import FloatArray

Categories = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Columns:
    """From which columns of a table a data set's features were made, so that other tables are read in the same way.

    `names` `(c,)` are the columns used, in the order of the features; None for arrays and tables without names. `label` is
    the column of labels by name, or by number in a table without names, of which `columns` counts all; None where labels
    lie beside the table. `left_out` were neither: an index, or columns the user dropped. `categories` lists, for each
    column of text, its values, each of which became a feature that is 0 or 1 (one-hot). Features are divided by `divisor`
    and then by their `scales` `(d,)`, powers of two. `image` is the size and kind `(width, height, 'L' or 'RGB')` of images.

    >>> Columns(("size", "colour"), "class", categories=(("colour", ("blue", "red")),)).feature_names
    ('size', 'colour=blue', 'colour=red')
    """

    names: tuple[str, ...] | None = None
    label: str | None = None
    columns: int | None = None
    left_out: tuple[str, ...] = ()
    categories: Categories = ()
    divisor: float = 1.0
    scales: tuple[float, ...] | None = None
    image: tuple[int, int, str] | None = None

    @property
    def keys(self) -> tuple[str, ...] | None:
        """What the columns used are called: by name, or by their numbers in a table without names; None for arrays."""
        if self.names is not None or self.columns is None:
            return self.names
        return tuple(key for key in map(str, range(self.columns)) if key != self.label and key not in self.left_out)

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """The name of each feature `(d,)`: that of its column, with `=VALUE` for the values of text; None without names."""
        if self.names is None:
            return None
        values = dict(self.categories)
        return tuple(f"{name}={v}" if v is not None else name for name in self.names for v in values.get(name, (None,)))

    @property
    def scale_array(self) -> FloatArray | None:
        """The powers of two `(d,)` by which features are divided, as an array; None where they are not."""
        return None if self.scales is None else np.array(self.scales)

    @property
    def speaks(self) -> bool:
        """Whether there is anything to record: a name, a scale, a layout."""
        return self != Columns(divisor=self.divisor)

    def to_json(self) -> dict[str, Any]:
        """Return the fields that are not their defaults as a JSON object; :meth:`from_json` is the inverse."""
        plain: dict[str, Any] = {
            "names": _listed(self.names),
            "label": self.label,
            "columns": self.columns,
            "left_out": _listed(self.left_out or None),
            "categories": {name: list(values) for name, values in self.categories} or None,
            "divisor": None if self.divisor == 1.0 else self.divisor,
            "scales": _listed(self.scales),
            "image": _listed(self.image),
        }
        return {key: value for key, value in plain.items() if value is not None}

    @classmethod
    def from_json(cls, fields: object) -> "Columns":
        """Return the columns that :meth:`to_json` described. Raises InputError for anything else.

        >>> Columns.from_json({"names": ["a", "b"], "scales": [0.5, 4.0]}).scale_array
        array([0.5, 4. ])
        """
        known = {"names", "label", "columns", "left_out", "categories", "divisor", "scales", "image"}
        if not isinstance(fields, Mapping) or not fields.keys() <= known:
            raise InputError(
                f"the description of columns needs fields among {', '.join(sorted(known))}, not {short(fields)}"
            )
        try:
            return cls(**_checked(fields))
        except (TypeError, ValueError, AttributeError) as problem:
            raise InputError(f"the description of columns is damaged: {problem}") from None


def power_of_two(value: float) -> bool:
    """Return whether a number is a power of two, of any sign of the exponent.

    >>> power_of_two(0.25), power_of_two(3.0), power_of_two(0.0)
    (True, False, False)
    """
    return math.isfinite(value) and value > 0 and math.frexp(value)[0] == 0.5


def _listed(values: Iterable[Any] | None) -> list[Any] | None:
    return None if values is None else list(values)


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a JSON object as those of `Columns`. Raises ValueError, TypeError or AttributeError."""
    found = dict(fields)
    for key in ("names", "left_out"):
        if key in found:
            found[key] = _texts(found[key])
    if "label" in found and not isinstance(found["label"], str):
        raise TypeError("the label is no text")
    if "columns" in found and type(found["columns"]) is not int:
        raise TypeError("the number of columns is no integer")
    if "categories" in found:
        found["categories"] = tuple((name, _texts(values)) for name, values in found["categories"].items())
    if "divisor" in found:
        found["divisor"] = float(found["divisor"])
    if "scales" in found:
        found["scales"] = tuple(float(scale) for scale in found["scales"])
        if not all(map(power_of_two, found["scales"])):
            raise ValueError("a scale is no power of two")
    if "image" in found:
        width, height, kind = found["image"]
        found["image"] = (int(width), int(height), str(kind))
    return found


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise TypeError("names are no texts")
    return tuple(values)
