"""A result of several rows: a sequence of mappings of plain numbers, shown as one table."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeVar, overload

from logwidth.display.fields import Fields
from logwidth.display.line import Shown

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
