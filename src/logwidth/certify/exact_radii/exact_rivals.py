"""Points at which an opposite piece is at least as high as all own ones, decided in exact integers."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.forms.cells import Cells, CellTest
from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.certify.leads.pieces import Comparison, Pieces
from logwidth.rounding import Dyadic, fraction

FloatArray = NDArray[np.float64]


def broken_exactly(first: FirstLayer, requirement: Comparison | CellTest, point: FloatArray) -> bool:
    """Return whether at `point` some opposite piece is at least as high as all own ones, in real arithmetic.

    For cells: whether the point lies in a later class's cell, or in no own one. False where the first ReLU clips. Only
    pieces that float64 cannot tell apart are evaluated in rationals; `errors` of pieces known up to an error count.
    """
    z = Dyadic.of(first.b) + Dyadic.of(first.T) @ Dyadic.of(point)
    if min(z.integers) < 0:
        return False
    if isinstance(requirement, CellTest):
        return _left_cells(requirement, z)
    own, opposite = requirement.own, requirement.opposite
    highest = [_top(p, z, sign) for p, sign in ((own, +1), (opposite, -1))]
    return bool(highest[1] >= highest[0])


def _top(pieces: Pieces, z: Dyadic, sign: int) -> Fraction:
    """Return the largest score plus (`sign` −: less) its error; the candidates are chosen in float64 with room."""
    image = z.floats()
    scores = pieces.weights @ image + pieces.biases + sign * pieces.errors
    unsure = 2.0**-40 * float((np.abs(pieces.weights) @ np.abs(image) + np.abs(pieces.biases)).max())
    close = np.flatnonzero(scores >= scores.max() - unsure)
    return max(_value(pieces, t, z) + sign * fraction(float(pieces.errors[t])) for t in close.tolist())


def _value(pieces: Pieces, t: int, z: Dyadic) -> Fraction:
    return (Dyadic.of(pieces.biases[t]) + Dyadic.of(pieces.weights[t]) @ z).rational()


def _left_cells(test: CellTest, z: Dyadic) -> bool:
    """Halfspaces are known up to one rounding of float64 per number."""
    image = z.floats()

    def values(cells: Cells, sign: int) -> FloatArray:
        h = cells.halfspaces
        sizes = np.abs(h.weights) @ np.abs(image) + np.abs(h.biases)
        return h.weights @ image + h.biases + sign * 2.0**-46 * sizes

    inside = test.later.size and (np.minimum.reduceat(values(test.later, -1), test.later.starts) >= 0).any()
    outside = test.own is not None and (np.minimum.reduceat(values(test.own, +1), test.own.starts) <= 0).all()
    return bool(inside or outside)
