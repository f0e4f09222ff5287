"""What the scan of a tile is given, and what it yields."""

from dataclasses import dataclass

import numpy as np

from logwidth.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class View:
    """Two blocks as seen along a direction `v` from the first to the second, in scaled coordinates.

    No sample of the second lies nearer to a sample x of the first than `second_from − ⟨x, v⟩`, and none of the first nearer
    to y of the second than `⟨y, v⟩ − first_to`. Pairs within `slack` times a bound are to be listed.
    """

    v: FloatArray
    second_from: float
    first_to: float
    slack: float

    def near(self, x: FloatArray, y: FloatArray, x_upper: FloatArray, y_upper: FloatArray) -> tuple[IntArray, IntArray]:
        """Return which rows of `x` and of `y` can be in a pair that is within the bound of either of its samples.

        If `‖x − y‖ ≤ upper(x)` then x is seen within its own bound; so no sample in such a pair is seen farther than the
        largest bound of a sample that is seen within its own.
        """
        to_second, to_first = self.second_from - x @ self.v, y @ self.v - self.first_to
        x_upper, y_upper = x_upper * self.slack, y_upper * self.slack
        within = [upper[seen <= upper].max(initial=-1.0) for seen, upper in ((to_second, x_upper), (to_first, y_upper))]
        limit = max(within)
        if limit < 0.0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        return np.flatnonzero(to_second <= limit), np.flatnonzero(to_first <= limit)


@dataclass(frozen=True)
class TileBounds:
    """Upper bounds of the lines of a tile beforehand; pairs within `slack` times the bound are to be listed.

    `view` says which lines may hold such pairs, where that is known.
    """

    rows: FloatArray
    cols: FloatArray
    slack: float
    view: View | None = None


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
