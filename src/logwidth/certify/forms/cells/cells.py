"""Cells: halfspaces that a ball must lie in, all of them."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.leads.pieces import Pieces
from logwidth.types import IndexArray


@dataclass(frozen=True, eq=False)
class Cells:
    """Halfspaces `l_h(z) = ⟨weights_h, z⟩ + biases_h ≥ 0` of consecutive cells; cell t starts at `starts[t]`."""

    halfspaces: Pieces
    starts: IndexArray

    @property
    def size(self) -> int:
        """Number of cells."""
        return int(self.starts.size)

    def take(self, which: IndexArray) -> "Cells":
        """Return some of the cells."""
        ends = np.append(self.starts, self.halfspaces.size)
        rows = [np.arange(ends[t], ends[t + 1]) for t in which]
        sizes = np.array([len(r) for r in rows], dtype=np.intp)
        chosen = np.concatenate(rows) if rows else np.zeros(0, dtype=np.intp)
        return Cells(self.halfspaces.take(chosen), np.cumsum(sizes) - sizes)
