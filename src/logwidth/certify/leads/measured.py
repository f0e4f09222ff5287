"""What a requirement says of balls: radii that are proven, and how near a sample is to breaking it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.types import FloatArray


@dataclass(frozen=True, eq=False)
class Leads:
    """Per sample: `radius_lower`, a radius at which the requirement is proven; `proven` at the wanted radius.

    `rival` is the opposite piece that limits the radius, 0 where there are no pieces.
    """

    radius_lower: FloatArray
    proven: NDArray[np.bool_]
    rival: NDArray[np.intp]

    @staticmethod
    def joined(parts: "list[Leads]") -> "Leads":
        """Return the leads of consecutive samples as one."""
        names = ("radius_lower", "proven", "rival")
        return Leads(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, eq=False)
class Approach:
    """Per sample: `radius_lower`, proven; `step` `(n, d)`, to a point where the requirement is about to fail; its `length`.

    `length` is infinite where no such point was found. `solved` counts small programs, `pairs` what they were chosen from.
    """

    radius_lower: FloatArray
    step: FloatArray
    length: FloatArray
    solved: int
    pairs: int

    @staticmethod
    def unlimited(n: int, d: int) -> "Approach":
        """Return what is known when nothing is required."""
        return Approach(np.full(n, np.inf), np.zeros((n, d)), np.full(n, np.inf), 0, 0)

    def meet(self, rows: NDArray[np.intp], other: "Approach") -> "Approach":
        """Return both: `other` speaks of the samples `rows`."""
        lower, step, length = self.radius_lower.copy(), self.step.copy(), self.length.copy()
        lower[rows] = np.minimum(lower[rows], other.radius_lower)
        closer = other.length < length[rows]
        step[rows[closer]], length[rows[closer]] = other.step[closer], other.length[closer]
        return Approach(lower, step, length, self.solved + other.solved, self.pairs + other.pairs)
