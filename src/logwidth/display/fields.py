"""Frozen dataclasses that can be read as mappings, as JSON has them; and several of them as the rows of one table."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar, overload

from logwidth.display.line import Shown


def if_known() -> Any:
    """Return a field that is no key of the mapping while it is None."""
    return field(default=None, metadata={"if known": True})


@dataclass(frozen=True, eq=False, repr=False)
class Fields(Mapping[str, Any]):
    """A frozen dataclass whose fields, in their order, are also the keys of a mapping.

    Those :func:`if_known` are no keys while they are None.

    >>> @dataclass(frozen=True, eq=False)
    ... class Size(Fields):
    ...     width: int
    ...     depth: int | None = if_known()
    >>> size = Size(5)
    >>> size.width, size["width"], dict(size), size == {"width": 5}, dict(Size(5, 2))
    (5, 5, {'width': 5}, True, {'width': 5, 'depth': 2})
    """

    def __getitem__(self, name: str) -> Any:
        if name not in self._names():
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def to_json(self) -> str:
        """Return the mapping as the text of a JSON object that ends in a new line."""
        return json.dumps(dict(self), indent=1, allow_nan=False) + "\n"

    def _names(self) -> list[str]:
        fields = self.__dataclass_fields__.items()
        return [name for name, kind in fields if not ("if known" in kind.metadata and getattr(self, name) is None)]


Row = TypeVar("Row", bound=Fields)


@dataclass(frozen=True, repr=False)
class Rows(Shown, Sequence[Row]):
    """Rows in order, each a frozen dataclass and a mapping; a slice is such a result again."""

    rows: tuple[Row, ...]

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> Self: ...

    def __getitem__(self, place: int | slice) -> Row | Self:
        return type(self)(self.rows[place]) if isinstance(place, slice) else self.rows[place]

    def __len__(self) -> int:
        return len(self.rows)

    def to_json(self) -> str:
        """Return the rows as the text of a JSON list of objects that ends in a new line."""
        return json.dumps([dict(row) for row in self], indent=1, allow_nan=False) + "\n"
