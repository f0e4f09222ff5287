"""What the scan of a tile is given, and what it yields."""

from dataclasses import dataclass

from logwidth.types import FloatArray, IntArray


@dataclass(frozen=True)
class TileBounds:
    """Upper bounds of the lines of a tile beforehand; pairs within `slack` times the bound are to be listed."""

    rows: FloatArray
    cols: FloatArray
    slack: float


@dataclass(frozen=True)
class TileResult:
    """What one tile yields: better upper bounds for its lines, and pairs (own, other) that may be nearest to `own`.

    Every pair of the tile that is not listed is farther from `own` than the bound known for `own`.
    """

    rows: slice
    cols: slice
    row_upper: FloatArray
    col_upper: FloatArray
    own: IntArray
    other: IntArray
    lower: FloatArray
