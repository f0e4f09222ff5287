"""Boxes that stay near the samples: what holds in none of them is far from all samples (theorem T15)."""

from dataclasses import dataclass

import numpy as np

from logwidth.construct.boxes.lattice import Counts, Lattice
from logwidth.construct.boxes.tree import Box
from logwidth.errors import InputError
from logwidth.norms import lengths
from logwidth.types import FloatArray, IntArray

MOST_CELLS = 4_000_000  # of the pieces of a box that are looked at one by one


@dataclass(frozen=True, eq=False)
class Near:
    """Boxes of which every point has a sample of `points` `(N, d)` within `reach` in ℓp.

    `inner` `(d,)` is how far a side must be from the samples that the box is for.
    """

    points: FloatArray
    inner: FloatArray
    reach: float
    norm: float
    lattice: Lattice | None
    counts: Counts | None

    @classmethod
    def of(cls, points: FloatArray, inner: FloatArray, reach: float, norm: float) -> "Near":
        """Return the test. Raises InputError where not even the box around one sample stays near it."""
        alone = float(lengths(inner[None], norm)[0])
        if not alone < reach:
            raise InputError(
                f"a box that holds a ball reaches {alone:.6g} from its sample in l{norm:g}, beyond the reject radius "
                f"{reach:.6g}: boxes need reject > radius times d^(1/p), and a little for rounding; raise --reject"
            )
        lattice = Lattice.of(points, inner) if np.isinf(norm) else None
        return cls(points, inner, reach, norm, lattice, None if lattice is None else lattice.counts(lattice.ranks))

    def parted(self, groups: list[IntArray], own: FloatArray) -> list[IntArray]:
        """Return groups of rows of `own`, cut in two until the boxes around them stay near the samples."""
        waiting, found = [rows for rows in groups if rows.size], []
        while waiting:
            rows = waiting.pop()
            part = own[rows]
            low, high = part.min(axis=0), part.max(axis=0)
            if self.holds(low - self.inner, high + self.inner):
                found.append(rows)
                continue
            j = int(np.argmax((high - low) / self.inner))
            lower = part[:, j] <= (low[j] + high[j]) / 2
            waiting += [rows[lower], rows[~lower]]
        return found

    def sided(self, own: FloatArray, foreign: FloatArray) -> Box:
        """Return the box around `own` `(n, d)`: every side half way to what it keeps out, or to where it is too far.

        Each sample of `foreign` is at least twice `inner_j` beyond a side of some feature j.
        """
        low, high, d = own.min(axis=0), own.max(axis=0), own.shape[1]
        wide = np.concatenate([self.inner, self.inner])
        beyond = np.concatenate([foreign - high, low - foreign], axis=1)
        serving = np.argmax(beyond / wide, axis=1)
        room = np.array([beyond[serving == k, k].min(initial=np.inf) for k in range(2 * d)]) / 2
        for share in (0.5, 0.25, 0.0):
            out = np.maximum(np.minimum(wide + share * (self.reach - wide.max()), room), wide)
            if self.holds(low - out[d:], high + out[:d]):
                break
        return Box(low - out[d:], high + out[:d])

    def holds(self, low: FloatArray, high: FloatArray) -> bool:
        """Return whether every point of the box has a sample within reach: one for all of it, or in ℓ∞ some of them."""
        far = np.maximum(high - self.points, self.points - low)
        if bool((lengths(far, self.norm) <= self.reach).any()):
            return True
        return self.lattice is not None and self._by_pieces(low, high)

    def _by_pieces(self, low: FloatArray, high: FloatArray) -> bool:
        """Return whether each piece of the box, between places where a sample comes within reach or leaves, has one."""
        assert self.lattice is not None
        assert self.counts is not None
        ranges = []
        for j, values in enumerate(self.lattice.values):
            edges = np.unique(np.concatenate([values - self.reach, values + self.reach, [low[j], high[j]]]))
            edges = edges[(edges >= low[j]) & (edges <= high[j])]
            middle = (edges[1:] + edges[:-1]) / 2
            first = np.searchsorted(values, middle - self.reach, side="left")
            last = np.searchsorted(values, middle + self.reach, side="right")
            ranges.append(np.unique(np.stack([first, last], axis=1), axis=0))
        if np.prod([float(len(r)) for r in ranges]) > MOST_CELLS or any((r[:, 0] >= r[:, 1]).any() for r in ranges):
            return False
        cells = np.stack([part.ravel() for part in np.meshgrid(*(np.arange(len(r)) for r in ranges), indexing="ij")], axis=1)
        lo, hi = (np.stack([r[cells[:, j], k] for j, r in enumerate(ranges)], axis=1) for k in (0, 1))
        return bool((self.counts.within(lo, hi) > 0).all())
