"""Whole numbers for features: the first layers of a network of boxes, and where a threshold lies among them (T14)."""

from dataclasses import dataclass

import numpy as np

from logwidth.errors import InputError
from logwidth.types import FloatArray, IntArray

BITS = {"float32": 24, "float64": 53}


@dataclass(frozen=True, eq=False)
class Snap:
    """`w_j = clip(fl(s_j x_j + b_j) − B, 0, M)`, whole numbers, with `B = 2^(p−1)`, `M = 2^(p−2)` in a format of p bits.

    Between B and 2B the floats are the whole numbers, so the sum is rounded to one. `scales` s `(d,)` are powers of two,
    `offsets` b `(d,)` numbers of the format, `used` `(d,)` says which features are not constant.
    """

    dtype: str
    scales: FloatArray
    offsets: FloatArray
    used: IntArray

    @property
    def base(self) -> float:
        """B."""
        return 2.0 ** (BITS[self.dtype] - 1)

    @property
    def most(self) -> float:
        """M."""
        return 2.0 ** (BITS[self.dtype] - 2)

    @classmethod
    def of(cls, points: FloatArray, dtype: str) -> "Snap":
        """Return the finest one whose whole numbers hold all `points` `(n, d)`.

        Raises InputError where no power of two in the format does.
        """
        low, high = points.min(axis=0), points.max(axis=0)
        used = np.flatnonzero(high > low)
        scales, offsets = np.ones(points.shape[1]), np.zeros(points.shape[1])
        for j in used.tolist():
            scales[j], offsets[j] = _fitted(float(low[j]), float(high[j]), dtype)
        return cls(dtype, scales, offsets, used)

    def slack(self, points: FloatArray) -> FloatArray:
        """Return how far `(d,)` a threshold may end up from where it is wanted, with the rounding of inputs.

        Two whole numbers, and a few of the format's steps at the largest input.
        """
        step = np.spacing(np.abs(points).max(axis=0).astype(self.dtype)).astype(np.float64)
        return np.asarray(2.0 / self.scales + 4.0 * step)

    def whole(self, thresholds: FloatArray, *, upper: bool) -> FloatArray:
        """Return the whole numbers for thresholds `(…, d)`: with `upper` the largest inside, else the smallest inside.

        Infinite ones stay as they are.
        """
        inside = self.scales * thresholds + self.offsets - self.base
        return np.floor(inside) if upper else np.ceil(inside)


def _fitted(low: float, high: float, dtype: str) -> tuple[float, float]:
    """Return the largest power of two s, and b, for which `fl(s x + b)` of both ends lies in [B + 1, B + M − 1]."""
    kind = np.dtype(dtype).type
    base, most = kind(2.0 ** (BITS[dtype] - 1)), kind(2.0 ** (BITS[dtype] - 2))
    exponent = np.floor(np.log2(float(most) - 2.0) - np.log2(high - low))
    for step in range(4):
        s = float(2.0 ** (exponent - step))
        with np.errstate(over="ignore", invalid="ignore"):
            ends = kind(s) * np.array([low, high], dtype=dtype)
            b = kind(float(base) + 1.0 - float(ends[0]))
            for _ in range(3):
                z = ends + b
                if z[0] >= base + kind(1) and z[1] <= base + most - kind(1):
                    return s, float(b)
                b = np.nextafter(b, kind(np.inf))
    raise InputError(f"a feature between {low!r} and {high!r} has too little room in {dtype} for boxes")
