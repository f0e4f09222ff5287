"""The first layer of a lattice: rows scaled by powers of two, rounded and shifted positive; what its floats err."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from logwidth.construct.plan import Plan
from logwidth.norms import dual_exponent, lengths
from logwidth.rounding import float_format, gamma_upper, stored
from logwidth.types import FloatArray

ROOM = 2.0**-10  # of the radius, kept beside it


@dataclass(frozen=True, eq=False)
class LatticeFrame:
    """Coordinates `z = T x + b ≥ 0` on all balls; `T` `(m, d)`, `b` `(m,)` are numbers of the format.

    `images` `(N, m)` are the samples' coordinates; a ball, and what the layer rounds, stays within `clear` `(m,)` of its
    image. `step` `(m,)` is the largest distance of neighbouring floats there.
    """

    T: FloatArray
    b: FloatArray
    images: FloatArray
    clear: FloatArray
    step: FloatArray

    @classmethod
    def of(cls, plan: Plan, rows: FloatArray) -> Self:
        """Return the coordinates along `rows` `(m, d)`, each scaled by a power of two so that the images spread about 1."""
        spread = np.ptp(plan.points @ rows.T, axis=0)
        T = stored(rows * 2.0 ** -np.round(np.log2(np.where(spread > 0, spread, 1.0)))[:, None], plan.dtype)
        unit = float_format(plan.dtype).unit
        projected = plan.points @ T.T
        moved = plan.radius * (1 + ROOM) * lengths(T, dual_exponent(plan.norm))
        products = (np.abs(plan.points) @ np.abs(T.T)).max(axis=0) + 2 * moved
        rounding = 2 * gamma_upper(plan.points.shape[1] + 8, unit) * (2 * products + np.abs(projected).max(axis=0))
        own = 0.0 if plan.reach is None else float(np.max(plan.reach)) * moved / plan.radius
        lift = 2 * np.maximum(moved, own) + 2 * rounding - projected.min(axis=0)
        b = stored(lift, plan.dtype)
        images = projected + b
        step = np.spacing((images.max(axis=0) + moved).astype(plan.dtype)).astype(np.float64)
        return cls(T, b, images, moved + rounding, step)
