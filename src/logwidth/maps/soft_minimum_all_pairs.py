"""The soft minimum over all opposite pairs at once: where a climb starts while too many pairs matter to list them."""

import numpy as np
from numpy.typing import NDArray

from logwidth.maps.softmin import lbfgs
from logwidth.maps.span import SpanCoordinates
from logwidth.separation.blocks import Block, blocks, class_order, tiles
from logwidth.types import FloatArray

MOST_SAMPLES = 3000
SIDE = 1024
FARTHEST = 1e4

Singles = NDArray[np.float32]


class AllPairsSoftMinimum:
    """All opposite pairs of a data set, for the soft minimum of their squares in an image.

    With `Z = X V` and the weights `w_ij` of the soft minimum, the gradient in V is `2 Xᵀ L Z`, L the Laplacian of w: so
    no difference is ever formed, and an evaluation costs a few passes over the N²/2 squares, in float32.
    """

    def __init__(self, view: SpanCoordinates) -> None:
        order, counts = class_order(view.labels)
        self._points = view.coordinates[order].astype(np.float32)
        self._work = list(tiles(blocks(counts, SIDE)))

    @classmethod
    def of(cls, view: SpanCoordinates) -> "AllPairsSoftMinimum | None":
        """Return the soft minimum over a view's pairs if they are few enough, and their squares small enough for float32."""
        few = len(view.labels) <= MOST_SAMPLES and float(np.abs(view.coordinates).max()) < FARTHEST
        return cls(view) if few else None

    def ascend(self, frame: FloatArray, temperature: float, steps: int) -> FloatArray:
        """Return an orthonormal frame after at most `steps` L-BFGS steps uphill, as :func:`softmin.ascend` does."""
        return lbfgs(lambda V: self.objective(V, temperature), frame, steps)

    def objective(self, V: FloatArray, temperature: float) -> tuple[float, FloatArray]:
        """Return `−T log Σ exp(−‖Vᵀu‖²/T)` over all opposite pairs, and its gradient in V."""
        Z = self._points @ V.astype(np.float32)
        squares = np.einsum("ij,ij->i", Z, Z)[:, None]
        left, right = np.hstack([-2.0 * Z, np.ones_like(squares), squares]), np.hstack([Z, squares, np.ones_like(squares)])
        gaps = [_squares(left, right, rows, columns) for rows, columns in self._work]
        least = min(float(g.min()) for g in gaps)
        total, pull = 0.0, np.zeros_like(Z)
        for (rows, columns), g in zip(self._work, gaps, strict=True):
            w = np.subtract(np.float32(least), g, out=g)
            w /= np.float32(temperature)
            np.exp(w, out=w)
            by_row, by_column = w.sum(axis=1), w.sum(axis=0)
            total += float(by_row.sum(dtype=np.float64))
            pull[rows.where] += by_row[:, None] * Z[rows.where] - w @ Z[columns.where]
            pull[columns.where] += by_column[:, None] * Z[columns.where] - w.T @ Z[rows.where]
        gradient = (self._points.T @ (pull / np.float32(total))).astype(np.float64)
        return least - temperature * float(np.log(total)), 2.0 * gradient


def _squares(left: Singles, right: Singles, rows: Block, columns: Block) -> Singles:
    """Return the squared distances of a tile; what must not count, or twice, is infinite."""
    gaps = left[rows.where] @ right[columns.where].T
    if rows is columns:
        gaps[np.tri(len(gaps), dtype=bool)] = np.inf
        for a, b in rows.runs:
            gaps[a:b, a:b] = np.inf
    return np.asarray(gaps)
